"""The state of the stream: backlog, consumers, stored events and dead letters.

Belongs here: reading it from the stream's server and the warehouse, each if it answers. Does not
belong here: printing it.
"""

import time
from dataclasses import dataclass
from datetime import datetime

import psycopg
import redis

from finplatform.settings import Settings
from finplatform.streaming.channel import Channel, GroupState
from finplatform.streaming.client import connect, stream_location
from finplatform.streaming.names import ALERTS, CHANNEL, DEAD_LETTERS

_STORED = """
select sum(event_count)::bigint, max(last_received_at) from ops.stream_days where channel = %s
"""
_PUT_AWAY = "select count(*) from ops.dead_letters where channel = %s"
_ALERTS = "select count(*) from bronze.stream_fraud_alerts"


@dataclass(frozen=True)
class ServerState:
    """State of the stream's server.

    Attributes:
        location: Its address.
        is_running: Whether it answers.
        capacity: Messages that the stream may hold.
        messages: Messages in the stream; 0 if it does not answer.
        groups: Position of each consumer group.
        alerts: Alerts that their stream holds.
        dead_letters: Dead letters that their stream holds.
    """

    location: str
    is_running: bool
    capacity: int
    messages: int = 0
    groups: tuple[GroupState, ...] = ()
    alerts: int = 0
    dead_letters: int = 0


@dataclass(frozen=True)
class StoredState:
    """Stored part of the stream's state.

    Attributes:
        events: Events stored.
        last_received_at: When the last of them was stored; None if there is none.
        alerts: Alerts raised.
        dead_letters: Stored dead letters.
    """

    events: int
    last_received_at: datetime | None
    alerts: int
    dead_letters: int


def server_state(settings: Settings) -> ServerState:
    """Reads the state of the stream's server."""
    location, capacity = stream_location(settings), settings.stream_capacity
    if settings.kinesis_url is not None:
        from finplatform.streaming.kinesis_stream import KinesisStream, is_active

        # Its retention is a time, and it counts no messages.
        is_running = is_active(KinesisStream.of(settings.kinesis_url))
        return ServerState(location, is_running=is_running, capacity=capacity)
    try:
        with connect(settings) as client:
            channel = Channel(client)
            return ServerState(
                location,
                is_running=True,
                capacity=capacity,
                messages=channel.length(),
                groups=tuple(channel.groups()),
                alerts=int(str(client.xlen(ALERTS))),
                dead_letters=int(str(client.xlen(DEAD_LETTERS))),
            )
    except redis.RedisError:
        return ServerState(location, is_running=False, capacity=capacity)


def stored_state(connection: psycopg.Connection) -> StoredState:
    """Reads the warehouse; all counts are zero before the first consumer has run.

    Args:
        connection: Session on the warehouse.
    """
    try:
        with connection.transaction():
            days = connection.execute(_STORED, (CHANNEL,)).fetchone()
            letters = connection.execute(_PUT_AWAY, (CHANNEL,)).fetchone()
            alerts = connection.execute(_ALERTS).fetchone()
    except psycopg.errors.UndefinedTable:
        return StoredState(0, None, 0, 0)
    events, last = days or (0, None)
    return StoredState(events or 0, last, (alerts or (0,))[0], (letters or (0,))[0])


def age_seconds(oldest_ms: int | None) -> float | None:
    """Age of a message; None if there is none.

    Args:
        oldest_ms: Its instant in milliseconds since the epoch.
    """
    return None if oldest_ms is None else max(time.time() - oldest_ms / 1_000, 0.0)
