"""The declared rights in the database: applying them, and finding differences.

Group roles, grants and row policies are created from `rights.yaml`; a second run changes nothing.
Undeclared rights of people's roles are revoked. Belongs here: the order of the statements, and the
differences. Does not belong here: the rights (`finplatform.security.rights`), and
people (`people`).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psycopg

from finplatform.errors import FinplatformError
from finplatform.oltp.codes import SCHEMA as OLTP
from finplatform.security.rights import PEOPLE, Rights, load_rights
from finplatform.settings import Settings
from finplatform.warehouse import people, row_policies
from finplatform.warehouse.database import Warehouse, open_warehouse
from finplatform.warehouse.ddl import SCHEMAS
from finplatform.warehouse.grants import (
    PUBLIC,
    Grant,
    declared_grants,
    grant_statements,
    held_grants,
    revoke_statements,
    stored_functions,
    stored_relations,
)
from finplatform.warehouse.identifiers import quote
from finplatform.warehouse.reader_role import prepare_reader, rights_held
from finplatform.warehouse.role_names import (
    ALL_REGIONS,
    SOME_REGIONS,
    is_of,
    loader_name,
    owner_name,
    reader_name,
    role_name,
)

GUARDED = (*SCHEMAS, OLTP)
"""Schemas whose rights are declared, without that of the row policies."""

_LOCK_TIMEOUT = "30s"
"""Longest wait for a lock on a table; the next command retries."""

INDISPENSABLE = ("CREATE on the database", "TEMPORARY on the database")
"""Rights that the platform cannot work without."""

_UNSAFE_VIEWS = """
select format('view %%s.%%s runs with the rights of its owner', n.nspname, c.relname)
from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
where c.relkind = 'v' and n.nspname = any(%(schemas)s)
and not coalesce(c.reloptions @> array['security_invoker=true'], false)
union all
select format('function %%s.%%s runs with the rights of its owner', n.nspname, p.proname)
from pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace
where p.prosecdef and n.nspname in ('gold', 'bi', 'masked')
"""

_ROLES = """
select
    r.rolname::text, r.rolsuper, r.rolcreaterole or r.rolcreatedb, r.rolreplication,
    r.rolbypassrls, r.rolcanlogin
from pg_roles as r
"""

_MEMBERS = """
select m.member::regrole::text, m.roleid::regrole::text, m.set_option, m.admin_option
from pg_auth_members as m
"""


class AccessUnavailableError(FinplatformError):
    """The platform's login may not create the roles of the declared rights."""


@dataclass(frozen=True)
class Difference:
    """A difference between the database and the declared rights.

    Attributes:
        kind: `missing`, `surplus`, `undeclared` or `unsafe`.
        what: The right, object or role.
    """

    kind: str
    what: str


def apply_rights(connection: psycopg.Connection, rights: Rights | None = None) -> list[str]:
    """Changes roles, grants and policies to the declared ones.

    In an autocommit session each table has a transaction of its own, so that a wait for a lock
    blocks no other table.

    Args:
        connection: Session of the owner of the platform's objects.
        rights: The declared rights; default: those of the platform.

    Returns:
        Executed statements.

    Raises:
        AccessUnavailableError: If the login may not create roles.
        psycopg.Error: If the server refuses otherwise, or a table is in use for too long.
    """
    rights = rights or load_rights()
    done: list[str] = []
    with rights_held(connection):
        for statements in _groups_of_statements(connection, rights):
            with connection.transaction():
                connection.execute(f"set local lock_timeout = '{_LOCK_TIMEOUT}'".encode())
                for statement in statements:
                    _execute(connection, statement)
                    done.append(statement)
    return done


def prepare_access(settings: Settings) -> None:
    """Creates the reader and applies the rights, as far as the platform's login may.

    Raises:
        FinplatformError: If the database does not respond.
    """
    prepare_reader(settings)
    settle(open_warehouse(settings))


