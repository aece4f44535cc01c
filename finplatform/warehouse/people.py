"""People and services as database roles.

Each is a database role, a member of the group role of its rights and of the group of all or of some
regions. Memberships inherit, without `set role` to the group. The API uses the role by `set role`;
a direct login needs a password. Belongs here: creating, changing and dropping people, and their
settings. Does not belong here: logins of the API (sessions, tokens), and rights of groups
(`access`).
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from finplatform.errors import FinplatformError
from finplatform.security.rights import PEOPLE, Rights, Role, load_rights
from finplatform.warehouse.database import DATABASE, Warehouse
from finplatform.warehouse.identifiers import literal, quote
from finplatform.warehouse.logins import keep_password, password_clause
from finplatform.warehouse.role_names import (
    ALL_REGIONS,
    API,
    SOME_REGIONS,
    person_role,
    role_name,
)
from finplatform.warehouse.statement_log import watch

API_PASSWORD_FILE = "api.password"  # noqa: S105 - the name of a file

_NAME = re.compile(r"^[a-z][a-z0-9_.-]{0,31}$")

_SEARCH_PATH = "masked, gold, bi"
_IDLE_IN_TRANSACTION = "10min"

_STORED = "select person, role, regions from access.people order by person"


@dataclass(frozen=True)
class Person:
    """A person or a service.

    Attributes:
        name: Name in the platform.
        role: Role in the platform.
        regions: Regions of the visible rows; None for all.
    """

    name: str
    role: Role
    regions: tuple[str, ...] | None = None


def people(connection: psycopg.Connection) -> list[Person]:
    """All people and services with a database role; empty before the rights are applied."""
    noted = connection.execute("select to_regclass('access.people')").fetchone()
    if noted is None or noted[0] is None:
        return []
    rows = connection.execute(_STORED).fetchall()
    return [
        Person(name, Role(role), None if regions is None else tuple(regions))
        for name, role, regions in rows
    ]


def make_person(
    connection: psycopg.Connection,
    name: str,
    role: Role,
    regions: Sequence[str] | None = None,
    password: str | None = None,
) -> str:
    """Creates the role of a person; requires applied rights.

    Args:
        connection: Session of the owner of the platform's objects.
        name: Lower-case letters, digits, `_`, `.` and `-`, beginning with a letter.
        role: One of the roles of people.
        regions: Regions of branches of the visible rows; None for all.
        password: Password for direct logins to the database; None for no direct login.

    Returns:
        The database role.

    Raises:
        FinplatformError: If the name is taken or invalid, or the role is not one of people.
    """
    _check(name, role)
    if not _exists(connection, role_name(connection.info.dbname, role)):
        raise FinplatformError(
            "The rights are not applied to this database.", "Run `finplatform access apply`."
        )
    own = person_role(connection.info.dbname, name)
    with connection.transaction():
        try:
            connection.execute(f"create role {quote(own)} nologin".encode())
        except psycopg.errors.DuplicateObject:
            raise FinplatformError(f"There is a person {name} already.") from None
        person = Person(name, role, None if regions is None else tuple(regions))
        _note(connection, person)
        _join(connection, person)
        if password is not None:
            _let_in(connection, own, password)
        for statement in settings_statements(connection, load_rights()):
            connection.execute(statement.encode())
        if _exists(connection, role_name(connection.info.dbname, API)):
            connection.execute(_lend(connection, own).encode())
    return own


def change_person(
    connection: psycopg.Connection,
    name: str,
    *,
    role: Role | None = None,
    regions: Sequence[str] | None = None,
    all_regions: bool = False,
    password: str | None = None,
) -> None:
    """Changes the role, regions or password of a person.

    Args:
        connection: Session of the owner of the platform's objects.
        name: Name of the person.
        role: New role.
        regions: New regions.
        all_regions: Whether all regions become visible.
        password: New password for direct logins to the database.

    Raises:
        FinplatformError: If there is no person of that name.
    """
    person = _found(connection, name)
    if role is not None:
        _check(name, role)
        person = replace(person, role=role)
    if all_regions or regions is not None:
        person = replace(person, regions=None if all_regions else tuple(regions or ()))
    own = person_role(connection.info.dbname, name)
    with connection.transaction():
        for group in _groups(connection, own):
            connection.execute(f"revoke {quote(group)} from {quote(own)}".encode())
        _note(connection, person)
        _join(connection, person)
        if password is not None:
            _let_in(connection, own, password)
        for statement in settings_statements(connection, load_rights()):
            connection.execute(statement.encode())


def drop_person(connection: psycopg.Connection, name: str) -> None:
    """Drops the role of a person.

    Raises:
        FinplatformError: If there is no person of that name.
    """
    _found(connection, name)
    own = person_role(connection.info.dbname, name)
    with connection.transaction():
        connection.execute("delete from access.people where person = %s", (name,))
        connection.execute(f"drop role if exists {quote(own)}".encode())


def ensure_api(warehouse: Warehouse, keys: Path) -> Warehouse:
    """The API's login, created if missing: without rights of its own, it uses people's roles.

    Args:
        warehouse: The database, with a login that owns the platform's objects.
        keys: Folder of the password's file.
    """
    role = role_name(warehouse.location.database or DATABASE, API)
    file = keys / API_PASSWORD_FILE
    was_kept = file.exists()
    secret = keep_password(file)
    with warehouse.connect() as connection:
        is_new = not _exists(connection, role)
        if is_new:
            connection.execute(f"create role {quote(role)} noinherit".encode())
        if is_new or not was_kept:
            clause = password_clause(connection, role, secret)
            connection.execute(f"alter role {quote(role)} login {clause}".encode())
        for person in people(connection) if is_new else []:
            own = person_role(connection.info.dbname, person.name)
            connection.execute(_lend(connection, own).encode())
    return replace(warehouse, location=warehouse.location.set(username=role, password=secret))


def settings_statements(connection: psycopg.Connection, rights: Rights) -> Iterator[str]:
    """Statements that set missing settings of people's roles."""
    rows = connection.execute(
        "select r.rolname::text, p.role, r.rolconnlimit, coalesce(r.rolconfig, '{}')"
        " from access.people as p inner join pg_roles as r on r.rolname = p.role_name"
    ).fetchall()
    for own, role, limit, config in rows:
        declared = rights.roles[Role(role)]
        if limit != declared.connection_limit:
            yield f"alter role {quote(own)} connection limit {declared.connection_limit}"
        wanted = {
            "default_transaction_read_only": "on",
            "statement_timeout": declared.statement_timeout,
            "idle_in_transaction_session_timeout": _IDLE_IN_TRANSACTION,
        }
        for setting, value in wanted.items():
            if f"{setting}={value}" not in config:
                yield f"alter role {quote(own)} set {setting} = {literal(value)}"
        if f"search_path={_SEARCH_PATH}" not in config:
            yield f"alter role {quote(own)} set search_path = {_SEARCH_PATH}"


