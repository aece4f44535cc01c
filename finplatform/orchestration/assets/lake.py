"""The group `lake`: facts and events as Parquet by business day, an asset a table.

A run replaces its days of the lake by the warehouse's rows, and reads them back for two checks in
the same step: the table's contract, and totals to the cent. Belongs here: these assets. Does not
belong here: writing and reading (see `finplatform.lake`).
"""

from collections.abc import Iterable

import dagster as dg

from finplatform.lake.catalog import SCHEMA, LakeTable
from finplatform.lake.root import open_root
from finplatform.lake.write import Written, write_window
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.metadata import description, table_metadata
from finplatform.orchestration.checks.contract_checks import contract_check_spec
from finplatform.orchestration.checks.lake_checks import (
    lake_contract_result,
    totals_check_result,
    totals_check_spec,
)
from finplatform.orchestration.partitions import Partitions, window_of
from finplatform.orchestration.resources.held_tables import HeldTables
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.orchestration.retrying import retried
from finplatform.taxonomy import kinds_of, owners_of

GROUP = "lake"


def build_lake_assets(
    tables: Iterable[LakeTable], partitions: Partitions
) -> list[dg.AssetsDefinition]:
    """An asset a table of the lake.

    Args:
        tables: The tables.
        partitions: Business days.
    """
    return [_lake_asset(table, partitions) for table in tables]


def _lake_asset(table: LakeTable, partitions: Partitions) -> dg.AssetsDefinition:
    @dg.asset(
        key=key(SCHEMA, table.name),
        group_name=GROUP,
        owners=list(owners_of(GROUP)),
        kinds=kinds_of(GROUP),
        tags={"layer": SCHEMA},
        description=description(
            table.contract, f"Rows of `{table.source}` as Parquet, one file a day."
        ),
        metadata=table_metadata(table.contract),
        check_specs=[contract_check_spec(table.contract), totals_check_spec(table)],
        deps=[key(*table.source.split("."))],
        partitions_def=partitions.daily,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    @retried
    def lake_table(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource, held: HeldTables
    ) -> dg.MaterializeResult:
        held.refuse(context)
        settings, window = warehouse.settings, window_of(context)
        root = open_root(settings)
        written = write_window(settings, warehouse.warehouse, root, table, window)
        return dg.MaterializeResult(
            metadata=_metadata(written, root.path(table.name)),
            check_results=[
                lake_contract_result(table, settings, root, written.files),
                totals_check_result(table, warehouse, root, written.files, window),
            ],
        )

    return lake_table


def _metadata(written: Written, place: str) -> dict[str, dg.MetadataValue | int]:
    return {
        "dagster/partition_row_count": written.rows,
        "files_written": written.partitions,
        "files_unchanged": written.unchanged,
        "files_removed": written.removed,
        "bytes_written": written.size,
        "place": dg.MetadataValue.path(place),
    }
