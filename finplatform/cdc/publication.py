"""Prerequisites of a capture in the source: a publication, and full replica identity.

Belongs here: setting up both, and the statements for an administrator. Does not belong here: the
slot (see `slot`).
"""

import psycopg
from psycopg import sql

from finplatform.cdc.source import CapturedSource, CapturedTable
from finplatform.errors import FinplatformError

_OPTIONS = "with (publish = 'insert, update, delete, truncate', publish_via_partition_root = true)"
_LOCK_TIMEOUT = "10s"
"""Longest wait for a lock on a table, behind which writers queue."""

_LACKING = """
select member.oid::regclass::text
from unnest(%s::text[]) as wanted (name)
inner join pg_class as root on root.oid = to_regclass(wanted.name)
cross join lateral (
    select root.oid union select relid from pg_partition_tree(root.oid)
) as part (oid)
inner join pg_class as member on member.oid = part.oid
where member.relreplident <> 'f'
"""

_MISSING = """
select wanted.name
from unnest(%s::text[]) as wanted (name)
left join pg_class as c on c.oid = to_regclass(wanted.name) and c.relkind in ('r', 'p')
where c.oid is null
"""

_PUBLISHED = """
select n.nspname, c.relname
from pg_publication as p
left join pg_publication_rel as r on r.prpubid = p.oid
left join pg_class as c on c.oid = r.prrelid
left join pg_namespace as n on n.oid = c.relnamespace
where p.pubname = %s
"""


def prepare(connection: psycopg.Connection, source: CapturedSource) -> list[str]:
    """Publishes the tables of a source with full replica identity, where missing.

    Args:
        connection: Session on the source, in autocommit.
        source: The captured source.

    Returns:
        Bronze tables added to the publication.

    Raises:
        FinplatformError: If a table does not exist, is locked for long, or has another owner.
    """
    published = _published(connection, source)
    wanted = statements(connection, source)
    try:
        with connection.transaction():
            if wanted:
                connection.execute(f"set local lock_timeout = '{_LOCK_TIMEOUT}'".encode())
            for statement in wanted:
                connection.execute(statement.encode())
    except psycopg.errors.LockNotAvailable:
        raise FinplatformError(
            f"A table of source {source.name} is in use, so its capture could not be set up.",
            "Run it again; a long transaction on the source may hold the table.",
        ) from None
    except psycopg.errors.InsufficientPrivilege as error:
        raise FinplatformError(
            f"The login of source {source.name} may not set up its capture:"
            f" {error.diag.message_primary}.",
            f"Have the owner of the tables run: finplatform cdc setup {source.name} --sql",
        ) from None
    known = published or frozenset()
    return [one.table for one in source.tables if (one.schema_name, one.name) not in known]


def statements(connection: psycopg.Connection, source: CapturedSource) -> list[str]:
    """Statements needed before a source can be captured; empty if it can.

    Without full replica identity the log holds only the key of a deleted row, and not its day.

    Args:
        connection: Session on the source.
        source: The captured source.

    Raises:
        FinplatformError: If the source lacks a table.
    """
    names = [_name(connection, table) for table in source.tables]
    missing = [name for (name,) in connection.execute(_MISSING, (names,))]
    if missing:
        raise FinplatformError(
            f"Source {source.name} has no table {', '.join(missing)}.",
            "Correct `schema` or `read` in the source configuration.",
        )
    publication = sql.Identifier(source.publication).as_string(connection)
    published = _published(connection, source)
    found = []
    if published is None:
        found.append(f"create publication {publication} for table {', '.join(names)} {_OPTIONS}")
    elif published != {(one.schema_name, one.name) for one in source.tables}:
        found.append(f"alter publication {publication} set table {', '.join(names)}")
    lacking = connection.execute(_LACKING, (names,)).fetchall()
    return found + [f"alter table {name} replica identity full" for (name,) in sorted(lacking)]


def drop(connection: psycopg.Connection, source: CapturedSource) -> None:
    """Drops the publication, if the login may.

    The tables keep full replica identity.
    """
    name = sql.Identifier(source.publication).as_string(connection)
    try:
        connection.execute(f"drop publication if exists {name}".encode())
    except psycopg.errors.InsufficientPrivilege:
        return


def _published(
    connection: psycopg.Connection, source: CapturedSource
) -> frozenset[tuple[str, str]] | None:
    """Tables of the publication; None if there is none."""
    rows = connection.execute(_PUBLISHED, (source.publication,)).fetchall()
    return frozenset(row for row in rows if row[0] is not None) if rows else None


def _name(connection: psycopg.Connection, table: CapturedTable) -> str:
    return sql.Identifier(table.schema_name, table.name).as_string(connection)
