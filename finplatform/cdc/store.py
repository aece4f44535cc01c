"""Tables of captures in the warehouse: positions, changes and reload requests.

Belongs here: writes of a capture to `ops.captured_*`, in the transaction of the caller. Does not
belong here: queries of loads (see `pending`).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
import psycopg

from finplatform.cdc.seal import ChangeSeal
from finplatform.cdc.slot import Identity
from finplatform.cdc.source import CapturedSource, CapturedTable

SEGMENT_ROWS = 50_000
"""Most changes in one payload."""

_LSN = "'0/0'::pg_lsn + %s::numeric"


@dataclass(frozen=True)
class SourceState:
    """State of the capture of a source.

    Attributes:
        slot_name: Its slot.
        identity: Cluster and timeline of the positions.
        watermark: Position up to which the source is captured.
        confirmed: Confirmed position of the slot; None while it is unknown.
        last_commit_us: Time of the last captured commit, in microseconds from 1970; 0 before any.
        captures: Captures with changes.
    """

    slot_name: str
    identity: Identity
    watermark: int
    confirmed: int | None = None
    last_commit_us: int = 0
    captures: int = 0


def read_source(connection: psycopg.Connection, source: str) -> SourceState | None:
    """State of the capture of a source; None before the first."""
    row = connection.execute(
        "select slot_name, system_id, timeline, (watermark - '0/0')::bigint,"
        " (confirmed - '0/0')::bigint,"
        " coalesce((extract(epoch from last_commit_at) * 1000000)::bigint, 0), captures"
        " from ops.captured_sources where source = %s",
        (source,),
    ).fetchone()
    if row is None:
        return None
    return SourceState(row[0], Identity(row[1], row[2]), *row[3:])


def begin_source(
    connection: psycopg.Connection,
    source: CapturedSource,
    state: SourceState,
    at: datetime,
) -> None:
    """Stores a source with a new slot, and replaces the record of an earlier one."""
    connection.execute(
        "insert into ops.captured_sources"
        " (source, slot_name, publication, system_id, timeline, watermark, confirmed,"
        f" captured_until) values (%s, %s, %s, %s, %s, {_LSN}, {_LSN}, %s)"
        " on conflict (source) do update set"
        " slot_name = excluded.slot_name, publication = excluded.publication,"
        " system_id = excluded.system_id, timeline = excluded.timeline,"
        " watermark = excluded.watermark, confirmed = excluded.confirmed,"
        " captured_until = excluded.captured_until, checked_at = now()",
        (
            source.name, state.slot_name, source.publication, state.identity.system_id,
            state.identity.timeline, state.watermark, state.watermark, at,
        ),
    )  # fmt: skip


def move_source(
    connection: psycopg.Connection,
    source: str,
    *,
    watermark: int,
    until: datetime | None,
    last_commit_us: int,
    transactions: int,
    changes: int,
) -> None:
    """Stores the position of a capture, in the transaction that stores its changes.

    Args:
        connection: Session on the warehouse.
        source: Name of the source.
        watermark: Position up to which the source is captured.
        until: Instant up to which it is captured; None for that of the last commit.
        last_commit_us: Time of the last captured commit, in microseconds from 1970.
        transactions: Captured transactions.
        changes: Captured changes.
    """
    commit = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=last_commit_us)
    connection.execute(
        f"update ops.captured_sources set watermark = {_LSN}, confirmed = null,"
        " captured_until = %s,"
        " last_commit_at = %s, captures = captures + 1,"
        " transactions = transactions + %s, changes = changes + %s,"
        " checked_at = now(), error = null, error_at = null where source = %s",
        (
            watermark, until or commit, commit if last_commit_us else None,
            transactions, changes, source,
        ),
    )  # fmt: skip


def confirm_source(connection: psycopg.Connection, source: str, confirmed: int) -> None:
    """Stores the confirmed position of the slot; only captures of the platform advance it."""
    connection.execute(
        f"update ops.captured_sources set confirmed = {_LSN} where source = %s",
        (confirmed, source),
    )


def check_source(connection: psycopg.Connection, source: str, until: datetime) -> None:
    """Records that a source has no changes up to an instant."""
    connection.execute(
        "update ops.captured_sources set captured_until = %s, checked_at = now(), error = null,"
        " error_at = null where source = %s",
        (until, source),
    )


def note_error(connection: psycopg.Connection, source: str, error: str) -> None:
    """Stores the error of a capture."""
    connection.execute(
        "update ops.captured_sources set error = %s, error_at = now(), checked_at = now()"
        " where source = %s",
        (error, source),
    )


def note_event(
    connection: psycopg.Connection, source: str, event: str, detail: str, table: str | None = None
) -> None:
    """Stores an event of a capture."""
    connection.execute(
        "insert into ops.capture_events (source, table_name, event, detail)"
        " values (%s, %s, %s, %s)",
        (source, table, event, detail),
    )


def align_tables(
    connection: psycopg.Connection,
    source: CapturedSource,
    published: Sequence[str],
    xid: int,
) -> None:
    """Stores the tables of a source, and deletes those that are no longer captured.

    Args:
        connection: Session on the warehouse.
        source: The captured source.
        published: Tables that are new in the publication: earlier reads and changes of them are
            deleted.
        xid: Id below which transactions may have written before the publication.
    """
    names = [table.table for table in source.tables]
    gone = connection.execute(
        "delete from ops.captured_tables where source = %s and not (table_name = any(%s))"
        " returning table_name",
        (source.name, names),
    ).fetchall()
    forget(connection, [name for (name,) in gone])
    forget(connection, published)
    for table in source.tables:
        connection.execute(
            "insert into ops.captured_tables"
            " (table_name, source, relation, published_xid, loaded_after)"
            " values (%s, %s, %s, %s::text::xid8, %s) on conflict (table_name) do update set"
            " source = excluded.source, relation = excluded.relation,"
            " loaded_after = excluded.loaded_after, published_xid ="
            " case when %s or captured_tables.relation <> excluded.relation"
            " or captured_tables.source <> excluded.source then excluded.published_xid"
            " else captured_tables.published_xid end",
            (
                table.table, source.name, table.relation, str(xid), list(table.loaded_after),
                table.table in published,
            ),
        )  # fmt: skip


def end_source(connection: psycopg.Connection, source: CapturedSource) -> None:
    """Deletes all records of a source except its events."""
    align_tables(connection, replace(source, tables=()), (), 0)
    connection.execute("delete from ops.captured_sources where source = %s", (source.name,))
    note_event(connection, source.name, "capture ended", "by command")


def forget(connection: psycopg.Connection, tables: Sequence[str]) -> None:
    """Deletes captured changes and reads of tables."""
    for name in ("captured_changes", "captured_snapshots", "captured_reloads"):
        connection.execute(
            f"delete from ops.{name} where table_name = any(%s)".encode(), (list(tables),)
        )


def covered_days(connection: psycopg.Connection, table: str) -> pl.Series:
    """Covered days of a table; null for a whole table."""
    rows = connection.execute(
        "select distinct d.day::date from ops.captured_snapshots as s"
        " cross join lateral (select generate_series(s.first_day, s.last_day, interval '1 day')"
        " where s.first_day is not null union all select null where s.first_day is null) as d (day)"
        " where s.table_name = %s",
        (table,),
    ).fetchall()
    return pl.Series("_day", [day for (day,) in rows], dtype=pl.Date)


def keep_changes(
    connection: psycopg.Connection,
    table: CapturedTable,
    changes: pl.DataFrame,
    seal: ChangeSeal,
    state: SourceState,
) -> None:
    """Stores changes of one table and one day until they are loaded.

    Args:
        connection: Session on the warehouse.
        table: The table.
        changes: Decoded changes.
        seal: Encrypts them.
        state: State before this capture, after which their transactions ended.
    """
    for part in changes.iter_slices(SEGMENT_ROWS):
        connection.execute(
            "insert into ops.captured_changes (table_name, business_day, capture, changes,"
            " first_lsn, first_commit_at, last_commit_at, payload)"
            f" values (%s, %s, %s, %s, {_LSN}, %s, %s, %b)",
            (
                table.table, part["_day"][0], state.captures + 1, part.height, state.watermark,
                part["_changed_at"].min(), part["_changed_at"].max(),
                seal.seal(part.drop("_day"), table.table),
            ),
        )  # fmt: skip


def want_reload(
    connection: psycopg.Connection,
    table: str,
    days: Iterable[date | None],
    reason: str,
    lsn: int,
) -> None:
    """Requests that days of a table, or the whole table, are read from the source again."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.captured_reloads (table_name, business_day, reason, lsn)"
            f" values (%s, %s, %s, {_LSN}) on conflict (table_name, business_day) do update set"
            " reason = excluded.reason, lsn = greatest(captured_reloads.lsn, excluded.lsn)",
            [(table, day, reason, lsn) for day in days],
        )


