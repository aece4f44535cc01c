"""All charts whose sentences are judged."""

from importlib import import_module

from finplatform_tests.oracle.sentences.forms import Charts

_PAGES = (
    "descriptive",
    "diagnostic",
    "exploratory",
    "inferential",
    "predictive",
    "prescriptive",
    "causal",
    "realtime",
    "capital_adequacy",
    "credit_portfolio",
    "expected_loss",
    "market_risk",
    "liquidity",
    "pd_model",
    "payments",
    "settlements",
    "country_months",
    "products",
    "customers",
    "market_trends",
    "platform",
)

CHARTS: Charts = {}
for _page in _PAGES:
    CHARTS |= import_module(f"finplatform_tests.oracle.sentences.{_page}").CHARTS
