"""`Pool`: connections that requests share.

All log in as the API's own role, which has rights on the tables of logins only; each block of
statements of a caller runs as the caller's database role. Large queries have few connections of
their own with a queue, so that they do not delay short ones. Belongs here: the pool, and a second
path to the same database for threads. Does not belong here: statements, and the identity of the
caller (see `login`).
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests

from finplatform.api.database import BusyError, DatabaseUnavailableError, Session
from finplatform.api.login.identity import Identity
from finplatform.errors import FinplatformError
from finplatform.security.rights import load_rights
from finplatform.settings import Settings
from finplatform.warehouse.api_role import open_api
from finplatform.warehouse.database import DATABASE, Warehouse, open_warehouse
from finplatform.warehouse.embedded import server_for
from finplatform.warehouse.role_names import person_role


@dataclass(frozen=True)
class Line:
    """Connections of one kind of request, and the requests that wait for them.

    Attributes:
        connections: Connections at once.
        waiting: Requests that may wait; further ones are refused.
        seconds: How long a request waits before it is refused.
    """

    connections: int
    waiting: int
    seconds: float


@dataclass(frozen=True)
class Lines:
    """The lines of an application.

    Attributes:
        prompt: Of what is answered at once.
        heavy: Of what reads much.
    """

    prompt: Line = Line(connections=10, waiting=500, seconds=5.0)
    heavy: Line = Line(connections=2, waiting=60, seconds=20.0)


LINES = Lines()
"""Lines of an ordinary application: fifty people who open the same report at once wait, in turn."""

_IDLE_SECONDS = 300.0
_TRUSTED_SECONDS = 5.0
_NEVER = float("-inf")
_RETRY_SECONDS = 5
"""Seconds after which a refused request is worth another try."""

_ACT_AS = """
select
    set_config('role', %(role)s, true), set_config('statement_timeout', %(timeout)s, true),
    set_config('search_path', 'masked, gold, bi', true),
    set_config('transaction_read_only', 'on', true)
