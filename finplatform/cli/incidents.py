"""`finplatform incidents`: what is wrong, and what was sent of it.

Belongs here: printing incidents and what was sent, snoozing, and trying the channels. Does not
belong here: what makes an incident (see `finplatform.notifications`).
"""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from finplatform.cli.output import OUT, print_json, print_table, styled
from finplatform.errors import FinplatformError
from finplatform.notifications import links
from finplatform.notifications.channels import Message, recipients, send
from finplatform.notifications.store import Incident, IncidentStore
from finplatform.settings import Settings, get_settings
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.audit_log import record_command
from finplatform.warehouse.database import open_warehouse

_STYLES = {"critical": "bold red", "error": "red", "warning": "yellow", "info": "dim"}
_SENT = """
select event, channel, target, state, attempts, sent_at
from ops.notifications where incident_id = %s order by notification_id
"""


def list_incidents(*, ended: bool, limit: int, as_json: bool) -> None:
    """Prints incidents.

    Args:
        ended: Also closed ones.
        limit: Most of them.
        as_json: Print JSON.
    """
    with _session(get_settings()) as connection:
        found = IncidentStore(connection, ()).incidents(datetime.now(UTC), ended=ended, limit=limit)
    if as_json:
        print_json([vars(incident) for incident in found])
    elif not found:
        OUT.print("No incident is open." if not ended else "There has been no incident.")
    else:
        print_table(
            "",
            ("number", "severity", "what", "count", "seen", "since", "state"),
            [
                (
                    incident.incident_id,
                    styled((incident.severity, _STYLES[incident.severity])),
                    incident.title,
                    incident.counted,
                    incident.occurrences,
                    f"{incident.opened_at:%Y-%m-%d %H:%M}",
                    _state(incident),
                )
                for incident in found
            ],
            numbers=(0, 3, 4),
        )


def show(number: int, *, as_json: bool) -> None:
    """Prints one incident with what was sent of it.

    Raises:
        FinplatformError: If there is none of that number.
    """
    with _session(get_settings()) as connection:
        incident = IncidentStore(connection, ()).incident(number, datetime.now(UTC))
        sent = connection.execute(_SENT, (number,)).fetchall()
    names = ("event", "channel", "target", "state", "attempts", "sent_at")
    if as_json:
        messages = [dict(zip(names, row, strict=True)) for row in sent]
        print_json({**vars(incident), "notifications": messages})
        return
    OUT.print(styled((incident.severity, _STYLES[incident.severity]), f" {incident.title}"))
    since = f"{incident.opened_at:%Y-%m-%d %H:%M} UTC"
    OUT.print(styled(f"since {since}, {incident.occurrences} occurrences; {_state(incident)}"))
    if incident.held_table is not None and incident.ended_at is None:
        OUT.print(styled(f"stops what is made from {incident.held_table}"))
    if incident.run_id is not None:
        OUT.print(styled(f"last in run {incident.run_id}"))
    if incident.link:
        OUT.print(styled(incident.link))
    print_table("Sent", names, sent, numbers=(4,))


def snooze(number: int, reason: str, hours: float, *, as_json: bool) -> None:
    """Keeps what is like an incident quiet; recorded in the audit trail.

    Raises:
        FinplatformError: If there is none of that number, or no reason is given.
    """
    settings, at = get_settings(), datetime.now(UTC)
    until = at + timedelta(hours=hours)
    with _session(settings) as connection:
        store = IncidentStore(connection, ())
        incident = store.incident(number, at)
        detail = {"hours": hours, "reason": reason}
        record_command(settings, "incidents snooze", f"incident {number}", detail)
        store.snooze(number, until, getpass.getuser(), reason, at)
    if as_json:
        print_json({"incident_id": number, "snoozed_until": until if hours else None})
    elif hours:
        OUT.print(styled(f"Quiet until {until:%Y-%m-%d %H:%M} UTC: {incident.title}."))
    else:
        OUT.print(styled(f"No longer quiet: {incident.title}."))


def try_channels(*, as_json: bool) -> None:
    """Sends a message to every recipient.

    Raises:
        FinplatformError: If one does not take it.
    """
    settings = get_settings()
    body = f"This message tries the channel. Nothing is wrong.\n\n{links.start_page(settings)}"
    taken: list[dict[str, Any]] = []
    for to in recipients(settings):
        message = Message("test", "[finplatform] test", body, values={"event": "test"})
        is_taken = send(message, to.channel, to.target, settings)
        taken.append({"channel": to.channel, "target": to.target, "is_taken": is_taken})
    if as_json:
        print_json(taken)
    else:
        rows = [(t["channel"], t["target"] or None, _word(t["is_taken"])) for t in taken]
        print_table("", ("channel", "target", "taken"), rows)
    if not all(to["is_taken"] for to in taken):
        raise FinplatformError(
            "A channel did not take the message.", "See its settings in docs/alerts.md."
        )


def _word(is_taken: bool) -> str:
    return "yes" if is_taken else "no"


def _state(incident: Incident) -> str:
    if incident.ended_at is not None:
        return f"ended {incident.ended_at:%Y-%m-%d %H:%M}"
    if incident.snoozed_until is not None:
        return f"quiet until {incident.snoozed_until:%Y-%m-%d %H:%M}"
    return "open"


@contextmanager
def _session(settings: Settings) -> Iterator[psycopg.Connection]:
    """A transaction of the platform's login, with the tables of operations in place."""
    warehouse = open_warehouse(settings)
    with bulk.connect(warehouse.url) as connection:
        ddl.create_schemas(connection)
    with warehouse.connect() as session:
        yield session
