"""DDL of schemas, and of tables from their contracts.

Belongs here: DDL that is safe to repeat. Tables of the operational schema come from migrations,
tables of dbt from dbt.
"""

from collections.abc import Iterable, Mapping

from adbc_driver_postgresql import dbapi

from finplatform.contracts.contract import Contract, Form, Kind
from finplatform.errors import FinplatformError
from finplatform.warehouse import bulk
from finplatform.warehouse.audit_ddl import EVENT_LOG
from finplatform.warehouse.capture_tables import CAPTURE_TABLES
from finplatform.warehouse.closing_ddl import CLOSING_TABLES
from finplatform.warehouse.identifiers import literal, quote
from finplatform.warehouse.laundering_ddl import LAUNDERING_TABLES
from finplatform.warehouse.login_tables import LOGIN_TABLES
from finplatform.warehouse.operations_tables import OPERATIONS_TABLES
from finplatform.warehouse.privacy_tables import PRIVACY_TABLES
from finplatform.warehouse.reader_role import READABLE, grants
from finplatform.warehouse.role_names import reader_name
from finplatform.warehouse.screening_tables import SCREENING_TABLES

SCHEMAS = (
    "bronze", "silver", "gold", "bi", "masked", "compliance", "vault", "quarantine", "audit", "ops",
)  # fmt: skip

VAULT = "vault"
"""Schema closed to readers: sealed identities and logins."""

AUDIT = "audit"
"""Schema of the audit trail, which is not dropped with the others."""

_LOCK = 710_042_001
"""Advisory lock under which objects are created: `create if not exists` alone is not safe against
another session that does the same."""

_SHORT_NAMES = {"timestamp with time zone": "timestamptz", "character varying": "text"}

_SUPPORT: Mapping[str, str] = {
    "vault.customer_keys": """
        create table vault.customer_keys (
            subject_id text primary key,
            wrapped_key bytea,
            created_at timestamptz not null,
            destroyed_at timestamptz
        )""",
    # One row: the table has one possible key.
    "vault.token_key": """
        create table vault.token_key (
            is_only boolean primary key default true check (is_only),
            fingerprint text not null,
            noted_at timestamptz not null default now()
        )""",
    "vault.customer_identity": """
        create table vault.customer_identity (
            identity_id text primary key,
            subject_id text not null references vault.customer_keys (subject_id),
            sealed bytea not null
        )""",
    "vault.customer_identity_subject": """
        create index customer_identity_subject on vault.customer_identity (subject_id)""",
    "ops.loads": """
        create table ops.loads (
            batch_id text primary key,
            table_name text not null,
            window_start date,
            window_end date,
            run_id text,
            rows_read bigint not null,
            rows_loaded bigint not null,
            rows_rejected bigint not null,
            loaded_at timestamptz not null
        )""",
    "ops.loads_table_name": """
        create index loads_table_name on ops.loads (table_name, loaded_at)""",
    # One row: the table has one possible key.
    "ops.business_days": """
        create table ops.business_days (
            is_only boolean primary key default true check (is_only),
            timezone text not null
        )""",
    # One row per channel and business day with events; `xid` orders what has arrived since.
    "ops.stream_days": """
        create table ops.stream_days (
            channel text not null,
            business_date date not null,
            event_count bigint not null,
            last_received_at timestamptz not null,
            xid xid8 not null default pg_current_xact_id(),
            primary key (channel, business_date)
        )""",
    # Prevents that an undeliverable message is stored twice.
    "ops.dead_letters": """
        create table ops.dead_letters (
            letter_id text primary key,
            channel text not null,
            message_id text not null,
            event_id text,
            reason text not null,
            deliveries integer not null,
            noted_at timestamptz not null
        )""",
    "ops.watermarks": """
        create table ops.watermarks (
            table_name text primary key,
            position text not null
        )""",
    # Groups that may shrink beyond the limit once; the load deletes the row.
    "ops.shrinkage_releases": """
        create table ops.shrinkage_releases (
            table_name text not null,
            group_name text not null,
            reason text not null check (length(reason) >= 10),
            released_by text not null check (released_by <> ''),
            released_at timestamptz not null default now(),
            primary key (table_name, group_name)
        )""",
    # Append-only: the record of deletions is the only evidence of the deleted rows.
    "audit.forgotten_logs": """
        do $create$ begin
            create table audit.forgotten_logs (
                entry bigint generated always as identity primary key,
                table_name text not null,
                rows_forgotten bigint not null,
                entities_forgotten bigint not null,
                journal_position text,
                forgotten_at timestamptz not null default now(),
                forgotten_by text not null,
                database_user text not null default session_user,
                reason text not null check (reason <> '')
            );
            create or replace function audit.refuse_change() returns trigger
            language plpgsql as $body$
            begin
                raise exception '% only grows: % is refused', tg_relid::regclass, lower(tg_op)
                    using errcode = 'insufficient_privilege';
            end $body$;
            create trigger only_grows
            before update or delete or truncate on audit.forgotten_logs
            for each statement execute function audit.refuse_change();
        end $create$""",
    "audit.event_log": EVENT_LOG,
    **CAPTURE_TABLES,
    **LOGIN_TABLES,
    **SCREENING_TABLES,
    **LAUNDERING_TABLES,
    **CLOSING_TABLES,
    **PRIVACY_TABLES,
    **OPERATIONS_TABLES,
}
"""The platform's own small tables and their indexes, by name."""


