"""All report pages, in the order of the start page."""

from finplatform.reporting.catalog import (
    causal,
    descriptive,
    diagnostic,
    exploratory,
    inferential,
    predictive,
    prescriptive,
    realtime,
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
)
