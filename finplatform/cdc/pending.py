"""Pending loads: tables and days that have changed since their last load.

Belongs here: queries of sensors, commands and loads, and the records of a load about reads and
applied changes. Does not belong here: capturing (see `capture`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
from adbc_driver_postgresql import dbapi

from finplatform.cdc.snapshots import Snapshot
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.identifiers import literal
from finplatform.windows import Window

_PENDING = """
with waits as (
    select t.table_name, min(c.capture) as capture
    from ops.captured_tables as t
    inner join ops.captured_changes as c on c.table_name = any(t.loaded_after)
    group by t.table_name
),
changed as (
    select
        c.table_name, c.business_day, sum(c.changes)::bigint as changes,
        max(c.change_id) as last_change_id, min(c.first_commit_at) as since,
        max(c.capture) as last_capture
    from ops.captured_changes as c
    left join waits on waits.table_name = c.table_name
    where waits.capture is null or c.capture < waits.capture or {is_all}
    group by c.table_name, c.business_day
)
select
    coalesce(c.table_name, r.table_name) as table_name,
    coalesce(c.business_day, r.business_day) as business_day,
    coalesce(c.changes, 0) as changes,
    coalesce(c.last_change_id, 0) as last_change_id,
    coalesce(c.last_capture, 0) as last_capture,
    coalesce(c.since, r.noted_at) as since,
    r.reason,
    (r.lsn - '0/0')::bigint as reload_lsn
from changed as c
full join ops.captured_reloads as r
    on r.table_name = c.table_name and r.business_day is not distinct from c.business_day
where {wanted}
order by 1, 2 nulls first
"""


@dataclass(frozen=True)
class Pending:
    """A day of a table, or a whole table, that has changed since its last load.

    Attributes:
        table: Bronze table.
        day: Business day; None for an entity or whole table, and for rows without a day.
        changes: Captured changes.
        last_change_id: Number of the last one; it increases with every change.
        last_capture: Number of its capture.
        since: Time of the first pending commit.
        reason: Reason to read it from the source again; None if all changes are captured.
        reload_lsn: Position of the last such reason.
    """

    table: str
    day: date | None
    changes: int
    last_change_id: int
    last_capture: int
    since: datetime
    reason: str | None
    reload_lsn: int | None

    @property
    def mark(self) -> str:
        """Text that changes with every change, for a run key."""
        return f"{self.table}:{self.day}:{self.last_change_id}:{self.reload_lsn}"


@dataclass(frozen=True)
class Reading:
    """A read of a table, or of days of it.

    Attributes:
        snapshot: Its snapshot.
        lsn: Position after which all transactions of the snapshot have ended.
        at: Instant on the source's clock.
    """

    snapshot: str
    lsn: int
    at: datetime

    def saw(self, xids: pl.Series) -> pl.Series:
        """Marks the transactions in its snapshot, by ids of the log."""
        return Snapshot.parse(self.snapshot).saw(xids)


def pending(
    warehouse_url: str, tables: Sequence[str] | None = None, *, is_all: bool = False
) -> list[Pending]:
    """Pending loads, in the order of tables and days.

    Reads the warehouse only; call `capture` before for new changes.

    Args:
        warehouse_url: libpq URL of the warehouse.
        tables: Bronze tables; None for all.
        is_all: Include loads that wait for a referenced table.
    """
    with bulk.connect(warehouse_url) as connection:
        ddl.create_schemas(connection)
        return read_pending(connection, tables, is_all=is_all)


def read_pending(
    connection: dbapi.Connection, tables: Sequence[str] | None = None, *, is_all: bool = False
) -> list[Pending]:
    """As `pending`, on an open connection."""
    wanted = "true"
    if tables is not None:
        wanted = f"coalesce(c.table_name, r.table_name) in ({_list(tables)})"
    rows = bulk.read_frame(
        connection, _PENDING.format(is_all="true" if is_all else "false", wanted=wanted)
    )
    return [Pending(*row) for row in rows.iter_rows()]


def request_reload(warehouse_url: str, table: str, window: Window | None, reason: str) -> int:
    """Requests that the next load of a table reads the source instead of changes.

    Args:
        warehouse_url: libpq URL of the warehouse.
        table: Bronze table.
        window: Its days; None for all covered ones.
        reason: Reason.

    Returns:
        Number of days, or 1 for a table without days; 0 before its first read.
    """
    inside = "true" if window is None else f"d.day is null or {window.predicate('d.day')}"
    with bulk.connect(warehouse_url) as connection:
        ddl.create_schemas(connection)
        count = bulk.fetch_value(
            connection,
            "with noted as (insert into ops.captured_reloads (table_name, business_day, reason,"
            f" lsn) select distinct {literal(table)}, d.day, {literal(reason)}, '0/0'::pg_lsn"
            " from ops.captured_snapshots as s cross join lateral ("
            " select generate_series(s.first_day, s.last_day, interval '1 day')::date"
            " where s.first_day is not null union all select null where s.first_day is null"
            f" ) as d (day) where s.table_name = {literal(table)} and ({inside})"
            " on conflict (table_name, business_day) do update set reason = excluded.reason"
            " returning 1) select count(*) from noted",
        )
    return int(str(count))


def read_coverage(connection: dbapi.Connection, table: str) -> pl.DataFrame:
    """Reads of a table: `first_day`, `last_day` and the fields of `Reading`, the latest first."""
    return bulk.read_frame(
        connection,
        "select first_day, last_day, snapshot, (lsn - '0/0')::bigint as lsn, taken_at as at"
        f" from ops.captured_snapshots where table_name = {literal(table)} order by lsn desc",
    )


def read_published_xid(connection: dbapi.Connection, table: str) -> int:
    """Id below which transactions may have written before the table was published."""
    found = bulk.fetch_value(
        connection,
        f"select published_xid::text from ops.captured_tables where table_name = {literal(table)}",
    )
    return int(str(found)) if found is not None else 0


def read_last_commit(connection: dbapi.Connection, table: str) -> datetime | None:
    """Time of the last captured commit of a table's source."""
    found = bulk.read_frame(
        connection,
        "select s.last_commit_at from ops.captured_tables as t"
        " inner join ops.captured_sources as s on s.source = t.source"
        f" where t.table_name = {literal(table)}",
    )
    return found["last_commit_at"][0] if found.height else None


