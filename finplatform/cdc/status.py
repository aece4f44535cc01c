"""Status of a capture: its slot, its lag, pending loads, and warnings for the operator.

Does not belong here: printing.
"""

from dataclasses import dataclass, field
from datetime import datetime

import psycopg

from finplatform.cdc import publication, slot, store
from finplatform.cdc.pending import Pending, pending
from finplatform.cdc.source import CapturedSource
from finplatform.errors import FinplatformError

_LEAST_KEPT_MB = 2_048
_HALF = 0.5

_STORED = """
select slot_name, timeline, watermark::text, captured_until, last_commit_at, transactions, changes,
    checked_at, error, error_at
from ops.captured_sources where source = %s
"""

_SERVER = """
select current_setting('wal_level'), current_setting('max_slot_wal_keep_size'),
    (pg_current_wal_flush_lsn() - '0/0')::bigint, clock_timestamp()
"""


@dataclass
class CaptureStatus:
    """Status of the capture of one source.

    Attributes:
        source: Name of the source.
        tables: Captured bronze tables.
        slot_name: Its slot; None before the first capture.
        state: `captured`, `not begun`, `lost` or `unreachable`.
        lag_bytes: Log written since the last capture.
        lag_seconds: Age of the last captured change, 0 if nothing was written since.
        kept_bytes: Log retained for the slot.
        safe_bytes: Log that may still be written before the slot is lost; None without a limit.
        watermark: Position up to which the source is captured.
        captured_until: Instant on the source's clock up to which it is captured.
        last_commit_at: Time of the last captured commit.
        transactions: Transactions captured so far.
        changes: Changes of rows captured so far.
        checked_at: End of the last capture.
        error: Error of the last capture; None if it succeeded.
        error_at: Instant of the error.
        waiting: Pending loads.
        warnings: Warnings for the operator.
    """

    source: str
    tables: list[str]
    slot_name: str | None = None
    state: str = "not begun"
    lag_bytes: int | None = None
    lag_seconds: float | None = None
    kept_bytes: int | None = None
    safe_bytes: int | None = None
    watermark: str | None = None
    captured_until: datetime | None = None
    last_commit_at: datetime | None = None
    transactions: int = 0
    changes: int = 0
    checked_at: datetime | None = None
    error: str | None = None
    error_at: datetime | None = None
    waiting: list[Pending] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def capture_status(source: CapturedSource, warehouse_url: str) -> CaptureStatus:
    """Status of the capture of a source, without capturing.

    Args:
        source: The captured source.
        warehouse_url: libpq URL of the warehouse.
    """
    found = CaptureStatus(source.name, [table.table for table in source.tables])
    found.waiting = pending(warehouse_url, found.tables, is_all=True)
    with psycopg.connect(warehouse_url, autocommit=True) as warehouse:
        row = warehouse.execute(_STORED, (source.name,)).fetchone()
        known = store.read_source(warehouse, source.name)
    if row is not None:
        (
            found.slot_name, _, found.watermark, found.captured_until, found.last_commit_at,
            found.transactions, found.changes, found.checked_at, found.error, found.error_at,
        ) = row  # fmt: skip
    try:
        with slot.connected(source) as session:
            _ask_server(found, source, known, session)
    except FinplatformError as error:
        found.state = "unreachable"
        found.warnings.append(str(error))
    return found


def _ask_server(
    found: CaptureStatus,
    source: CapturedSource,
    known: store.SourceState | None,
    session: psycopg.Connection,
) -> None:
    server = session.execute(_SERVER).fetchone()
    assert server is not None  # noqa: S101 - the query gives a row
    wal_level, limit, written, now = server
    found.warnings += _server_warnings(wal_level, limit)
    try:
        lacking = publication.statements(session, source)
    except FinplatformError as error:
        lacking = []
        found.warnings.append(str(error))
    if lacking and known is not None:
        found.warnings.append(
            f"The next capture sets up {len(lacking)} things in the source"
            f" (finplatform cdc setup {source.name} --sql)."
        )
    if known is None:
        return
    state = slot.state(session, known.slot_name)
    if state is None or state.is_lost:
        found.state = "lost"
        why = state.reason if state is not None and state.reason else "it is gone"
        found.warnings.append(f"The slot is invalid ({why}): the next load reads all again.")
        return
    found.state = "captured"
    found.lag_bytes = max(written - known.watermark, 0)
    found.kept_bytes = written - (state.restart or written)
    found.safe_bytes = state.safe_bytes
    if found.captured_until is not None:
        age = (now - found.captured_until).total_seconds()
        found.lag_seconds = max(age, 0.0) if found.lag_bytes else 0.0
    if state.safe_bytes is not None and found.kept_bytes > _HALF * (
        found.kept_bytes + state.safe_bytes
    ):
        found.warnings.append("The server keeps more than half of the log that it may: capture.")


def _server_warnings(wal_level: str, limit: str) -> list[str]:
    found = []
    if wal_level != "logical":
        found.append(f"wal_level is {wal_level}; captures need logical, after a restart.")
    if limit == "-1":
        found.append(
            "max_slot_wal_keep_size is unlimited: a capture that stops would fill the source's"
            f" disk. Set it to {_LEAST_KEPT_MB} MB or more, such as an eighth of the disk."
        )
    return found
