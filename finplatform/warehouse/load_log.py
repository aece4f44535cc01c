"""Log of loads (`ops.load_log`): one row for each time that rows of a table are stored.

Loads, dbt models and Python assets write it. The checksum is a sum of hashes of the stored rows,
independent of their order: the contract check adds it, and two of the same version of Polars are
comparable. Does not belong here: the batches of bronze rows, which are in `ops.loads`.
"""

from dataclasses import dataclass

from adbc_driver_postgresql import dbapi

from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import literal
from finplatform.windows import Window


@dataclass(frozen=True)
class StoredRows:
    """Stored rows of a table.

    Attributes:
        table: `schema.table`.
        window: Business days that they replace; None: all rows, or those of a log.
        rows_out: Number of stored rows.
        seconds: Duration.
        rows_in: Number of rows read; None for rows of a query in the database.
        rows_rejected: Rows in quarantine among them.
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
    """Records a load in the connection's transaction.

    Args:
        connection: Open Arrow connection, preferably the one that stores the rows.
        stored: The stored rows.
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
    """Adds the checksum of the rows that a run has last stored in a table.

    Args:
        url: libpq URL of the warehouse.
        run_id: The run; without stored rows nothing is changed.
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