def note_columns(
    connection: psycopg.Connection, source: str, table: str, columns: dict[str, str]
) -> None:
    """Stores the columns of a table in the source, and an event if they have changed."""
    row = connection.execute(
        "select columns from ops.captured_tables where table_name = %s for update", (table,)
    ).fetchone()
    before: dict[str, str] | None = row[0] if row is not None else None
    if before == columns:
        return
    connection.execute(
        "update ops.captured_tables set columns = %s, version = version + 1 where table_name = %s",
        (json.dumps(columns), table),
    )
    if before is not None:
        note_event(connection, source, "schema changed", _difference(before, columns), table)


def limit(connection: psycopg.Connection, source: CapturedSource, lsn: int) -> list[str]:
    """Discards pending changes beyond the limit: their days are read again.

    Returns:
        Tables with discarded changes.
    """
    names = [table.table for table in source.tables]
    sizes = connection.execute(
        "select table_name, sum(octet_length(payload)) from ops.captured_changes"
        " where table_name = any(%s) group by table_name order by 2 desc",
        (names,),
    ).fetchall()
    total, given_up = sum(int(size) for _, size in sizes), []
    for table, size in sizes:
        if total <= source.keep_bytes:
            break
        days = connection.execute(
            "delete from ops.captured_changes where table_name = %s returning business_day",
            (table,),
        ).fetchall()
        want_reload(connection, table, {day for (day,) in days}, "over the limit", lsn)
        note_event(
            connection, source.name, "over the limit", f"{int(size):,} bytes given up", table
        )
        total -= int(size)
        given_up.append(table)
    return given_up


def _difference(before: dict[str, str], after: dict[str, str]) -> str:
    differences = [f"{name} {kind} added" for name, kind in after.items() if name not in before]
    differences += [f"{name} dropped" for name in before if name not in after]
    differences += [
        f"{name} {before[name]} is now {kind}"
        for name, kind in after.items()
        if before.get(name, kind) != kind
    ]
    return "; ".join(differences) or "columns in another order"
