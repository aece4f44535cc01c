"""Next contacts as assets: `gold/prescriptive_analytics` and `gold/contact_plan_limits`.

Belongs here: reading what a plan is made from, and storing the plan.
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from finplatform.analytics.prescription import prescribe
from finplatform.contracts.analytics import ANALYTICS
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.storing import store, table_spec
from finplatform.orchestration.checks.contract_checks import contract_check_spec
from finplatform.orchestration.resources.tables import TablesResource

GROUP = "analytics"
SEED = 42

_CUSTOMER = ("age", "annual_income", "credit_score", "tenure_months", "customer_tier")
_FEATURES = (
    "customer_id", "observation_date", *_CUSTOMER, "is_digitally_reachable", "is_defaulted",
    "max_dpd_12m", "arrears_amount",
)  # fmt: skip
_EXPOSURES = (
    "product_type", "exposure_amount", "loss_given_default", "probability_default", "is_defaulted",
    "credit_score",
)  # fmt: skip


_ABOUT = {
    "prescriptive_analytics": (
        "At most one contact each, chosen for the highest expected value of all within budget and"
        " capacity; effects are those of measured campaigns."
    ),
    "contact_plan_limits": "What is used of it, and what one more unit would be worth.",
}
_READ = (
    "customer_features", "fact_campaign_responses", "dim_campaign", "dim_customer", "dim_account",
    "dim_product", "credit_exposures", "fact_risk_metrics",
)  # fmt: skip


@dg.multi_asset(
    name="prescription",
    specs=[
        table_spec(ANALYTICS[table], GROUP, about, deps=[key("gold", read) for read in _READ])
        for table, about in _ABOUT.items()
    ],
    check_specs=[contract_check_spec(ANALYTICS[table]) for table in _ABOUT],
    can_subset=True,
)
def prescription(
    context: dg.AssetExecutionContext, tables: TablesResource
) -> Iterator[dg.MaterializeResult]:
    """The plan and its limits, made together from one reading."""
    products = tables.read("gold.dim_product")
    plan = prescribe(
        tables.read_latest("gold.customer_features", _FEATURES),
        _responses(tables),
        _campaigns(tables, products),
        _holdings(tables, products),
        tables.read_latest("gold.fact_risk_metrics", _EXPOSURES),
        seed=SEED,
    )
    for table, rows in zip(_ABOUT, (plan.actions, plan.limits), strict=True):
        if key("gold", table) in context.selected_asset_keys:
            yield store(context, tables, f"gold.{table}", rows)


def _responses(tables: TablesResource) -> pl.DataFrame:
    """Measured responses with what was known of the customer at the assignment."""
    responses = tables.read("gold.fact_campaign_responses")
    customers = tables.read("gold.dim_customer")
    return responses.select(
        "campaign_id", "customer_id", "customer_key", "is_treated", "is_converted", "revenue",
        "contact_date",
    ).join(customers.select("customer_key", *_CUSTOMER), on="customer_key")  # fmt: skip


def _campaigns(tables: TablesResource, products: pl.DataFrame) -> pl.DataFrame:
    campaigns = tables.read("gold.dim_campaign")
    return campaigns.join(products.select("product_key", "product_type"), on="product_key")


def _holdings(tables: TablesResource, products: pl.DataFrame) -> pl.DataFrame:
    """Products of open accounts and of loans and cards that are owed."""
    names = products.select("product_id", "product_name", "product_type")
    accounts = tables.read("gold.dim_account")
    owed = tables.read_latest("gold.credit_exposures", ("customer_id", "product_id"))
    held = pl.concat(
        [
            accounts.filter(pl.col("is_current") & pl.col("is_open")).select(
                "customer_id", "product_id"
            ),
            owed,
        ]
    )
    return held.unique().join(names, on="product_id").drop("product_id")
