"""Storing the table of a step, and checking its contract in the same step.

Belongs here: the last part of every Python table asset.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
import polars as pl

from finplatform.contracts.contract import Contract
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.metadata import description, table_metadata
from finplatform.orchestration.checks.contract_checks import (
    contract_check_result,
    contract_check_spec,
)
from finplatform.orchestration.partitions import window_of
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.taxonomy import kinds_of, owners_of

_OF_ITSELF = ("ops", "audit")
"""Schemas of operational metadata, whose upstream assets determine the order only."""


def table_spec(contract: Contract, group: str, *about: str, deps: Any = ()) -> dg.AssetSpec:
    """Spec of a Python table asset.

    Args:
        contract: The table's contract.
        group: Its group, which sets owners and kinds.
        about: Description after the grain.
        deps: Upstream assets.
    """
    return dg.AssetSpec(
        key=key(contract.schema_name, contract.table),
        group_name=group,
        owners=list(owners_of(group)),
        kinds=kinds_of(group),
        tags={"layer": contract.schema_name},
        description=description(contract, *about),
        metadata=table_metadata(contract),
        deps=deps,
        skippable=True,
    )


def table_arguments(contract: Contract, group: str, *about: str) -> dict[str, Any]:
    """Arguments of `@dg.asset` for a Python table asset, with its blocking contract check.

    Args:
        contract: The table's contract.
        group: Its group, which sets owners and kinds.
        about: Description after the grain.
    """
    return {
        "key": key(contract.schema_name, contract.table),
        "group_name": group,
        "owners": list(owners_of(group)),
        "kinds": kinds_of(group),
        "tags": {"layer": contract.schema_name},
        "description": description(contract, *about),
        "metadata": table_metadata(contract),
        "check_specs": [contract_check_spec(contract)],
    }


def store(
    context: dg.AssetExecutionContext,
    tables: TablesResource,
    table: str,
    frame: pl.DataFrame,
    metadata: Mapping[str, Any] | None = None,
) -> dg.MaterializeResult:
    """Replaces the step's window of a table, or the whole table, and checks the stored rows.

    A table downstream of a held one is not replaced, and the step fails.

    Args:
        context: Context of the step.
        tables: The warehouse's tables.
        table: `schema.table`.
        frame: New rows.
        metadata: Metadata of the materialization in addition to the row count.
    """
    contract = tables.contract(table)
    if contract.schema_name not in _OF_ITSELF:
        tables.held.refuse(context, key(contract.schema_name, contract.table))
    window = window_of(context) if contract.date_column else None
    run_id = context.run.run_id
    tables.replace(table, frame, window, run_id)
    counted = "dagster/row_count" if window is None else "dagster/partition_row_count"
    return dg.MaterializeResult(
        asset_key=key(contract.schema_name, contract.table),
        metadata={counted: frame.height, **(metadata or {})},
        check_results=[contract_check_result(contract, tables.warehouse, window, run_id)],
    )
