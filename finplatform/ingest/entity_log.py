"""Entity logs: how bronze's append-only history of an entity grows.

A source delivers either changes (a journal, or rows that carry `_changed_at`) or its present state.
Changes are appended once each; a state is compared with the last known one, and the difference is
appended. Belongs here: the staging table and the set-based comparison. Does not belong here: the
SCD2 dimensions, which are computed from the log.
"""

import json
from collections.abc import Mapping
from datetime import datetime

import polars as pl
from adbc_driver_postgresql import dbapi

from finplatform.contracts.bronze import LOG_COLUMNS
from finplatform.contracts.contract import Contract
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import literal, quote

INPUT_DTYPES: dict[str, pl.DataType] = {
    "_op": pl.String(),
    "_changed_at": pl.Datetime("us", "UTC"),
    "_lsn": pl.Int64(),
}
"""Columns by which a source tells changes itself."""

_STAGE = "entity_stage"


def create_stage(connection: dbapi.Connection, contract: Contract) -> None:
    """Creates an empty stage for one load; it goes with the transaction."""
    optional = ", ".join(f"{quote(name)} drop not null" for name in ("_loaded_at", "_batch_id"))
    bulk.execute(
        connection, f"create temporary table {_STAGE} (like {contract.name}) on commit drop"
    )
    bulk.execute(
        connection,
        f"alter table {_STAGE} alter {optional.replace(', ', ', alter ')},"
        " alter _op drop not null, alter _changed_at drop not null, alter _lsn drop not null",
    )


def stage(
    connection: dbapi.Connection, contract: Contract, rows: pl.DataFrame, received: pl.DataFrame
) -> None:
    """Adds rows to the stage.

    Args:
        connection: Connection of the load.
        contract: The stored table.
        rows: Protected rows.
        received: The same rows as conformed, with the log columns that the source delivers.
    """
    delivered = [received[name] for name in INPUT_DTYPES if name in received.columns]
    staged = rows.drop([s.name for s in delivered if s.name in rows.columns]).hstack(delivered)
    own = [name for name in contract.columns if name in staged.columns]
    bulk.append_temporary(connection, _STAGE, staged.select(own))


def extend(
    connection: dbapi.Connection,
    contract: Contract,
    *,
    is_snapshot: bool,
    batch_id: str,
    loaded_at: datetime,
) -> int:
    """Appends what is new in the stage to the log.

    Args:
        connection: Connection of the load.
        contract: The stored table.
        is_snapshot: Whether rows without `_changed_at` are the source's whole present state.
        batch_id: Load that stores the rows.
        loaded_at: Instant of the load; the time of a change that only a comparison shows.

    Returns:
        Number of rows appended.
    """
    has_changes = bulk.fetch_value(
        connection, f"select count(*) from {_STAGE} where _changed_at is not null"
    )
    if is_snapshot and not has_changes:
        _compare(connection, contract, loaded_at)
    else:
        _number(connection)
    columns = bulk.column_list(contract.columns)
    chosen = bulk.column_list(
        [name for name in contract.columns if name not in ("_loaded_at", "_batch_id")], "s."
    )
    same = " and ".join(f"b.{quote(name)} = s.{quote(name)}" for name in contract.key)
    with connection.cursor() as cursor:
        cursor.execute(
            f"with added as (insert into {contract.name} ({columns})"
            f" select distinct on ({bulk.column_list(list(contract.key), 's.')}) {chosen},"
            f" {literal(loaded_at)}::timestamptz, {literal(batch_id)} from {_STAGE} as s"
            f" where s._op is not null"
            f" and not exists (select from {contract.name} as b where {same})"
            " returning 1) select count(*) from added"
        )
        (count,) = cursor.fetchone()
    return int(count)


def read_watermark(connection: dbapi.Connection, table: str) -> dict[str, int] | None:
    """Position in the source's log up to which a table has been read."""
    stored = bulk.fetch_value(
        connection, f"select position from ops.watermarks where table_name = {literal(table)}"
    )
    return json.loads(str(stored)) if stored is not None else None


def keep_watermark(connection: dbapi.Connection, table: str, position: Mapping[str, int]) -> None:
    """Notes the position, in the transaction that stores the rows before it."""
    bulk.execute(
        connection,
        "insert into ops.watermarks (table_name, position)"
        f" values ({literal(table)}, {literal(json.dumps(dict(position)))})"
        " on conflict (table_name) do update set position = excluded.position",
    )


def _number(connection: dbapi.Connection) -> None:
    """Gives changes that come without a log position one that follows their time."""
    bulk.execute(
        connection,
        f"update {_STAGE} set _op = coalesce(_op, 'r'),"
        " _lsn = coalesce(_lsn, (extract(epoch from _changed_at) * 1000000)::bigint)"
        " where _op is null or _lsn is null",
    )


def _compare(connection: dbapi.Connection, contract: Contract, loaded_at: datetime) -> None:
    """Marks in the stage what differs from the last known state, and adds what has vanished."""
    key = quote(contract.key[0])
    data = [name for name in contract.columns if name not in LOG_COLUMNS]
    staged, stored = bulk.column_list(data, "s."), bulk.column_list(data, "b.")
    instant = f"{literal(loaded_at)}::timestamptz"
    lsn = int(loaded_at.timestamp() * 1_000_000)
    bulk.execute(
        connection,
        f"create temporary table entity_state on commit drop as select * from (select distinct on"
        f" ({key}) * from {contract.name} order by {key}, _changed_at desc, _lsn desc) as latest"
        " where _op <> 'd'",
    )
    bulk.execute(
        connection,
        f"update {_STAGE} as s set _changed_at = {instant}, _lsn = {lsn}, _op ="
        f" case when not exists (select from {contract.name} as any_row) then 'r'"
        f" when not exists (select from entity_state as b where b.{key} = s.{key}) then 'c'"
        f" when exists (select from entity_state as b where b.{key} = s.{key}"
        f" and ({stored}) is distinct from ({staged})) then 'u' end",
    )
    bulk.execute(
        connection,
        f"insert into {_STAGE} ({bulk.column_list(data)}, _op, _changed_at, _lsn)"
        f" select {stored}, 'd', {instant}, {lsn} from entity_state as b"
        f" where not exists (select from {_STAGE} as s where s.{key} = b.{key})",
    )
