"""Loading a captured table: its changes for days read before, a full read for the others.

A read of the source replaces the stored rows, as for any other table. Later loads apply exactly
the changes that the snapshot of the read does not contain. Belongs here: the choice between both,
by day. Does not belong here: capturing (see `finplatform.cdc`), and the load (see `load`).
"""

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from adbc_driver_postgresql import dbapi

from finplatform.cdc import slot
from finplatform.cdc.capture import TRUNCATED, capture
from finplatform.cdc.pending import (
    Pending,
    note_reading,
    read_coverage,
    read_last_commit,
    read_pending,
    read_published_xid,
    take,
)
from finplatform.cdc.seal import change_seal
from finplatform.cdc.source import CapturedSource
from finplatform.contracts.contract import Kind, SourceContract
from finplatform.errors import FinplatformError
from finplatform.ingest import entity_log
from finplatform.ingest.connectors.captured import CapturedConnector
from finplatform.ingest.connectors.config import PostgresSource
from finplatform.ingest.connectors.postgres import PostgresConnector, ReadingNote
from finplatform.ingest.connectors.registry import TableSource
from finplatform.ingest.load import LoadResult, LoadSettings, TableLoader
from finplatform.ingest.merging import ChangesRefusedError
from finplatform.ingest.quarantine import REJECTED_ROWS
from finplatform.security.keys import MasterKey
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.identifiers import literal
from finplatform.windows import Window

_POLL_S = 0.05
_PATIENCE_S = 600


@dataclass(frozen=True)
class _Plan:
    """Plan of a load.

    Attributes:
        waiting: Pending changes of the table.
        stale: Days to read from the source; None stands for a whole table without days.
        changed: Days whose changes are applied.
        through: Number of the last capture whose changes are applied.
        is_emptied: Whether the source was emptied.
    """

    waiting: tuple[Pending, ...]
    stale: tuple[date | None, ...]
    changed: tuple[date | None, ...]
    through: int
    is_emptied: bool


