"""Delivery: what is pending in `ops.notifications` is sent, one process at a time.

A message that a channel does not take is tried again later, ever more rarely, for days. Each is
marked once it was taken; a process that is killed between the two sends it again, with the same key
in its header, by which a receiver may recognise it. Belongs here: the order, the retries and the
marks. Does not belong here: the text, and how a channel is reached.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import psycopg

from finplatform.errors import FinplatformError
from finplatform.notifications.channels import recipients, send
from finplatform.notifications.store import IncidentStore
from finplatform.notifications.wording import Event, message_of
from finplatform.settings import Settings
from finplatform.warehouse.database import Warehouse

LOGGER = logging.getLogger("finplatform.alerts")

_LOCK = 710_042_021
"""Advisory lock of the session that sends."""

_AT_ONCE = 50
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)
_MOST_ATTEMPTS = 80
"""About three days."""

# An end waits until the opening was sent on the same channel.
_PENDING = """
select notification_id, message_key, incident_id, event, channel, target, attempts
from ops.notifications as n
where state = 'pending' and due_at <= %(at)s and event in ('opened', 'ended')
    and not (event = 'ended' and exists (
        select from ops.notifications as before
        where before.incident_id = n.incident_id and before.event = 'opened'
            and before.channel = n.channel and before.target = n.target
            and before.state = 'pending' and before.due_at > %(at)s
    ))
order by notification_id
limit %(limit)s
"""

_SENT = """
update ops.notifications set
    state = 'sent', sent_at = %(at)s, attempts = attempts + 1, subject = %(subject)s,
    body = %(body)s
where notification_id = %(id)s
"""

_NOT_SENT = """
update ops.notifications set
    attempts = attempts + 1, due_at = %(due)s,
    state = case when attempts + 1 < %(most)s then 'pending' else 'abandoned' end
where notification_id = %(id)s
"""

_WITHHELD = "update ops.notifications set state = 'withheld' where notification_id = %(id)s"


class _Pending(NamedTuple):
    notification_id: int
    message_key: str
    incident_id: int
    event: Event
    channel: str
    target: str
    attempts: int


@dataclass(frozen=True)
class Delivered:
    """What a round of delivery did.

    Attributes:
        sent: Messages that channels took.
        failed: Messages that they did not take, which are tried again.
    """

    sent: int = 0
    failed: int = 0


def deliver(warehouse: Warehouse, settings: Settings, at: datetime) -> Delivered:
    """Sends what is due, in the order in which it happened.

    A channel that fails is left for this round: what waits behind it is not made to wait for its
    time-outs as well.

    Args:
        warehouse: The database.
        settings: Name the channels.
        at: Now.

    Returns:
        What was done; nothing while another process delivers.
    """
    sent = failed = 0
    down: set[str] = set()
    open_to = {(to.channel, to.target) for to in recipients(settings)}
    with warehouse.connect() as connection:
        connection.autocommit = True
        with _alone(connection) as is_alone:
            for row in _due(connection, at) if is_alone else ():
                if row.channel in down:
                    continue
                if (row.channel, row.target) not in open_to:
                    connection.execute(_WITHHELD, {"id": row.notification_id})
                elif _is_taken(connection, row, settings, at):
                    sent += 1
                else:
                    failed += 1
                    down.add(row.channel)
    return Delivered(sent, failed)


def _is_taken(
    connection: psycopg.Connection, row: _Pending, settings: Settings, at: datetime
) -> bool:
    """Sends one message and marks what became of it."""
    incident = IncidentStore(connection, ()).incident(row.incident_id, at)
    message = message_of(incident, row.event, f"{row.message_key} {row.channel}")
    try:
        is_taken = send(message, row.channel, row.target, settings)
    except FinplatformError as error:
        LOGGER.warning("%s", error)
        is_taken = False
    if is_taken:
        text = {"subject": message.subject, "body": message.body}
        connection.execute(_SENT, {"id": row.notification_id, "at": at, **text})
        return True
    LOGGER.warning("Channel %s did not take %s; it is tried again.", row.channel, row.message_key)
    due = at + min(_FIRST_WAIT * 2 ** min(row.attempts, 20), _LONGEST_WAIT)
    given = {"id": row.notification_id, "due": due, "most": _MOST_ATTEMPTS}
    connection.execute(_NOT_SENT, given)
    return False


def _due(connection: psycopg.Connection, at: datetime) -> list[_Pending]:
    rows = connection.execute(_PENDING, {"at": at, "limit": _AT_ONCE}).fetchall()
    return [_Pending(*row) for row in rows]


@contextmanager
def _alone(connection: psycopg.Connection) -> Iterator[bool]:
    """Whether this session is the one that delivers; the server forgets it if it dies."""
    row = connection.execute("select pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
    got = bool(row and row[0])
    try:
        yield got
    finally:
        if got and not connection.broken:
            connection.execute("select pg_advisory_unlock(%s)", (_LOCK,))
