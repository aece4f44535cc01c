"""The analytics that draw conclusions, together.

Belongs here: the list of their assets. Each has a module beside this one.
"""

import dagster as dg

from finplatform.contracts.contract import Contract
from finplatform.orchestration.assets.analytics.causal import build_causal_assets
from finplatform.orchestration.assets.analytics.inferential import build_inferential_assets
from finplatform.orchestration.assets.analytics.predictive import build_predictive_assets


def build_inference_assets(
    partitions: dg.PartitionsDefinition, contracts: dict[str, Contract]
) -> list[dg.AssetsDefinition]:
    """Inferential, predictive and causal analytics.

    Args:
        partitions: Cut of the predictions.
        contracts: Contracts of the tables that are read, by `schema.table`.
    """
    return [
        *build_inferential_assets(contracts),
        *build_predictive_assets(partitions, contracts),
        *build_causal_assets(),
    ]
