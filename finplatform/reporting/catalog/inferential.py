"""Inferential analytics: which differences are more than chance, and how long customers stay.

Belongs here: the charts of the page, how each is drawn and what it says. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

import pandas as pd

from finplatform.reporting import figures, words
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
    """Questions cut to what fits beside a chart."""
    most = 46
    cut = [
        text if len(text) <= most else f"{text[: most - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"
        for text in frame["question"]
    ]
    return frame.assign(question=cut)


def _say(frame: pd.DataFrame, value: str, shown: str) -> str:
    proven = frame[[bool(each) for each in frame["is_significant"]]]
    if proven.empty:
        return f"None of {words.plural(len(frame), 'difference')} is more than chance."
    first = proven.iloc[0]
    return (
        f"{len(proven)} of {words.plural(len(frame), 'difference')}"
        f" {'is' if len(proven) == 1 else 'are'} more than chance; the largest is between"
        f" {first['group_a']} and {first['group_b']}: {shown.format(float(first[value]))}."
    )


def _say_shares(frame: pd.DataFrame, currency: str) -> str:
    points = frame.assign(points=[float(value) * 100 for value in frame["difference"]])
    return _say(points, "points", "{:+.1f} percentage points")


def _say_means(frame: pd.DataFrame, currency: str) -> str:
    return _say(frame, "effect", "{:+.2f} standard deviations")


def _say_cohorts(frame: pd.DataFrame, currency: str) -> str:
    last = frame.groupby("cohort_label", sort=False).tail(1)
    best, worst = words.largest(last, "active_share"), words.smallest(last, "active_share")
    return (
        f"Of {words.plural(len(last), 'cohort')}, {best['cohort_label']} is the most active at its"
        f" last month ({words.share(best['active_share'])} after"
        f" {words.plural(best['months_since'], 'month')}) and {worst['cohort_label']} the least"
        f" ({words.share(worst['active_share'])} after"
        f" {words.plural(worst['months_since'], 'month')})."
    )


PAGE = Page(
    name="inferential_analytics",
    title="Inferential analytics",
    question="Can we generalise from what was seen?",
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
