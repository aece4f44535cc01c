"""Patterns among customers as assets: `gold/exploratory_analytics` and `gold/customer_segments`.

Belongs here: reading the latest features and storing what is found in them.
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from finplatform.analytics.exploration import NEEDED, explore
from finplatform.contracts.contract import Contract
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.analytics.latest import read_latest
from finplatform.orchestration.assets.analytics.outs import table_out
from finplatform.orchestration.resources.warehouse import WarehouseResource

SEED = 42


def build_exploration_assets(contracts: dict[str, Contract]) -> list[dg.AssetsDefinition]:
    """Findings and segments, made together from one reading.

    Args:
        contracts: Contracts of the tables that are read, by `schema.table`.
    """

    @dg.multi_asset(
        name="exploration",
        deps=[key("gold", "customer_features")],
        outs={
            "exploratory_analytics": table_out(
                "exploratory_analytics",
                "Correlations with intervals and adjusted p-values, association of categories,",
                "segments and their profiles, and what recency, frequency and value tell.",
            ),
            "customer_segments": table_out(
                "customer_segments", "Segments found by k-means, outliers, and RFM scores."
            ),
        },
        can_subset=True,
    )
    def exploration(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource
    ) -> Iterator[dg.Output[pl.DataFrame]]:
        features = read_latest(warehouse.url, contracts["gold.customer_features"], NEEDED)
        findings, segments = explore(features, seed=SEED)
        results = {"exploratory_analytics": findings, "customer_segments": segments}
        for name in results.keys() & context.op_execution_context.selected_output_names:
            yield dg.Output(results[name], name, metadata={"customers": features.height})

    return [exploration]
