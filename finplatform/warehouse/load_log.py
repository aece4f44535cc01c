"""The log of loads: one row each time that rows of a table were stored.

Loads, dbt models and Python assets write it alike. The checksum is a sum of hashes of the stored
rows, whatever their order: it is noted by the check that reads them, and two of the same version of
Polars may be compared. Belongs here: `ops.load_log`. The batches that rows of bronze name are in
`ops.loads`.
"""

from dataclasses import dataclass

from adbc_driver_postgresql import dbapi

from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import literal
from finplatform.windows import Window


@dataclass(frozen=True)
class StoredRows:
    """Rows that were stored.

    Attributes:
        table: `schema.table`.
        window: Business days that they replace; None: all rows, or those of a log.
        rows_out: Number of rows that were stored.
        seconds: How long it took.
        rows_in: Number of rows that came; None where a query makes them inside the database.
        rows_rejected: Of them, those in quarantine.
        run_id: Run of the orchestrator; None outside of one.
    """

    table: str
    window: Window | None
    rows_out: int
    seconds: float
    rows_in: int | None = None
    rows_rejected: int = 0
    run_id: str | None = None


def log(connection: dbapi.Connection, stored: StoredRows) -> None:
    """Notes a load inside the connection's transaction.

    Args:
        connection: Open Arrow connection; best the one that stores the rows.
        stored: What was stored.
    """
    window = stored.window
    start, end = (window.start, window.end) if window else (None, None)
    values = (
        stored.run_id, stored.table, start, end, stored.rows_in, stored.rows_rejected,
        stored.rows_out,
    )  # fmt: skip
    bulk.execute(
        connection,
        "insert into ops.load_log (run_id, table_name, window_start, window_end, rows_in,"
        " rows_rejected, rows_out, load_seconds)"
        f" values ({', '.join(map(literal, values))}, {stored.seconds:.3f})",
    )


def note_checksum(url: str, run_id: str, table: str, checksum: str) -> None:
    """Adds the checksum of the rows that a run has stored last in a table.

    Args:
        url: libpq URL of the warehouse.
        run_id: The run; one that has stored none changes nothing.
        table: `schema.table`.
        checksum: The checksum.
    """
    with bulk.connect(url) as connection:
        bulk.execute(
            connection,
            f"update ops.load_log set checksum = {literal(checksum)} where load_id = ("
            f" select max(load_id) from ops.load_log where run_id = {literal(run_id)}"
            f" and table_name = {literal(table)})",
        )
