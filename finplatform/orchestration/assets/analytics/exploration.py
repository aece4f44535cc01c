"""Patterns among customers as assets: `gold/exploratory_analytics` and `gold/customer_segments`.

Belongs here: reading the latest features and storing the findings.
"""

from collections.abc import Iterator

import dagster as dg

from finplatform.analytics.exploration import NEEDED, explore
from finplatform.contracts.analytics import ANALYTICS
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.storing import store, table_spec
from finplatform.orchestration.checks.contract_checks import contract_check_spec
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried

GROUP = "analytics"
SEED = 42

_ABOUT = {
    "exploratory_analytics": (
        "Correlations with intervals and adjusted p-values, association of categories, segments"
        " and their profiles, and RFM shares."
    ),
    "customer_segments": "Segments found by k-means, outliers, and RFM scores.",
}


@dg.multi_asset(
    name="exploration",
    specs=[
        table_spec(ANALYTICS[table], GROUP, about, deps=[key("gold", "customer_features")])
        for table, about in _ABOUT.items()
    ],
    check_specs=[contract_check_spec(ANALYTICS[table]) for table in _ABOUT],
    can_subset=True,
)
@retried
def exploration(
    context: dg.AssetExecutionContext, tables: TablesResource
) -> Iterator[dg.MaterializeResult]:
    """Findings and segments, from one read of the features."""
    features = tables.read_latest("gold.customer_features", NEEDED)
    for table, rows in zip(_ABOUT, explore(features, seed=SEED), strict=True):
        if key("gold", table) in context.selected_asset_keys:
            metadata = {"customers": features.height}
            yield store(context, tables, f"gold.{table}", rows, metadata)
