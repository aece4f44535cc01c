"""`LiveCluster`: the running embedded server, with a superuser session.

Belongs here: identity and position of the cluster, the slot that keeps its log for the archive, and
the settings that incremental backups need. Does not belong here: copying anything.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy.engine import URL, make_url

from finplatform.backup.wal_names import position_of
from finplatform.errors import FinplatformError
from finplatform.settings import Settings
from finplatform.warehouse.embedded import server_for
from finplatform.warehouse.embedded.cluster import SUPERUSER
from finplatform.warehouse.embedded.layout import Layout

SLOT = "finplatform_backup"
MARK = "finplatform_backup"

_IDENTITY = """
select
    (select system_identifier::text from pg_control_system()) as system_identifier,
    ('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::int as timeline,
    current_setting('server_version') as server_version
"""

_LOST = "select coalesce(bool_or(wal_status = 'lost'), true) from pg_replication_slots"


@dataclass(frozen=True)
class Identity:
    """Identity of a cluster.

    Attributes:
        system_identifier: Given by initdb, and the same in every copy.
        timeline: Increased by every restore.
        server_version: Of PostgreSQL.
    """

    system_identifier: str
    timeline: int
    server_version: str


@dataclass(frozen=True)
class LiveCluster:
    """The running server.

    Attributes:
        location: URL of database `postgres` as the superuser.
        connection: Session of the superuser there, in autocommit.
    """

    location: URL
    connection: psycopg.Connection

    def identity(self) -> Identity:
        """Identity of a cluster."""
        return Identity(*self._row(_IDENTITY))

    def now(self) -> datetime:
        """The server's clock."""
        at: datetime = self._row("select clock_timestamp()")[0]
        return at

    def mark(self) -> tuple[datetime, int]:
        """Commits a mark, so that all that was committed before it can be restored to.

        Returns:
            Instant before the mark, and position after it.
        """
        at = self.now()
        self.connection.execute("select pg_logical_emit_message(true, %s, '')", (MARK,))
        return at, position_of(self._row("select pg_current_wal_flush_lsn()::text")[0])

    def has_slot(self) -> bool:
        """Whether the slot is there and still has all the log since its last use."""
        return not self._row(f"{_LOST} where slot_name = %s", SLOT)[0]

    def make_slot(self) -> None:
        """Recreates the slot, which retains WAL from now on."""
        self.connection.execute(
            "select pg_drop_replication_slot(slot_name) from pg_replication_slots"
            " where slot_name = %s",
            (SLOT,),
        )
        self.connection.execute("select pg_create_physical_replication_slot(%s, true)", (SLOT,))

    def summarize(self) -> None:
        """Turns on WAL summaries, which incremental backups need, permanently."""
        if self._row("show summarize_wal")[0] != "on":
            self.connection.execute("alter system set summarize_wal = on")
            self.connection.execute("select pg_reload_conf()")

    def _row(self, query: str, *values: Any) -> Any:
        return self.connection.execute(query.encode(), values or None).fetchone()


def superuser_location(settings: Settings, database: str = "postgres") -> URL:
    """URL of a database of the embedded server as its superuser; the server is started if need be.

    Raises:
        FinplatformError: If the server is not the embedded one, or cannot be started.
    """
    if settings.database_url is not None:
        raise FinplatformError(
            "Physical backups are of the embedded server; FINPLATFORM_DATABASE_URL names another.",
            "Use that server's own backups (docs/backup.md has pgBackRest), and `finplatform backup"
            " dump` for a portable copy.",
        )
    info = server_for(settings).start()
    secret = Layout(settings.home).password_file.read_text()
    return make_url(info.url(database)).set(username=SUPERUSER, password=secret)


@contextmanager
def live_cluster(settings: Settings) -> Iterator[LiveCluster]:
    """The embedded server, started if it does not run.

    Raises:
        FinplatformError: If there is none.
    """
    location = superuser_location(settings)
    url = location.render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        yield LiveCluster(location, connection)
