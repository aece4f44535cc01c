"""Next contacts as assets: `gold/prescriptive_analytics` and `gold/contact_plan_limits`.

Belongs here: reading what a plan is made from, and storing the plan.
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from finplatform.analytics.prescription import prescribe
from finplatform.contracts.contract import Contract
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.analytics.latest import read_latest
from finplatform.orchestration.assets.analytics.outs import table_out
from finplatform.orchestration.io_managers.tables import read
from finplatform.orchestration.resources.warehouse import WarehouseResource

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


def build_prescription_assets(contracts: dict[str, Contract]) -> list[dg.AssetsDefinition]:
    """The plan and its limits, made together from one reading.

    Args:
        contracts: Contracts of the tables that are read, by `schema.table`.
    """
    tables = (
        "customer_features", "fact_campaign_responses", "dim_campaign", "dim_customer",
        "dim_account", "dim_product", "credit_exposures", "fact_risk_metrics",
    )  # fmt: skip

    @dg.multi_asset(
        name="prescription",
        deps=[key("gold", table) for table in tables],
        outs={
            "prescriptive_analytics": table_out(
                "prescriptive_analytics",
                "At most one contact each, chosen for the highest expected value of all within",
                "budget and capacity; effects are those of measured campaigns.",
            ),
            "contact_plan_limits": table_out(
                "contact_plan_limits",
                "What is used of it, and what one more unit would be worth.",
            ),
        },
        can_subset=True,
    )
    def prescription(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource
    ) -> Iterator[dg.Output[pl.DataFrame]]:
        url = warehouse.url
        products = read(url, contracts["gold.dim_product"], None)
        plan = prescribe(
            read_latest(url, contracts["gold.customer_features"], _FEATURES),
            _responses(url, contracts),
            _campaigns(url, contracts, products),
            _holdings(url, contracts, products),
            read_latest(url, contracts["gold.fact_risk_metrics"], _EXPOSURES),
            seed=SEED,
        )
        results = {
            "prescriptive_analytics": plan.actions,
            "contact_plan_limits": plan.limits,
        }
        for name in results.keys() & context.op_execution_context.selected_output_names:
            yield dg.Output(results[name], name)

    return [prescription]


def _responses(url: str, contracts: dict[str, Contract]) -> pl.DataFrame:
    """Measured responses with what was known of the customer at the assignment."""
    responses = read(url, contracts["gold.fact_campaign_responses"], None)
    customers = read(url, contracts["gold.dim_customer"], None)
    return responses.select(
        "campaign_id", "customer_id", "customer_key", "is_treated", "is_converted", "revenue",
        "contact_date",
    ).join(customers.select("customer_key", *_CUSTOMER), on="customer_key")  # fmt: skip


def _campaigns(url: str, contracts: dict[str, Contract], products: pl.DataFrame) -> pl.DataFrame:
    campaigns = read(url, contracts["gold.dim_campaign"], None)
    return campaigns.join(products.select("product_key", "product_type"), on="product_key")


def _holdings(url: str, contracts: dict[str, Contract], products: pl.DataFrame) -> pl.DataFrame:
    """Products of open accounts and of loans and cards that are owed."""
    names = products.select("product_id", "product_name", "product_type")
    accounts = read(url, contracts["gold.dim_account"], None)
    owed = read_latest(url, contracts["gold.credit_exposures"], ("customer_id", "product_id"))
    held = pl.concat(
        [
            accounts.filter(pl.col("is_current") & pl.col("is_open")).select(
                "customer_id", "product_id"
            ),
            owed,
        ]
    )
    return held.unique().join(names, on="product_id").drop("product_id")
