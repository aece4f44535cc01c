"""The card of the default model: what it is, what it was made of, how it does, where it ends.

One list of sections is written twice, as Markdown for a file store or a review and as HTML for a
reader. Model cards: Mitchell et al., FAT* 2019; what a validation of a rating system must hold:
International Convergence, 2006, par. 500 to 505 (now CRE36).

Belongs here: which sections there are, and both forms. Does not belong here: sections of figures
(`model_card_figures`), and computing any of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from finplatform.ml.spec import DEFAULT_DAYS_PAST_DUE
from finplatform.reporting import model_card_figures as figures
from finplatform.reporting.model_card_figures import Rows, Section
from finplatform.reporting.pages import render
from finplatform.reporting.reliability_plot import reliability_svg
from finplatform.reporting.report_page import house


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
        [("grades", figures.reliability(source.tables.get("rating_scale", ())))],
        title="Default rate of yearly cohorts against the PD of their grade",
    )
    return render(
        "model_card.html.j2",
        {
            **house("model_card"),
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
    """Sections of the card, in order."""
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
        figures.champion_challenger(tables.get("pd_candidates", ())),
        figures.performance(source.facts),
        figures.features(source.facts),
        figures.calibration(tables.get("rating_scale", ())),
        figures.months(tables.get("model_monitoring", ())),
        figures.stability(tables.get("pd_feature_drift", ())),
        figures.fairness(tables.get("pd_fairness", ())),
        figures.overrides(tables.get("grade_overrides", ())),
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


def _limits(facts: Mapping[str, Any]) -> Section:
    limits = [
        "The training months cover only part of a credit cycle; the economy has one value a month"
        " and country, and beyond its range counts as its nearest end.",
        "The model in use is the one that was judged; it is not fitted again on the test months.",
    ]
    if facts["data"]["split"] == "overlapping":
        limits.append(
            "The history is too short for windows that do not meet: a default may count in training"
            " and in the test, so that the figures for unseen borrowers are the ones to quote."
        )
    return Section("Limits", tuple(limits))


def _cell(value: str) -> str:
    return value.replace("|", "\\|")
