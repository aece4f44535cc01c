"""Statements of people, from the embedded server's log into the audit trail.

The statements of a watched database role are logged by a superuser setting (`log_statement`) that
the role cannot change. The server writes a file of JSON lines per weekday; the read position is
stored in the transaction that records the events, so that every line is recorded once. Does not
belong here: other servers, whose logs the platform cannot read.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from finplatform.security.audit.events import Event, Outcome
from finplatform.settings import Settings
from finplatform.warehouse import audit_log
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.embedded.layout import Layout
from finplatform.warehouse.identifiers import quote

ACTION = "sql"
GAP = "sql log gap"

_SOURCE = "statements"
_MOST_BYTES = 16 * 1024 * 1024
_MOST_CHARACTERS = 1_900
_STATEMENT = re.compile(
    r"(?:statement|execute [^:]*|fastpath function call): (?P<text>.*)", re.DOTALL
)
_PASSWORD = re.compile(r"(\bpassword\s+)(?:e?'(?:[^'\\]|''|\\.)*'|\$(\w*)\$.*?\$\2\$)", re.I | re.S)
_NOT_ALLOWED = ("42501", "28000", "28P01")
"""SQLSTATEs of refused actions."""

_WATCHED = """
select rolname::text from pg_roles where rolconfig @> array['log_statement=all']
"""

_PEOPLE = "select role_name, person, role from access.people"

_PLACE = """
insert into audit.log_places (source, place) values (%(source)s, '{}')
on conflict (source) do nothing
"""


@dataclass(frozen=True)
class _LogSegment:
    """A segment of a log file.

    Attributes:
        name: The file.
        place: Position after the segment, as stored.
        lines: Whole lines.
        gap: Whether the file was truncated before its end was read.
        is_last: Whether it is the end of the logs.
    """

    name: str
    place: dict[str, Any]
    lines: list[bytes]
    gap: bool
    is_last: bool


def watch(connection: psycopg.Connection, role: str) -> None:
    """Enables logging of every statement of a role.

    Args:
        connection: Of a login that may set `log_statement` for others.
        role: A login; settings of groups are not inherited.

    Raises:
        psycopg.Error: If the login may not.
    """
    connection.execute(f"alter role {quote(role)} set log_statement = 'all'".encode())


def collect(settings: Settings, warehouse: Warehouse) -> int:
    """Records new statements of watched roles on this database.

    Args:
        settings: Home of the embedded server; other servers have no log here.
        warehouse: The database, as a login that may record.

    Returns:
        Number of recorded events.
    """
    if settings.database_url is not None:
        return 0
    folder = Layout(settings.home).log
    recorded = 0
    with audit_log.trail(warehouse) as connection:
        watched = _watched(connection)
        for path in sorted(folder.glob("*.json"), key=lambda found: found.stat().st_mtime):
            while True:
                part = _next_segment(connection, path)
                if part is None:
                    break
                events = list(_events(part, watched, str(warehouse.location.database)))
                _note(connection, part, events)
                recorded += len(events)
                if part.is_last:
                    break
    return recorded


def _watched(connection: psycopg.Connection) -> dict[str, tuple[str, str]]:
    """Name and role of the person of a watched database role, by the database role."""
    found = {name: (name, "-") for (name,) in connection.execute(_WATCHED)}
    row = connection.execute("select to_regclass('access.people') is not null").fetchone()
    if row and row[0]:
        people = {own: (person, role) for own, person, role in connection.execute(_PEOPLE)}
        found |= {own: person for own, person in people.items() if own in found}
    return found


def _next_segment(connection: psycopg.Connection, path: Path) -> _LogSegment | None:
    """The next unread segment, with the positions locked until the transaction ends."""
    connection.execute(_PLACE.encode(), {"source": _SOURCE})
    row = connection.execute(
        "select place from audit.log_places where source = %s for update", (_SOURCE,)
    ).fetchone()
    noted = (row[0] if row else {}).get(path.name, {})
    with path.open("rb") as file:
        first = file.readline()
        if not first.endswith(b"\n"):
            return None
        began = hashlib.sha256(first).hexdigest()
        is_same = noted.get("began") == began
        file.seek(noted["offset"] if is_same else 0)
        content = file.read(_MOST_BYTES)
    whole, _, rest = content.rpartition(b"\n")
    lines = whole.split(b"\n") if whole else []
    size = len(content) - len(rest)
    place = {
        "began": began,
        "offset": (noted["offset"] if is_same else 0) + size,
        "read_at": datetime.now(UTC).isoformat(),
        "first_at": _instant(_entry(first)).isoformat(),
    }
    return _LogSegment(
        path.name,
        place,
        lines,
        gap=bool(noted) and not is_same and not _was_read(noted),
        is_last=len(content) < _MOST_BYTES,
    )


def _was_read(noted: dict[str, Any]) -> bool:
    """Whether a weekday's file was read after its day, when it is no longer written."""
    day_after = datetime.fromisoformat(noted["first_at"]).date() + timedelta(days=1)
    return datetime.fromisoformat(noted["read_at"]).date() >= day_after


def _note(connection: psycopg.Connection, part: _LogSegment, events: list[Event]) -> None:
    connection.execute(
        "update audit.log_places set place = place || %s::jsonb where source = %s",
        (json.dumps({part.name: part.place}), _SOURCE),
    )
    if events:
        audit_log.record(connection, *events)
    connection.commit()


def _events(
    part: _LogSegment, watched: Mapping[str, tuple[str, str]], database: str
) -> Iterator[Event]:
    if part.gap:
        detail = {"file": part.name}
        yield Event("finplatform", "-", GAP, part.name, Outcome.FAILED, detail)
    for line in part.lines:
        entry = _entry(line)
        if entry.get("user") in watched and entry.get("dbname") == database:
            event = _event(entry, *watched[entry["user"]])
            if event is not None:
                yield event


def _event(entry: Mapping[str, Any], actor: str, role: str) -> Event | None:
    """The event of a log entry; None for an entry without a statement."""
    message = str(entry.get("message", ""))
    detail: dict[str, Any] = {
        "login": str(entry.get("user", "")),
        "session": str(entry.get("session_id", "")),
        "line": entry.get("line_num"),
        "application": str(entry.get("application_name", "")),
        "from": str(entry.get("remote_host", "")),
    }
    outcome = Outcome.OK
    on = str(entry.get("dbname", ""))
    if entry.get("error_severity") in ("ERROR", "FATAL"):
        code = str(entry.get("state_code", ""))
        outcome = Outcome.DENIED if code in _NOT_ALLOWED else Outcome.FAILED
        detail["sqlstate"] = code
        # Other messages quote values of rows.
        if outcome is Outcome.DENIED:
            detail["message"] = message
    else:
        found = _STATEMENT.match(message)
        if found is None:
            return None
        text = _PASSWORD.sub(r"\1'***'", found["text"])
        detail["statement"] = text[:_MOST_CHARACTERS]
        detail["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    return Event(actor, role, ACTION, on, outcome, detail, _instant(entry))


def _entry(line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _instant(entry: Mapping[str, Any]) -> datetime:
    """Instant of an entry; the server logs in UTC."""
    text = str(entry.get("timestamp", "")).removesuffix(" UTC")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return datetime.now(UTC)
