"""Connection pool of Arrow connections.

Opening a connection reads the server's catalogue of types, which takes a tenth of a second and
would be repeated for each of hundreds of tables. Does not belong here: transactions (see `bulk`).
"""

import atexit
import os
from collections import defaultdict
from contextlib import suppress
from threading import Lock

from adbc_driver_manager import Error as AdbcError
from adbc_driver_postgresql import dbapi

_KEPT_PER_URL = 4


class ConnectionPool:
    """Idle connections of this process by URL; thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process = os.getpid()
        self._idle: defaultdict[str, list[dbapi.Connection]] = defaultdict(list)

    def take(self, url: str) -> dbapi.Connection | None:
        """A working idle connection in a new transaction; None if there is none."""
        while (connection := self._pop(url)) is not None:
            try:
                with connection.cursor() as cursor:
                    cursor.execute("select 1")
                    cursor.fetchone()
                connection.adbc_connection.set_autocommit(False)
            except AdbcError:
                close(connection)
                continue
            return connection
        return None

    def give(self, url: str, connection: dbapi.Connection) -> None:
        """Returns a connection after its transaction to the pool, with its session reset.

        An idle connection is in no transaction, so that it blocks no vacuum.
        """
        try:
            connection.adbc_connection.set_autocommit(True)
            with connection.cursor() as cursor:
                cursor.execute("reset all")
        except AdbcError:
            close(connection)
            return
        with self._lock:
            waiting = self._idle[url]
            is_kept = self._process == os.getpid() and len(waiting) < _KEPT_PER_URL
            if is_kept:
                waiting.append(connection)
        if not is_kept:
            close(connection)

    def close(self) -> None:
        """Closes all idle connections."""
        with self._lock:
            connections = [one for waiting in self._idle.values() for one in waiting]
            self._idle.clear()
        for connection in connections:
            close(connection)

    def _pop(self, url: str) -> dbapi.Connection | None:
        with self._lock:
            if self._process != os.getpid():
                return None  # A forked process must not use its parent's connections.
            waiting = self._idle.get(url)
            return waiting.pop() if waiting else None


def close(connection: dbapi.Connection) -> None:
    """Closes a connection in any state."""
    with suppress(AdbcError):
        connection.close()


POOL = ConnectionPool()
"""The connection pool of this process."""

atexit.register(POOL.close)
