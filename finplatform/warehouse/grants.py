"""Grants: the declared ones and those of a database, as comparable values.

Belongs here: both, and the statements between them. Does not belong here: row policies
(`row_policies`), and their application (`access`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import psycopg

from finplatform.security.rights import PEOPLE, Rights
from finplatform.warehouse.identifiers import quote
from finplatform.warehouse.role_names import API, reader_name, role_name

PUBLIC = "public"
"""Grantee for all roles."""

_RELATIONS = """
select
    n.nspname || '.' || c.relname, c.relkind in ('v', 'm'),
    array(
        select a.attname::text from pg_attribute as a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum
    )
from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname = any(%s)
order by 1
"""

_FUNCTIONS = """
select n.nspname || '.' || p.proname, pg_get_function_identity_arguments(p.oid)
from pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace
where n.nspname = any(%s)
order by 1, 2
"""

_HELD = """
with held as (
    select 'schema' as kind, n.nspname::text as name, '' as column_name, acl.*
    from pg_namespace as n cross join lateral aclexplode(n.nspacl) as acl
    where n.nspname = any(%(schemas)s) and acl.grantee <> n.nspowner
    union all
    select
        case c.relkind when 'S' then 'sequence' else 'table' end,
        n.nspname || '.' || c.relname, '', acl.*
    from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
    cross join lateral aclexplode(c.relacl) as acl
    where n.nspname = any(%(schemas)s) and acl.grantee <> c.relowner
    union all
    select 'table', n.nspname || '.' || c.relname, a.attname::text, acl.*
    from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
    inner join pg_attribute as a on a.attrelid = c.oid and not a.attisdropped
    cross join lateral aclexplode(a.attacl) as acl
    where n.nspname = any(%(schemas)s) and acl.grantee <> c.relowner
    union all
    select
        'function',
        n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
        '', acl.*
    from pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace
    cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as acl
    where n.nspname = any(%(schemas)s) and acl.grantee <> p.proowner
)
select
    case h.grantee when 0 then 'public' else pg_get_userbyid(h.grantee)::text end,
    h.kind, h.name, h.column_name, lower(h.privilege_type)
from held as h
"""


@dataclass(frozen=True, order=True)
class Grant:
    """One right of one role.

    Attributes:
        role: Database role, or `public`.
        kind: `schema`, `table` (a view, too), `sequence` or `function`.
        name: The object's name; for a function with its arguments.
        column: Column, if the right is on one.
        privilege: PostgreSQL's name of the privilege.
    """

    role: str
    kind: str
    name: str
    column: str = ""
    privilege: str = "select"

    def __str__(self) -> str:
        where = f"{self.name}.{self.column}" if self.column else self.name
        return f"{self.privilege} on {self.kind} {where} to {self.role}"


@dataclass(frozen=True)
class Relation:
    """A table or view of the database.

    Attributes:
        name: `schema.name`.
        is_view: Whether it stores no rows of its own.
        columns: Its columns.
    """

    name: str
    is_view: bool
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Function:
    """A function of the database.

    Attributes:
        name: `schema.name`.
        signature: The name with its arguments.
    """

    name: str
    signature: str


def stored_relations(connection: psycopg.Connection, schemas: Sequence[str]) -> list[Relation]:
    """Tables and views of some schemas."""
    rows = connection.execute(_RELATIONS, (list(schemas),)).fetchall()
    return [Relation(name, is_view, tuple(columns)) for name, is_view, columns in rows]


def stored_functions(connection: psycopg.Connection, schemas: Sequence[str]) -> list[Function]:
    """Functions of some schemas."""
    rows = connection.execute(_FUNCTIONS, (list(schemas),)).fetchall()
    return [Function(name, f"{name}({arguments})") for name, arguments in rows]


def held_grants(connection: psycopg.Connection, schemas: Sequence[str]) -> set[Grant]:
    """Rights of all roles except owners on some schemas and their objects."""
    rows = connection.execute(_HELD, {"schemas": list(schemas)}).fetchall()
    return {Grant(*row) for row in rows}


def declared_grants(
    rights: Rights,
    database: str,
    roles: set[str],
    relations: Iterable[Relation],
    functions: Iterable[Function],
) -> set[Grant]:
    """Grants of the declared rights on the objects of a database.

    Args:
        rights: The declared rights.
        database: Its name.
        roles: Existing roles; others get nothing.
        relations: Its tables and views.
        functions: Its functions.
    """
    wanted: set[Grant] = set()
    relations, functions = list(relations), list(functions)
    for role in PEOPLE:
        grantee = role_name(database, role)
        if grantee not in roles:
            continue
        for relation in relations:
            columns = rights.columns(
                role, relation.name, relation.columns, is_view=relation.is_view
            )
            is_whole = len(columns) == len(relation.columns)
            wanted |= {
                Grant(grantee, "table", relation.name, column)
                for column in ([""] if is_whole else columns)
            }
        wanted |= {
            Grant(grantee, "function", function.signature, privilege="execute")
            for function in functions
            if rights.may_call(role, function.name)
        }
    wanted |= _of_services(rights, database, roles, relations)
    wanted |= {
        Grant(grant.role, "schema", grant.name.partition(".")[0], privilege="usage")
        for grant in wanted
    }
    return wanted | _of_reader(rights, database, roles, functions)


def grant_statements(grants: Iterable[Grant]) -> Iterator[str]:
    """Statements that give rights, the columns of a table in one."""
    yield from _statements(grants, "grant", "to")


def revoke_statements(grants: Iterable[Grant]) -> Iterator[str]:
    """Statements that revoke rights, the columns of a table in one."""
    yield from _statements(grants, "revoke", "from")


def _of_services(
    rights: Rights, database: str, roles: set[str], relations: Iterable[Relation]
) -> set[Grant]:
    """Rights of the platform's own services on closed tables."""
    present = {relation.name for relation in relations}
    grantee = role_name(database, API)
    if grantee not in roles:
        return set()
    return {
        Grant(grantee, "table", name, privilege=privilege)
        for name, privileges in rights.api_tables.items()
        if name in present
        for privilege in privileges
    }


def _of_reader(
    rights: Rights, database: str, roles: set[str], functions: Iterable[Function]
) -> set[Grant]:
    """Functions of the reader, whose tables are granted elsewhere."""
    reader = reader_name(database)
    if reader not in roles:
        return set()
    return {
        Grant(reader, "function", function.signature, privilege="execute")
        for function in functions
        if function.name in rights.functions
    }


def _statements(grants: Iterable[Grant], verb: str, preposition: str) -> Iterator[str]:
    columns: dict[Grant, list[str]] = defaultdict(list)
    for grant in sorted(grants):
        whole = Grant(grant.role, grant.kind, grant.name, privilege=grant.privilege)
        columns[whole if grant.column else grant].append(grant.column)
    for grant, names in columns.items():
        # A right on the whole and rights on columns are two statements.
        listed = ", ".join(quote(name) for name in names if name)
        rights = [f"{grant.privilege} ({listed})"] if listed else []
        rights += [grant.privilege] if "" in names else []
        role = grant.role if grant.role == PUBLIC else quote(grant.role)
        for right in rights:
            yield f"{verb} {right} on {grant.kind} {_target(grant)} {preposition} {role}"


def _target(grant: Grant) -> str:
    schema, _, name = grant.name.partition(".")
    if grant.kind == "function":
        name, _, arguments = name.partition("(")
        return f"{quote(schema)}.{quote(name)}({arguments}"
    return f"{quote(schema)}.{quote(name)}" if name else quote(schema)
