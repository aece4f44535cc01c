"""Section `stream`: stored events, and the lag of consumers.

Stored events are read from the warehouse, the backlog from the stream's server, which may be down
while the warehouse is not. Belongs here: the section. Does not belong here: storing events (see
`finplatform.streaming`), and alerts on them (see `alerts`).
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import redis

from finplatform.api.database import Session
from finplatform.api.live.reading import Moment, Reading, Values
from finplatform.settings import Settings
from finplatform.streaming.client import connect_async, stream_location
from finplatform.streaming.names import CHANNEL, WAREHOUSE

_EVENTS, _LETTERS = "bronze.transaction_events", "ops.dead_letters"
_LONGEST_S = 1.0

_COUNTS = """
select
    count(*) filter (where received_at > now() - interval '1 minute') as last_minute,
    max(received_at) as last_at
from bronze.transaction_events where received_at > now() - interval '1 day'
"""

_LATEST = """
select
    event_id as id, source, transaction_type as kind, nullif(amount, 'NaN')::float8 as amount,
    currency, transaction_date as at, channel, status, received_at
from bronze.transaction_events where isfinite(transaction_date)
order by received_at desc, event_id desc limit 12
"""

_PUT_AWAY = "select count(*) as messages from ops.dead_letters"


class StreamEvent(Values):
    """One event, without identifiers of customers."""

    id: str
    source: str
    kind: str
    amount: float | None
    currency: str
    at: datetime
    channel: str
    status: str
    received_at: datetime


class Lag(Values):
    """Lag of the consumers.

    Attributes:
        messages: Messages in the stream.
        capacity: Messages that it may hold before producers wait.
        waiting: Messages that no consumer was given; null if the server has lost count.
        pending: Messages that were given and not settled.
        consumers: Consumers that work or stand by.
        oldest_at: When the oldest message that is not settled was sent; null for none.
    """

    messages: int
    capacity: int
    waiting: int | None
    pending: int
    consumers: int
    oldest_at: datetime | None


class StreamValues(Values):
    """The stream.

    Attributes:
        lag: What waits; null while the stream's server does not answer.
        last_minute: Events stored in the last 60 seconds.
        last_at: When the last event was stored; null for none of the last day.
        put_away: Messages that no consumer could handle.
        latest: The newest events, newest first.
    """

    lag: Lag | None
    last_minute: int
    last_at: datetime | None
    put_away: int
    latest: list[StreamEvent]


class StreamWatch:
    """Watches the stream.

    Args:
        settings: Name the stream's server.
    """

    name = "stream"
    relations = (_EVENTS, _LETTERS)

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def read(self, session: Session, moment: Moment) -> Reading:
        """Reads the state of the stream's server and the newest events."""
        lag = await self._lag()
        if _EVENTS not in moment.relations:
            if lag is None:
                location = stream_location(self._settings)
                return Reading.missing(f"the stream's server does not answer at {location}")
            return Reading.of(CHANNEL, _nothing_stored(lag))
        counts = await session.row(_COUNTS)
        latest = [StreamEvent(**row) for row in await session.rows(_LATEST)]
        put_away = 0
        if _LETTERS in moment.relations:
            put_away = (await session.row(_PUT_AWAY))["messages"]
        values = StreamValues(lag=lag, **counts, put_away=put_away, latest=latest)
        return Reading.of(CHANNEL, values)

    async def _lag(self) -> Lag | None:
        try:
            async with asyncio.timeout(_LONGEST_S), connect_async(self._settings) as client:
                return await _lag(client, self._settings.stream_capacity)
        except (redis.RedisError, OSError, TimeoutError):
            return None


def _nothing_stored(lag: Lag) -> StreamValues:
    return StreamValues(lag=lag, last_minute=0, last_at=None, put_away=0, latest=[])


async def _lag(client: Any, capacity: int) -> Lag:
    messages = await client.xlen(CHANNEL)
    group = await _group(client) if messages or await client.exists(CHANNEL) else None
    if group is None:
        return Lag(
            messages=messages,
            capacity=capacity,
            waiting=messages,
            pending=0,
            consumers=0,
            oldest_at=await _sent(client, "-") if messages else None,
        )
    oldest = None
    if group["pending"]:
        first = (await client.xpending(CHANNEL, WAREHOUSE))["min"]
        oldest = await _sent(client, first.decode()) if first is not None else None
    elif group["lag"] != 0:
        oldest = await _sent(client, f"({group['last-delivered-id'].decode()}")
    return Lag(
        messages=messages,
        capacity=capacity,
        waiting=group["lag"],
        pending=group["pending"],
        consumers=group["consumers"],
        oldest_at=oldest,
    )


async def _group(client: Any) -> Mapping[str, Any] | None:
    groups = await client.xinfo_groups(CHANNEL)
    return next((one for one in groups if one["name"] == WAREHOUSE.encode()), None)


async def _sent(client: Any, since: str) -> datetime | None:
    """When the first message from an id on was sent: its id begins with the millisecond."""
    rows = await client.xrange(CHANNEL, min=since, count=1)
    if not rows:
        return None
    return datetime.fromtimestamp(int(rows[0][0].partition(b"-")[0]) / 1_000, UTC)
