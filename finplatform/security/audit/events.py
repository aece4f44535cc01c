"""An event of the audit trail, and the bytes that its leaf is the hash of.

Belongs here: what is recorded of an access, and its one canonical form, which the database makes as
well (`audit.append_events`). Does not belong here: who records what.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from finplatform.security.audit.tree import leaf_hash

LONGEST_TEXT = 2_000
"""Characters of an actor, an object or a text of the detail; what is longer is cut."""

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
"""Characters that PostgreSQL's text does not hold."""


class Outcome(StrEnum):
    """Result of an action."""

    OK = "ok"
    DENIED = "denied"
    FAILED = "failed"


@dataclass(frozen=True)
class Event:
    """An action, or an attempted action, of a user or service.

    Attributes:
        actor: A user of the platform, an API client, a database role or a system account.
        role: Role of the actor, or `-`.
        action: A verb with its subject, such as `login`, `sql` or `GET /api/v1/accounts`.
        object: A path, a table, a customer's id or a run.
        outcome: Result of the action.
        detail: Further facts, as JSON.
        at: Time of the event; None for the time of recording.
    """

    actor: str
    role: str
    action: str
    object: str
    outcome: Outcome = Outcome.OK
    detail: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """The event as `audit.append_events` takes it."""
        event: dict[str, Any] = {
            "actor": _held(self.actor),
            "role": _held(self.role),
            "action": _held(self.action),
            "object": _held(self.object),
            "outcome": str(self.outcome),
            "detail": _held_json(self.detail),
        }
        if self.at is not None:
            event["at"] = self.at.astimezone(UTC).isoformat()
        return event


@dataclass(frozen=True)
class Row:
    """A stored event.

    Attributes:
        seq: Its place in the trail, from 1.
        at: When it happened, in microseconds since 1970, as the database writes them.
        recorded_at: When it was stored, likewise.
        recorded_by: The database login that stored it.
        actor: Actor of the event.
        role: Role of the actor.
        action: Action.
        object: Object of the action.
        outcome: Result of the action.
        detail: PostgreSQL's text of the stored `jsonb`.
        leaf: The stored hash.
    """

    seq: int
    at: str
    recorded_at: str
    recorded_by: str
    actor: str
    role: str
    action: str
    object: str
    outcome: str
    detail: str
    leaf: bytes

    def hash_as(self, seq: int) -> bytes:
        """Hash of the leaf that the row's content makes at a place.

        The text is a JSON array as PostgreSQL writes one, which no two different rows share.
        """
        texts = (self.recorded_by, self.actor, self.role, self.action, self.object, self.outcome)
        parts = (
            str(seq),
            self.at,
            self.recorded_at,
            *(json.dumps(text, ensure_ascii=False) for text in texts),
            self.detail,
        )
        return leaf_hash(f"[{', '.join(parts)}]".encode())

    @property
    def hash(self) -> bytes:
        """Hash of the leaf that the row's content makes at its own place."""
        return self.hash_as(self.seq)


def _held(text: str) -> str:
    """Text that the database holds as it is, cut where it is too long."""
    cut = text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
    return _NO_TEXT.sub("\ufffd", cut) or "-"


def _held_json(value: Any) -> Any:
    match value:
        case Mapping():
            return {_held(str(name)): _held_json(one) for name, one in value.items()}
        case list() | tuple():
            return [_held_json(one) for one in value]
        case bool() | int() | None:
            return value
    return _held(str(value))
