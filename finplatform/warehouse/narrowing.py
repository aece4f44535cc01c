"""Revoking default rights of `public` in a new PostgreSQL database; the owner keeps them.

Does not belong here: rights on the platform's objects.
"""

import psycopg

from finplatform.warehouse.identifiers import quote

WRITERS = (
    "^(lo_.*|loread|lowrite"
    "|pg_(try_)?advisory_.*|pg_logical_emit_message|pg_notify|pg_export_snapshot"
    "|pg_(cancel|terminate)_backend)$"
)
"""Pattern of the server's functions with default EXECUTE for `public` that write, lock, signal
other sessions or access large objects."""

_FUNCTIONS = """
select
    p.oid::regprocedure::text,
    has_function_privilege('public', p.oid, 'execute'),
    has_function_privilege(%s, p.oid, 'execute with grant option') or exists (
        select from aclexplode(p.proacl) as acl where acl.grantee = %s::regrole
    )
from pg_proc as p
where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ %s
"""


def statements(connection: psycopg.Connection, keeper: str) -> list[str]:
    """Statements that revoke the rights from `public` and grant them to one role.

    Those on functions and on `plpgsql` need a superuser, the others the database's owner.

    Args:
        connection: Session in the database.
        keeper: Role that owns the platform's objects.
    """
    taken, kept = "from public", f"to {quote(keeper)}"
    database = quote(connection.info.dbname)
    found = [
        f"revoke temporary on database {database} {taken}",
        f"grant temporary on database {database} {kept}",
        f"revoke create on schema public {taken}",
        f"grant usage on language plpgsql {kept}",
        f"revoke usage on language plpgsql {taken}",
    ]
    functions = connection.execute(_FUNCTIONS, (keeper, quote(keeper), WRITERS)).fetchall()
    for function, is_open, is_kept in functions:
        found += [] if is_kept else [f"grant execute on function {function} {kept}"]
        found += [f"revoke execute on function {function} {taken}"] if is_open else []
    return found
