"""Entity logs: bronze's append-only history of an entity.

A source delivers either changes (a journal, or rows that carry `_changed_at`) or its present state.
Changes are appended once each; a state is compared with the last known one, and the difference is
appended. Belongs here: the staging table, the set-based comparison and the watermark. Does not
belong here: the SCD2 dimensions, which are computed from the log.
"""

import json
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from adbc_driver_postgresql import dbapi

from finplatform.contracts.bronze import LOG_COLUMNS
from finplatform.contracts.contract import Contract
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import Position
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import literal, quote

INPUT_DTYPES: dict[str, pl.DataType] = {
    "_op": pl.String(),
    "_changed_at": pl.Datetime("us", "UTC"),
    "_lsn": pl.Int64(),
}
"""Columns of a change log in a source."""

_OWN_COLUMNS = ("_lsn", "_loaded_at", "_batch_id")
"""Columns of a log that do not describe the change."""

_MOST_CHANGES = 1_000
"""Most changes of one entity that may share a position."""

_MOST_VANISHED, _FEW_ENTITIES = 0.5, 10
"""Share of known entities that a state may miss, and the number below which any share may."""

_STAGE, _REJECTED_KEYS, _STATE = "entity_stage", "entity_rejected_keys", "entity_state"


@dataclass(frozen=True)
class Growth:
    """Growth of a log by one load.

    Attributes:
        appended: Rows appended.
        vanished: Deletions among them, inferred by comparison.
    """

    appended: int
    vanished: int = 0


def numbered(changes: pl.DataFrame) -> pl.DataFrame:
    """Changes with an operation and a position; the position defaults to the time of the change.

    Args:
        changes: Rows with `_changed_at`.
    """
    by_time = pl.col("_changed_at").dt.epoch("us")
    given = {name: name in changes.columns for name in INPUT_DTYPES}
    return changes.with_columns(
        _op=pl.col("_op").fill_null("r") if given["_op"] else pl.lit("r"),
        _lsn=pl.col("_lsn").fill_null(by_time) if given["_lsn"] else by_time,
    )


def create_stage(connection: dbapi.Connection, contract: Contract) -> None:
    """Creates the temporary tables of one load."""
    columns = ", ".join(f"{quote(name)} {kind}" for name, kind, _ in contract.sql_columns())
    for statement in (
        f"create temporary table {_STAGE} ({columns}) on commit drop",
        f"create temporary table {_REJECTED_KEYS} (key text) on commit drop",
    ):
        bulk.execute(connection, statement)


def stage(
    connection: dbapi.Connection, contract: Contract, rows: pl.DataFrame, received: pl.DataFrame
) -> None:
    """Adds rows to the stage.

    Args:
        connection: Connection of the load.
        contract: The stored table.
        rows: Protected rows.
        received: The same rows as typed, with the log columns that the source delivers.
    """
    delivered = [received[name] for name in INPUT_DTYPES if name in received.columns]
    staged = rows.drop(list(INPUT_DTYPES), strict=False).hstack(delivered)
    own = [name for name in contract.columns if name in staged.columns]
    bulk.append_temporary(connection, _STAGE, staged.select(own))


def note_rejected_keys(connection: dbapi.Connection, keys: pl.Series) -> None:
    """Notes entities of a state whose rows were rejected: they still exist.

    Args:
        connection: Connection of the load.
        keys: Their keys; null stands for an unknown one.
    """
    bulk.append_temporary(connection, _REJECTED_KEYS, keys.alias("key").to_frame())


def extend(
    connection: dbapi.Connection,
    contract: Contract,
    *,
    is_state: bool,
    batch_id: str,
    loaded_at: datetime,
    as_of: datetime | None = None,
    is_emptied: bool = False,
) -> Growth:
    """Appends the new rows of the stage to the log.

    Args:
        connection: Connection of the load.
        contract: The stored table.
        is_state: Whether the stage holds the whole present state of the source instead of changes.
        batch_id: Load that stores the rows.
        loaded_at: Instant of the load.
        as_of: Instant of the state, which becomes the time of changes inferred by comparison;
            default: that of the load.
        is_emptied: Whether the source is known to have been emptied.

    Raises:
        FinplatformError: If a state is empty though entities are known.
    """
    vanished = 0
    if is_state:
        vanished = _compare(connection, contract, as_of or loaded_at, is_emptied=is_emptied)
    data = [name for name in contract.columns if name not in ("_loaded_at", "_batch_id")]
    key = bulk.column_list(list(contract.key), "s.")
    same = " and ".join(f"b.{quote(name)} = s.{quote(name)}" for name in contract.key)
    if not is_state:
        _move_behind(connection, contract)
    appended = bulk.fetch_value(
        connection,
        f"with added as (insert into {contract.name}"
        f" ({bulk.column_list(data)}, _loaded_at, _batch_id)"
        f" select distinct on ({key}) {bulk.column_list(data, 's.')},"
        f" {literal(loaded_at)}::timestamptz, {literal(batch_id)} from {_STAGE} as s"
        f" where s._op is not null"
        f" and not exists (select from {contract.name} as b where {same})"
        # The stage is filled from the front, so its physical order is the order received.
        f" order by {key}, s.ctid returning 1) select count(*) from added",
    )
    return Growth(int(str(appended)), vanished)


