"""A capture: stores all changes committed in a source since the last one in the warehouse.

Changes and the position after them are stored in one transaction before the slot is advanced: a
killed capture is repeated, and stored changes are skipped. Belongs here: this order, and the
handling of a gap in the log. Does not belong here: loading.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl
import psycopg

from finplatform.cdc import publication, slot, store
from finplatform.cdc.changes import Decoder, TableChanges
from finplatform.cdc.seal import ChangeSeal, change_seal
from finplatform.cdc.source import CapturedSource
from finplatform.errors import FinplatformError
from finplatform.security.keys import MasterKey
from finplatform.warehouse import bulk, ddl

_LOCK_CLASS = 710_043
"""First key of the advisory locks of captures; the second is a hash of the source's name."""

TRUNCATED = "truncated"
"""Reason to read a truncated table again; an empty state is then valid."""

NOT_READ_YET = "not read yet"
"""Reason to read a day that no load has read before."""


@dataclass
class Captured:
    """Result of a capture.

    Attributes:
        source: Name of the source.
        transactions: Transactions that changed something.
        changes: Changes of rows per bronze table.
        days: Business days that changed, per bronze table; None stands for a whole table.
        given_up: Reason to read captured tables again, if any.
    """

    source: str
    transactions: int = 0
    changes: dict[str, int] = field(default_factory=dict)
    days: dict[str, set[date | None]] = field(default_factory=dict)
    given_up: str | None = None

    def add(self, table: str, changes: pl.DataFrame) -> None:
        """Counts changes of a table."""
        self.changes[table] = self.changes.get(table, 0) + changes.height
        self.days.setdefault(table, set()).update(changes["_day"].unique().to_list())


def capture(source: CapturedSource, warehouse_url: str, master: MasterKey) -> Captured:
    """Captures the changes committed in a source.

    The first capture creates publication and slot. Waits for another capture of the source.

    Args:
        source: The captured source.
        warehouse_url: libpq URL of the warehouse.
        master: Master key of the vault.

    Raises:
        FinplatformError: If the source does not respond or is not set up; the error is stored in
            the warehouse as well.
    """
    with bulk.connect(warehouse_url) as connection:
        ddl.create_schemas(connection)
        seal = change_seal(connection, master)
    with _exclusive(source, warehouse_url) as warehouse:
        try:
            with slot.connected(source) as session:
                return _Capture(source, warehouse, session, seal).run()
        except FinplatformError as error:
            store.note_error(warehouse, source.name, str(error))
            raise
        except psycopg.OperationalError as error:
            reason = f"The database of source {source.name} or the warehouse went away."
            if not warehouse.broken:
                store.note_error(warehouse, source.name, reason)
            raise FinplatformError(reason, "Nothing is lost; capture again.") from error


def end_capture(source: CapturedSource, warehouse_url: str, *, in_source: bool = True) -> bool:
    """Ends the capture of a source: drops its slot, its publication and its records.

    Args:
        source: The captured source.
        warehouse_url: libpq URL of the warehouse.
        in_source: Whether slot and publication are dropped, which needs a connection to the source.

    Returns:
        Whether there was a slot.

    Raises:
        FinplatformError: If the source does not respond.
    """
    with bulk.connect(warehouse_url) as connection:
        ddl.create_schemas(connection)
    had_slot = False
    with _exclusive(source, warehouse_url) as warehouse:
        if in_source:
            with slot.connected(source) as session:
                had_slot = slot.drop(session, source.slot_name(_name_of(warehouse)))
                publication.drop(session, source)
        with warehouse.transaction():
            store.end_source(warehouse, source)
    return had_slot


