"""The read-only login of commands, BI tools and people.

Each database has its own reader, `<database>_reader`, with a random password in `HOME/keys`. It
reads the schemas without clear identifiers and a few columns of `oltp`, writes nothing and calls no
function that writes, locks or accesses files. Belongs here: creating the role, maintaining its
rights, and its location. Does not belong here: queries.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg.pq import TransactionStatus

from finplatform.errors import FinplatformError
from finplatform.oltp.codes import SCHEMA as OLTP
from finplatform.settings import Settings
from finplatform.warehouse.bank_days import bank_timezone
from finplatform.warehouse.database import (
    DATABASE,
    Warehouse,
    open_warehouse,
    parse_location,
)
from finplatform.warehouse.identifiers import literal, quote
from finplatform.warehouse.logins import keep_password, password_clause
from finplatform.warehouse.narrowing import WRITERS, statements
from finplatform.warehouse.role_names import reader_name

READABLE = ("bronze", "silver", "gold", "bi", "masked", "quarantine", "ops")
"""Schemas of the reader. Clear identifiers are in `oltp` alone, sealed ones in `vault`."""

SOURCE_COLUMNS = {
    "transactions": (
        "transaction_id", "transaction_type", "amount", "currency", "transaction_date", "channel",
        "status",
    ),
    "change_journal": ("journal_id", "table_name", "changed_at", "xid"),
}  # fmt: skip
"""Columns of `oltp` for the reader, by table: those that the live page counts, without
identifiers."""

SEARCH_PATH = "masked, gold, bi"
"""Search path: the operational tables without clear identifiers, the tables of the star schema, and
the views and functions of BI tools. `customers` is then a
row per customer, and not the row per version of `bi.customers`."""

PASSWORD_FILE = "reader.password"  # noqa: S105 - the name of a file
_LOCK = 710_042_003
"""Advisory lock for granting and revoking rights."""

_MOST_SESSIONS = 60
"""Most sessions of the reader; the other connections are for loads and the API."""

_SESSION_DEFAULTS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "10min",
    # A tool with an open transaction would block loads that replace a table.
    "idle_in_transaction_session_timeout": "10min",
}
_SUPERUSERS_DEFAULTS = {"temp_file_limit": "10GB"}

_DEFECTS = """
select
    exists (
        select from pg_namespace as n
        where n.nspname = any(%(schemas)s) and (
            not has_schema_privilege(%(role)s, n.oid, 'usage')
            or not exists (
                select from pg_default_acl as d
                cross join lateral aclexplode(d.defaclacl) as acl
                where d.defaclnamespace = n.oid and d.defaclobjtype = 'r'
                and d.defaclrole = current_user::regrole
                and acl.grantee = %(role)s::regrole
            )
        )
    ) or exists (
        select from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = any(%(schemas)s) and c.relkind in ('r', 'p', 'v', 'm')
        and not has_table_privilege(%(role)s, c.oid, 'select')
    ) as lacks_rights,
    has_database_privilege(%(role)s, current_database(), 'temp')
    or has_language_privilege(%(role)s, 'plpgsql', 'usage')
    or exists (
        select from pg_proc as p
        where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ %(writers)s
        and has_function_privilege(%(role)s, p.oid, 'execute')
    ) as has_surplus
"""

_MISSING_COLUMNS = """
select c.relname::text, array_agg(a.attname::text order by a.attnum)
from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
inner join pg_attribute as a on a.attrelid = c.oid
where n.nspname = %(oltp)s and c.relname || '.' || a.attname = any(%(columns)s)
and not (
    has_schema_privilege(%(role)s, n.oid, 'usage')
    and has_column_privilege(%(role)s, c.oid, a.attnum, 'select')
)
and pg_has_role(n.nspowner, 'usage') and pg_has_role(c.relowner, 'usage')
group by c.relname
"""

_ROLE = """
select
    rolcanlogin and coalesce(rolconfig @> %s::text[], false),
    rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls
    or exists (select from pg_auth_members where member = pg_roles.oid)
