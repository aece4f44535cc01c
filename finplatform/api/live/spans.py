"""Sums over spans of time, as the page draws them.

Belongs here: adding rows per currency up, and laying spans one after another. Does not belong here:
reading the rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from finplatform.api.live.currencies import Unit
from finplatform.api.live.reading import Values

Rows = list[Mapping[str, Any]]
"""Sums of a span, a row per currency: `currency`, `rows`, `failed`, `pending`, `amount`."""


class Totals(Values):
    """Transactions of one span of time.

    Attributes:
        count: Number of them.
        failed: Those that failed.
        pending: Those that are neither carried out nor refused yet.
        volume: Amount of the completed ones, in the section's currency.
    """

    count: int
    failed: int
    pending: int
    volume: float

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]], unit: Unit) -> "Totals":
        """The sums of a span."""
        rows = list(rows)
        return cls(
            count=sum(row["rows"] for row in rows),
            failed=sum(row["failed"] for row in rows),
            pending=sum(row["pending"] for row in rows),
            volume=round(sum(row["amount"] * (unit.rate(row["currency"]) or 0) for row in rows), 2),
        )


class Series(Values):
    """Equal spans, one after another without gaps.

    Attributes:
        start: Seconds since 1970 at which the first span begins.
        step: Seconds of a span.
        counts: Transactions in each span.
        failed: Those of them that failed.
        volume: Amount of the completed ones, in the section's currency.
    """

    start: int
    step: int
    counts: list[int]
    failed: list[int]
    volume: list[float]


@dataclass(frozen=True)
class Axis:
    """Spans of equal length up to the one that holds an instant.

    Attributes:
        step: Length of a span.
        length: Number of spans.
        last: Instant in the last one.
    """

    step: timedelta
    length: int
    last: datetime

    @property
    def start(self) -> datetime:
        """Where the first span begins."""
        return self.end - self.step * self.length

    @property
    def end(self) -> datetime:
        """Where the last span ends."""
        return floored(self.last, self.step) + self.step

    def series(self, spans: Mapping[datetime, Rows], unit: Unit) -> Series:
        """The sums along the axis; a span without rows is nil."""
        starts = [self.start + self.step * place for place in range(self.length)]
        sums = [Totals.of(spans.get(start, []), unit) for start in starts]
        return Series(
            start=int(self.start.timestamp()),
            step=int(self.step.total_seconds()),
            counts=[one.count for one in sums],
            failed=[one.failed for one in sums],
            volume=[one.volume for one in sums],
        )


def floored(at: datetime, step: timedelta) -> datetime:
    """Where the span that holds an instant begins, spans counted from 1970."""
    seconds = step.total_seconds()
    return datetime.fromtimestamp(at.timestamp() // seconds * seconds, UTC)


def by_span(rows: Iterable[Mapping[str, Any]]) -> dict[datetime, Rows]:
    """Rows by the beginning of their `span`."""
    found: defaultdict[datetime, Rows] = defaultdict(list)
    for row in rows:
        found[row["span"]].append(row)
    return dict(found)
