"""`Window`: a half-open interval of business days, the unit of every partitioned load.

Belongs here: the half-open interval and its SQL. Does not belong here: Dagster's partitions (see
`finplatform.orchestration.partitions`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from finplatform.errors import FinplatformError


@dataclass(frozen=True, order=True)
class Window:
    """Business days from `start` up to, not including, `end`.

    Attributes:
        start: First day.
        end: Day after the last.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise FinplatformError(
                f"The window from {self.start} to {self.end} holds no day.",
                "Give an end after the start.",
            )

    @classmethod
    def day(cls, day: date) -> "Window":
        """The window of one day."""
        return cls(day, day + timedelta(days=1))

    @classmethod
    def through(cls, first: date, last: date) -> "Window":
        """The window of all days from `first` to `last`, both included."""
        return cls(first, last + timedelta(days=1))

    @property
    def last(self) -> date:
        """Last day inside."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def dates(self) -> Iterator[date]:
        """Each day, in order."""
        return (self.start + timedelta(days=number) for number in range(self.days))

    def predicate(self, column: str) -> str:
        """SQL condition that a date or timestamp column lies inside.

        A comparison with date literals can use an index on either type; the session's zone applies
        to timestamps.
        """
        return f"{column} >= '{self.start}' and {column} < '{self.end}'"

    def __str__(self) -> str:
        return f"{self.start}..{self.last}"


def date_key(day: date) -> int:
    """A date as YYYYMMDD, its key in `gold.dim_date`."""
    return day.year * 10_000 + day.month * 100 + day.day
