"""Charts that the documents list, found by name and by type.

Document 2 lists 28 charts by name and counts them by type.
"""

import pytest

from finplatform.reporting.catalog.pages import PAGES

CHARTS = {chart.name: chart for page in PAGES for chart in page.charts}

LISTED = {
    "descriptive_analytics": (
        "KPI dashboard",
        "Monthly trends",
        "Channel pie",
        "Channel bar",
        "Customer segmentation",
        "Product treemap",
        "Merchant rankings",
        "Customer demographics",
        "Account status",
    ),
    "diagnostic_analytics": (
        "Fraud by channel",
        "Fraud heatmap by hour",
        "Churn by tenure",
        "Decline reasons",
        "Service issues",
    ),
    "exploratory_analytics": (
        "Spending treemap",
        "Customer cluster scatter",
        "Correlation heatmap",
    ),
    "inferential_analytics": ("95% confidence intervals", "Cohort retention heatmap"),
    "predictive_analytics": (
        "Churn risk distribution",
        "Risk scatter plot",
        "Risk categories",
        "Feature importance",
    ),
    "prescriptive_analytics": (
        "Next best offer matrix",
        "Retention waterfall",
        "Budget allocation",
    ),
    "causal_analytics": ("Campaign attribution", "Economic impact trends"),
    "realtime_analytics": ("Real-time dashboard",),
}

TYPES = {
    "bar": 8,
    "line": 4,
    "pie": 3,
    "scatter": 3,
    "heatmap": 3,
    "treemap": 2,
    "histogram": 2,
    "indicator": 2,
    "waterfall": 1,
}


@pytest.mark.parametrize(
    ("page", "chart"), [(page, chart) for page, charts in LISTED.items() for chart in charts]
)
def test_a_listed_chart_is_on_its_page(page: str, chart: str) -> None:
    found = next(each for each in PAGES if each.name == page)
    assert chart in [each.name for each in found.charts]


@pytest.mark.parametrize(("kind", "count"), TYPES.items())
def test_there_are_as_many_charts_of_a_type_as_listed(kind: str, count: int) -> None:
    assert sum(chart.kind == kind for chart in CHARTS.values()) >= count