from pg_roles where rolname = %s
"""


class ReaderUnavailableError(FinplatformError):
    """There is no read-only login, and it cannot be created."""


def open_reader(settings: Settings) -> Warehouse:
    """The warehouse with its reader; creates or repairs the role.

    Raises:
        ReaderUnavailableError: If there is no such login; the owner's login is never used instead.
        FinplatformError: If the database does not respond.
    """
    if settings.reader_database_url is not None:
        given = parse_location(
            settings.reader_database_url.get_secret_value(), "FINPLATFORM_READER_DATABASE_URL"
        )
        return _checked(Warehouse(given, bank_timezone(settings)))
    return ensure_reader(
        open_warehouse(settings), settings.keys, owns_server=settings.database_url is None
    )


def prepare_reader(settings: Settings) -> None:
    """Creates the reader if possible, so that it may read later tables.

    Raises:
        FinplatformError: If the database does not respond.
    """
    if settings.reader_database_url is None:
        with suppress(ReaderUnavailableError):
            open_reader(settings)


def ensure_reader(warehouse: Warehouse, keys: Path, *, owns_server: bool) -> Warehouse:
    """The reader of a database, created or repaired if necessary.

    Args:
        warehouse: The database, with a login that owns the platform's schemas.
        keys: Folder of the password's file.
        owns_server: Whether the server is embedded, so that a lost password is replaced.

    Raises:
        ReaderUnavailableError: If the role may not be created, has more rights, or its password is
            missing.
    """
    role, file = reader_name(warehouse.location.database or DATABASE), keys / PASSWORD_FILE
    with warehouse.connect() as connection:
        found = _found(connection, role, warehouse.timezone)
        if found is not None and found[1]:
            raise ReaderUnavailableError(
                f"The database role {role} can do more than read.",
                "Take its attributes and memberships from it, or set"
                " FINPLATFORM_READER_DATABASE_URL.",
            )
        if found is None or not found[0] or not file.exists():
            _make(connection, role, file, warehouse.timezone, owns_server=owns_server)
        _mend(connection, role)
    secret = file.read_text(encoding="utf-8")
    return replace(warehouse, location=warehouse.location.set(username=role, password=secret))


@contextmanager
def rights_held(connection: psycopg.Connection) -> Iterator[None]:
    """Excludes other sessions from granting and revoking rights during the block."""
    connection.execute("select pg_advisory_lock(%s)", (_LOCK,))
    try:
        yield
    finally:
        # For a session with a failed transaction the server releases the lock at its end.
        if connection.info.transaction_status != TransactionStatus.INERROR:
            connection.execute("select pg_advisory_unlock(%s)", (_LOCK,))


def grants(role: str, schema: str) -> list[str]:
    """Statements that let a role read a schema, and later objects of its owner in it."""
    return [
        f"grant usage on schema {quote(schema)} to {quote(role)}",
        f"grant select on all tables in schema {quote(schema)} to {quote(role)}",
        f"alter default privileges in schema {quote(schema)}"
        f" grant select on tables to {quote(role)}",
    ]


def _found(connection: psycopg.Connection, role: str, zone: str) -> tuple[bool, bool] | None:
    """Whether the role has its defaults, and whether it has surplus rights; None if missing."""
    defaults = [
        "default_transaction_read_only=on", f"TimeZone={zone}", f"search_path={SEARCH_PATH}",
    ]  # fmt: skip
    return connection.execute(_ROLE, (defaults, role)).fetchone()


def _make(
    connection: psycopg.Connection, role: str, file: Path, zone: str, *, owns_server: bool
) -> None:
    """Creates the role, or resets its password and defaults."""
    _lock(connection)
    found = _found(connection, role, zone)
    was_kept = file.exists()
    if found is not None and not was_kept and not owns_server:
        raise ReaderUnavailableError(
            f"The database role {role} exists, but its password is not in {file}.",
            "Put the file back, or set FINPLATFORM_READER_DATABASE_URL to a login that only reads.",
        )
    secret = keep_password(file)
    verb = "alter" if found else "create"
    try:
        login = password_clause(connection, role, secret)
        connection.execute(f"{verb} role {quote(role)} login {login}".encode())
        limit = f"alter role {quote(role)} connection limit {_MOST_SESSIONS}"
        connection.execute(limit.encode())
        for name, value in {**_SESSION_DEFAULTS, "timezone": zone}.items():
            connection.execute(_default(role, name, value).encode())
        path = f"alter role {quote(role)} set search_path = {SEARCH_PATH}"
        connection.execute(path.encode())
    except psycopg.errors.InsufficientPrivilege:
        if not was_kept:
            file.unlink()
        raise ReaderUnavailableError(
            f"This database login may not {verb} the role {role}, which can only read.",
            "Give it CREATEROLE, or set FINPLATFORM_READER_DATABASE_URL to a login that only"
            " reads; the runbook has the statements.",
        ) from None
    for name, value in _SUPERUSERS_DEFAULTS.items():
        _attempt(connection, _default(role, name, value))


def _default(role: str, name: str, value: str) -> str:
    return f"alter role {quote(role)} set {name} = {literal(value)}"


def _mend(connection: psycopg.Connection, role: str) -> None:
    """Grants missing rights, and revokes default rights of `public`.

    The latter needs a superuser, or for temporary tables the database's owner. Otherwise only the
    read-only transaction refuses them.
    """
    lacks_rights, has_surplus = _defects(connection, role)
    if lacks_rights:
        _lock(connection)
        present = connection.execute(
            "select nspname from pg_namespace where nspname = any(%s)", (list(READABLE),)
        ).fetchall()
        for (schema,) in present:
            for statement in grants(role, schema):
                connection.execute(statement.encode())
    _show_source(connection, role)
    if has_surplus and _may_narrow(connection):
        _lock(connection)
        for statement in statements(connection, _acting_as(connection)):
            _attempt(connection, statement)


def _show_source(connection: psycopg.Connection, role: str) -> None:
    """Grants the reader's columns of the source, if this login owns them."""
    columns = [f"{table}.{name}" for table, names in SOURCE_COLUMNS.items() for name in names]
    missing = connection.execute(
        _MISSING_COLUMNS, {"oltp": OLTP, "columns": columns, "role": role}
    ).fetchall()
    if missing:
        _lock(connection)
        connection.execute(f"grant usage on schema {quote(OLTP)} to {quote(role)}".encode())
    for table, names in missing:
        listed = ", ".join(quote(name) for name in names)
        connection.execute(
            f"grant select ({listed}) on {quote(OLTP)}.{quote(table)} to {quote(role)}".encode()
        )


