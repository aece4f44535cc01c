"""Settings and result of a load, and its rows in the operations schema.

Belongs here: `LoadSettings`, `LoadResult`, the limit on rejected rows, and the log of loads.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from adbc_driver_postgresql import dbapi

from finplatform.errors import FinplatformError
from finplatform.security.vault import KEY_DESTROYED
from finplatform.warehouse import bulk, load_log
from finplatform.warehouse.identifiers import literal
from finplatform.windows import Window


@dataclass(frozen=True)
class LoadSettings:
    """Settings of a load.

    Attributes:
        first_day: First business day that a partition exists for.
        last_day: Last business day that has begun.
        reject_limit: Share of rejected rows above which the load fails.
        batch_rows: Rows in memory at a time.
        bank_timezone: Zone whose days are the bank's business days.
        run_id: Orchestrator's run, for `ops.loads`.
        is_emptied: Whether the source is known to have been emptied, so that a state that misses
            many entities is valid.
    """

    first_day: date
    last_day: date
    reject_limit: float = 0.05
    batch_rows: int = 200_000
    bank_timezone: str = "UTC"
    run_id: str | None = None
    is_emptied: bool = False


@dataclass
class LoadResult:
    """Result of a load.

    Every row read is loaded, rejected or, in an entity's log, unchanged. A deletion inferred by
    comparison is loaded without having been read.

    Attributes:
        table: Bronze table.
        window: Days replaced; None for entities and whole tables.
        rows_read: Rows read, malformed pieces included.
        rows_loaded: Rows stored.
        rows_rejected: Rows in quarantine.
        rows_unchanged: Rows that an entity's log held already.
        rows_vanished: Rows of `rows_loaded` that record a deletion inferred by comparison.
        rows_erased: Rows of `rows_rejected` about erased customers, which the limit leaves out.
        rows_undated: Rows of `rows_rejected` that belong to no business day.
        rows_elsewhere: Rows of other days in the same files.
        rows_removed: Stored rows that captured changes deleted or replaced.
        is_partial: Whether only changes were loaded, not a whole window or table.
        rows_known: Entities stored before a load of changes. They count in the denominator of the
            limit, since a share of few changes is meaningless.
        reasons: Rejected rows per column and rule.
    """

    table: str
    window: Window | None = None
    rows_read: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    rows_unchanged: int = 0
    rows_vanished: int = 0
    rows_erased: int = 0
    rows_undated: int = 0
    rows_elsewhere: int = 0
    rows_removed: int = 0
    is_partial: bool = False
    rows_known: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    def add(self, other: "LoadResult") -> None:
        """Adds the result of another load of the table."""
        self.rows_read += other.rows_read
        self.rows_loaded += other.rows_loaded
        self.rows_rejected += other.rows_rejected
        self.rows_unchanged += other.rows_unchanged
        self.rows_vanished += other.rows_vanished
        self.rows_erased += other.rows_erased
        self.rows_undated += other.rows_undated
        self.rows_elsewhere += other.rows_elsewhere
        self.rows_removed += other.rows_removed
        for reason, count in other.reasons.items():
            self.reasons[reason] = self.reasons.get(reason, 0) + count

    def reject(self, reasons: Iterable[tuple[str, int]]) -> None:
        """Counts rejected rows per reason."""
        for reason, count in reasons:
            self.rows_rejected += count
            if reason.endswith(KEY_DESTROYED):
                self.rows_erased += count
            self.reasons[reason] = self.reasons.get(reason, 0) + count

    def check_limit(self, limit: float) -> None:
        """Checks the share of rejected rows.

        Every load of a file finds its rows without a day, so their share is that of the whole file;
        the share of the other rejections is that of the window.

        Raises:
            FinplatformError: If too large a share was rejected; names the worst rules.
        """
        measured = self.rows_read + self.rows_known
        bad = self.rows_rejected - self.rows_erased
        dated = (bad - self.rows_undated, measured - self.rows_undated)
        undated = (self.rows_undated, self.rows_read + self.rows_elsewhere)
        for bad, rows in (dated, undated):
            if bad > limit * rows:
                worst = sorted(self.reasons.items(), key=lambda item: (-item[1], item[0]))[:5]
                reasons = ", ".join(f"{count} {reason}" for reason, count in worst)
                first = " Load the table named by `known` first." if "known(" in reasons else ""
                raise FinplatformError(
                    f"{bad} of {rows} rows for {self.table} are bad, more than {limit:.0%}"
                    f" ({reasons}).",
                    f"Nothing was changed.{first} Correct the source, or raise"
                    " FINPLATFORM_REJECT_LIMIT.",
                )


@dataclass(frozen=True)
class LoadBatch:
    """Batch of a load.

    Attributes:
        batch_id: Its id, which the rows carry.
        loaded_at: Instant of the load.
        run_id: Run of the orchestrator; None outside of one.
        seconds: Duration.
    """

    batch_id: str
    loaded_at: datetime
    run_id: str | None
    seconds: float


def record_load(
    connection: dbapi.Connection, table: str, result: LoadResult, batch: LoadBatch
) -> None:
    """Records a load.

    Args:
        connection: The load's connection, inside its transaction.
        table: `schema.table` of the bronze table.
        result: Rows read, stored and rejected.
        batch: The batch.
    """
    window = result.window
    start, end = (window.start, window.end) if window else (None, None)
    values = (
        batch.batch_id, result.table, start, end, batch.run_id,
        result.rows_read, result.rows_loaded, result.rows_rejected, batch.loaded_at,
    )  # fmt: skip
    listed = ", ".join(literal(value) for value in values)
    bulk.execute(connection, f"insert into ops.loads values ({listed})")
    stored = load_log.StoredRows(
        table,
        window,
        result.rows_loaded,
        batch.seconds,
        result.rows_read,
        result.rows_rejected,
        batch.run_id,
    )
    load_log.log(connection, stored)