def take(connection: dbapi.Connection, change_ids: Sequence[int]) -> None:
    """Deletes loaded changes, in the transaction of the load."""
    if change_ids:
        listed = ", ".join(map(str, change_ids))
        bulk.execute(connection, f"delete from ops.captured_changes where change_id in ({listed})")


def forget_readings(connection: dbapi.Connection, table: str) -> None:
    """Deletes the reads and captured changes of a table, so that its next load reads it."""
    for name in ("captured_changes", "captured_snapshots", "captured_reloads"):
        bulk.execute(connection, f"delete from ops.{name} where table_name = {literal(table)}")


def note_reading(
    connection: dbapi.Connection,
    table: str,
    days: tuple[date, date] | None,
    reading: Reading,
    seen: Sequence[Pending],
) -> None:
    """Records a read of a table, in the transaction of the load.

    Args:
        connection: Connection of the load.
        table: Bronze table.
        days: First and last day of the read; None for a whole table.
        reading: The read.
        seen: Loads pending before the read, which its snapshot contains.
    """
    first, last = days or (None, None)
    inside = "first_day is null"
    if days is not None:
        inside = f"first_day >= {literal(first)} and last_day <= {literal(last)}"
    name = literal(table)
    bulk.execute(
        connection, f"delete from ops.captured_snapshots where table_name = {name} and {inside}"
    )
    bulk.execute(
        connection,
        "insert into ops.captured_snapshots values"
        f" ({name}, {literal(first)}, {literal(last)}, {literal(reading.snapshot)},"
        f" '0/0'::pg_lsn + {reading.lsn}::numeric, {literal(reading.at)})",
    )
    for one in seen:
        same = f"table_name = {name} and business_day is not distinct from {literal(one.day)}::date"
        bulk.execute(
            connection,
            f"delete from ops.captured_changes where {same} and change_id <= {one.last_change_id}",
        )
        if one.reload_lsn is not None:
            bulk.execute(
                connection,
                f"delete from ops.captured_reloads where {same}"
                f" and lsn <= '0/0'::pg_lsn + {one.reload_lsn}::numeric",
            )


def _list(names: Sequence[str]) -> str:
    return ", ".join(literal(name) for name in names) or "null"
