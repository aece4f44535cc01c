"""`Pool`: connections that requests share.

Belongs here: a pool per application, on which each block of statements runs with the database role
of its caller, and a second way to the same database for what runs in threads. Does not belong here:
what is asked, and who the caller is (see `login`).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from finplatform.api.database import DatabaseUnavailableError, Session
from finplatform.api.login.identity import Identity
from finplatform.errors import FinplatformError
from finplatform.security.rights import load_rights
from finplatform.settings import Settings
from finplatform.warehouse.database import Warehouse, open_warehouse
from finplatform.warehouse.embedded import server_for
from finplatform.warehouse.reader_role import open_reader

MOST_CONNECTIONS = 10
_WAIT_SECONDS = 5.0
_IDLE_SECONDS = 300.0

_ACT_AS = """
select
    set_config('role', %(role)s, true), set_config('statement_timeout', %(timeout)s, true),
    set_config('transaction_read_only', 'on', true)
"""

_Connections = AsyncConnectionPool[psycopg.AsyncConnection[DictRow]]


class Pool:
    """Connections of one application, made when they are needed.

    Args:
        settings: Name the database.
        most: Connections at once, of each login.
    """

    def __init__(self, settings: Settings, most: int = MOST_CONNECTIONS) -> None:
        self._settings = settings
        self._most = most
        self._queries: _Connections | None = None
        self._logins: _Connections | None = None

    async def open(self) -> None:
        """Begins to lend connections."""
        self._queries = await self._opened("api", open_reader)
        self._logins = await self._opened("login", open_warehouse)

    async def close(self) -> None:
        """Closes all connections."""
        for pool in (self._queries, self._logins):
            if pool is not None:
                await pool.close()

    def stats(self) -> dict[str, int]:
        """Figures of the pool that queries run on, by psycopg's names."""
        return self._queries.get_stats() if self._queries else {}

    @asynccontextmanager
    async def session(self, caller: Identity) -> AsyncIterator[Session]:
        """One transaction that reads with the rights of a caller.

        Args:
            caller: Whose rights on tables, columns and rows count, and whose limit of time.

        Raises:
            DatabaseUnavailableError: If there is no connection to be had.
        """
        timeout = load_rights().roles[caller.role].statement_timeout
        async with self._lent(self._queries) as connection, connection.transaction():
            await connection.execute(_ACT_AS, {"role": "none", "timeout": timeout})
            yield Session(connection)

    @asynccontextmanager
    async def logins(self) -> AsyncIterator[Session]:
        """Statements on the tables of logins, each a transaction of its own.

        Raises:
            DatabaseUnavailableError: If there is no connection to be had.
        """
        async with self._lent(self._logins) as connection:
            yield Session(connection)

    async def warehouse_of(self, caller: Identity) -> Warehouse:
        """The warehouse with the rights of a caller, for what runs in a thread.

        Raises:
            DatabaseUnavailableError: If the server is stopped.
        """
        return await asyncio.to_thread(self._located, open_reader)

    async def _opened(
        self, purpose: str, locate: Callable[[Settings], Warehouse]
    ) -> _Connections:
        async def place() -> str:
            return (await asyncio.to_thread(self._located, locate)).url

        keywords: dict[str, Any] = {
            "autocommit": True,
            "row_factory": dict_row,
            "application_name": f"finplatform {purpose}",
        }
        pool: _Connections = AsyncConnectionPool(
            place,
            kwargs=keywords,
            min_size=0,
            max_size=self._most,
            open=False,
            timeout=_WAIT_SECONDS,
            max_idle=_IDLE_SECONDS,
            check=AsyncConnectionPool.check_connection,
            name=purpose,
        )
        await pool.open()
        return pool

    @asynccontextmanager
    async def _lent(
        self, pool: _Connections | None
    ) -> AsyncIterator[psycopg.AsyncConnection[DictRow]]:
        if pool is None or self._is_stopped():
            raise DatabaseUnavailableError(
                "The database is stopped.", "Start it with `finplatform up`."
            )
        try:
            connection = await pool.getconn()
        except PoolTimeout:
            raise DatabaseUnavailableError(
                "The database does not answer.", "See `finplatform doctor`."
            ) from None
        try:
            yield connection
        finally:
            await pool.putconn(connection)

    def _is_stopped(self) -> bool:
        settings = self._settings
        return settings.database_url is None and server_for(settings).status() is None

    def _located(self, locate: Callable[[Settings], Warehouse]) -> Warehouse:
        if self._is_stopped():
            raise DatabaseUnavailableError(
                "The database is stopped.", "Start it with `finplatform up`."
            )
        try:
            return locate(self._settings)
        except FinplatformError as error:
            raise DatabaseUnavailableError(error.message, error.hint) from None
