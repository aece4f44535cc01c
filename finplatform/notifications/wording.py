"""Messages about an incident's opening and its end: text for people, values for programs.

Belongs here: the text, made of what the store holds, in which there is nothing personal. Does not
belong here: sending it.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

from finplatform.notifications.channels import Message
from finplatform.notifications.incident import Severity
from finplatform.notifications.store import Incident

Event = Literal["opened", "ended"]


def message_of(incident: Incident, event: Event, key: str) -> Message:
    """The message about an incident's opening or end.

    Args:
        incident: The incident as it is now.
        event: Which of the two.
        key: What the message may be recognised by when it comes twice.
    """
    has_ended = event == "ended"
    label = "ended" if has_ended else incident.severity
    lines = [f"{incident.title}.", ""]
    if incident.counted is not None:
        lines.append(f"Count     {incident.counted:,}")
    lines += [f"Severity  {incident.severity}", f"Since     {_instant(incident.opened_at)}"]
    if has_ended and incident.ended_at is not None:
        lasted = _duration(incident.ended_at - incident.opened_at)
        lines.append(f"Ended     {_instant(incident.ended_at)}, after {lasted}")
    lines.append(f"Seen      {_times(incident.occurrences)}")
    if incident.held_table is not None and not has_ended:
        lines.append(f"Stopped   what is made from {incident.held_table}, until it is mended")
    if incident.link:
        lines.append(f"See       {incident.link}")
    if not has_ended:
        snooze = f"finplatform incidents snooze {incident.incident_id} --reason '...'"
        lines += ["", f"To keep it quiet: {snooze}"]
    return Message(
        key=key,
        subject=f"[finplatform] {label}: {incident.title}",
        body="\n".join(lines),
        severity=Severity(incident.severity),
        has_ended=has_ended,
        values=_values(incident, event),
    )


def _values(incident: Incident, event: Event) -> dict[str, Any]:
    return {
        "incident": incident.incident_id,
        "event": event,
        "kind": incident.kind,
        "severity": incident.severity,
        "subject": incident.subject,
        "count": incident.counted,
        "occurrences": incident.occurrences,
        "run_id": incident.run_id,
        "link": incident.link,
        "opened_at": incident.opened_at.isoformat(),
        "ended_at": incident.ended_at.isoformat() if incident.ended_at else None,
    }


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _duration(length: timedelta) -> str:
    minutes = int(length.total_seconds()) // 60
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // (24 * 60)} days"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
