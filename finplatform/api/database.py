"""Connections of the API to the warehouse: asynchronous, and as the role that can only read.

Belongs here: finding the database without starting it, opening a session, and running statements.
Does not belong here: the statements.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row

from finplatform.errors import FinplatformError
from finplatform.settings import Settings
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.embedded import server_for
from finplatform.warehouse.reader_role import open_reader

_CONNECT_SECONDS = 5
_STATEMENT_TIMEOUT = "5s"


class DatabaseUnavailableError(FinplatformError):
    """The database is stopped, does not answer, or has no login that can only read."""


class BusyError(FinplatformError):
    """More queries are waiting than the database should run.

    Args:
        seconds: Time after which to retry.
    """

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "Too many queries are waiting for the database.", f"Try again in {seconds} seconds."
        )
        self.seconds = seconds


class Session:
    """One connection, each statement a transaction of its own.

    Args:
        connection: The connection, in autocommit.
    """

    def __init__(self, connection: psycopg.AsyncConnection[DictRow]) -> None:
        self._connection = connection

    @property
    def is_lost(self) -> bool:
        """Whether the server has gone away."""
        return self._connection.closed

    async def rows(
        self, statement: str, values: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Rows of a statement, each by column name.

        Raises:
            psycopg.Error: If the statement fails, or the connection does.
        """
        cursor = await self._connection.execute(statement.encode(), values)
        return await cursor.fetchall()

    async def row(self, statement: str, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The one row of a statement."""
        (found,) = await self.rows(statement, values)
        return found

    async def execute(self, statement: str, values: Mapping[str, Any] | None = None) -> int:
        """Runs a statement that gives no rows; returns how many it changed.

        Raises:
            psycopg.Error: If the statement fails, or the connection does.
        """
        return (await self._connection.execute(statement.encode(), values)).rowcount


class Reader:
    """Where sessions of the API come from.

    Args:
        settings: Name the database.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @asynccontextmanager
    async def session(self, purpose: str = "api") -> AsyncIterator[Session]:
        """A session for the length of a block.

        Args:
            purpose: Shown in the server's list of sessions, after `finplatform`.

        Raises:
            DatabaseUnavailableError: If there is none to be had; a stopped server stays stopped.
        """
        warehouse = await self.located()
        try:
            connection = await psycopg.AsyncConnection.connect(
                warehouse.url,
                autocommit=True,
                row_factory=dict_row,
                application_name=f"finplatform {purpose}",
                connect_timeout=_CONNECT_SECONDS,
            )
        except psycopg.OperationalError:
            raise DatabaseUnavailableError(
                "The database does not answer.", "See `finplatform doctor`."
            ) from None
        async with connection:
            await connection.execute(f"set statement_timeout = '{_STATEMENT_TIMEOUT}'".encode())
            yield Session(connection)

    async def located(self) -> Warehouse:
        """The warehouse with the reader's login; missing rights of the reader are granted.

        Raises:
            DatabaseUnavailableError: If the server is stopped, or has no such login.
        """
        return await asyncio.to_thread(self._locate)

    def _locate(self) -> Warehouse:
        settings = self._settings
        if settings.database_url is None and server_for(settings).status() is None:
            raise DatabaseUnavailableError(
                "The database is stopped.", "Start it with `finplatform up`."
            )
        try:
            return open_reader(settings)
        except FinplatformError as error:
            raise DatabaseUnavailableError(error.message, error.hint) from None
