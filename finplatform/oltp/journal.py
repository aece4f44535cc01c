"""The change journal of the entity tables: the triggers that write it, the query that reads it.

Belongs here: all code that depends on the format of a journal row, for PostgreSQL and SQLite. Does
not belong here: a reader's watermark, and the creation of the triggers (see the migrations). The
semantics are explained in `docs/operational_schema.md`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Boolean, Column, Connection, Index, MetaData, Table, text
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.types import UserDefinedType

from finplatform.errors import FinplatformError
from finplatform.oltp.codes import ENTITY_TABLES, SCHEMA
from finplatform.oltp.models import Base


class Xid8(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id, which SQLAlchemy lacks."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Name of the type in DDL."""
        return "XID8"


PGDialect.ischema_names["xid8"] = Xid8


class Watermark(NamedTuple):
    """Position of a reader in the journal of one table.

    The transaction id comes first, because all transactions below the oldest open one are final.
    The journal id orders the rows of one transaction, so that a reader may stop within it.
    """

    xid: int = 0
    journal_id: int = 0


START = Watermark()

SOURCE_IDENTITY_SQL = (
    "select system_identifier::text || '/' || timeline_id::text as source_identity"
    " from pg_control_system(), pg_control_checkpoint()"
)
"""Identity of the cluster and its timeline; a watermark is valid with the same identity only."""

REBASE_SQL = f"update {SCHEMA}.change_journal set xid = '0'"
"""Makes a journal restored from another cluster's dump readable again, from `START`."""

FUNCTION_SQL = f"""
create or replace function {SCHEMA}.journal_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  key_column text := tg_argv[0];
  before jsonb;
  after jsonb;
begin
  if tg_op = 'TRUNCATE' then
    raise exception using
      errcode = 'feature_not_supported',
      message = 'truncate of ' || tg_table_name || ' would bypass the change journal',
      hint = 'Use delete, which is journalled row by row.';
  end if;
  if tg_op <> 'INSERT' then
    before := to_jsonb(old);
  end if;
  if tg_op <> 'DELETE' then
    after := to_jsonb(new);
  end if;
  if tg_op = 'UPDATE' and before ->> key_column = after ->> key_column then
    insert into {SCHEMA}.change_journal (table_name, entity_id, op, changed_at, row_data)
    values (tg_table_name, after ->> key_column, 'u', clock_timestamp(), after);
    return null;
  end if;
  if before is not null then
    insert into {SCHEMA}.change_journal (table_name, entity_id, op, changed_at, row_data)
    values (tg_table_name, before ->> key_column, 'd', clock_timestamp(), before);
  end if;
  if after is not null then
    insert into {SCHEMA}.change_journal (table_name, entity_id, op, changed_at, row_data)
    values (tg_table_name, after ->> key_column, 'c', clock_timestamp(), after);
  end if;
  return null;
end
$$
"""

TRIGGERS = ("journal_row", "journal_update", "journal_truncate")
SQLITE_TRIGGERS = ("insert", "update", "delete")


def add_reader_columns(journal: Table) -> None:
    """Add the PostgreSQL-only columns to the model of `change_journal`.

    Args:
        journal: A copy of the model's table; changed in place.
    """
    default = text("pg_current_xact_id()")
    journal.append_column(Column("xid", Xid8(), server_default=default, nullable=False))
    Index(None, journal.c.table_name, journal.c.xid, journal.c.journal_id)


def read_changes_sql(table: str, after: Watermark = START, limit: int | None = None) -> str:
    """The query that reads the changes of an entity table after a watermark.

    No row is missed or read twice if the next call gets `Watermark(xid, lsn)` of the last row read,
    with concurrent writers and at any stop of the reader. Rows of open transactions, and of younger
    ones, wait for a later call. The watermark is part of the text, so that
    the query also runs under `copy (...) to stdout` and through drivers without named parameters.

    Args:
        table: One of the entity tables.
        after: End of the last call; `START` reads everything.
        limit: Most rows to return; the default is all that are settled.

    Returns:
        SQL for PostgreSQL with columns `op` (r/c/u/d), `changed_at`, `lsn`, `xid`, then the columns
        of the table. `lsn` orders the versions of an entity; the rows come ordered by `(xid, lsn)`,
        which is the order of delivery and not always that of the versions.

    Raises:
        FinplatformError: The table is not journalled.
    """
    if table not in ENTITY_TABLES:
        raise FinplatformError(
            f"Table {table!r} is not journalled.", f"Journalled are: {', '.join(ENTITY_TABLES)}."
        )
    model = Base.metadata.tables[f"{SCHEMA}.{table}"]
    columns = ", ".join(f"entity.{column.name}" for column in model.columns)
    position = f"('{int(after.xid)}'::xid8, {int(after.journal_id)})"
    return (
        "select change.op, change.changed_at, change.journal_id as lsn,"
        f" change.xid::text::bigint as xid, {columns}"
        f" from {SCHEMA}.change_journal as change"
        f" cross join lateral jsonb_populate_record(null::{SCHEMA}.{table}, change.row_data)"
        " as entity"
        f" where change.table_name = '{table}'"
        f" and (change.xid, change.journal_id) > {position}"
        " and change.xid < pg_snapshot_xmin(pg_current_snapshot())"
        " order by change.xid, change.journal_id"
        + (f" limit {int(limit)}" if limit is not None else "")
    )