class _Capture:
    """One capture in progress."""

    def __init__(
        self,
        source: CapturedSource,
        warehouse: psycopg.Connection,
        session: psycopg.Connection,
        seal: ChangeSeal,
    ) -> None:
        self._source = source
        self._warehouse = warehouse
        self._session = session
        self._seal = seal
        self._slot_name = source.slot_name(_name_of(warehouse))
        self._captured = Captured(source.name)

    def run(self) -> Captured:
        """Captures in several reads of the slot, until nothing is left or the rest has to wait."""
        state = self._opened()
        while True:
            position = slot.position(self._session)
            if position.lsn <= state.watermark:
                store.check_source(self._warehouse, self._source.name, position.at)
                return self._captured
            following = self._read(state, position)
            if following.watermark >= position.lsn or following == state:
                return self._captured
            state = following

    def _opened(self) -> store.SourceState:
        """State of the source, published and with a slot without a gap."""
        source, warehouse, session = self._source, self._warehouse, self._session
        identity = slot.identity(session)
        state = store.read_source(warehouse, source.name)
        slot.release(session, self._slot_name)
        gap = _gap(state, identity, slot.state(session, self._slot_name))
        published = publication.prepare(session, source)
        if gap is None and state is not None:
            xid = slot.position(session).seen.xmax
            with warehouse.transaction():
                store.align_tables(warehouse, source, published, xid)
            return state
        slot.drop(session, self._slot_name)
        first = slot.create(session, source, self._slot_name)
        begun = store.SourceState(self._slot_name, identity, first, first)
        if state is not None:
            begun = replace(begun, last_commit_us=state.last_commit_us, captures=state.captures)
        position = slot.position(session)
        with warehouse.transaction():
            store.begin_source(warehouse, source, begun, position.at)
            store.align_tables(warehouse, source, published, position.seen.xmax)
            if state is not None:
                self._captured.given_up = gap
                self._give_up(str(gap), first)
            else:
                store.note_event(warehouse, source.name, "capture began", self._slot_name)
        return begun

    def _give_up(self, reason: str, lsn: int) -> None:
        """Requests a full read of all loaded tables, since changes may be missing."""
        store.note_event(self._warehouse, self._source.name, "read anew", reason)
        for table in self._source.tables:
            days = store.covered_days(self._warehouse, table.table)
            store.want_reload(self._warehouse, table.table, days, reason, lsn)

    def _read(self, state: store.SourceState, position: slot.Position) -> store.SourceState:
        """Reads the slot once and stores its changes."""
        source, warehouse = self._source, self._warehouse
        decoder = Decoder(
            source,
            slot.type_names(self._session),
            watermark=state.watermark,
            seen=position.seen,
            last_commit_us=state.last_commit_us,
        )
        stream = slot.messages(source, self._slot_name, position.lsn)
        progress, count, changes = decoder.progress, 0, 0
        with warehouse.transaction(), closing(stream):
            covered = {t.table: store.covered_days(warehouse, t.table) for t in source.tables}
            for batch in stream:
                count += batch.height
                for decoded in decoder.decode(batch):
                    changes += self._keep(decoded, covered[decoded.table.table], state)
                if progress.is_stopped:
                    break
            is_all = not progress.is_stopped and count < slot.MOST_MESSAGES
            reached = max(progress.end_lsn, state.watermark)
            following = replace(
                state,
                watermark=max(reached, position.lsn) if is_all else reached,
                last_commit_us=progress.last_commit_us,
            )
            if following == state:
                return state
            following = replace(following, captures=state.captures + 1)
            for relation in decoder.relations.values():
                table = decoder.table_of(relation)
                if table is not None:
                    types = decoder.types_of(relation)
                    store.note_columns(warehouse, source.name, table.table, types)
            store.limit(warehouse, source, state.watermark)
            store.move_source(
                warehouse,
                source.name,
                watermark=following.watermark,
                until=position.at if is_all else None,
                last_commit_us=following.last_commit_us,
                transactions=progress.transactions,
                changes=changes,
            )
        self._captured.transactions += progress.transactions
        confirmed = slot.advance(self._session, self._slot_name, following.watermark)
        store.confirm_source(warehouse, source.name, confirmed)
        return replace(following, confirmed=confirmed)

    def _keep(self, decoded: TableChanges, covered: pl.Series, state: store.SourceState) -> int:
        """Stores changes of covered days; other days are read when they are loaded.

        Returns:
            Number of changes.
        """
        table, lsn = decoded.table, state.watermark
        if decoded.is_truncated or decoded.is_incomplete:
            reason = TRUNCATED if decoded.is_truncated else "replica identity is not full"
            store.want_reload(self._warehouse, table.table, covered, reason, lsn)
        for changes in decoded.frames:
            self._captured.add(table.table, changes)
            is_dated = pl.lit(value=True) if table.day is None else pl.col("_day").is_not_null()
            is_kept = is_dated & pl.col("_day").is_in(covered.implode(), nulls_equal=True)
            for part in changes.filter(is_kept).partition_by("_day", maintain_order=True):
                store.keep_changes(self._warehouse, table, part, self._seal, state)
            others = changes.filter(~is_kept)["_day"].unique()
            store.want_reload(self._warehouse, table.table, others, NOT_READ_YET, lsn)
        return sum(changes.height for changes in decoded.frames)


def _gap(
    state: store.SourceState | None, identity: slot.Identity, found: slot.SlotState | None
) -> str | None:
    """Reason of a gap between the captured changes and the slot; None without a gap."""
    if state is None:
        return None
    if state.identity != identity:
        return "the source is another server, or another history of it"
    if found is None:
        return "the slot is gone"
    if found.is_lost:
        return f"the slot is lost ({found.reason or found.wal_status})"
    if state.confirmed is not None and (found.confirmed or 0) > state.confirmed:
        return "the slot was read by others"
    return None


@contextmanager
def _exclusive(source: CapturedSource, warehouse_url: str) -> Iterator[psycopg.Connection]:
    """A session on the warehouse, in autocommit, while no other capture of the source runs."""
    try:
        connection = psycopg.connect(warehouse_url, autocommit=True)
    except psycopg.OperationalError:
        raise FinplatformError(
            "The warehouse does not answer.", "See `finplatform doctor`."
        ) from None
    with closing(connection):
        connection.execute("select pg_advisory_lock(%s, hashtext(%s))", (_LOCK_CLASS, source.name))
        yield connection


def _name_of(warehouse: psycopg.Connection) -> str:
    """Identifier of a warehouse among those that may capture the same source."""
    row = warehouse.execute(
        "select system_identifier::text || '/' || current_database() from pg_control_system()"
    ).fetchone()
    return str(row[0]) if row is not None else ""
