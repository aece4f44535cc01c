"""Arrivals: business days whose events have come since somebody last asked.

A cursor is a transaction id of the database. A day is given once the transaction that brought its
events has ended, and no older one is open that might bring more: none is missed, and none is given
twice for the same events. What is read is a row a day, whatever the number of events. Belongs here:
days and cursors. Does not belong here: what is done about them (see
`finplatform.orchestration.sensors`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import psycopg

from finplatform.streaming.names import CHANNEL

START = "0"
"""Cursor of who has asked for nothing yet."""

_SINCE = """
with position as (
    select
        pg_snapshot_xmin(pg_current_snapshot()) as horizon,
        pg_snapshot_xmax(pg_current_snapshot()) as following,
        case
            -- Of another server, or of another history of this one: everything is news.
            when %(cursor)s::xid8 > pg_snapshot_xmax(pg_current_snapshot()) then '0'::xid8
            else %(cursor)s::xid8
        end as known
)

select position.horizon::text, days.business_date
from position left join ops.stream_days as days
    on
        days.channel = %(channel)s
        and days.xid >= position.known
        -- Rows of another server are told once, to who begins or comes from there.
        and (
            days.xid < position.horizon
            or (position.known = '0'::xid8 and days.xid >= position.following)
        )
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