class CapturedLoader:
    """Loads one captured table.

    Args:
        contract: The table.
        table_source: Its source; the connector is not used.
        source: Configuration of the source.
        captured: Capture of the source.
        master: Master key of the vault.
        settings: See `LoadSettings`.
    """

    def __init__(
        self,
        contract: SourceContract,
        table_source: TableSource,
        source: PostgresSource,
        captured: CapturedSource,
        master: MasterKey,
        settings: LoadSettings,
    ) -> None:
        self._contract = contract
        self._table_source = table_source
        self._source = source
        self._captured = captured
        self._table = next(one for one in captured.tables if one.table == contract.table)
        self._master = master
        self._settings = settings

    def load(self, url: str, window: Window | None) -> LoadResult:
        """Captures new changes, and loads the pending ones of a window or of a table without days.

        Args:
            url: libpq URL of the warehouse.
            window: Days to load; only for event tables.

        Raises:
            FinplatformError: If the source cannot be captured or read, or too many rows are bad.
        """
        capture(self._captured, url, self._master)
        plan = self._plan(url, window)
        report = LoadResult(self._contract.table, window)
        report.is_partial = bool(plan.changed) or not plan.stale
        stale = plan.stale
        if plan.changed:
            try:
                report.add(self._take_changes(url, window, plan))
            except ChangesRefusedError:
                stale = tuple({*stale, *plan.changed})
        for days in _runs(stale):
            report.add(self._read(url, days, plan))
        return report

    def _plan(self, url: str, window: Window | None) -> _Plan:
        table = self._contract.table
        with bulk.connect(url) as connection:
            waiting = tuple(read_pending(connection, [table], is_all=True))
            ready = read_pending(connection, [table])
            coverage = read_coverage(connection, table)
            ranges = list(coverage.select("first_day", "last_day").iter_rows())
            rejected = _rejected_days(connection, table)
        wanted: list[date | None] = [None] if window is None else list(window.dates())
        reload = {one.day for one in waiting if one.reason is not None}
        changed = {one.day for one in ready if one.changes}
        stale = {day for day in wanted if day in reload or not _is_covered(day, ranges)}
        if self._contract.stored.kind is not Kind.ENTITY:
            stale |= changed & rejected & set(wanted)
            changed -= stale
        elif not ranges:
            changed.clear()
        if window is not None and None in reload:
            # Any read finds the rows without a day.
            stale.add(window.last)
            changed.discard(window.last)
        is_emptied = any(one.reason == TRUNCATED for one in waiting)
        return _Plan(
            waiting,
            tuple(stale),
            tuple(day for day in wanted if day in changed),
            max((one.last_capture for one in ready), default=0),
            is_emptied,
        )

    def _take_changes(self, url: str, window: Window | None, plan: _Plan) -> LoadResult:
        is_entity = self._contract.stored.kind is Kind.ENTITY
        with bulk.connect(url) as connection:
            seal = change_seal(connection, self._master)
        connector = CapturedConnector(
            self._table,
            url,
            seal,
            is_entity=is_entity,
            through=plan.through,
            days=None if window is None else [day for day in plan.changed if day is not None],
        )
        table_source = replace(self._table_source, connector=connector)
        loader = TableLoader(self._contract, [table_source], self._master, self._settings)
        return loader.load(url, window, settle=lambda connection: take(connection, connector.taken))

    def _read(self, url: str, days: tuple[date, date] | None, plan: _Plan) -> LoadResult:
        """Reads days of the source, or a whole table, and stores the snapshot of the read."""
        self._await_published(url)
        with bulk.connect(url) as connection:
            last_commit = read_last_commit(connection, self._contract.table)
        source = self._source.model_copy(update={"journal": False})
        note = ReadingNote(not_before=last_commit)
        connector = PostgresConnector(source, self._captured.url, note=note)
        table_source = replace(self._table_source, connector=connector)
        settings = replace(self._settings, is_emptied=plan.is_emptied)
        loader = TableLoader(self._contract, [table_source], self._master, settings)
        window = Window.through(*days) if days is not None else None
        seen = [
            one
            for one in plan.waiting
            if one.day is None or (window is not None and window.start <= one.day < window.end)
        ]

        def settle(connection: dbapi.Connection) -> None:
            reading = note.reading
            assert reading is not None  # noqa: S101 - the load has read
            # A crash of the source must not undo the rows stored here.
            with slot.connected(self._captured) as session:
                slot.make_durable(session)
            note_reading(connection, self._contract.table, days, reading, seen)
            entity_log.forget_watermark(connection, self._contract.table)

        return loader.load(url, window, settle=settle)

    def _await_published(self, url: str) -> None:
        """Waits for transactions that may have written before the table was published.

        The log does not hold all of their changes, so the snapshot of the read must include them.
        """
        with bulk.connect(url) as connection:
            xid = read_published_xid(connection, self._contract.table)
        with slot.connected(self._captured) as session:
            for _ in range(int(_PATIENCE_S / _POLL_S)):
                if slot.position(session).seen.xmin >= xid:
                    return
                time.sleep(_POLL_S)
        raise FinplatformError(
            f"A transaction that is older than the capture of {self._contract.table} is still open"
            f" on source {self._captured.name}.",
            "Nothing was changed. End it, or load the table again later.",
        )


def _is_covered(day: date | None, ranges: Iterable[tuple[date | None, date | None]]) -> bool:
    """Whether a day, or a table without days, was read before."""
    return any(
        day is None or (first is not None and last is not None and first <= day <= last)
        for first, last in ranges
    )


def _runs(days: Collection[date | None]) -> list[tuple[date, date] | None]:
    """Days as runs without a gap; None stays, for a table without days."""
    runs: list[tuple[date, date] | None] = [None] if None in days else []
    for day in sorted(day for day in days if day is not None):
        last = runs[-1] if runs else None
        if last is not None and last[1] + timedelta(days=1) == day:
            runs[-1] = (last[0], day)
        else:
            runs.append((day, day))
    return runs


def _rejected_days(connection: dbapi.Connection, table: str) -> set[date | None]:
    """Days with rows in quarantine, which are read again: a change may have corrected the rows."""
    if not ddl.stored_columns(connection, REJECTED_ROWS):
        return set()
    found = bulk.read_frame(
        connection,
        "select distinct partition_date from quarantine.rejected_rows"
        f" where table_name = {literal(table)}",
    )
    return set(found["partition_date"])
