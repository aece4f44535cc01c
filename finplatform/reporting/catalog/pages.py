"""All report pages, in the order of the start page."""

from finplatform.reporting.catalog import (
    capital_adequacy,
    causal,
    credit_portfolio,
    descriptive,
    diagnostic,
    expected_loss,
    exploratory,
    inferential,
    liquidity,
    market_risk,
    pd_model,
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
    capital_adequacy.PAGE,
    credit_portfolio.PAGE,
    expected_loss.PAGE,
    market_risk.PAGE,
    liquidity.PAGE,
    pd_model.PAGE,
)
