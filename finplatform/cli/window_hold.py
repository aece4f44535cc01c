"""Advisory locks on months, so that one command at a time runs jobs on a month.

Two runs on one window would write the same rows and wait for each other table by table. The server
releases the locks when the session ends. Does not belong here: runs of the UI and of schedules,
which Dagster queues.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date

import psycopg

from finplatform.cli.output import ERR, shown
from finplatform.warehouse.database import Warehouse
from finplatform.windows import Window

_CLASS = 710_042
"""First key of the advisory locks; the second is the month's number."""

_HOLDER = """
select s.application_name
from pg_locks as l
inner join pg_stat_activity as s on s.pid = l.pid
where l.locktype = 'advisory' and l.granted and l.objsubid = 2
and l.classid = %s and l.objid = %s
and l.database = (select oid from pg_database where datname = current_database())
"""


class Hold:
    """The locks of this process.

    Args:
        connection: The session of the locks.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def name_run(self, run_id: str, job: str) -> None:
        """Shows the run that locks the window to waiting commands."""
        # The server cuts names of sessions after 63 bytes.
        name_session(self._connection, f"run {run_id} of {job}")


@contextmanager
def held(warehouse: Warehouse, window: Window) -> Iterator[Hold]:
    """Locks the months of a window during the block; waits for other holders.

    Args:
        warehouse: The database that the runs write to.
        window: Business days.
    """
    connection = warehouse.connect()
    try:
        connection.autocommit = True
        name_session(connection, f"a backfill of {window}")
        # In order of time, so that no two wait for each other.
        for month in months(window):
            if not _try(connection, month):
                _wait(connection, month, window)
        yield Hold(connection)
    finally:
        connection.close()


def months(window: Window) -> range:
    """Numbers of the months that a window touches."""
    return range(_number(window.start), _number(window.last) + 1)


def holder(connection: psycopg.Connection, month: int) -> str:
    """Who holds a month, in words."""
    found = connection.execute(_HOLDER, (_CLASS, month)).fetchone()
    return str(found[0]) if found and found[0] else "another command"


def name_session(connection: psycopg.Connection, name: str) -> None:
    """Sets the `application_name` of a session; ignores a lost connection."""
    with suppress(psycopg.OperationalError):
        connection.execute("select set_config('application_name', %s, false)", (name,))


def _number(day: date) -> int:
    return day.year * 12 + day.month


def _try(connection: psycopg.Connection, month: int) -> bool:
    row = connection.execute("select pg_try_advisory_lock(%s, %s)", (_CLASS, month)).fetchone()
    return bool(row and row[0])


def _wait(connection: psycopg.Connection, month: int, window: Window) -> None:
    who = holder(connection, month)
    ERR.print(
        f"Waiting for {shown(who)}, which holds days of {window}. Ctrl-C gives up.", soft_wrap=True
    )
    connection.execute("select pg_advisory_lock(%s, %s)", (_CLASS, month))
