"""Arrow connections that wait to be used again.

Opening one reads the server's whole catalogue of types, a tenth of a second that a run over a
hundred tables would pay hundreds of times. Belongs here: keeping, checking and closing idle
connections. Does not belong here: transactions (see `bulk`).
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
    """Connections of this process that nobody uses, by URL; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process = os.getpid()
        self._idle: defaultdict[str, list[dbapi.Connection]] = defaultdict(list)

    def take(self, url: str) -> dbapi.Connection | None:
        """An idle connection that still answers, in a new transaction; None if there is none."""
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
        """Keeps a connection whose transaction is over, with its session as it was when opened.

        Waiting, it is in no transaction, so that it holds nothing back at the server.
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
        """Closes what is idle."""
        with self._lock:
            connections = [one for waiting in self._idle.values() for one in waiting]
            self._idle.clear()
        for connection in connections:
            close(connection)

    def _pop(self, url: str) -> dbapi.Connection | None:
        with self._lock:
            if self._process != os.getpid():
                return None  # A forked process must not speak on its parent's connections.
            waiting = self._idle.get(url)
            return waiting.pop() if waiting else None


def close(connection: dbapi.Connection) -> None:
    """Closes a connection, whatever state it is in."""
    with suppress(AdbcError):
        connection.close()


POOL = ConnectionPool()
"""The idle connections of this process."""

atexit.register(POOL.close)
