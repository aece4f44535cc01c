"""The outbox relay: committed rows of the operational database, in order, to the stream.

Rows are read by their id and deleted once the stream's server has them on its disk. A relay that
was killed in between sends them again; the event's id marks the duplicates. One relay works at a
time, others wait for a lock. The order is causal: an application that reads a transaction's effects
writes its own event after it, so an event never overtakes one that it depends on. Does not belong
here: the table (see `finplatform.oltp.models`).
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import redis

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import PostgresSource, SourcesConfig
from finplatform.streaming.names import CHANNEL
from finplatform.streaming.transport import Sender, StreamUnavailableError
from finplatform.warehouse.identifiers import quote

WORKING_LOCK = 710_042_019
"""Advisory lock of the relay that works."""

_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.02, 0.5
_AFTER_LOSS_S, _LONGEST_LOSS_S = 0.5, 10.0

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class OutboxPlace:
    """Where an outbox is.

    Attributes:
        url: libpq URL of its database.
        schema: Its schema.
    """

    url: str
    schema: str

    @property
    def table(self) -> str:
        """Quoted name of the table."""
        return f"{quote(self.schema)}.outbox"


def outbox_place(sources: SourcesConfig, warehouse_url: str) -> OutboxPlace:
    """The outbox of the configured sources.

    Args:
        sources: The source configuration.
        warehouse_url: The platform's own database, for a source without a URL.

    Raises:
        FinplatformError: If no source has an outbox.
    """
    for source in sources.sources.values():
        if isinstance(source, PostgresSource) and source.outbox:
            return OutboxPlace(source.location(warehouse_url), source.schema_name)
    raise FinplatformError(
        "No source of the configuration has an outbox.",
        "Set `outbox: true` on the source whose schema has a table `outbox`.",
    )


class Relay:
    """Sends what waits in an outbox.

    Args:
        place: The outbox.
        sender: Puts events on the stream.
        capacity: Messages that the stream may hold; while it is full, events wait here.
        batch: Most events that are sent at once.
    """

    def __init__(self, place: OutboxPlace, sender: Sender, capacity: int, batch: int = 500) -> None:
        self._place = place
        self._sender = sender
        self._capacity = capacity
        self._loss_s = _AFTER_LOSS_S
        self._read = (
            "select outbox_id, (event || jsonb_build_object("
            "'event_id', event_id, 'source', 'core'))::text"
            f" from {place.table} where channel = '{CHANNEL}' order by outbox_id limit {batch}"
        ).encode()
        self._delete = f"delete from {place.table} where outbox_id = any(%s)".encode()

    def run(self, stopping: threading.Event) -> None:
        """Sends or stands by until `stopping` is set."""
        while not stopping.is_set():
            try:
                with self._turn(stopping) as connection:
                    self._work(connection, stopping)
            except (psycopg.Error, redis.RedisError, StreamUnavailableError) as error:
                _LOG.warning("The relay waits %.1f s: %s", self._loss_s, _summary(error))
                stopping.wait(self._loss_s)
                self._loss_s = min(2 * self._loss_s, _LONGEST_LOSS_S)

    def send(self, connection: psycopg.Connection) -> int:
        """Sends the first events that wait, as far as the stream has room; returns their number."""
        waiting = connection.execute(self._read).fetchall()
        if not waiting:
            return 0
        sent = self._sender.offer([event for _, event in waiting], self._capacity)
        if sent:
            connection.execute(self._delete, ([number for number, _ in waiting[:sent]],))
        return sent

    def _work(self, connection: psycopg.Connection, stopping: threading.Event) -> None:
        pause = _SHORTEST_PAUSE_S
        while not stopping.is_set():
            sent = self.send(connection)
            self._loss_s = _AFTER_LOSS_S
            if sent:
                pause = _SHORTEST_PAUSE_S
            else:
                stopping.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_S)

    @contextmanager
    def _turn(self, stopping: threading.Event) -> Iterator[psycopg.Connection]:
        """A connection that holds the lock; None once stopped."""
        with psycopg.connect(self._place.url, autocommit=True) as connection:
            while not _try_lock(connection) and not stopping.wait(_LONGEST_PAUSE_S):
                pass
            yield connection


def _try_lock(connection: psycopg.Connection) -> bool:
    row = connection.execute("select pg_try_advisory_lock(%s)", (WORKING_LOCK,)).fetchone()
    return bool(row and row[0])


def _summary(error: Exception) -> str:
    """An error in words without values of rows."""
    if isinstance(error, psycopg.Error):
        return error.diag.message_primary or type(error).__name__
    return str(error).splitlines()[0]
