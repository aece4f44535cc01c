"""`Pool`: connections that requests share.

All log in as the API's own role, which has rights on the tables of logins alone; each block of
statements of a caller acts as the caller's database role. Belongs here: the pool, and a second way
to the same database for what runs in threads. Does not belong here: what is asked, and who the
caller is (see `login`).
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from finplatform.api.database import DatabaseUnavailableError, Session
from finplatform.api.login.identity import Identity
from finplatform.errors import FinplatformError
from finplatform.security.rights import load_rights
from finplatform.settings import Settings
from finplatform.warehouse.api_role import open_api
from finplatform.warehouse.database import DATABASE, Warehouse, open_warehouse
from finplatform.warehouse.embedded import server_for
from finplatform.warehouse.role_names import person_role

MOST_CONNECTIONS = 10
_WAIT_SECONDS = 5.0
_IDLE_SECONDS = 300.0
_TRUSTED_SECONDS = 5.0
_NEVER = float("-inf")

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
        most: Connections at once.
    """

    def __init__(self, settings: Settings, most: int = MOST_CONNECTIONS) -> None:
        self._settings = settings
        self._most = most
        self._pool: _Connections | None = None
        self._answered = _NEVER
        self._used: WeakKeyDictionary[psycopg.AsyncConnection[DictRow], float] = WeakKeyDictionary()

    async def open(self) -> None:
        """Begins to lend connections."""
        keywords: dict[str, Any] = {
            "autocommit": True,
            "row_factory": dict_row,
            "application_name": "finplatform api",
        }
        self._pool = AsyncConnectionPool(
            self._place,
            kwargs=keywords,
            min_size=0,
            max_size=self._most,
            open=False,
            timeout=_WAIT_SECONDS,
            max_idle=_IDLE_SECONDS,
            check=self._check,
            name="api",
        )
        await self._pool.open()

    async def close(self) -> None:
        """Closes all connections."""
        if self._pool is not None:
            await self._pool.close()

    def stats(self) -> dict[str, int]:
        """Figures of the pool, by psycopg's names."""
        return self._pool.get_stats() if self._pool else {}

    @asynccontextmanager
    async def session(self, caller: Identity) -> AsyncIterator[Session]:
        """One transaction that reads with the rights of a caller.

        Args:
            caller: Whose rights on tables, columns and rows count, and whose limit of time.

        Raises:
            DatabaseUnavailableError: If there is no connection to be had.
        """
        timeout = load_rights().roles[caller.role].statement_timeout
        async with self._lent() as connection, connection.transaction():
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
    async def _lent(self) -> AsyncIterator[psycopg.AsyncConnection[DictRow]]:
        if self._pool is None:
            raise DatabaseUnavailableError(*_STOPPED)
        if time.monotonic() - self._answered > _TRUSTED_SECONDS:
            # A stopped server is not waited for; looking for it opens a connection of its own.
            if await asyncio.to_thread(self._is_stopped):
                raise DatabaseUnavailableError(*_STOPPED)
            self._answered = time.monotonic()
        try:
            connection = await self._pool.getconn()
        except PoolTimeout:
            self._answered = _NEVER
            raise DatabaseUnavailableError(
                "The database does not answer.", "See `finplatform doctor`."
            ) from None
        try:
            yield connection
        finally:
            now = time.monotonic()
            self._used[connection] = now
            self._answered = _NEVER if connection.closed else now
            await self._pool.putconn(connection)

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
