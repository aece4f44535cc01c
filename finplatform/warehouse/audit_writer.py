"""`AuditWriter`: events of many concurrent requests, recorded together.

While one batch is committed the next one is collected, so that concurrent requests share a
transaction and its wait for the disk. Does not belong here: the recorded requests (see
`finplatform.api.audit`).
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import psycopg

from finplatform.errors import FinplatformError
from finplatform.security.audit.events import Event
from finplatform.warehouse.audit_log import APPEND, as_argument

Connect = Callable[[], Awaitable[psycopg.AsyncConnection]]
"""Opens a session of a login that may record."""

MOST_AT_ONCE = 500
_ATTEMPTS = 2
_WAIT_SECONDS = 10


class AuditUnavailableError(FinplatformError):
    """An event could not be recorded; its action must not continue."""

    def __init__(self) -> None:
        super().__init__(
            "The access could not be recorded, so it is refused.", "Try again in a few seconds."
        )


class AuditWriter:
    """Records events from one event loop.

    An event is in the trail, on disk, when `record` returns. If the session is lost while a batch
    commits, the batch is sent again and may then be in the trail twice (at least once).

    Args:
        connect: Opens a session.
    """

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._connection: psycopg.AsyncConnection | None = None
        self._waiting: list[tuple[Event, asyncio.Future[int]]] = []
        self._task: asyncio.Task[None] | None = None

    async def record(self, event: Event) -> int:
        """Records an event.

        Returns:
            Its number in the trail.

        Raises:
            AuditUnavailableError: If the recording is not confirmed.
        """
        loop = asyncio.get_running_loop()
        recorded: asyncio.Future[int] = loop.create_future()
        self._waiting.append((event, recorded))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._write())
        try:
            return await asyncio.wait_for(recorded, _WAIT_SECONDS)
        except TimeoutError:
            raise AuditUnavailableError from None

    async def close(self) -> None:
        """Records pending events, and closes the session."""
        if self._task is not None:
            await self._task
        await self._hang_up()

    async def _write(self) -> None:
        """Records batches until no events are pending."""
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            try:
                last = await self._append([event for event, _ in batch])
            except (psycopg.Error, OSError, FinplatformError):
                await self._hang_up()
                for _, recorded in batch:
                    if not recorded.done():
                        recorded.set_exception(AuditUnavailableError())
                continue
            for seq, (_, recorded) in enumerate(batch, last - len(batch) + 1):
                if not recorded.done():
                    recorded.set_result(seq)

    async def _append(self, events: list[Event]) -> int:
        """Number of the last event; a lost session is reopened once."""
        argument = as_argument(events)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                connection = await self._session()
                cursor = await connection.execute(APPEND, (argument,))
                row = await cursor.fetchone()
                if row is not None:
                    return int(row[0])
            except psycopg.OperationalError:
                if attempt == _ATTEMPTS:
                    raise
                await self._hang_up()
        raise AuditUnavailableError

    async def _session(self) -> psycopg.AsyncConnection:
        if self._connection is None or self._connection.closed:
            self._connection = await self._connect()
            await self._connection.set_autocommit(True)
        return self._connection

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, OSError):
                await connection.close()
