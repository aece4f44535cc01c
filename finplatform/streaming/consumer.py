"""`Consumer`: reads messages from the channel, stores them, and acknowledges them once stored.

One consumer of the group is active, and the others stand by: it holds a lock on the connection that
it writes with, so that a consumer without a connection cannot store. One evaluator thus processes
all events in their order, and a consumer that takes over treats the messages of another one as
abandoned. Belongs here: the loop and the handling of faults. Does not belong here:
the transaction (see `landing`), and processes and signals (see `finplatform.cli.stream`).
"""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import redis
from adbc_driver_manager import Error as AdbcError
from adbc_driver_postgresql import dbapi

from finplatform.errors import FinplatformError
from finplatform.ingest.validate import ValidationContext
from finplatform.security.keys import MasterKey
from finplatform.streaming.evaluator import Evaluator, EvaluatorFactory
from finplatform.streaming.events import decode
from finplatform.streaming.landing import Landing
from finplatform.streaming.tables import create_tables
from finplatform.streaming.transport import Member, Message, Outcome, StreamUnavailableError
from finplatform.warehouse import bulk

WORKING_LOCK = 710_042_018
"""Advisory lock of the consumer that works."""

_CLOCKS_APART = timedelta(minutes=5)
"""How far a producer's clock may be ahead of this one."""

_NOT_OF_MESSAGES = ("28", "40", "42", "55")
"""Classes of SQLSTATE of faults that no message causes: rights, tables, locks, deadlocks."""

