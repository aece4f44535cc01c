"""Section `captures`: positions of captured sources, and captured changes that are not loaded yet.

Does not belong here: figures of the source's server, such as its retained WAL (see `finplatform cdc
status`).
"""

from datetime import datetime

from finplatform.api.database import Session
from finplatform.api.live.reading import Moment, Reading, Values

_SOURCES, _CHANGES = "ops.captured_sources", "ops.captured_changes"

_CAPTURED = """
select
    count(*) as sources,
    count(error) as failing,
    min(captured_until) as captured_until,
    max(last_commit_at) as last_commit_at,
    coalesce(sum(changes), 0)::bigint as changes
from ops.captured_sources
"""

_WAITING = """
select coalesce(sum(changes), 0)::bigint as waiting, min(first_commit_at) as oldest_at
from ops.captured_changes
"""


class CaptureValues(Values):
    """Captured sources.

    Attributes:
        sources: Their number.
        failing: Those whose last capture failed.
        captured_until: Instant up to which all of them were captured.
        last_commit_at: Time of the last captured commit; null for none.
        changes: Changes captured so far.
        waiting: Those of them that no load has taken.
        oldest_at: When the oldest of these was committed; null for none.
    """

    sources: int
    failing: int
    captured_until: datetime
    last_commit_at: datetime | None
    changes: int
    waiting: int
    oldest_at: datetime | None


class Captures:
    """Watches captured sources."""

    name = "captures"
    relations = (_SOURCES, _CHANGES)

    async def read(self, session: Session, moment: Moment) -> Reading:
        """Reads how far they were followed."""
        if not moment.relations.keys() >= {_SOURCES, _CHANGES}:
            return Reading.missing("no source was followed by its log yet")
        captured = await session.row(_CAPTURED)
        if not captured["sources"]:
            return Reading.missing("no source is followed by its log")
        waiting = await session.row(_WAITING)
        return Reading.of(_SOURCES, CaptureValues(**captured, **waiting))