def settle(warehouse: Warehouse) -> None:
    """Applies the rights to new tables, where the login may; errors are logged.

    A table whose lock is not available is left to the next call: until then only the owner may
    read it.
    """
    with (
        suppress(AccessUnavailableError, psycopg.errors.LockNotAvailable),
        warehouse.connect() as connection,
    ):
        connection.autocommit = True
        apply_rights(connection)


def differences(connection: psycopg.Connection, rights: Rights | None = None) -> list[Difference]:
    """Surplus and missing rights of the database; empty if it agrees with the declared ones.

    Args:
        connection: Session of the owner of the platform's objects.
        rights: The declared rights; default: those of the platform.
    """
    rights = rights or load_rights()
    declared, held = _declared(connection, rights), held_grants(connection, GUARDED)
    found = [Difference("missing", str(grant)) for grant in sorted(declared - held)]
    found += [Difference("surplus", str(g)) for g in sorted(_surplus(connection, held - declared))]
    if row_policies.function_statements(connection):
        found.append(Difference("missing", "functions behind the row policies"))
    guards = _guard_statements(connection, rights)
    found += [Difference("missing", f"row policies of {table}") for table, _ in guards]
    found += [Difference("missing", f"role {name}") for name in _missing_roles(connection)]
    found += [Difference("undeclared", name) for name in _undeclared(connection, rights)]
    unsafe = connection.execute(_UNSAFE_VIEWS, {"schemas": list(SCHEMAS)}).fetchall()
    found += [Difference("unsafe", text) for (text,) in unsafe]
    found += [Difference("unsafe", text) for text in _unsafe_roles(connection)]
    return found


def acting_role(connection: psycopg.Connection) -> str:
    """Current role of a session, which may differ from its login."""
    row = connection.execute("select current_user::text").fetchone()
    return str(row[0]) if row else ""


def present_roles(connection: psycopg.Connection) -> set[str]:
    """Roles of the server."""
    return {name for (name,) in connection.execute("select rolname::text from pg_roles")}


def _execute(connection: psycopg.Connection, statement: str) -> None:
    try:
        connection.execute(statement.encode())
    except psycopg.errors.InsufficientPrivilege as error:
        if statement.startswith("create role"):
            raise AccessUnavailableError(
                "This database login may not make roles.",
                "Give it CREATEROLE; docs/access.md has what it needs.",
            ) from None
        raise AccessUnavailableError(
            f"This database login may not give rights: {str(error).strip()}",
            "The platform's objects belong to another role; see docs/access.md.",
        ) from None


def _groups_of_statements(connection: psycopg.Connection, rights: Rights) -> Iterator[list[str]]:
    """Groups of statements, each computed after the previous one has run.

    Policies come before grants, so that no row is granted before it is filtered.
    """
    yield [f"create role {quote(role)} nologin" for role in _missing_roles(connection)]
    yield row_policies.function_statements(connection)
    for _, statements in _guard_statements(connection, rights):
        yield statements
    declared, held = _declared(connection, rights), held_grants(connection, GUARDED)
    managed = _managed_roles(connection)
    surplus = _surplus(connection, held - declared)
    yield [
        *revoke_statements(grant for grant in surplus if grant.role in managed),
        *grant_statements(declared - held),
    ]
    yield list(people.settings_statements(connection, rights))


def _missing_roles(connection: psycopg.Connection) -> list[str]:
    database, present = connection.info.dbname, present_roles(connection)
    groups = (role_name(database, ending) for ending in (*PEOPLE, ALL_REGIONS, SOME_REGIONS))
    return [role for role in groups if role not in present]


def _guard_statements(
    connection: psycopg.Connection, rights: Rights
) -> Iterator[tuple[str, list[str]]]:
    """Tables whose row policies differ, with the statements that correct them."""
    stored = row_policies.stored_guards(connection, list(GUARDED))
    owner, roles = acting_role(connection), present_roles(connection)
    database = connection.info.dbname
    return row_policies.guard_statements(rights, stored, database, owner, roles)


