"""Next contacts as assets: `gold/prescriptive_analytics`, its limits, budgets and retention steps.

Belongs here: reading the inputs of a plan, and storing the plan.
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from finplatform.analytics.prescription import prescribe
from finplatform.analytics.retention import WINDOW_DAYS
from finplatform.contracts.analytics import ANALYTICS
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.analytics.leaving import LEFT_DATES
from finplatform.orchestration.assets.storing import store, table_spec
from finplatform.orchestration.checks.contract_checks import contract_check_spec
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.warehouse import bulk

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
        "At most one contact per customer, selected for the highest total expected "
        "value within budget and capacity; effects are those of measured campaigns."
    ),
    "contact_plan_limits": "Usage of each limit, and its shadow price.",
    "intervention_budgets": ("Budget, planned cost and expected return of the plan by objective."),
    "retention_steps": (
        "Retention waterfall: customers at risk, eligible customers, affordable and "
        "profitable offers, contacted customers, and expected retained customers."
    ),
}
_PREDICTED = ("churn_probability", "churn_risk_score", "customer_lifetime_value")
_READ = (
    "customer_features", "fact_campaign_responses", "dim_campaign", "dim_customer", "dim_account",
    "dim_product", "credit_exposures", "fact_risk_metrics", "customer_predictions",
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
@retried
def prescription(
    context: dg.AssetExecutionContext, tables: TablesResource
) -> Iterator[dg.MaterializeResult]:
    """The plan with its limits, budgets and retention steps, from one read of the inputs."""
    products = tables.read("gold.dim_product")
    customers = _customers(tables)
    plan = prescribe(
        customers,
        _responses(tables, customers),
        _campaigns(tables, products),
        _holdings(tables, products),
        tables.read_latest("gold.fact_risk_metrics", _EXPOSURES),
        seed=SEED,
    )
    made = (plan.actions, plan.limits, plan.budgets, plan.steps)
    kept = {
        "kept_share": plan.kept.estimate,
        "left_contacted": plan.kept.left_contacted,
        "left_held_back": plan.kept.left_held_back,
    }
    for table, rows in zip(_ABOUT, made, strict=True):
        if key("gold", table) in context.selected_asset_keys:
            metadata = kept if table == "retention_steps" else {}
            yield store(context, tables, f"gold.{table}", rows, metadata)


def _customers(tables: TablesResource) -> pl.DataFrame:
    """The latest customers with their predictions of the same date."""
    customers = tables.read_latest("gold.customer_features", _FEATURES)
    keys = ("customer_id", "observation_date")
    predicted = tables.read_latest("gold.customer_predictions", (*keys, *_PREDICTED))
    return customers.join(
        predicted.rename({"customer_lifetime_value": "lifetime_value"}).with_columns(
            pl.col("lifetime_value").cast(pl.Float64)
        ),
        on=list(keys),
        how="left",
    )


def _responses(tables: TablesResource, customers: pl.DataFrame) -> pl.DataFrame:
    """Measured responses with the customer's features at the time, and later departures.

    A departure is known once the days after the assignment are over.
    """
    responses = tables.read("gold.fact_campaign_responses")
    versions = tables.read("gold.dim_customer")
    with bulk.connect(tables.warehouse.url) as connection:
        left = bulk.read_frame(connection, LEFT_DATES)
    until = pl.col("assigned_date").dt.offset_by(f"{WINDOW_DAYS}d")
    last_day = pl.lit(customers["observation_date"].max(), pl.Date)
    has_left = (pl.col("left_date") > pl.col("assigned_date")) & (pl.col("left_date") <= until)
    return (
        responses.select(
            "campaign_id", "customer_id", "customer_key", "is_treated", "is_converted", "revenue",
            "contact_date", "assigned_date",
        )
        .join(versions.select("customer_key", *_CUSTOMER), on="customer_key")
        .join(left.cast({"left_date": pl.Date}), on="customer_id", how="left")
        .with_columns(
            has_left=pl.when(until <= last_day).then(has_left.fill_null(value=False))
        )
    )  # fmt: skip


def _campaigns(tables: TablesResource, products: pl.DataFrame) -> pl.DataFrame:
    campaigns = tables.read("gold.dim_campaign")
    return campaigns.join(products.select("product_key", "product_type"), on="product_key")


def _holdings(tables: TablesResource, products: pl.DataFrame) -> pl.DataFrame:
    """Products of open accounts and of outstanding loans and cards."""
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
