"""What a load writes down of itself: its batch, and its row in the log of loads.

Belongs here: both rows, inside the transaction of the load. What they are about is in `report`.
"""

from dataclasses import dataclass
from datetime import datetime

from adbc_driver_postgresql import dbapi

from finplatform.ingest.report import LoadReport
from finplatform.warehouse import bulk, load_log
from finplatform.warehouse.identifiers import literal


@dataclass(frozen=True)
class Batched:
    """The batch of a load.

    Attributes:
        batch_id: Its id, which the rows carry.
        loaded_at: When it was stored.
        run_id: Run of the orchestrator; None outside of one.
        seconds: How long it took.
    """

    batch_id: str
    loaded_at: datetime
    run_id: str | None
    seconds: float


def record_load(
    connection: dbapi.Connection, table: str, report: LoadReport, batch: Batched
) -> None:
    """Writes down a load.

    Args:
        connection: The load's connection, inside its transaction.
        table: `schema.table` of the bronze table.
        report: What was read, stored and rejected.
        batch: The batch.
    """
    window = report.window
    start, end = (window.start, window.end) if window else (None, None)
    values = (
        batch.batch_id, report.table, start, end, batch.run_id,
        report.rows_read, report.rows_loaded, report.rows_rejected, batch.loaded_at,
    )  # fmt: skip
    listed = ", ".join(literal(value) for value in values)
    bulk.execute(connection, f"insert into ops.loads values ({listed})")
    stored = load_log.StoredRows(
        table,
        window,
        report.rows_loaded,
        batch.seconds,
        report.rows_read,
        report.rows_rejected,
        batch.run_id,
    )
    load_log.log(connection, stored)
