"""Storing the table that a step makes, and checking it against its contract in the same step.

Belongs here: what every Python-made table asset ends with. Does not belong here: what the rows are.
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
"""Schemas of what the platform notes of itself, whatever has failed; order is all it needs."""


def table_spec(contract: Contract, group: str, *about: str, deps: Any = ()) -> dg.AssetSpec:
    """Spec of a table that Python makes.

    Args:
        contract: What the table promises.
        group: Its group, which decides owners and kinds.
        about: What its description says after the grain.
        deps: Assets that it is made from.
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
    """Arguments of `@dg.asset` for a table that Python makes, with its blocking contract check.

    Args:
        contract: What the table promises.
        group: Its group, which decides owners and kinds.
        about: What its description says after the grain.
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
    """Replaces the step's window of a table, or the whole of it, and checks what is stored.

    A table that is made from a held one stays as it is, and the step fails.

    Args:
        context: Context of the step.
        tables: The warehouse's tables.
        table: `schema.table`.
        frame: New rows.
        metadata: Metadata of the materialization beside the row count.
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