def _declared(connection: psycopg.Connection, rights: Rights) -> set[Grant]:
    return declared_grants(
        rights,
        connection.info.dbname,
        present_roles(connection),
        stored_relations(connection, GUARDED),
        stored_functions(connection, GUARDED),
    )


def _surplus(connection: psycopg.Connection, grants: set[Grant]) -> list[Grant]:
    """Undeclared grants that the platform revokes.

    The operational schema may be the bank's own, with roles of its applications.
    """
    own, database = _own_roles(connection), connection.info.dbname
    return [
        grant
        for grant in grants
        if grant.role not in own
        and (grant.name.partition(".")[0] != OLTP or is_of(database, grant.role))
    ]


def _managed_roles(connection: psycopg.Connection) -> set[str]:
    """Roles with declared rights, and `public`."""
    own = _own_roles(connection)
    of_database = {r for r in present_roles(connection) if is_of(connection.info.dbname, r)}
    return {PUBLIC, *of_database} - own


def _own_roles(connection: psycopg.Connection) -> set[str]:
    """Roles of the platform whose rights are not declared in the file."""
    database = connection.info.dbname
    return {
        acting_role(connection),
        owner_name(database),
        loader_name(database),
        reader_name(database),
    }


def _undeclared(connection: psycopg.Connection, rights: Rights) -> list[str]:
    """Tables, views and functions without a row in the declared rights."""
    open_schemas = [name for name in SCHEMAS if name not in rights.closed_schemas]
    relations = stored_relations(connection, open_schemas)
    names = [f"table {r.name}" for r in relations if r.name not in rights.tables]
    functions = stored_functions(connection, open_schemas)
    return names + [f"function {f.name}" for f in functions if f.name not in rights.functions]


def _unsafe_roles(connection: psycopg.Connection) -> Iterable[str]:
    """Attributes and memberships that extend the declared rights."""
    database = connection.info.dbname
    of_people = {
        role
        for role in present_roles(connection)
        if is_of(database, role) and role not in _own_roles(connection)
    }
    for role, *attributes, _ in connection.execute(_ROLES).fetchall():
        if role in of_people and any(attributes):
            yield f"role {role} has attributes of an administrator"
    api = role_name(database, "api")
    for member, group, may_set, is_admin in connection.execute(_MEMBERS).fetchall():
        if member not in of_people:
            continue
        if not is_of(database, group):
            yield f"role {member} is a member of {group}"
        elif is_admin or (may_set and member != api):
            yield f"role {member} may become or pass on {group}"


def is_superuser(connection: psycopg.Connection) -> bool:
    """Whether a session acts as a superuser."""
    query = "select rolsuper from pg_roles where rolname = current_user"
    row = connection.execute(query).fetchone()
    return bool(row and row[0])


def is_applied(connection: psycopg.Connection) -> bool:
    """Whether the rights have been applied to the database."""
    row = connection.execute("select to_regclass('access.people')").fetchone()
    return bool(row and row[0])


def lacking(connection: psycopg.Connection) -> Sequence[tuple[str, str]]:
    """Missing rights of the platform's login, each with its purpose."""
    row = connection.execute(
        "select has_database_privilege(current_database(), 'create'),"
        " has_database_privilege(current_database(), 'temp'), r.rolcreaterole,"
        " r.rolcreatedb or exists (select from pg_database where datname = 'dagster')"
        " from pg_roles as r where r.rolname = current_user"
    ).fetchone()
    needs = (
        ("CREATE on the database", "its schemas"),
        ("TEMPORARY on the database", "loads"),
        ("CREATEROLE", "the reader and the roles of people"),
        ("CREATEDB", "the database of Dagster"),
    )
    return [need for need, has in zip(needs, row or (), strict=False) if not has]