def _check(name: str, role: Role) -> None:
    if not _NAME.match(name):
        raise FinplatformError(
            f"{name!r} is no name of a person.",
            "Take up to 32 lower-case letters, digits, _ . and -, beginning with a letter.",
        )
    if role not in PEOPLE:
        raise FinplatformError(
            f"{role} is a role of the platform itself.", f"Roles of people: {', '.join(PEOPLE)}."
        )


def _found(connection: psycopg.Connection, name: str) -> Person:
    for person in people(connection):
        if person.name == name:
            return person
    raise FinplatformError(f"There is no person {name}.", "`finplatform access show` has all.")


def _note(connection: psycopg.Connection, person: Person) -> None:
    connection.execute(
        "insert into access.people (role_name, person, role, regions) values (%s, %s, %s, %s)"
        " on conflict (role_name) do update set role = excluded.role,"
        " regions = excluded.regions, changed_at = now()",
        (
            person_role(connection.info.dbname, person.name),
            person.name,
            str(person.role),
            None if person.regions is None else list(person.regions),
        ),
    )


def _join(connection: psycopg.Connection, person: Person) -> None:
    database = connection.info.dbname
    own = person_role(database, person.name)
    seen = ALL_REGIONS if person.regions is None else SOME_REGIONS
    for ending in (person.role, seen):
        group = quote(role_name(database, ending))
        connection.execute(f"grant {group} to {quote(own)} with inherit true, set false".encode())


def _groups(connection: psycopg.Connection, own: str) -> list[str]:
    rows = connection.execute(
        "select g.rolname::text from pg_auth_members as m"
        " inner join pg_roles as g on g.oid = m.roleid"
        " inner join pg_roles as r on r.oid = m.member where r.rolname = %s",
        (own,),
    ).fetchall()
    return [name for (name,) in rows]


def _let_in(connection: psycopg.Connection, own: str, password: str) -> None:
    """Enables direct logins of a person, with many iterations for a chosen password."""
    clause = password_clause(connection, own, password, iterations=4096)
    connection.execute(f"alter role {quote(own)} login {clause}".encode())
    # The server logs their statements for the audit trail; on servers where this login may not set
    # that, an administrator can.
    with suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
        watch(connection, own)


def _lend(connection: psycopg.Connection, own: str) -> str:
    """Statement that lets the API use the role of a person."""
    api = quote(role_name(connection.info.dbname, API))
    return f"grant {quote(own)} to {api} with inherit false, set true"


def _exists(connection: psycopg.Connection, role: str) -> bool:
    found = connection.execute("select from pg_roles where rolname = %s", (role,)).fetchone()
    return found is not None
