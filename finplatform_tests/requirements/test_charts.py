"""Charts that the documents list, found by name and by type.

Document 2 lists 28 charts by name and counts them by type. Document 3 recommends visualizations by
name with what they show, and document 5 names the metrics of its analyses and of its pipeline.
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

RECOMMENDED = {
    "Payment Trends: daily transaction volume": (
        "payments", "Payment trends", "line", "on each of the last 90 days",
    ),
    "Payment Trends: success rates": (
        "payments", "Success rates", "line", "Share of payments that succeeded",
    ),
    "Risk Heatmap: amount vs risk score scatter plot": (
        "payments", "Risk heatmap", "scatter", "Risk score against amount",
    ),
    "Merchant Performance: revenue comparison": (
        "payments", "Merchant performance", "bar", "merchants that took in the most",
    ),
    "Merchant Performance: success rates": (
        "payments", "Merchant success rates", "scatter", "Success rate",
    ),
    "SLA Monitoring: breach tracking": (
        "settlements", "SLA monitoring", "line", "breached their service agreement, by month",
    ),
    "SLA Monitoring: days delayed": (
        "settlements", "Days delayed", "bar", "by business days late",
    ),
}  # fmt: skip
"""Page, name, type and words of the title of what document 3 recommends."""

METRICS = [
    ("country_months", "Transaction volumes", "Operations carried out"),
    ("country_months", "Transaction success rate", "Share of the operations carried out"),
    ("country_months", "Sector analysis", "by sector"),
    ("country_months", "Loan performance", "Disbursed and repaid"),
    ("country_months", "Data completeness", "for which a figure is published"),
    ("pipeline_performance", "Run durations", "Time of the last"),
    ("pipeline_performance", "Run outcomes", "by job and outcome"),
    ("pipeline_performance", "Rows loaded by table", "whose last load stored the most rows"),
]
"""Metrics of document 5: page, name, words of the title."""


@pytest.mark.parametrize(
    ("page", "chart"), [(page, chart) for page, charts in LISTED.items() for chart in charts]
)
def test_a_listed_chart_is_on_its_page(page: str, chart: str) -> None:
    found = next(each for each in PAGES if each.name == page)
    assert chart in [each.name for each in found.charts]


@pytest.mark.parametrize(("kind", "count"), TYPES.items())
def test_there_are_as_many_charts_of_a_type_as_listed(kind: str, count: int) -> None:
    assert sum(chart.kind == kind for chart in CHARTS.values()) >= count


@pytest.mark.parametrize(
    ("page", "chart", "kind", "shown"), RECOMMENDED.values(), ids=RECOMMENDED.keys()
)
def test_a_recommended_chart_shows_what_it_is_recommended_for(
    page: str, chart: str, kind: str, shown: str
) -> None:
    found = next(each for each in PAGES if each.name == page)
    (drawn,) = (each for each in found.charts if each.name == chart)
    assert drawn.kind == kind
    assert shown in drawn.title


@pytest.mark.parametrize(("page", "chart", "shown"), METRICS)
def test_a_metric_of_the_development_bank_is_drawn(page: str, chart: str, shown: str) -> None:
    found = next(each for each in PAGES if each.name == page)
    (drawn,) = (each for each in found.charts if each.name == chart)
    assert shown in drawn.title
