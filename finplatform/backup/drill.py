"""The restore drill: the newest backup on a scratch server, against the rows of the live one.

Some tables are held for a moment, fingerprinted, and a named point is written to the log; the
scratch server is recovered to that point, so that its rows must be equal to the last. Belongs here:
the drill and its findings. Does not belong here: its schedule, and the storage of its results.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from uuid import uuid4

import psycopg
from sqlalchemy.engine import URL

from finplatform.backup import programs
from finplatform.backup.archive import keep_log
from finplatform.backup.cluster import live_cluster
from finplatform.backup.creation import spool_of
from finplatform.backup.folder import BackupFolder
from finplatform.backup.recovery import Recovered, Target, make_plan, recovered
from finplatform.errors import FinplatformError
from finplatform.settings import Settings
from finplatform.warehouse.database import DATABASE
from finplatform.warehouse.identifiers import quote

COMPARED = 12
"""Tables that are compared: the largest ones below the size."""

LARGEST_BYTES = 64 * 2**20
"""Size above which a table is not held for a fingerprint."""

_TABLES = """
select n.nspname, c.relname
from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname in ('gold', 'bronze', 'vault', 'audit', 'compliance')
    and pg_table_size(c.oid) <= %s
order by pg_table_size(c.oid) desc, n.nspname, c.relname
limit %s
"""


@dataclass(frozen=True)
class Drill:
    """Result of a drill.

    Attributes:
        drilled_at: Instant at which it began.
        backup_id: The newest backup.
        chain_length: Backups that were unpacked.
        segments: Files of the log that were replayed.
        restored_bytes: Size of the restored databases.
        rpo_seconds: Age of what was kept of the log before the drill: what a loss would have cost.
        rto_seconds: From the first byte that was read until the server answered.
        tables: Tables that were compared.
        rows: Their rows.
        differences: Tables that differ, by name.
        is_passed: Whether all is equal and no index or table is damaged.
        problem: Why not, in one sentence; empty if it passed.
    """

    drilled_at: datetime
    backup_id: str
    chain_length: int
    segments: int
    restored_bytes: int
    rpo_seconds: float
    rto_seconds: float
    tables: int
    rows: int
    differences: str
    is_passed: bool
    problem: str


@dataclass(frozen=True)
class _Print:
    """Fingerprint of a table."""

    name: str
    rows: int
    digest: str


def drill(settings: Settings) -> Drill:
    """Restores the newest backup, compares it with the live server, and removes it again.

    Raises:
        FinplatformError: If there is no backup.
    """
    folder = BackupFolder.of(settings)
    key = folder.key(settings)
    began = datetime.now(UTC)
    point = f"drill-{uuid4()}"
    with live_cluster(settings) as cluster, folder.changing():
        before = folder.archived(cluster.identity().system_identifier, key)
        kept_until = before.at if before is not None else began
        lag = max((cluster.now() - kept_until).total_seconds(), 0)
        expected = _expected(cluster.location.set(database=DATABASE), cluster.connection, point)
        keep_log(cluster, folder, key, spool_of(settings))
    planned = make_plan(folder, key, None)
    since = monotonic()
    differences: list[str] = []
    problem, size, seconds = "", 0, 0.0
    try:
        with recovered(settings, folder, key, planned, Target(point=point)) as found:
            seconds = monotonic() - since
            differences, size = _compared(found, expected)
            programs.run(
                "pg_amcheck", "--all", "--install-missing", "--no-password",
                "--jobs", "1", login=found.location,
            )  # fmt: skip
    except FinplatformError as error:
        problem = error.message
    if differences and not problem:
        problem = f"{len(differences)} tables are not as they were: {', '.join(differences)}"
    return Drill(
        began,
        planned.chain[-1].backup_id,
        len(planned.chain),
        len(planned.log),
        size,
        round(lag, 3),
        round(seconds, 3),
        len(expected),
        sum(one.rows for one in expected),
        ", ".join(differences),
        not problem,
        problem,
    )


def _expected(location: URL, superuser: psycopg.Connection, point: str) -> list[_Print]:
    """Fingerprints of some tables of the live server at a named point of its log."""
    url = location.render_as_string(hide_password=False)
    with psycopg.connect(url) as connection, _not_waiting():
        connection.execute("set local lock_timeout = '10s'")
        names = [
            f"{quote(schema)}.{quote(table)}"
            for schema, table in connection.execute(_TABLES, (LARGEST_BYTES, COMPARED)).fetchall()
        ]
        if names:
            connection.execute(f"lock table {', '.join(names)} in share mode".encode())
        found = [_print(connection, name) for name in names]
        superuser.execute("select pg_create_restore_point(%s)", (point,))
    return found


@contextmanager
def _not_waiting() -> Iterator[None]:
    try:
        yield
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
        raise FinplatformError(
            "A table is being written for so long that the drill cannot hold it for a moment.",
            "Run the drill again when no load runs.",
        ) from error


def _compared(found: Recovered, expected: Sequence[_Print]) -> tuple[list[str], int]:
    """Names of tables that differ, and the size of the databases."""
    url = found.database(DATABASE).render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        differences = [one.name for one in expected if _print(connection, one.name) != one]
        row = connection.execute("select sum(pg_database_size(oid))::bigint from pg_database")
        size = row.fetchone()
    return differences, int(size[0]) if size else 0


def _print(connection: psycopg.Connection, name: str) -> _Print:
    """Rows of a table and the sum of their hashes, whatever their order."""
    row = connection.execute(
        "select count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text"
        f" from {name} as t".encode()
    ).fetchone()
    return _Print(name, row[0], row[1]) if row else _Print(name, 0, "")
