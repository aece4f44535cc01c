"""Present and frozen rows of a month, as hashes and checksums.

A row's hash is SHA-256 of its frozen columns as JSON; a table's checksum is that of the hashes of
its rows in the order of their keys. Both are computed in the database, table by table. Does not
belong here: the steps of a closing (`period_closes`).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any

import psycopg
from psycopg.rows import dict_row

from finplatform.compliance.sox.frozen_tables import FrozenTable, frozen_tables
from finplatform.compliance.sox.periods import Month, TableState
from finplatform.warehouse.identifiers import literal, quote
from finplatform.windows import Window

_NOW = """
create temporary table if not exists period_now (
    table_name text not null,
    row_key text not null,
    row_hash bytea not null,
    measure numeric,
    content jsonb
) on commit drop
"""

_COLUMNS = """
select attname::text from pg_attribute
where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped order by attnum
"""

_STORED_COLUMNS = """
select distinct on (table_name) table_name, columns from compliance.period_tables
where period = %s order by table_name, version
"""

_STATES = """
select table_name, count(*) as row_count, sum(measure) as measure_total,
    encode(sha256(string_agg(row_hash, ''::bytea order by row_key collate "C")), 'hex') as checksum
from {rows}
group by table_name
"""

FROZEN = """(
    select table_name, row_key, row_hash, measure, content
    from (
        select distinct on (table_name, row_key)
            table_name, row_key, change, row_hash, measure, content
        from compliance.period_rows
        where period = %(period)s and version <= %(version)s
        order by table_name, row_key, version desc
    ) as latest
    where change <> 'REMOVED'
)"""
"""Rows of a version of a month."""

_CHANGES = f"""
select
    coalesce(now.table_name, frozen.table_name) as table_name,
    coalesce(now.row_key, frozen.row_key) as row_key,
    case
        when frozen.row_key is null then 'ADDED'
        when now.row_key is null then 'REMOVED'
        else 'CHANGED'
    end as change,
    now.row_hash, now.measure, now.content,
    frozen.measure as measure_before, frozen.content as content_before
from period_now as now
full join {FROZEN} as frozen
    on now.table_name = frozen.table_name and now.row_key = frozen.row_key
where now.row_hash is distinct from frozen.row_hash
"""

_COUNTS = f"""
select table_name, change, count(*)::bigint as row_count from ({_CHANGES}) as changes
group by table_name, change order by table_name, change
"""

_EXAMPLES = f"""
select table_name, row_key, change, measure_before, measure, content_before, content
from (
    select *, row_number() over (partition by table_name order by row_key collate "C") as place
    from ({_CHANGES}) as changes
) as numbered
where place <= %(most)s
order by table_name, row_key collate "C"
"""

_KEEP = f"""
insert into compliance.period_rows
    (period, table_name, row_key, version, change, row_hash, measure, content)
select %(period)s, table_name, row_key, %(new)s, change, row_hash, measure, content
from ({_CHANGES}) as changes
"""

EMPTY = sha256().hexdigest()
"""SHA-256 of the empty text: the checksum of a table without rows of a month."""


def columns_of(connection: psycopg.Connection, month: Month) -> dict[str, list[str]]:
    """Frozen columns by table: those of the first version of a month, else the present ones."""
    stored = connection.execute(_STORED_COLUMNS, (str(month),)).fetchall()
    found = {name: list(columns) for name, columns in stored}
    for each in frozen_tables():
        if each.table not in found:
            present = [row[0] for row in connection.execute(_COLUMNS, (each.table,))]
            found[each.table] = list(each.columns) if each.columns and present else present
    return found


def read_now(
    connection: psycopg.Connection,
    month: Month,
    columns: Mapping[str, Sequence[str]],
    *,
    with_content: bool,
) -> list[TableState]:
    """Reads a month of all frozen tables into a temporary table.

    Args:
        connection: Session in a repeatable-read transaction.
        month: The month.
        columns: Frozen columns by table.
        with_content: Whether to include the content of rows that are stored as hashes only.

    Returns:
        The tables' states, in display order.
    """
    # The text of a timestamp depends on the session's zone, and a hash must not.
    connection.execute("set local timezone = 'UTC'")
    connection.execute(_NOW)
    connection.execute("truncate period_now")
    for each in frozen_tables():
        present = {row[0] for row in connection.execute(_COLUMNS, (each.table,))}
        if present:
            keeps = with_content or each.is_figure
            query = _rows_query(each, month, columns[each.table], present, keeps=keeps)
            connection.execute(query.encode())
    connection.execute("analyze period_now")
    return _states(connection, "period_now", {})


def frozen_states(connection: psycopg.Connection, month: Month, version: int) -> list[TableState]:
    """States of a version's tables, computed from the stored rows."""
    return _states(connection, f"{FROZEN} as frozen", _version(month, version))


def keep_changes(connection: psycopg.Connection, month: Month, version: int) -> None:
    """Stores the changes of the read rows against the previous version, as the next one.

    Args:
        connection: Session that has read the month.
        month: The month.
        version: The new version.
    """
    connection.execute(_KEEP, {**_version(month, version - 1), "new": version})


def changed_counts(
    connection: psycopg.Connection, month: Month, version: int
) -> dict[str, dict[str, int]]:
    """Number of rows that differ from a version, by table and kind of change."""
    found: dict[str, dict[str, int]] = {}
    for table, change, count in connection.execute(_COUNTS, _version(month, version)):
        found.setdefault(table, {})[change] = count
    return found


def changed_rows(
    connection: psycopg.Connection, month: Month, version: int, most: int
) -> list[dict[str, Any]]:
    """Rows that differ from a version.

    Args:
        connection: Session that has read the month.
        month: The month.
        version: The version.
        most: Rows of each table.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_EXAMPLES, {**_version(month, version), "most": most}).fetchall()


def _version(month: Month, version: int) -> dict[str, Any]:
    return {"period": str(month), "version": version}


def _states(
    connection: psycopg.Connection, rows: str, values: Mapping[str, Any]
) -> list[TableState]:
    found = {
        name: TableState(name, count, total, checksum)
        for name, count, total, checksum in connection.execute(
            _STATES.format(rows=rows).encode(), values
        )
    }
    return [
        found.get(
            each.table, TableState(each.table, 0, Decimal(0) if each.measure else None, EMPTY)
        )
        for each in frozen_tables()
    ]


def _rows_query(
    each: FrozenTable, month: Month, columns: Sequence[str], present: set[str], *, keeps: bool
) -> str:
    """Statement that reads a month of a table; a dropped column is null."""
    listed = ", ".join(
        quote(name) if name in present else f"null::text as {quote(name)}" for name in columns
    )
    schema, _, table = each.table.partition(".")
    parts = [f"frozen.{quote(name)}" for name in each.key]
    key = f"{parts[0]}::text" if len(parts) == 1 else f"jsonb_build_array({', '.join(parts)})::text"
    measure = f"frozen.{quote(each.measure)}::numeric" if each.measure else "null::numeric"
    window = Window(month.first, month.end).predicate(quote(each.day))
    return (
        "insert into period_now (table_name, row_key, row_hash, measure, content)"
        f" select {literal(each.table)}, {key},"
        f" sha256(convert_to(to_jsonb(frozen)::text, 'UTF8')), {measure},"
        f" {'to_jsonb(frozen)' if keeps else 'null::jsonb'}"
        f" from (select {listed} from {quote(schema)}.{quote(table)} where {window}) as frozen"
    )
