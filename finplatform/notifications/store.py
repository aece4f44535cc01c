"""The store of incidents: what opens them, what keeps them open, what ends them.

There is one open incident a fingerprint. What is to be sent is written down in the transaction in
which an incident opens or ends, so that neither is lost or doubled by a restart. Belongs here: the
statements on `ops.incidents` and `ops.snoozes`, and the rows of `ops.notifications` that they call
for. Sending is in `delivery`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from finplatform.errors import FinplatformError, NothingFoundError
from finplatform.notifications.channels import Recipient
from finplatform.notifications.incident import Severity, Signal
from finplatform.windows import Window

_LOCK = 710_042_022
"""Advisory lock under which incidents open: two sessions must not open the same one."""

_GO_ON = """
update ops.incidents as i set
    severity = (array['info', 'warning', 'error', 'critical'])[greatest(
        array_position(array['info', 'warning', 'error', 'critical'], i.severity),
        array_position(array['info', 'warning', 'error', 'critical'], %(severity)s)
    )],
    title = %(title)s,
    counted = %(count)s,
    occurrences = i.occurrences + %(occurrences)s,
    run_id = %(run_id)s,
    link = %(link)s,
    held_table = coalesce(%(held_table)s, i.held_table),
    days = i.days + datemultirange(daterange(%(start)s, %(end)s)),
    last_seen_at = greatest(i.last_seen_at, %(at)s)
where i.fingerprint = %(fingerprint)s and i.ended_at is null
returning i.incident_id, i.severity
"""

_OPEN = """
insert into ops.incidents (
    fingerprint, kind, severity, subject, title, counted, run_id, link, held_table, days,
    opened_at, last_seen_at
) values (
    %(fingerprint)s, %(kind)s, %(severity)s, %(subject)s, %(title)s, %(count)s, %(run_id)s,
    %(link)s, %(held_table)s, datemultirange(daterange(%(start)s, %(end)s)), %(at)s, %(at)s
)
returning incident_id, severity
"""

_MEND = """
update ops.incidents set days = days - datemultirange(daterange(%(start)s, %(end)s))
where fingerprint = %(fingerprint)s and ended_at is null
returning incident_id, isempty(days)
"""

_END = """
update ops.incidents set ended_at = greatest(%(at)s, opened_at)
where incident_id = any(%(ids)s) and ended_at is null
returning incident_id
"""

# Of an incident that ends before the snooze of its opening does, nothing is sent.
_WITHHOLD = """
update ops.notifications set state = 'withheld'
where incident_id = any(%(ids)s) and event = 'opened' and state = 'pending' and attempts = 0
    and due_at > %(at)s
"""

_CALL_OPENING = """
insert into ops.notifications (message_key, incident_id, event, channel, target, due_at)
select
    'incident ' || i.incident_id || ' opened', i.incident_id, 'opened', to_.channel, to_.target,
    case
        when to_.channel = 'log' then %(at)s
        else greatest(%(at)s, coalesce(s.snoozed_until, %(at)s))
    end
from ops.incidents as i
cross join unnest(%(channels)s::text[], %(targets)s::text[]) as to_ (channel, target)
left join ops.snoozes as s on i.fingerprint = s.fingerprint
where i.incident_id = %(incident_id)s
on conflict (message_key, channel, target) do nothing
"""

_CALL_END = """
insert into ops.notifications (message_key, incident_id, event, channel, target, due_at)
select
    'incident ' || incident_id || ' ended', incident_id, 'ended', channel, target, %(at)s
from ops.notifications
where incident_id = any(%(ids)s) and event = 'opened' and state in ('pending', 'sent')
on conflict (message_key, channel, target) do nothing
"""

_SNOOZE = """
insert into ops.snoozes (fingerprint, snoozed_until, snoozed_by, reason, snoozed_at)
select fingerprint, %(until)s, %(by)s, %(reason)s, %(at)s
from ops.incidents where incident_id = %(incident_id)s
on conflict (fingerprint) do update set
    snoozed_until = excluded.snoozed_until, snoozed_by = excluded.snoozed_by,
    reason = excluded.reason, snoozed_at = excluded.snoozed_at
