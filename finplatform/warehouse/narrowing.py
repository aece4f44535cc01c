"""What everybody may do in a new PostgreSQL database, and no reader needs.

Belongs here: finding these rights and the statements that take them away; whoever owns the
platform's objects keeps them. Does not belong here: rights on the platform's own objects.
"""

import psycopg

from finplatform.warehouse.identifiers import quote

WRITERS = (
    "^(lo_.*|loread|lowrite"
    "|pg_(try_)?advisory_.*|pg_logical_emit_message|pg_notify|pg_export_snapshot"
    "|pg_(cancel|terminate)_backend)$"
)
"""Functions of the server, as a pattern, that everybody may call by default and that write, lock,
signal other sessions or reach large objects."""

_OPEN = """
select p.oid::regprocedure::text from pg_proc as p
where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ %s
and has_function_privilege('public', p.oid, 'execute')
"""


def statements(connection: psycopg.Connection, keeper: str) -> list[str]:
    """Statements that take the surplus from everybody and leave it to one role; none if it is gone.

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
    for (function,) in connection.execute(_OPEN, (WRITERS,)).fetchall():
        found += [
            f"grant execute on function {function} {kept}",
            f"revoke execute on function {function} {taken}",
        ]
    return found