def _defects(connection: psycopg.Connection, role: str) -> tuple[bool, bool]:
    row = connection.execute(
        _DEFECTS, {"role": role, "schemas": list(READABLE), "writers": WRITERS}
    ).fetchone()
    return (bool(row[0]), bool(row[1])) if row else (True, True)


def _may_narrow(connection: psycopg.Connection) -> bool:
    row = connection.execute(
        "select r.rolsuper or (pg_has_role(d.datdba, 'usage')"
        " and has_database_privilege('public', d.oid, 'temp'))"
        " from pg_roles as r, pg_database as d"
        " where r.rolname = current_user and d.datname = current_database()"
    ).fetchone()
    return bool(row and row[0])


def _acting_as(connection: psycopg.Connection) -> str:
    """Current role of the session, which may differ from its login."""
    row = connection.execute("select current_user").fetchone()
    return str(row[0]) if row else ""


def _attempt(connection: psycopg.Connection, statement: str) -> None:
    """Runs a statement that only some logins may run."""
    refused = (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedObject)
    with suppress(*refused, psycopg.errors.InvalidSchemaName), connection.transaction():
        connection.execute(statement.encode())


def _lock(connection: psycopg.Connection) -> None:
    """Excludes other sessions from granting and revoking rights until the transaction ends."""
    connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))


def _checked(warehouse: Warehouse) -> Warehouse:
    """A configured login, refused if it owns or administers objects."""
    with warehouse.connect() as connection:
        row = connection.execute(
            "select has_database_privilege(current_database(), 'create')"
            " or (select rolcreaterole from pg_roles where rolname = current_user)"
            " or exists (select from pg_namespace"
            " where nspname = any(%s) and pg_has_role(nspowner, 'member'))",
            (list(READABLE),),
        ).fetchone()
    if row is None or row[0]:
        raise ReaderUnavailableError(
            "The login of FINPLATFORM_READER_DATABASE_URL can do more than read.",
            "Name one that makes no schemas and no roles, and does not own the platform's schemas.",
        )
    return warehouse