returning fingerprint
"""

# What has not been tried yet waits, or no longer waits, for the snooze.
_MOVE = """
update ops.notifications as n set due_at = greatest(i.opened_at, %(until)s)
from ops.incidents as i
where n.incident_id = i.incident_id and i.fingerprint = %(fingerprint)s and n.event = 'opened'
    and n.state = 'pending' and n.attempts = 0 and n.channel <> 'log'
"""

_LIST = """
select
    i.incident_id, i.kind, i.severity, i.subject, i.title, i.counted, i.occurrences, i.run_id,
    i.link, i.held_table, i.opened_at, i.last_seen_at, i.ended_at,
    case when s.snoozed_until > %(at)s then s.snoozed_until end as snoozed_until
from ops.incidents as i
left join ops.snoozes as s on i.fingerprint = s.fingerprint
where (%(ended)s or i.ended_at is null) and (%(id)s::bigint is null or i.incident_id = %(id)s)
order by i.ended_at is not null, i.opened_at desc, i.incident_id desc
limit %(limit)s
"""


@dataclass(frozen=True)
class Incident:
    """An incident as it is stored.

    Attributes:
        incident_id: Its number.
        kind: What sort of thing is wrong.
        severity: How bad it has been.
        subject: What it is about.
        title: One line for people.
        counted: Rows, files or alerts, where there is a number.
        occurrences: Number of occurrences.
        run_id: Run of its last occurrence.
        link: Page that shows more.
        held_table: Table whose readers are stopped while it is open.
        opened_at: Time of its first occurrence.
        last_seen_at: Time of its last occurrence.
        ended_at: When it was over; None while it is open.
        snoozed_until: Until when it is quiet; None if it is not.
    """

    incident_id: int
    kind: str
    severity: str
    subject: str
    title: str
    counted: int | None
    occurrences: int
    run_id: str | None
    link: str
    held_table: str | None
    opened_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None
    snoozed_until: datetime | None


class IncidentStore:
    """The incidents of a warehouse, within transactions of the caller.

    Args:
        connection: Session of the platform's login.
        recipients: Where new incidents are sent.
    """

    def __init__(self, connection: psycopg.Connection, recipients: Sequence[Recipient]) -> None:
        self._connection = connection
        self._recipients = recipients
        self._opened: set[str] | None = None

    def report(
        self, signal: Signal, at: datetime, days: Window | None = None, *, is_new: bool = True
    ) -> None:
        """Opens the incident of a signal, or notes that it goes on.

        Args:
            signal: What is wrong.
            at: Time of the occurrence.
            days: Business days that it is about; None: all.
            is_new: Whether it is a new occurrence, not a continuing one.
        """
        start, end = (days.start, days.end) if days else (None, None)
        given = {
            "fingerprint": signal.fingerprint, "kind": signal.kind,
            "severity": signal.severity.value, "subject": signal.subject,
            "title": signal.title, "count": signal.count, "run_id": signal.run_id,
            "link": signal.link, "held_table": signal.held_table,
            "start": start, "end": end, "at": at, "occurrences": int(is_new),
        }  # fmt: skip
        self._connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        for statement in (_GO_ON, _OPEN):
            row = self._connection.execute(statement, given).fetchone()
            if row is not None:
                self._call(row[0], Severity(row[1]), at)
                self._all_open().add(signal.fingerprint)
                return

    def mend(self, fingerprint: str, at: datetime, days: Window | None = None) -> None:
        """Takes days out of an open incident; ends it if none is left.

        Args:
            fingerprint: Of the incident.
            at: Time of the first healthy observation.
            days: Business days that are well; None: all.
        """
        if fingerprint not in self._all_open():
            return
        start, end = (days.start, days.end) if days else (None, None)
        row = self._connection.execute(
            _MEND, {"fingerprint": fingerprint, "start": start, "end": end}
        ).fetchone()
        if row is not None and row[1]:
            self.end([row[0]], at)

    def end(self, incidents: Sequence[int], at: datetime) -> None:
        """Ends incidents; the end is sent wherever the opening was.

        Args:
            incidents: Their numbers; those that have ended stay as they are.
            at: When they ended.
        """
        ended = self._connection.execute(_END, {"ids": list(incidents), "at": at}).fetchall()
        if ended:
            ids = {"ids": [number for (number,) in ended], "at": at}
            self._connection.execute(_WITHHOLD, ids)
            self._connection.execute(_CALL_END, ids)

    def reconcile(self, kind: str, signals: Iterable[Signal], at: datetime) -> None:
        """Makes the open incidents of a kind those of the signals that there are now.

        Args:
            kind: The kind.
            signals: All that is wrong now.
            at: When it was looked at.
        """
        present = set()
        for signal in signals:
            self.report(signal, at, is_new=False)
            present.add(signal.fingerprint)
        gone = [number for mark, number in self.open_incidents(kind).items() if mark not in present]
        if gone:
            self.end(gone, at)

    def open_incidents(self, kind: str) -> dict[str, int]:
        """Number of each open incident of a kind by its fingerprint."""
        rows = self._connection.execute(
            "select fingerprint, incident_id from ops.incidents"
            " where kind = %s and ended_at is null",
            (kind,),
        )
        return dict(rows.fetchall())

    def incidents(self, at: datetime, *, ended: bool = False, limit: int = 100) -> list[Incident]:
        """Incidents, the open ones first, the newest first.

        Args:
            at: Instant for which snoozes are judged.
            ended: Also those that are over.
            limit: Most of them.
        """
        return self._read(at, None, ended=ended, limit=limit)

    def incident(self, incident_id: int, at: datetime) -> Incident:
        """One incident.

        Raises:
            NothingFoundError: If there is none of that number.
        """
        found = self._read(at, incident_id, ended=True, limit=1)
        if not found:
            raise NothingFoundError(
                f"There is no incident {incident_id}.", "`finplatform incidents list` shows them."
            )
        return found[0]

    def snooze(self, incident_id: int, until: datetime, by: str, reason: str, at: datetime) -> None:
        """Keeps what is like an incident quiet until an instant.

        What opens meanwhile is sent when the snooze is over, unless it has ended by then. An
        instant that has passed ends a snooze.

        Args:
            incident_id: The incident.
            until: End of the snooze.
            by: Account that sets it.
            reason: Why.
            at: Now.

        Raises:
            FinplatformError: If there is no such incident, or no reason is given.
        """
        if not reason.strip():
            raise FinplatformError("A snooze needs a reason.", "Give one with --reason.")
        self.incident(incident_id, at)
        given = {
            "incident_id": incident_id, "until": until, "by": by, "reason": reason, "at": at,
        }  # fmt: skip
        row = self._connection.execute(_SNOOZE, given).fetchone()
        if row is not None:
            self._connection.execute(_MOVE, {"fingerprint": row[0], "until": until})

    def _read(
        self, at: datetime, incident_id: int | None, *, ended: bool, limit: int
    ) -> list[Incident]:
        with self._connection.cursor(row_factory=class_row(Incident)) as cursor:
            given = {"at": at, "id": incident_id, "ended": ended, "limit": limit}
            return cursor.execute(_LIST, given).fetchall()

    def _all_open(self) -> set[str]:
        """Fingerprints that may be open: most verdicts are of checks that passed before, too."""
        if self._opened is None:
            query = "select fingerprint from ops.incidents where ended_at is null"
            self._opened = {mark for (mark,) in self._connection.execute(query)}
        return self._opened

    def _call(self, incident_id: int, severity: Severity, at: datetime) -> None:
        chosen = [to for to in self._recipients if severity.rank >= to.least.rank]
        self._connection.execute(
            _CALL_OPENING,
            {
                "incident_id": incident_id,
                "channels": [to.channel for to in chosen],
                "targets": [to.target for to in chosen],
                "at": at,
            },
        )
