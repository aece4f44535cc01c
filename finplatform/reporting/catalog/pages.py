"""All report pages, in the order of the start page.

Belongs here: the list. A page that is not in it is neither an asset nor on the start page.
"""

from finplatform.reporting.catalog import (
    capital_adequacy,
    causal,
    country_months,
    credit_portfolio,
    customers,
    data_quality,
    descriptive,
    diagnostic,
    expected_loss,
    exploratory,
    inferential,
    liquidity,
    market_risk,
    market_trends,
    payments,
    pd_model,
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
    capital_adequacy.PAGE,
    credit_portfolio.PAGE,
    expected_loss.PAGE,
    market_risk.PAGE,
    liquidity.PAGE,
    pd_model.PAGE,
    payments.PAGE,
    settlements.PAGE,
    country_months.PAGE,
    products.PAGE,
    customers.PAGE,
    market_trends.PAGE,
    data_quality.PAGE,
    pipeline_performance.PAGE,
)
