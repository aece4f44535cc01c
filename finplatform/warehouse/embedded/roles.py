"""Roles of the embedded server, created by its superuser.

The superuser of initdb owns nothing of the platform. At each start it creates or updates two roles:
the owner of every database and object, without LOGIN, and the loader, the login of the platform,
whose sessions run as the owner. Neither is a superuser. Belongs here: creating them, the steps that
need a superuser, and moving the objects of an older home to the owner. Does not belong here: roles
that the owner creates.
"""

from collections.abc import Callable

import psycopg

from finplatform.warehouse.identifiers import literal, quote
from finplatform.warehouse.logins import password_clause
from finplatform.warehouse.narrowing import statements
from finplatform.warehouse.role_names import loader_name, owner_name, reader_name

DATABASES = ("finplatform", "dagster")
OWNER = owner_name(DATABASES[0])
LOADER = loader_name(DATABASES[0])
CLOSED_DATABASES = ("dagster", "postgres", "template1")
NARROWED_DATABASES = ("template1", *DATABASES)
"""Databases whose default rights of `public` are revoked; later ones are copies of the first."""

PARAMETERS = ("temp_file_limit", "log_statement", "session_replication_role")
"""Superuser settings that the owner may set for the roles that it creates."""

_OBJECTS = """
with mine as (select oid from pg_roles where rolname = current_user),
extension_members as (
    select classid, objid from pg_depend where deptype = 'e'
),
parts_of_tables as (
    select objid from pg_depend
    where classid = 'pg_class'::regclass and refclassid = 'pg_class'::regclass
    and deptype in ('a', 'i') and refobjsubid > 0
)
select format('schema %I', n.nspname)
from pg_namespace as n, mine
where n.nspowner = mine.oid and n.nspname !~ '^(pg_|information_schema$)'
union all
select format(
    '%s %s',
    case c.relkind
        when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
        else 'table'
    end,
    c.oid::regclass
)
from pg_class as c, mine
where c.relowner = mine.oid and c.relkind in ('r', 'p', 'v', 'm', 'S')
and c.relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'
and not (c.relkind = 'S' and c.oid in (select objid from parts_of_tables))
and not exists (
    select from extension_members as e where e.classid = 'pg_class'::regclass and e.objid = c.oid
)
union all
select format('routine %s', p.oid::regprocedure)
from pg_proc as p, mine
where p.proowner = mine.oid and p.pronamespace::regnamespace::text !~ '^(pg_|information_schema$)'
and not exists (
    select from extension_members as e where e.classid = 'pg_proc'::regclass and e.objid = p.oid
)
union all
select format('type %s', t.oid::regtype)
from pg_type as t, mine
where t.typowner = mine.oid and t.typtype in ('d', 'e')
and t.typnamespace::regnamespace::text !~ '^(pg_|information_schema$)'
"""

_DEFAULT_GRANTS = """
select distinct d.defaclnamespace::regnamespace::text, acl.grantee::regrole::text
from pg_default_acl as d cross join lateral aclexplode(d.defaclacl) as acl
where d.defaclrole = current_user::regrole and d.defaclobjtype = 'r' and d.defaclnamespace <> 0
"""


def prepare(url_of: Callable[[str], str], loader_password: str) -> None:
    """Creates the roles and databases and moves the superuser's objects to the owner; idempotent.

    Args:
        url_of: The superuser's libpq URL of a database.
        loader_password: Password of the loader.

    Raises:
        psycopg.Error: If the server refuses.
    """
    with psycopg.connect(url_of("postgres"), autocommit=True) as connection:
        _make_roles(connection, loader_password)
        _make_databases(connection)
    for database in NARROWED_DATABASES:
        with psycopg.connect(url_of(database)) as connection:
            for statement in statements(connection, OWNER):
                connection.execute(statement.encode())
            _take_over(connection)


def _make_roles(connection: psycopg.Connection, loader_password: str) -> None:
    present = {name for (name,) in connection.execute("select rolname from pg_roles")}
    if OWNER not in present:
        connection.execute(f"create role {quote(OWNER)}".encode())
    connection.execute(
        # Replication is for the slots of captured sources, which SQL functions read. The owner has
        # no LOGIN, so it cannot open a replication connection, which could copy the whole server.
        f"alter role {quote(OWNER)} nologin nosuperuser createdb createrole replication".encode()
    )
    if LOADER not in present:
        connection.execute(f"create role {quote(LOADER)}".encode())
    clause = password_clause(connection, LOADER, loader_password)
    connection.execute(f"alter role {quote(LOADER)} login nosuperuser {clause}".encode())
    connection.execute(f"alter role {quote(LOADER)} set role = {literal(OWNER)}".encode())
    connection.execute(f"grant {quote(OWNER)} to {quote(LOADER)}".encode())
    # Sessions of the login belong to another role than the one that they run as.
    connection.execute(f"grant pg_read_all_stats, pg_signal_backend to {quote(OWNER)}".encode())
    for name in PARAMETERS:
        connection.execute(f"grant set on parameter {name} to {quote(OWNER)}".encode())
    reader = reader_name(DATABASES[0])
    if reader in present:
        connection.execute(
            f"grant {quote(reader)} to {quote(OWNER)}"
            " with admin true, inherit false, set false".encode()
        )


def _make_databases(connection: psycopg.Connection) -> None:
    """Creates the databases; only the platform's login may connect to the closed ones."""
    owners: dict[str, str] = dict(
        connection.execute("select datname, datdba::regrole::text from pg_database").fetchall()
    )
    for name in DATABASES:
        if name not in owners:
            connection.execute(f"create database {quote(name)} owner {quote(OWNER)}".encode())
        elif owners[name] != OWNER:
            connection.execute(f"alter database {quote(name)} owner to {quote(OWNER)}".encode())
    entered = connection.execute(
        "select datname from pg_database where datname = any(%s)"
        " and has_database_privilege('public', oid, 'connect')",
        (list(CLOSED_DATABASES),),
    )
    for (name,) in entered.fetchall():
        connection.execute(f"revoke connect on database {quote(name)} from public".encode())


def _take_over(connection: psycopg.Connection) -> None:
    """Moves the superuser's objects in a database, except the server's own, to the owner."""
    for (what,) in connection.execute(_OBJECTS.encode()).fetchall():
        connection.execute(f"alter {what} owner to {quote(OWNER)}".encode())
    for schema, grantee in connection.execute(_DEFAULT_GRANTS).fetchall():
        statement = f"alter default privileges in schema {schema} revoke all on tables"
        connection.execute(f"{statement} from {grantee}".encode())
