"""`Hub`: one poll of the database for all watchers.

The first watcher starts it, and it ends after the last one has left. Every round sends what
changed, numbered, so that a browser that comes back is sent what it missed. Belongs here: watchers,
rounds and the loss of the database. Does not belong here: what is read (see `poll`, `pipeline`).
"""

import asyncio
import json
import logging
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import psycopg
from fastapi.sse import ServerSentEvent

from finplatform.api.database import DatabaseUnavailableError, Reader, Session
from finplatform.api.live.pipeline import Pipeline
from finplatform.api.live.poll import Poll
from finplatform.api.live.reading import Reading, Values

ROUND_SECONDS = 1.0
RETRY_MILLISECONDS = 1_000
"""How long a browser waits before it connects again."""

LARGEST_AUDIENCE = 200
_KEPT_ROUNDS = 120
_LONGEST_QUEUE = 60
_MEND_SECONDS = 30.0

_LOG = logging.getLogger(__name__)

_Queue = asyncio.Queue[tuple[int, ServerSentEvent] | None]


class DatabaseValues(Values):
    """The connection to the database.

    Attributes:
        poll_ms: Milliseconds that the statements took of the last round that had any.
    """

    poll_ms: float


class Hub:
    """Polls while there are watchers, and sends every round to all of them.

    Args:
        reader: Where its session comes from.
        poll: The sections that are read from the database.
        pipeline: The section that is read from the Dagster UI.
        bank: Name of the bank.
        round_s: Seconds between rounds.
    """

    def __init__(
        self,
        reader: Reader,
        poll: Poll,
        pipeline: Pipeline,
        bank: str,
        round_s: float = ROUND_SECONDS,
    ) -> None:
        self._reader, self._poll, self._pipeline = reader, poll, pipeline
        self._bank, self._round_s = bank, round_s
        self._life = uuid.uuid4().hex[:12]
        self._round = 0
        self._sections: dict[str, dict[str, Any]] = {}
        self._of_pipeline: Reading | None = None
        self._sent: deque[tuple[int, ServerSentEvent]] = deque(maxlen=_KEPT_ROUNDS)
        self._watchers: set[_Queue] = set()
        self._task: asyncio.Task[None] | None = None
        self._has_round = asyncio.Event()
        self._closing = asyncio.Event()

    @property
    def rounds(self) -> int:
        """Rounds so far."""
        return self._round

    @property
    def audience(self) -> int:
        """Number of watchers."""
        return len(self._watchers)

    @property
    def is_polling(self) -> bool:
        """Whether the database is looked at."""
        return self._task is not None and not self._task.done()

    @property
    def has_room(self) -> bool:
        """Whether one more may watch."""
        return not self._closing.is_set() and self.audience < LARGEST_AUDIENCE

    async def events(self, last_id: str | None = None) -> AsyncIterator[ServerSentEvent]:
        """What one watcher is sent, until it leaves or the hub is closed.

        Args:
            last_id: Id of the last event that the watcher got, if it comes back.
        """
        queue: _Queue = asyncio.Queue(_LONGEST_QUEUE)
        self._watchers.add(queue)
        try:
            self._start()
            await self._has_round.wait()
            shown = self._round
            for event in self._welcome(last_id):
                yield event
            while not self._closing.is_set() and (sent := await queue.get()) is not None:
                number, event = sent
                if number > shown:
                    yield event
        finally:
            self._watchers.discard(queue)

    async def close(self) -> None:
        """Ends the polling and all streams."""
        self._closing.set()
        self._end_streams()
        if self._task is not None:
            await asyncio.wait([self._task])
        await self._pipeline.close()

    def _start(self) -> None:
        if not self.is_polling and not self._closing.is_set():
            self._has_round.clear()
            self._poll.begin()
            self._task = asyncio.create_task(self._run(), name="live poll")
            self._task.add_done_callback(_note_failure)

    def _welcome(self, last_id: str | None) -> list[ServerSentEvent]:
        """The rounds that a watcher missed, or everything as it is now."""
        life, _, number = (last_id or "").partition(".")
        if life == self._life and number.isdecimal():
            missed = [event for sent, event in self._sent if sent > int(number)]
            if len(missed) == self._round - int(number):
                return missed
        return [self._event("snapshot", self._sections, retry=RETRY_MILLISECONDS)]

    async def _run(self) -> None:
        """Rounds until the last watcher leaves."""
        pipeline = asyncio.gather(self._watch_runs(), self._watch_checks())
        try:
            while self._is_wanted:
                try:
                    async with self._reader.session("live") as session:
                        await self._rounds(session)
                except (DatabaseUnavailableError, psycopg.Error) as error:
                    await self._lose(error)
        finally:
            pipeline.cancel()
            with suppress(asyncio.CancelledError):
                await pipeline
            # Remaining watchers reconnect, which starts another poll.
            self._end_streams()

    @property
    def _is_wanted(self) -> bool:
        return bool(self._watchers) and not self._closing.is_set()

    async def _rounds(self, session: Session) -> None:
        mend_at = time.monotonic() + _MEND_SECONDS
        while self._is_wanted:
            began = time.monotonic()
            found = await self._poll.read(session)
            if found:
                values = DatabaseValues(poll_ms=round((time.monotonic() - began) * 1000, 1))
                found["database"] = Reading.of("PostgreSQL", values)
            self._send(found)
            if began > mend_at:
                # Tables that came after the reader are opened to it.
                await self._reader.located()
                mend_at = began + _MEND_SECONDS
            await self._pause(self._round_s - (time.monotonic() - began))

    async def _lose(self, error: Exception) -> None:
        """A round without a database: its sections have no values until it is back."""
        is_explained = isinstance(error, DatabaseUnavailableError)
        gone = Reading.failed(str(error) if is_explained else "The database does not answer.")
        self._poll.begin()
        self._send(dict.fromkeys(("database", *self._poll.names), gone))
        await self._pause(self._round_s)

    async def _watch_runs(self) -> None:
        while True:
            self._of_pipeline = await self._pipeline.read()
            await asyncio.sleep(self._pipeline.pause_s)

    async def _watch_checks(self) -> None:
        while True:
            await self._pipeline.read_checks()
            await asyncio.sleep(1)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), max(seconds, 0.01))

    def _send(self, found: Mapping[str, Reading]) -> None:
        if self._of_pipeline is not None:
            found = {**found, "pipeline": self._of_pipeline}
        sections = {name: reading.as_json() for name, reading in found.items()}
        changed = {
            name: section
            for name, section in sections.items()
            if section != self._sections.get(name)
        }
        self._sections |= changed
        self._round += 1
        event = self._event("round", changed)
        self._sent.append((self._round, event))
        for queue in self._watchers:
            if queue.full():
                _end(queue)
            else:
                queue.put_nowait((self._round, event))
        self._has_round.set()

    def _event(
        self, name: str, sections: Mapping[str, Any], retry: int | None = None
    ) -> ServerSentEvent:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        body = {"at": at, "bank": self._bank, "sections": sections}
        return ServerSentEvent(
            raw_data=json.dumps(body, allow_nan=False),
            event=name,
            id=f"{self._life}.{self._round}",
            retry=retry,
        )

    def _end_streams(self) -> None:
        self._has_round.set()
        for queue in self._watchers:
            _end(queue)


def _note_failure(task: asyncio.Task[None]) -> None:
    """Logs what ended a poll that should have gone on."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _LOG.error("The poll of the live page failed", exc_info=error)


def _end(queue: _Queue) -> None:
    """Ends a watcher's stream; what it has not been sent is left out."""
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)
