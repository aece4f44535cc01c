"""Versions of entities from their changes, one entity at a time, written from the definition.

A second opinion for the tests: the standard library, and nothing of the package, which a test
enforces. Keep it slow and obvious; when it and the SQL differ, one of them is wrong.

The definition. A change says what an entity is from an instant on, or that it is gone. Of changes
at one instant the last in the source's log counts. A version is a longest stretch of time in which
the entity is there and its tracked attributes stay the same; other attributes are those of the
stretch's last change. The first version reaches back to the first instant of the day on which the
entity began, by the version's own account of it.
"""

from datetime import UTC, datetime, time
from typing import Any

Change = dict[str, Any]
Version = dict[str, Any]

END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)


def state_at(changes: list[Change], instant: datetime) -> Change | None:
    """The change that says what one entity is at an instant; None if it is not there."""
    known = [change for change in changes if change["changed_at"] <= instant]
    if not known:
        return None
    latest = max(known, key=lambda change: (change["changed_at"], change["lsn"]))
    return None if latest["op"] == "d" else latest


def versions(changes: list[Change], tracked: list[str]) -> list[Version]:
    """Versions of one entity, oldest first.

    Args:
        changes: Its changes in any order: op, changed_at, lsn, since, and attributes.
        tracked: Attributes whose change begins a version.
    """
    found: list[Version] = []
    current: Version | None = None
    for instant in sorted({change["changed_at"] for change in changes}):
        state = state_at(changes, instant)
        if current is not None and (
            state is None or any(state[name] != current["state"][name] for name in tracked)
        ):
            current["valid_to"] = instant
            current["is_deleted"] = state is None
            current = None
        if state is not None and current is None:
            current = {"valid_from": instant, "valid_to": END_OF_TIME, "is_deleted": False}
            found.append(current)
        if state is not None and current is not None:
            current["state"] = state
    if found and found[0]["state"]["since"] is not None:
        midnight = datetime.combine(found[0]["state"]["since"], time(), UTC)
        found[0]["valid_from"] = min(found[0]["valid_from"], midnight)
    return found