def create_schemas(connection: dbapi.Connection) -> None:
    """Creates the schemas and the platform's own small tables, as far as they are missing.

    Existing objects are not touched: even `create index if not exists` would wait for every load of
        the
    table.
    """
    if not _missing(connection):
        return
    bulk.execute(connection, f"select pg_advisory_xact_lock({_LOCK})")
    for schema in SCHEMAS:
        bulk.execute(connection, f"create schema if not exists {quote(schema)}")
    for name in _missing(connection):
        bulk.execute(connection, _SUPPORT[name])
    _let_reader_in(connection)


def _let_reader_in(connection: dbapi.Connection) -> None:
    """Grants the reader, if there is one, access to new schemas."""
    role = reader_name(str(bulk.fetch_value(connection, "select current_database()::text")))
    found = f"select exists (select from pg_roles where rolname = {literal(role)})"
    if bulk.fetch_value(connection, found):
        for schema in READABLE:
            for statement in grants(role, schema):
                bulk.execute(connection, statement)


def lock_for_load(connection: dbapi.Connection, contract: Contract) -> None:
    """Locks a table against other loads until the end of the transaction."""
    lock = literal(f"load {contract.schema_name}.{quote(contract.table)}")
    bulk.execute(connection, f"select pg_advisory_xact_lock(hashtext({lock}))")


def drop_schemas(connection: dbapi.Connection) -> None:
    """Drops all built schemas, to start with another bank.

    Sources, logins and the audit trail stay.
    """
    bulk.execute(connection, f"select pg_advisory_xact_lock({_LOCK})")
    _drop_slots(connection)
    for schema in SCHEMAS:
        if schema not in (VAULT, AUDIT):
            bulk.execute(connection, f"drop schema if exists {quote(schema)} cascade")
    tables = bulk.read_frame(
        connection,
        f"select relname::text from pg_class where relnamespace = to_regnamespace('{VAULT}')"
        " and relkind = 'r'",
    )
    for table in tables["relname"]:
        if f"{VAULT}.{table}" not in LOGIN_TABLES:
            bulk.execute(connection, f"drop table {VAULT}.{quote(table)} cascade")


def _drop_slots(connection: dbapi.Connection) -> None:
    """Drops the slots of captured sources that are in this database.

    They would retain the log of the next bank from its first row.
    """
    table = "ops.captured_sources"
    if bulk.fetch_value(connection, f"select to_regclass('{table}')::text") is None:
        return
    bulk.execute(
        connection,
        f"select pg_drop_replication_slot(s.slot_name) from {table} as c"
        " inner join pg_replication_slots as s on s.slot_name = c.slot_name"
        " where s.database = current_database() and not s.active",
    )


def _missing(connection: dbapi.Connection) -> list[str]:
    """Missing support objects."""
    names = ", ".join(f"({place}, {literal(name)})" for place, name in enumerate(_SUPPORT))
    found = bulk.read_frame(
        connection,
        f"select name from (values {names}) as wanted (place, name)"
        " where to_regclass(name) is null order by place",
    )
    return found["name"].to_list()


