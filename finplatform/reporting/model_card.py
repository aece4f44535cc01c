"""The card of the default model: what it is, what it was made of, how it does, where it ends.

One list of sections is written twice, as Markdown for a file store or a review and as HTML for a
reader. Model cards: Mitchell et al., FAT* 2019; what a validation of a rating system must hold:
International Convergence, 2006, par. 500 to 505 (now CRE36).

Belongs here: choosing and formatting what the card shows. Does not belong here: computing any of
it; figures come from the model's facts and from gold tables as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from finplatform.ml.spec import DEFAULT_DAYS_PAST_DUE, PROTECTED
from finplatform.reporting.pages import render
from finplatform.reporting.reliability_plot import reliability_svg

Rows = Sequence[Mapping[str, Any]]
_SAMPLES = {
    "train": "training (in sample)",
    "out_of_time": "out of time",
    "out_of_time_unseen_borrowers": "out of time, borrowers not seen in training",
}
_MOST_FEATURES = 20


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it.

    Attributes:
        title: Heading.
        paragraphs: Text.
        header: Headings of a table; none without one.
        rows: Its cells.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class CardSource:
    """What a card is made from.

    Attributes:
        bank: Name of the bank.
        version: Version of the model.
        family: Kind of model.
        created_at: Moment of training as ISO 8601; empty for an expert prior.
        facts: The model's facts; empty for an expert prior.
        tables: Rows of gold tables by name: `pd_candidates`, `rating_scale`, `pd_feature_drift`,
            `pd_fairness`, `grade_overrides`, `model_monitoring`, each in the order of its key.
    """

    bank: str
    version: str
    family: str
    created_at: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, Rows] = field(default_factory=dict)


def card_html(source: CardSource) -> str:
    """The card as a page that is one file."""
    plot = reliability_svg(
        [("grades", _reliability(source.tables.get("rating_scale", ())))],
        title="Default rate of yearly cohorts against the PD of their grade",
    )
    return render(
        "model_card.html.j2",
        {
            "bank": source.bank,
            "title": f"Model card {source.version}",
            "sections": sections(source),
            # Drawn by us from numbers.
            "plot": Markup(plot),  # noqa: S704
            "plot_after": "Calibration by grade",
        },
    )


def card_markdown(source: CardSource) -> str:
    """The same as Markdown."""
    parts = [f"# Model card {source.version}", f"{source.bank}"]
    for section in sections(source):
        parts.append(f"## {section.title}")
        parts.extend(section.paragraphs)
        if section.rows:
            lines = [section.header, tuple("---" for _ in section.header), *section.rows]
            parts.append("\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines))
    return "\n\n".join(parts) + "\n"


def sections(source: CardSource) -> list[Section]:
    """What the card says, in order."""
    if not source.facts:
        return [
            Section(
                "What it is",
                (
                    "An expert prior: one PD per product by judgement, since the history holds too"
                    " few defaults to learn from. Nothing was estimated, and there is nothing to"
                    " validate but the assumptions (finplatform.ml.prior).",
                ),
            )
        ]
    tables = source.tables
    return [
        _what(source),
        _data(source.facts),
        _definition(),
        _contest(tables.get("pd_candidates", ())),
        _performance(source.facts),
        _features(source.facts),
        _calibration(tables.get("rating_scale", ())),
        _months(tables.get("model_monitoring", ())),
        _stability(tables.get("pd_feature_drift", ())),
        _fairness(tables.get("pd_fairness", ())),
        _overrides(tables.get("grade_overrides", ())),
        _limits(source.facts),
    ]


def _what(source: CardSource) -> Section:
    facts = source.facts
    return Section(
        "What it is",
        (
            "Probability that an exposure which performs at a month-end defaults within the twelve"
            " months after it. Used for grades, expected credit losses and capital of loans and"
            " cards; not meant for decisions on applicants who are no borrowers yet.",
        ),
        ("fact", "value"),
        (
            ("family", source.family),
            ("setting", str(facts["selection"]["setting"])),
            ("trained at", source.created_at),
            ("code version", facts["code_version"]),
            ("seed", str(facts["seed"])),
            ("libraries", ", ".join(f"{k} {v}" for k, v in sorted(facts["libraries"].items()))),
        ),
    )


def _data(facts: Mapping[str, Any]) -> Section:
    data, counts = facts["data"], facts["data"]["counts"]
    sides = [
        (
            side,
            f"{data[f'{side}_from']} to {data[f'{side}_to']}",
            *(
                f"{counts[f'{side}_{what}']:,}"
                for what in ("rows", "exposures", "defaulted_exposures")
            ),
            data[f"{side}_fingerprint"][:16],
        )
        for side in ("train", "test")
    ]
    return Section(
        "Data",
        (
            f"The split is {data['split']}. Rows are exposures at month-ends; of"
            f" {counts['feature_rows']:,} received, {counts['without_outcome']:,} have no outcome"
            " yet or are of a kind whose outcome is not made.",
        ),
        ("part", "month-ends", "rows", "exposures", "of these defaulted", "fingerprint"),
        tuple(sides),
    )


def _definition() -> Section:
    return Section(
        "Definition of default and windows",
        (
            f"More than {DEFAULT_DAYS_PAST_DUE} days past due, or declared by the bank as unlikely"
            " to pay (CRE20.104), per facility (CRE20.105). Features look back up to twelve months"
            " from a month-end, outcomes twelve months ahead; an exposure leaves the sample at its"
            " first default.",
        ),
    )


def _contest(candidates: Rows) -> Section:
    return Section(
        "Candidates",
        (
            "The champion is the most easily explained candidate whose log loss on held-out"
            " training rows is within one standard error of the best. The test took no part.",
        ),
        ("family", "role", "held-out log loss", "above the best", "standard error",
         "AUC out of time", "AUC, borrowers not seen"),
        tuple(
            (
                row["family"],
                row["role"].lower(),
                number(row["held_out_log_loss"], 4),
                number(row["loss_excess"], 4),
                number(row["standard_error"], 4),
                with_interval(row, "out_of_time_auc"),
                with_interval(row, "unseen_auc"),
            )
            for row in sorted(candidates, key=lambda row: row["family_rank"])
        ),
    )  # fmt: skip


def _performance(facts: Mapping[str, Any]) -> Section:
    metrics = facts["metrics"]
    rows = []
    for name, label in _SAMPLES.items():
        figures = metrics[name]
        if figures is not None:
            rows.append(
                (
                    label + (" (to be quoted)" if metrics["headline"] == name else ""),
                    _figure(figures, "auc"),
                    number(figures["gini"]),
                    _figure(figures, "ks"),
                    number(figures["brier"], 4),
                    f"{figures['calibration_intercept']:+.3f}",
                    number(figures["calibration_slope"]),
                    f"{percent(figures['mean_pd'])} / {percent(figures['observed_rate'])}",
                )
            )
    return Section(
        "Performance",
        ("Intervals are 95%, by resampling exposures whole.",),
        ("sample", "AUC", "Gini", "KS", "Brier", "calibration intercept", "slope", "PD / observed"),
        tuple(rows),
    )


def _features(facts: Mapping[str, Any]) -> Section:
    weights = sorted(facts["weights"].items(), key=lambda item: (-item[1], item[0]))
    signs = {
        row["column"].split(" ")[0].split("=")[0]: row["is_sign_as_expected"]
        for row in facts["coefficients"]
        if row["is_sign_as_expected"] is not None
    }
    wrong = sorted(name for name, is_right in signs.items() if not is_right)
    dropped = ", ".join(f"{k} ({v})" for k, v in sorted(facts["features"]["dropped"].items()))
    return Section(
        "Features",
        (
            f"{len(weights)} features; the {min(_MOST_FEATURES, len(weights))} that move PDs most"
            " are shown, by their mean absolute contribution to the log-odds.",
            f"Never used: {', '.join(sorted(PROTECTED))}. Left out: {dropped or 'none'}.",
            f"Against the expected sign: {', '.join(wrong) or 'none'}.",
        ),
        ("feature", "mean contribution"),
        tuple((name, number(weight)) for name, weight in weights[:_MOST_FEATURES]),
    )


def _calibration(scale: Rows) -> Section:
    return Section(
        "Calibration by grade",
        (
            "Through-the-cycle grades. Tests are one-sided for a PD that is too low, on yearly"
            " cohorts; part of these trained the model.",
        ),
        ("grade", "PD", "long-run default rate", "margin", "tested", "defaults", "binomial p",
         "Jeffreys p"),
        tuple(
            (
                row["grade"],
                percent(row["grade_pd"]),
                percent(row["long_run_default_rate"]),
                percent(row["margin_of_conservatism"]),
                f"{row['tested_exposures']:,}",
                f"{row['tested_defaults']:,}",
                number(row["binomial_p_value"]),
                number(row["jeffreys_p_value"]),
            )
            for row in scale
        ),
    )  # fmt: skip


def _months(monitoring: Rows) -> Section:
    return Section(
        "By month",
        ("Outcomes are known twelve months later; training months flatter.",),
        ("month-end", "scored", "mean PD", "default rate", "AUC", "KS", "PSI of grades",
         "override rate"),
        tuple(
            (
                str(row["reporting_date"]),
                f"{row['scored']:,}",
                percent(row["mean_pd"]),
                percent(row["default_rate"]),
                number(row["auc"]),
                number(row["ks"]),
                number(row["stability_index"]),
                percent(row["override_rate"]),
            )
            for row in monitoring
        ),
    )  # fmt: skip


def _stability(drift: Rows) -> Section:
    last = max((row["observation_date"] for row in drift), default=None)
    latest = [row for row in drift if row["observation_date"] == last]
    shown = [row for row in latest if row["kind"] == "SCORE" or row["light"] != "GREEN"]
    return Section(
        "Stability",
        (
            f"Population stability on {last} against the training dates: green up to 0.10, amber up"
            f" to 0.25, red above. {len(latest) - len(shown)} features are green and not shown. The"
            " economy is judged by the share of exposures outside its range in training."
            if latest
            else "Nothing has been scored yet.",
        ),
        ("feature", "kind", "PSI", "chance level", "outside", "light"),
        tuple(
            (
                row["feature"],
                row["kind"].lower(),
                number(row["stability_index"]),
                number(row["chance_level"]),
                percent(row["outside_rate"]),
                row["light"].lower(),
            )
            for row in sorted(shown, key=lambda row: (row["kind"], -row["stability_index"]))
        ),
    )


def _fairness(groups: Rows) -> Section:
    return Section(
        "Fairness",
        (
            "Selection is the share with a PD of at most 8%, compared with the group with the"
            " largest; below 0.8 a ratio calls for a look (29 CFR 1607.4 D). Calibration is"
            " observed over expected defaults after training.",
            "Sex is no feature, age is one. The figures show differences between groups of"
            " borrowers; whether these are just they cannot show, and of refused applicants nothing"
            " is known.",
        ),
        ("attribute", "group", "exposures", "selected", "impact ratio", "calibration", "AUC"),
        tuple(
            (
                row["attribute"].lower(),
                row["group_name"],
                f"{row['scored_exposures']:,}",
                percent(row["selection_rate"]),
                _between(row, "adverse_impact", "adverse_impact_ratio"),
                _between(row, "calibration", "calibration_ratio"),
                _between(row, "auc", "auc"),
            )
            for row in groups
        ),
    )


def _overrides(register: Rows) -> Section:
    counts: dict[tuple[str, str], int] = {}
    for row in register:
        at = (row["status"].lower(), row["reason_code"].lower())
        counts[at] = counts.get(at, 0) + 1
    return Section(
        "Overrides",
        (
            f"{len(register)} decisions of analysts; the model's own grade is kept beside each."
            if register
            else "No analyst has overridden a grade.",
        ),
        ("status", "reason", "decisions"),
        tuple((*at, f"{count:,}") for at, count in sorted(counts.items())),
    )


def _limits(facts: Mapping[str, Any]) -> Section:
    told = [
        "The cycle is what the training months have seen of it; the economy has one value a month"
        " and country, and beyond its range counts as its nearest end.",
        "Outcomes are made for loans. Cards are scored by what is known of loans.",
        "The model in use is the one that was judged; it is not fitted again on the test months.",
    ]
    if facts["data"]["split"] == "overlapping":
        told.append(
            "The history is too short for windows that do not meet: a default may count in training"
            " and in the test, so that figures for borrowers not seen are the ones to quote."
        )
    return Section("Limits", tuple(told))


def _reliability(scale: Rows) -> list[dict[str, float]]:
    """Default rate of each grade's cohorts with Jeffreys' 95% interval."""
    from scipy.stats import beta  # type: ignore[import-untyped]

    points = []
    for row in scale:
        size, defaults = row["tested_exposures"], row["tested_defaults"]
        if size:
            low, high = beta.ppf([0.025, 0.975], defaults + 0.5, size - defaults + 0.5)
            observed = defaults / size
            points.append(
                {
                    "predicted": row["grade_pd"],
                    "observed": observed,
                    "lower": min(float(low), observed),
                    "upper": max(float(high), observed),
                }
            )
    return points


def number(value: float | None, digits: int = 3) -> str:
    """A number, or a dash for what is not known."""
    return "-" if value is None else f"{value:.{digits}f}"


def percent(value: float | None) -> str:
    """A fraction as per cent, or a dash."""
    return "-" if value is None else f"{value:.2%}"


def with_interval(row: Mapping[str, Any], name: str) -> str:
    """A figure and the interval in the columns beside it."""
    return _between(row, name, name)


def _between(row: Mapping[str, Any], stem: str, name: str) -> str:
    low, high = row[f"{stem}_lower"], row[f"{stem}_upper"]
    return number(row[name]) + ("" if low is None else f" ({low:.3f} to {high:.3f})")


def _figure(figures: Mapping[str, Any], name: str) -> str:
    interval = figures.get(f"{name}_interval")
    told = number(figures[name])
    return told if interval is None else f"{told} ({interval[0]:.3f} to {interval[1]:.3f})"


def _cell(value: str) -> str:
    return value.replace("|", "\\|")
