"""Outputs of steps that make two analytics tables from one reading.

Belongs here: an output's key, group, owner and metadata. Does not belong here: the steps.
"""

import dagster as dg

from finplatform.contracts.analytics import ANALYTICS
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.metadata import description, table_metadata
from finplatform.taxonomy import kinds_of, owners_of

GROUP = "analytics"


def table_out(table: str, *more: str) -> dg.AssetOut:
    """The output that is stored as a table of `ANALYTICS`.

    Args:
        table: Name of the table.
        more: What its description says after the grain.
    """
    contract = ANALYTICS[table]
    return dg.AssetOut(
        key=key("gold", table),
        group_name=GROUP,
        owners=list(owners_of(GROUP)),
        kinds=kinds_of(GROUP),
        description=description(contract, *more),
        metadata=table_metadata(contract),
        io_manager_key="tables",
        is_required=False,
    )