def create_table(connection: dbapi.Connection, contract: Contract) -> None:
    """Creates a contract's table, with its comments, unless it exists.

    Raises:
        FinplatformError: If a table of that name has other columns.
    """
    bulk.execute(connection, f"select pg_advisory_xact_lock({_LOCK})")
    existing = stored_columns(connection, contract)
    if existing:
        _check_columns(contract, existing)
        return
    name = f"{quote(contract.schema_name)}.{quote(contract.table)}"
    columns = ", ".join(
        f"{quote(column)} {sql_type}{'' if nullable else ' not null'}"
        for column, sql_type, nullable in contract.sql_columns()
    )
    statements = [
        f"create table {name} ({columns})",
        *_indexes(contract, name),
        *_comments(contract, name),
    ]
    # One block needs a single round trip instead of dozens for the comments.
    bulk.execute(connection, f"do $create$ begin {'; '.join(statements)}; end $create$")


def stored_columns(connection: dbapi.Connection, contract: Contract) -> dict[str, str]:
    """Type per column of a contract's table, in the names of contracts; empty without the table.

    For a function, the columns that it returns; the server stores their types without precision.
    """
    if contract.form is Form.FUNCTION:
        return _result_columns(connection, contract)
    name = f"{quote(contract.schema_name)}.{quote(contract.table)}"
    found = bulk.read_frame(
        connection,
        "select a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type"
        f" from pg_attribute as a where a.attrelid = to_regclass({literal(name)})"
        " and a.attnum > 0 and not a.attisdropped order by a.attnum",
    )
    return {column: _SHORT_NAMES.get(kind, kind) for column, kind in found.iter_rows()}


def _result_columns(connection: dbapi.Connection, contract: Contract) -> dict[str, str]:
    """Columns of a function's rows; a scalar function has the contract's only column."""
    found = bulk.read_frame(
        connection,
        "select result.name, format_type(result.type, null) as type from pg_proc as p"
        " inner join pg_namespace as n on n.oid = p.pronamespace"
        " cross join lateral ("
        " select * from unnest(p.proargnames, p.proallargtypes, p.proargmodes::text[])"
        " with ordinality as argument (name, type, mode, place) where argument.mode = 't'"
        f" union all select {literal(contract.columns[0])}, p.prorettype, 't', 1"
        " where not p.proretset) as result"
        f" where n.nspname = {literal(contract.schema_name)}"
        f" and p.proname = {literal(contract.table)} order by result.place",
    )
    return {column: _SHORT_NAMES.get(kind, kind) for column, kind in found.iter_rows()}


def _check_columns(contract: Contract, existing: dict[str, str]) -> None:
    promised = {column: sql_type for column, sql_type, _ in contract.sql_columns()}
    drift = [f"{name} is missing" for name in promised if name not in existing]
    drift += [f"{name} is surplus" for name in existing if name not in promised]
    drift += [
        f"{name} is {existing[name]}, not {kind}"
        for name, kind in promised.items()
        if existing.get(name, kind) != kind
    ]
    if drift:
        raise FinplatformError(
            f"Table {contract.name} does not have its contract's columns: {', '.join(drift)}.",
            f"Drop it and load it again: drop table {contract.name} cascade.",
        )


def _indexes(contract: Contract, name: str) -> Iterable[str]:
    if contract.kind in (Kind.ENTITY, Kind.STREAM):
        # Lookup of stored rows, so that a change or a message is stored once.
        yield f"create unique index on {name} ({bulk.column_list(list(contract.key))})"
    if contract.arrival_column:
        yield f"create index on {name} ({quote(contract.arrival_column)})"
    if contract.kind in (Kind.EVENT, Kind.STREAM) and contract.date_column:
        # A window is read by its date; rows are inserted in date order, which suits BRIN.
        yield f"create index on {name} using brin ({quote(contract.date_column)})"
    is_bronze = contract.schema_name == "bronze"
    if contract.kind is Kind.EVENT and contract.date_column and contract.key and not is_bronze:
        # A key is unique in the whole table, of which a run replaces a window. In bronze the load
        # checks other days (`finplatform.ingest.load_guards`).
        yield f"create unique index on {name} ({bulk.column_list(list(contract.key))})"


def _comments(contract: Contract, name: str) -> Iterable[str]:
    yield f"comment on table {name} is {literal(contract.grain)}"
    for column, field in contract.fields.items():
        if field.description:
            yield f"comment on column {name}.{quote(column)} is {literal(field.description)}"
