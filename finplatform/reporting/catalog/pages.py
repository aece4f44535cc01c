"""All report pages, in the order of the start page."""

from finplatform.reporting.catalog import (
    causal,
    country_months,
    customers,
    data_quality,
    descriptive,
    diagnostic,
    exploratory,
    inferential,
    market_trends,
    payments,
    pipeline_performance,
    predictive,
    prescriptive,
    products,
    realtime,
    settlements,
)
from finplatform.reporting.page import Page

PAGES: tuple[Page, ...] = (
    descriptive.PAGE,
    diagnostic.PAGE,
    exploratory.PAGE,
    inferential.PAGE,
    predictive.PAGE,
    prescriptive.PAGE,
    causal.PAGE,
    realtime.PAGE,
    payments.PAGE,
    settlements.PAGE,
    country_months.PAGE,
    products.PAGE,
    customers.PAGE,
    market_trends.PAGE,
    data_quality.PAGE,
    pipeline_performance.PAGE,
)