_LONGEST_PAUSE_S = 10.0

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where a consumer stores events.

    Attributes:
        url: libpq URL of the warehouse, in the bank's zone.
        master: Master key of its vault.
        first_day: First business day that events may be of.
        timezone: Zone of the bank's business days.
    """

    url: str
    master: MasterKey
    first_day: date
    timezone: str = "UTC"

    def validation_context(self, at: datetime) -> ValidationContext:
        """Validation context of events that arrive at an instant."""
        last = (at + _CLOCKS_APART).astimezone(ZoneInfo(self.timezone)).date()
        return ValidationContext(self.first_day, last, bank_timezone=self.timezone)


@dataclass(frozen=True)
class Pace:
    """How a consumer works.

    Attributes:
        batch: Most messages of a transaction.
        block_ms: Longest wait for messages, and so for a requested stop.
        retry_ms: Time after which a message is tried again that could not be handled.
        tries: Times that a message is tried before it is put away.
        trim_s: Seconds between removals of settled messages.
        pause_s: Seconds before a lost server, or the lock, is tried again.
    """

    batch: int = 1_000
    block_ms: int = 1_000
    retry_ms: int = 2_000
    tries: int = 5
    trim_s: float = 1.0
    pause_s: float = 0.5


@dataclass
class _Turn:
    """The time in which a consumer holds the lock."""

    landing: Landing
    evaluator: Evaluator
    most_faults: int = 0
    faults: int = field(default=0)


class _SystemicError(Exception):
    """Too many messages of a batch fail for the messages to be at fault."""


_WAITED_FOR = (FinplatformError, AdbcError, psycopg.Error, redis.RedisError, _SystemicError)
"""Errors that end a turn, which is retried after a pause."""


class Consumer:
    """A consumer of the group that stores events in the warehouse.

    Args:
        member: Takes messages from the stream's server.
        place: Where events are stored.
        make_evaluator: Makes an evaluator from the stored data.
        pace: Batch size, waits and retries.
        on_settled: Called with the outcomes of each batch.
    """

    def __init__(
        self,
        member: Member,
        place: Place,
        make_evaluator: EvaluatorFactory,
        pace: Pace | None = None,
        on_settled: Callable[[Sequence[Outcome]], None] | None = None,
    ) -> None:
        self._member = member
        self._place, self._make_evaluator = place, make_evaluator
        self._pace = pace or Pace()
        self._on_settled = on_settled or (lambda _: None)
        self._trim_at: float | None = None
        self._pause_s = self._pace.pause_s

    def run(self, stopping: threading.Event) -> None:
        """Works or stands by until `stopping` is set; the current batch is completed."""
        while not stopping.is_set():
            try:
                with self._turn(stopping) as turn:
                    if turn is not None:
                        self._work(turn, stopping)
            except _WAITED_FOR as error:
                _LOG.warning("The consumer waits %.1f s: %s", self._pause_s, _summary(error))
                stopping.wait(self._pause_s)
                self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
        with suppress(redis.RedisError, StreamUnavailableError):
            self._member.leave()

    @contextmanager
    def _turn(self, stopping: threading.Event) -> Iterator[_Turn | None]:
        """The time in which this consumer works; none if it is to stop before it gets the lock."""
        with bulk.connect(self._place.url) as connection:
            create_tables(connection)
            is_ours = _try_lock(connection)
            if not is_ours:
                _LOG.info("Another consumer works; this one stands by.")
            while not is_ours:
                if stopping.wait(self._pace.pause_s):
                    yield None
                    return
                is_ours = _try_lock(connection)
            yield _Turn(Landing(connection, self._place.master), self._make_evaluator())
            # The connection is used again by others of this process.
            bulk.execute(connection, f"select pg_advisory_unlock({WORKING_LOCK})")
            bulk.execute(connection, "discard temp")

    def _work(self, turn: _Turn, stopping: threading.Event) -> None:
        self._member.join()
        self._retry(turn, stopping, 0)
        retry_at = time.monotonic()
        while not stopping.is_set():
            messages = self._member.read(self._pace.batch, self._pace.block_ms)
            if messages:
                self._handle(turn, messages)
            if time.monotonic() >= retry_at:
                self._retry(turn, stopping, self._pace.retry_ms)
                retry_at = time.monotonic() + self._pace.retry_ms / 1_000
            self._trim()

    def _retry(self, turn: _Turn, stopping: threading.Event, idle_ms: int) -> None:
        for messages in self._member.abandoned(self._pace.batch, idle_ms):
            self._handle(turn, messages)
            if stopping.is_set():
                return

    def _handle(self, turn: _Turn, messages: Sequence[Message]) -> None:
        """Stores and settles a batch; messages that came often without success alone."""
        turn.faults, turn.most_faults = 0, max(len(messages) // 10, 1)
        together = [one for one in messages if one.deliveries <= self._pace.tries]
        if together:
            self._store(turn, together)
        for message in messages:
            if message.deliveries <= self._pace.tries:
                continue
            if self._member.attempts(message) > self._pace.tries:
                # Each consumer of it ended before it could record an error.
                self._give_up(turn, message, "its consumer ended each time")
            else:
                self._store(turn, [message])

    def _store(self, turn: _Turn, messages: Sequence[Message]) -> None:
        """Stores and settles messages; where they fail, their halves, down to those at fault."""
        at = datetime.now(UTC)
        try:
            batch = decode(messages, self._place.validation_context(at))
            outcomes = turn.landing.store(batch, turn.evaluator, at)
        except Exception as error:
            if _is_passing(error):
                raise
            turn.landing.undo()
            if len(messages) == 1:
                self._blame(turn, messages[0], error)
                return
            half = len(messages) // 2
            self._store(turn, messages[:half])
            self._store(turn, messages[half:])
            return
        self._settle(outcomes)

    def _blame(self, turn: _Turn, message: Message, error: Exception) -> None:
        """Leaves a message for another try, or puts it away after the last one."""
        turn.faults += 1
        if turn.faults > turn.most_faults:
            raise _SystemicError(_summary(error)) from error
        tries = self._member.attempts(message)
        _LOG.warning("Message %s fails (%s of %s): %s", message.id, tries, self._pace.tries,
                     _summary(error))  # fmt: skip
        if tries >= self._pace.tries:
            self._give_up(turn, message, f"handling it fails: {type(error).__name__}")

    def _give_up(self, turn: _Turn, message: Message, reason: str) -> None:
        self._settle(turn.landing.give_up(message, reason, datetime.now(UTC)))

    def _settle(self, outcomes: Sequence[Outcome]) -> None:
        self._member.settle(outcomes)
        self._on_settled(outcomes)
        self._pause_s = self._pace.pause_s
        if self._trim_at is None:
            self._trim_at = time.monotonic() + self._pace.trim_s

    def _trim(self) -> None:
        """Makes room for producers, once in a while after messages were settled."""
        if self._trim_at is not None and time.monotonic() >= self._trim_at:
            self._member.trim()
            self._trim_at = None


def _try_lock(connection: dbapi.Connection) -> bool:
    is_ours = bool(bulk.fetch_value(connection, f"select pg_try_advisory_lock({WORKING_LOCK})"))
    connection.commit()
    return is_ours


def _is_passing(error: Exception) -> bool:
    """Whether an error is transient and not caused by the messages."""
    if isinstance(error, AdbcError):
        return bulk.is_lost(error) or (error.sqlstate or "").startswith(_NOT_OF_MESSAGES)
    return isinstance(error, redis.RedisError | psycopg.OperationalError | psycopg.InterfaceError)


def _summary(error: BaseException) -> str:
    """An error as text without values of rows."""
    if isinstance(error, AdbcError):
        return bulk.reason(error)
    if isinstance(error, FinplatformError | redis.RedisError | _SystemicError):
        return str(error).splitlines()[0]
    places = traceback.extract_tb(error.__traceback__)
    where = f" in {places[-1].filename}, line {places[-1].lineno}" if places else ""
    return f"{type(error).__name__}{where}"