"""

_STOPPED = ("The database is stopped.", "Start it with `finplatform up`.")

_Connections = AsyncConnectionPool[psycopg.AsyncConnection[DictRow]]


class Pool:
    """Connections of one application, made when they are needed.

    Args:
        settings: Name the database.
        lines: Connections at once, and who may wait for them.
    """

    def __init__(self, settings: Settings, lines: Lines = LINES) -> None:
        self._settings = settings
        self._lines = lines
        self._prompt: _Connections | None = None
        self._heavy: _Connections | None = None
        self._answered = _NEVER
        self._out: Counter[str] = Counter()
        self._used: WeakKeyDictionary[psycopg.AsyncConnection[DictRow], float] = WeakKeyDictionary()

    async def open(self) -> None:
        """Begins to lend connections."""
        self._prompt = self._connections("api", self._lines.prompt)
        self._heavy = self._connections("api heavy", self._lines.heavy)
        await self._prompt.open()
        await self._heavy.open()

    def _connections(self, name: str, line: Line) -> _Connections:
        keywords: dict[str, Any] = {
            "autocommit": True,
            "row_factory": dict_row,
            "application_name": f"finplatform {name}",
        }
        return AsyncConnectionPool(
            self._place,
            kwargs=keywords,
            min_size=0,
            max_size=line.connections,
            max_waiting=line.waiting,
            open=False,
            timeout=line.seconds,
            max_idle=_IDLE_SECONDS,
            check=self._check,
            name=name,
        )

    async def close(self) -> None:
        """Closes all connections."""
        for pool in (self._prompt, self._heavy):
            if pool is not None:
                await pool.close()

    def stats(self) -> dict[str, int]:
        """Figures of both lines together, by psycopg's names."""
        summed: Counter[str] = Counter()
        for pool in (self._prompt, self._heavy):
            if pool is not None:
                summed.update(pool.get_stats())
        return dict(summed)

    @asynccontextmanager
    async def session(self, caller: Identity, *, is_heavy: bool = False) -> AsyncIterator[Session]:
        """One transaction that reads with the rights of a caller.

        Args:
            caller: Whose rights on tables, columns and rows count, and whose limit of time.
            is_heavy: Whether it reads much, and so waits in the line of what does.

        Raises:
            DatabaseUnavailableError: If there is no connection to be had.
            BusyError: If too many wait already, or for too long.
        """
        timeout = load_rights().roles[caller.role].statement_timeout
        async with self._lent(is_heavy=is_heavy) as connection, connection.transaction():
            values = {"role": self._role(caller, connection.info.dbname), "timeout": timeout}
            await connection.execute(_ACT_AS, values)
            yield Session(connection)

    @asynccontextmanager
    async def logins(self) -> AsyncIterator[Session]:
        """Statements on the tables of logins, each a transaction of its own.

        Raises:
            DatabaseUnavailableError: If there is no connection to be had.
        """
        async with self._lent() as connection:
            yield Session(connection)

    async def warehouse_of(self, caller: Identity) -> Warehouse:
        """The warehouse with the rights of a caller, for what runs in a thread.

        Raises:
            DatabaseUnavailableError: If the server is stopped.
        """
        found = await asyncio.to_thread(self._locate)
        role = self._role(caller, found.location.database or DATABASE)
        timeout = load_rights().roles[caller.role].statement_timeout
        acting = f"-crole={role} -cstatement_timeout={timeout} -csearch_path=masked,gold,bi"
        given = found.location.query.get("options")
        options = f"{given} {acting}" if given else acting
        return replace(found, location=found.location.update_query_dict({"options": str(options)}))

    async def owners_warehouse(self) -> Warehouse:
        """The warehouse as the platform's own login, for what a route writes by its own rules.

        Raises:
            DatabaseUnavailableError: If the server is stopped.
        """
        return await asyncio.to_thread(self._own)

    def _own(self) -> Warehouse:
        if self._is_stopped():
            raise DatabaseUnavailableError(*_STOPPED)
        return open_warehouse(self._settings)

    def _role(self, caller: Identity, database: str) -> str:
        return person_role(database, caller.name)

    async def _check(self, connection: psycopg.AsyncConnection[DictRow]) -> None:
        """Finds out whether a connection is still good, unless it was of use a moment ago."""
        if time.monotonic() - self._used.get(connection, 0) > _TRUSTED_SECONDS:
            await AsyncConnectionPool.check_connection(connection)

    async def _place(self) -> str:
        return (await asyncio.to_thread(self._locate)).url

    @asynccontextmanager
    async def _lent(
        self, *, is_heavy: bool = False
    ) -> AsyncIterator[psycopg.AsyncConnection[DictRow]]:
        pool = self._heavy if is_heavy else self._prompt
        if pool is None:
            raise DatabaseUnavailableError(*_STOPPED)
        if time.monotonic() - self._answered > _TRUSTED_SECONDS:
            # A stopped server is not waited for; looking for it opens a connection of its own.
            if await asyncio.to_thread(self._is_stopped):
                raise DatabaseUnavailableError(*_STOPPED)
            self._answered = time.monotonic()
        try:
            connection = await pool.getconn()
        except TooManyRequests:
            raise BusyError(_RETRY_SECONDS) from None
        except PoolTimeout:
            if self._out[pool.name]:
                # There are connections; others have them.
                raise BusyError(_RETRY_SECONDS) from None
            self._answered = _NEVER
            raise DatabaseUnavailableError(
                "The database does not answer.", "See `finplatform doctor`."
            ) from None
        self._out[pool.name] += 1
        try:
            yield connection
        finally:
            self._out[pool.name] -= 1
            now = time.monotonic()
            self._used[connection] = now
            self._answered = _NEVER if connection.closed else now
            await pool.putconn(connection)

    def _is_stopped(self) -> bool:
        settings = self._settings
        return settings.database_url is None and server_for(settings).status() is None

    def _locate(self) -> Warehouse:
        """The database with the API's login, which is made if need be."""
        if self._is_stopped():
            raise DatabaseUnavailableError(*_STOPPED)
        try:
            return open_api(self._settings)
        except FinplatformError as error:
            raise DatabaseUnavailableError(error.message, error.hint) from None
