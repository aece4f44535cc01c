"""The restore drill as an asset of the schema `ops`.

Belongs here: storing the results of drills. Does not belong here: the drill
(`finplatform.backup.drill`).
"""

from decimal import Decimal

import dagster as dg
import polars as pl

from finplatform.backup.age import is_on
from finplatform.backup.drill import Drill, drill
from finplatform.contracts.backups import BACKUPS
from finplatform.orchestration.assets.storing import store, table_arguments
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.orchestration.run_history import frame_of
from finplatform.settings import Settings
from finplatform.warehouse import bulk, ddl

GROUP = "platform"
_CONTRACT = BACKUPS["restore_drills"]


@dg.asset(
    **table_arguments(
        _CONTRACT,
        GROUP,
        (
            "Drills of the embedded server, once backups exist; an external server has "
            "backups of its own."
        ),
    )
)
@retried
def restore_drills(
    context: dg.AssetExecutionContext,
    tables: TablesResource,
    settings: dg.ResourceParam[Settings],
) -> dg.MaterializeResult:
    """Restores the newest backup into a scratch server, and adds the result."""
    with bulk.connect(tables.warehouse.url) as connection:
        ddl.create_schemas(connection)
        ddl.create_table(connection, _CONTRACT)
    stored = tables.read(_CONTRACT.name)
    if settings.database_url is not None or not is_on(settings):
        return store(context, tables, _CONTRACT.name, stored, {"drill": "no backups are made here"})
    found = drill(settings)
    rows = pl.concat([stored, frame_of(_CONTRACT, [_row(found)])], how="vertical_relaxed")
    metadata = {
        "backup": found.backup_id,
        "recovery_time_seconds": found.rto_seconds,
        "recovery_point_seconds": found.rpo_seconds,
        "problem": found.problem or "none",
    }
    return store(context, tables, _CONTRACT.name, rows, metadata)


def _row(found: Drill) -> dict[str, object]:
    return {
        "drilled_at": found.drilled_at,
        "backup_id": found.backup_id,
        "chain_length": found.chain_length,
        "segment_count": found.segments,
        "restored_bytes": found.restored_bytes,
        "recovery_point_seconds": _seconds(found.rpo_seconds),
        "recovery_time_seconds": _seconds(found.rto_seconds),
        "table_count": found.tables,
        "row_count": found.rows,
        "is_passed": found.is_passed,
        "problem": found.problem or None,
    }


def _seconds(value: float) -> Decimal:
    return Decimal(f"{value:.3f}")