def snapshot(connection: Connection, tables: Sequence[str] = ENTITY_TABLES) -> None:
    """Journal every present row of tables, as op `r`.

    For rows written while the triggers were absent. Writers are locked out until the
    transaction ends: a row changed in between would get the older version last.
    """
    for table in _tables(connection, tables):
        key = _key(table)
        if connection.dialect.name == "postgresql":
            name, row, now = f"{SCHEMA}.{table.name}", "to_jsonb(t)", "clock_timestamp()"
            connection.exec_driver_sql(f"lock table {name} in share row exclusive mode")
            journal = f"{SCHEMA}.change_journal"
        else:
            name, row, now = table.name, _json_object(table, "t"), _SQLITE_NOW
            journal = "change_journal"
        connection.exec_driver_sql(
            f"insert into {journal} (table_name, entity_id, op, changed_at, row_data)"
            f" select '{table.name}', t.{key}, 'r', {now}, {row} from {name} as t order by t.{key}"
        )


def install(connection: Connection, tables: Sequence[str] = ENTITY_TABLES) -> None:
    """Create the journal triggers of tables, or replace them by the present ones.

    Columns are taken from the database, not from the models, so that a migration does the same
    independent of the present models. On SQLite call it again after changing an entity table.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(FUNCTION_SQL)
        # A role with EXECUTE on the function could attach it to its own table and forge rows.
        connection.exec_driver_sql(
            f"revoke execute on function {SCHEMA}.journal_change() from public"
        )
    for table in _tables(connection, tables):
        statements = (
            _triggers_sql(table)
            if connection.dialect.name == "postgresql"
            else _sqlite_triggers_sql(table)
        )
        for statement in statements:
            connection.exec_driver_sql(statement)


def uninstall(connection: Connection, tables: Sequence[str] = ENTITY_TABLES) -> None:
    """Drop the journal triggers of all journalled tables, and the function behind them."""
    if connection.dialect.name == "postgresql":
        for table in tables:
            for trigger in TRIGGERS:
                connection.exec_driver_sql(f"drop trigger if exists {trigger} on {SCHEMA}.{table}")
        connection.exec_driver_sql(f"drop function if exists {SCHEMA}.journal_change()")
        return
    for table in tables:
        for event in SQLITE_TRIGGERS:
            connection.exec_driver_sql(f"drop trigger if exists journal_{table}_{event}")


def silent_triggers(connection: Connection) -> list[str]:
    """Journal triggers that are missing or disabled, as `table.trigger`.

    A silent trigger loses history without any error, so the migrations' `check` reports them.
    """
    if connection.dialect.name == "postgresql":
        wanted = {f"{table}.{trigger}" for table in ENTITY_TABLES for trigger in TRIGGERS}
        found = connection.exec_driver_sql(
            "select c.relname || '.' || t.tgname from pg_trigger t"
            " join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace"
            f" where n.nspname = '{SCHEMA}' and t.tgenabled in ('O', 'A')"
        )
    else:
        wanted = {f"{t}.journal_{t}_{event}" for t in ENTITY_TABLES for event in SQLITE_TRIGGERS}
        found = connection.exec_driver_sql(
            "select tbl_name || '.' || name from sqlite_master where type = 'trigger'"
        )
    return sorted(wanted - set(found.scalars()))


def _tables(connection: Connection, names: Sequence[str]) -> list[Table]:
    schema = SCHEMA if connection.dialect.name == "postgresql" else None
    found = MetaData(schema=schema)
    found.reflect(connection, only=list(names), resolve_fks=False)
    return [found.tables[f"{schema}.{name}" if schema else name] for name in names]


def _key(table: Table) -> str:
    (key,) = table.primary_key.columns
    return key.name


def _triggers_sql(table: Table) -> list[str]:
    call = f"execute function {SCHEMA}.journal_change('{_key(table)}')"
    name = f"{SCHEMA}.{table.name}"
    return [
        f"create or replace trigger journal_row after insert or delete on {name}"
        f" for each row {call}",
        f"create or replace trigger journal_update after update on {name}"
        f" for each row when (old.* is distinct from new.*) {call}",
        f"create or replace trigger journal_truncate before truncate on {name}"
        f" for each statement {call}",
    ]


_SQLITE_NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now')"


def _sqlite_triggers_sql(table: Table) -> list[str]:
    name, key = table.name, _key(table)
    differs = " or ".join(f"old.{c.name} is not new.{c.name}" for c in table.columns)
    same_key = f"old.{key} is new.{key}"
    actions = {
        "insert": ("", [_sqlite_entry(table, "new", "'c'")]),
        "update": (
            f"when {differs} ",
            [
                _sqlite_entry(table, "old", "'d'") + f" where not ({same_key})",
                _sqlite_entry(table, "new", f"case when {same_key} then 'u' else 'c' end"),
            ],
        ),
        "delete": ("", [_sqlite_entry(table, "old", "'d'")]),
    }
    statements = []
    for event, (condition, entries) in actions.items():
        trigger = f"journal_{name}_{event}"
        body = " ".join(f"{entry};" for entry in entries)
        statements.append(f"drop trigger if exists {trigger}")
        statements.append(
            f"create trigger {trigger} after {event} on {name} {condition}begin {body} end"
        )
    return statements


def _sqlite_entry(table: Table, row: str, op: str) -> str:
    return (
        "insert into change_journal (table_name, entity_id, op, changed_at, row_data)"
        f" select '{table.name}', {row}.{_key(table)}, {op}, {_SQLITE_NOW},"
        f" {_json_object(table, row)}"
    )


def _json_object(table: Table, row: str) -> str:
    """SQLite keeps booleans as 0 and 1; in the journal they are JSON booleans, as in PostgreSQL."""
    pairs = []
    for column in table.columns:
        value = f"{row}.{column.name}"
        if isinstance(column.type, Boolean):
            value = f"json(case {value} when 1 then 'true' when 0 then 'false' end)"
        pairs.append(f"'{column.name}', {value}")
    return f"json_object({', '.join(pairs)})"