def _move_behind(connection: dbapi.Connection, contract: Contract) -> None:
    """Moves changes whose position belongs to another change of the entity to the next free one.

    A source may change a row twice at one instant, correct a change that it has delivered, or use
    a position again. Such a change is new and follows the stored one; delivered again, it equals
    the moved change.
    """
    entity = quote(contract.key[0])
    content = [name for name in contract.columns if name not in _OWN_COLUMNS]
    given, known = bulk.column_list(content, "s."), bulk.column_list(content, "b.")
    same_entity = f"b.{entity} = s.{entity}"
    statement = (
        # One change of each entity at a time, so that no two get the same free position.
        f"with taken as (select distinct on (s.{entity}) s.ctid as place from {_STAGE} as s"
        f" inner join {contract.name} as b on {same_entity} and b._lsn = s._lsn"
        f" where ({known}) is distinct from ({given}) order by s.{entity}, s._lsn),"
        f" moved as (update {_STAGE} as s set _lsn = coalesce("
        f" (select min(b._lsn) from {contract.name} as b where {same_entity} and b._lsn > s._lsn"
        f" and b._changed_at = s._changed_at and ({known}) is not distinct from ({given})),"
        f" (select min(free.lsn) from generate_series(s._lsn + 1, s._lsn + {_MOST_CHANGES})"
        f" as free (lsn)"
        f" where not exists (select from {contract.name} as b where {same_entity}"
        " and b._lsn = free.lsn)"
        f" and not exists (select from {_STAGE} as b where {same_entity} and b._lsn = free.lsn)))"
        " from taken where taken.place = s.ctid returning 1) select count(*) from moved"
    )
    while int(str(bulk.fetch_value(connection, statement))):
        pass


def size(connection: dbapi.Connection, contract: Contract) -> int:
    """Number of entities in a log."""
    key = quote(contract.key[0])
    counted = f"select count(*) from (select distinct {key} from {contract.name}) as known"
    return int(str(bulk.fetch_value(connection, counted)))


def read_watermark(connection: dbapi.Connection, table: str) -> Position | None:
    """Position in the source's log up to which a table has been read."""
    stored = bulk.fetch_value(
        connection, f"select position from ops.watermarks where table_name = {literal(table)}"
    )
    return json.loads(str(stored)) if stored is not None else None


def keep_watermark(connection: dbapi.Connection, table: str, position: Position) -> None:
    """Stores the position in the transaction that stores the rows before it."""
    bulk.execute(
        connection,
        "insert into ops.watermarks (table_name, position)"
        f" values ({literal(table)}, {literal(json.dumps(dict(position)))})"
        " on conflict (table_name) do update set position = excluded.position",
    )


def forget_watermark(connection: dbapi.Connection, table: str) -> None:
    """Deletes the position of a table that is no longer loaded from a journal."""
    bulk.execute(connection, f"delete from ops.watermarks where table_name = {literal(table)}")


def _compare(
    connection: dbapi.Connection, contract: Contract, as_of: datetime, *, is_emptied: bool
) -> int:
    """Sets the operation of staged rows by comparison with the last state, and adds deletions.

    Returns:
        Number of entities that have vanished.
    """
    key = quote(contract.key[0])
    data = [name for name in contract.columns if name not in LOG_COLUMNS]
    staged, stored = bulk.column_list(data, "s."), bulk.column_list(data, "b.")
    instant = f"{literal(as_of)}::timestamptz"
    lsn = int(as_of.timestamp() * 1_000_000)
    bulk.execute(
        connection,
        f"create temporary table {_STATE} on commit drop as select * from (select distinct on"
        f" ({key}) * from {contract.name} order by {key}, _changed_at desc, _lsn desc) as latest"
        " where _op <> 'd'",
    )
    if not is_emptied:
        _refuse_empty(connection, contract)
    for table in (_STATE, _STAGE):
        bulk.execute(connection, f"analyze {table}")
    first = f"not exists (select from {contract.name})"
    bulk.execute(
        connection,
        f"update {_STAGE} as s set _changed_at = {instant}, _lsn = {lsn},"
        f" _op = case when {first} then 'r' when b.{key} is null then 'c'"
        f" when ({stored}) is distinct from ({staged}) then 'u' end"
        f" from {_STAGE} as own left join {_STATE} as b on b.{key} = own.{key}"
        " where own.ctid = s.ctid",
    )
    # A rejected row without a key may belong to any missing entity.
    vanished = bulk.fetch_value(
        connection,
        f"with gone as (insert into {_STAGE} ({bulk.column_list(data)}, _op, _changed_at, _lsn)"
        f" select {stored}, 'd', {instant}, {lsn} from {_STATE} as b"
        f" where not exists (select from {_STAGE} as s where s.{key} = b.{key})"
        f" and not exists (select from {_REJECTED_KEYS} as r"
        f" where r.key is null or r.key = b.{key}::text)"
        " returning 1) select count(*) from gone",
    )
    if not is_emptied:
        _refuse_vanished(connection, contract, int(str(vanished)))
    return int(str(vanished))


def _refuse_vanished(connection: dbapi.Connection, contract: Contract, vanished: int) -> None:
    known = int(str(bulk.fetch_value(connection, f"select count(*) from {_STATE}")))
    if vanished >= _FEW_ENTITIES and vanished > known * _MOST_VANISHED:
        raise FinplatformError(
            f"The source of {contract.table} misses {vanished:,} of {known:,} known rows, which"
            " would count as deleted.",
            "Nothing was changed. Deliver the whole state; if they are gone, deliver them as"
            " changes with _op 'd'.",
        )


def _refuse_empty(connection: dbapi.Connection, contract: Contract) -> None:
    known = bulk.fetch_value(
        connection,
        f"select count(*) from {_STATE} where not exists (select from {_STAGE})"
        f" and not exists (select from {_REJECTED_KEYS})",
    )
    if known:
        raise FinplatformError(
            f"The source of {contract.table} is empty, but {known} are known: that would delete"
            " every one of them.",
            "Nothing was changed. If it is true, deliver them as changes with _op 'd'.",
        )
