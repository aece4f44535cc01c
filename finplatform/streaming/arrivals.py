"""Arrivals: business days with new events since a cursor, and since their last load.

A cursor is a transaction id of the database. A day is returned once the transaction of its events
and all older ones have ended: no day is missed, and none is returned twice for the same events. A
query reads one row a day, whatever the number of events. Belongs here: days and cursors. Does not
belong here: requesting runs (see
`finplatform.orchestration.sensors`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import psycopg

from finplatform.streaming.names import CHANNEL

START = "0"
"""Cursor before the first request."""

_SINCE = """
with position as (
    select
        pg_snapshot_xmin(pg_current_snapshot()) as horizon,
        pg_snapshot_xmax(pg_current_snapshot()) as following,
        case
            -- A cursor of another server or timeline: all days are new.
            when %(cursor)s::xid8 > pg_snapshot_xmax(pg_current_snapshot()) then '0'::xid8
            else %(cursor)s::xid8
        end as known
)

select position.horizon::text, days.business_date
from position left join ops.stream_days as days
    on
        days.channel = %(channel)s
        and days.xid >= position.known
        -- Rows of another server are returned once, for such a cursor or the first one.
        and (
            days.xid < position.horizon
            or (position.known = '0'::xid8 and days.xid >= position.following)
        )
order by days.business_date
"""

_LOADS = """
select
    days.business_date, days.event_count, days.last_received_at, max(loads.loaded_at),
    clock_timestamp()
from ops.stream_days as days
left join ops.load_log as loads
    on
        loads.table_name = %(table)s
        and loads.window_start <= days.business_date
        and loads.window_end > days.business_date
where days.channel = %(channel)s and days.business_date = any(%(days)s)
group by days.business_date, days.event_count, days.last_received_at
order by days.business_date
"""


@dataclass(frozen=True)
class Arrivals:
    """What has come.

    Attributes:
        days: Business days with new events, in order.
        cursor: Where to go on from the next time.
    """

    days: Sequence[date]
    cursor: str


def days_since(connection: psycopg.Connection, cursor: str = START) -> Arrivals:
    """Business days whose events have come since a cursor.

    Args:
        connection: Session on the warehouse.
        cursor: From the last call; `START` at first.
    """
    found = connection.execute("select to_regclass('ops.stream_days') is not null").fetchone()
    if not (found and found[0]):
        return Arrivals((), cursor)
    given = {"cursor": cursor, "channel": CHANNEL}
    rows = connection.execute(_SINCE, given).fetchall()
    return Arrivals([day for _, day in rows if day is not None], str(rows[0][0]))


@dataclass(frozen=True)
class StreamedDay:
    """A business day of the stream.

    Attributes:
        day: The day.
        event_count: Events that have come of it.
        last_received_at: When the last of them was stored.
        load_began_at: When the last load of the day began; None if it was never loaded.
        looked_at: Now, on the clock that load_began_at is of.
    """

    day: date
    event_count: int
    last_received_at: datetime
    load_began_at: datetime | None
    looked_at: datetime

    @property
    def mark(self) -> str:
        """Text that is another one whenever there are more events."""
        return f"{self.day}:{self.event_count}:{self.last_received_at.isoformat()}"


def streamed_days(
    connection: psycopg.Connection, days: Sequence[date], table: str
) -> list[StreamedDay]:
    """What has come of business days, and when a table was last loaded for them.

    Args:
        connection: Session on the warehouse.
        days: The days; those without an event are left out.
        table: `schema.table` that the events are loaded into.
    """
    given = {"channel": CHANNEL, "days": list(days), "table": table}
    return [StreamedDay(*row) for row in connection.execute(_LOADS, given).fetchall()]
