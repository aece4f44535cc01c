"""Sections of the model card that show figures, and how figures are written.

Belongs here: tables from the model's facts and from gold rows as they are. Does not belong here:
which sections there are, in what order and in which form (`model_card`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from finplatform.ml.spec import PROTECTED

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


def champion_challenger(candidates: Rows) -> Section:
    """Candidates with what they made of held-out rows, and which of them won."""
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


def performance(facts: Mapping[str, Any]) -> Section:
    """Figures of each sample, the one to be quoted marked."""
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


def features(facts: Mapping[str, Any]) -> Section:
    """What moves PDs most, what was left out, and signs that were not expected."""
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


def calibration(scale: Rows) -> Section:
    """PD of each grade against its default rates, with tests."""
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


def months(monitoring: Rows) -> Section:
    """How the model did month by month."""
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


def stability(drift: Rows) -> Section:
    """What has moved on the latest month-end; what is green is only counted."""
    last = max((row["observation_date"] for row in drift), default=None)
    latest = [row for row in drift if row["observation_date"] == last]
    shown = [row for row in latest if row["kind"] == "SCORE" or row["traffic_light"] != "GREEN"]
    return Section(
        "Stability",
        (
            f"Population stability on {last} against the training dates: green up to 0.10, amber up"
            f" to 0.25, red above. {len(latest) - len(shown)} features are green and not shown. The"
            " economy is judged by the share of exposures outside its range in training."
            if latest
            else "Nothing has been scored yet.",
        ),
        ("feature", "kind", "PSI", "chance level", "outside", "traffic light"),
        tuple(
            (
                row["feature"],
                row["kind"].lower(),
                number(row["stability_index"]),
                number(row["chance_level"]),
                percent(row["outside_rate"]),
                row["traffic_light"].lower(),
            )
            for row in sorted(shown, key=lambda row: (row["kind"], -row["stability_index"]))
        ),
    )


def fairness(groups: Rows) -> Section:
    """Selection, calibration and discrimination of groups."""
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


def overrides(register: Rows) -> Section:
    """Decisions of analysts by status and reason."""
    counts: dict[tuple[str, str], int] = {}
    for row in register:
        at = (row["status"].lower(), row["reason_code"].lower())
        counts[at] = counts.get(at, 0) + 1
    return Section(
        "Overrides",
        (
            f"{len(register)} decisions of analysts; the model's own grade is kept with each."
            if register
            else "No analyst has overridden a grade.",
        ),
        ("status", "reason", "decisions"),
        tuple((*at, f"{count:,}") for at, count in sorted(counts.items())),
    )


def reliability(scale: Rows) -> list[dict[str, float]]:
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
    """A figure with its confidence interval."""
    return _between(row, name, name)


def _between(row: Mapping[str, Any], stem: str, name: str) -> str:
    low, high = row[f"{stem}_lower"], row[f"{stem}_upper"]
    return number(row[name]) + ("" if low is None else f" ({low:.3f} to {high:.3f})")


def _figure(figures: Mapping[str, Any], name: str) -> str:
    interval = figures.get(f"{name}_interval")
    text = number(figures[name])
    return text if interval is None else f"{text} ({interval[0]:.3f} to {interval[1]:.3f})"
