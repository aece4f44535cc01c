"""Inferential analytics: which differences are more than chance, and how long customers stay.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

from collections.abc import Callable
from typing import Any

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.page import Chart, Page

_SHARES = """
    select question, difference, lower, upper, group_a, group_b, is_significant
    from gold.inferential_analytics
    where method in ('CHI_SQUARE', 'FISHER_EXACT')
        and lower is not null
        and as_of_date <= %(as_of)s
    order by abs(difference) desc, analysis_id
    limit 15
"""

_MEANS = """
    select question, effect, effect_lower, effect_upper, group_a, group_b, is_significant
    from gold.inferential_analytics
    where effect_name = 'HEDGES_G' and effect_lower is not null and as_of_date <= %(as_of)s
    order by abs(effect) desc, analysis_id
    limit 15
"""

_COHORTS = """
    select cohort_label, months_since, active_share, cohort_size, active_customers
    from gold.cohort_retention
    where is_whole_cohort and cohort_quarter <= %(as_of)s
        and months_since <= 24
    order by cohort_quarter, months_since
"""


def _wrapped(frame: pd.DataFrame) -> pd.DataFrame:
    """Questions shortened to fit the axis of a chart."""
    most = 46
    cut = [
        text if len(text) <= most else f"{text[: most - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"
        for text in frame["question"]
    ]
    return frame.assign(question=cut)


def _say(frame: pd.DataFrame, value: str, shown: Callable[[Any], str]) -> str:
    proven = frame[[bool(each) for each in frame["is_significant"]]]
    if len(frame) == 1:
        sentence = "The only difference shown is"
        if proven.empty:
            return f"{sentence} not more than chance."
    else:
        counted = words.tally(
            len(proven), len(frame), "difference shown", "is", "differences shown"
        )
        sentence = f"{words.capitalized(counted)}"
        if proven.empty:
            return f"{sentence} more than chance."
    first = extremes.furthest(proven, value, lambda row: f"{row['group_a']} and {row['group_b']}")
    largest = "it" if len(proven) == 1 else "the largest"
    name = first.bare if len(proven) == 1 else first.name
    return f"{sentence} more than chance; {largest} is between {name}: {shown(first[value])}."


def _say_shares(frame: pd.DataFrame, currency: str) -> str:
    return _say(
        frame,
        "difference",
        lambda value: f"{words.signed(100 * float(value), 1)} percentage points",
    )


def _say_means(frame: pd.DataFrame, currency: str) -> str:
    return _say(frame, "effect", lambda value: f"{words.signed(value)} standard deviations")


def _say_cohorts(frame: pd.DataFrame, currency: str) -> str:
    last = frame.groupby("cohort_label", sort=False).tail(1)
    name = extremes.text_of("cohort_label")
    best = extremes.largest(last, "active_share", name)
    worst = extremes.smallest(last, "active_share", name)
    if best.is_only:
        return f"{best.bare} is the only whole cohort: {_active(best)}."
    cohorts = words.plural(len(last), "cohort")
    if best.is_flat:
        return f"{cohorts} are equally active at their last month, {words.share(best['active_share'])}."
    return (
        f"Of {cohorts}, {best.name} is the most active at its last month, {_active(best)}, and"
        f" {worst.name} the least, {_active(worst)}."
    )


def _active(cohort: extremes.Extreme) -> str:
    return (
        f"{words.share(cohort['active_share'])} after"
        f" {words.plural(cohort['months_since'], 'month')}"
    )


PAGE = Page(
    name="inferential_analytics",
    title="Inferential analytics",
    question="Can we generalise from what was observed?",
    section="Analytics",
    charts=(
        Chart(
            name="95% confidence intervals",
            title="Differences of shares between two groups, with their 95% intervals",
            kind="scatter",
            unit="difference of shares",
            source="gold.inferential_analytics",
            as_of="as_of_date",
            query=_SHARES,
            draw=lambda frame: figures.intervals(
                _wrapped(frame), "question", "difference", "lower", "upper", is_share=True
            ),
            describe=_say_shares,
        ),
        Chart(
            name="95% confidence intervals of means",
            title="Differences of means between two groups, with their 95% intervals",
            kind="scatter",
            unit="standard deviations (Hedges' g)",
            source="gold.inferential_analytics",
            as_of="as_of_date",
            query=_MEANS,
            draw=lambda frame: figures.intervals(
                _wrapped(frame), "question", "effect", "effect_lower", "effect_upper"
            ),
            describe=_say_means,
        ),
        Chart(
            name="Cohort retention heatmap",
            title="Share of a quarter's new customers who are active so many months later",
            kind="heatmap",
            unit="share of the cohort",
            source="gold.cohort_retention",
            as_of="cohort_quarter",
            query=_COHORTS,
            draw=lambda frame: figures.heatmap(
                frame, "months_since", "cohort_label", "active_share", is_share=True
            ),
            describe=_say_cohorts,
        ),
    ),
)
