"""Days and months of the simulated span, as integers that vectorise.

A day is the number of days since 1970-01-01, an instant the seconds since then (UTC). A month has a
position in the span, from 0. Does not belong here: events of a day.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from finplatform.simulate.rng import Bools, Ints

DAY_SECONDS = 86_400
NEVER = np.int64(2**40)
EPOCH = date(1970, 1, 1)


def day_of(value: date) -> int:
    """Days from 1970-01-01 to the date."""
    return (value - EPOCH).days


def months_since_epoch(days: Ints) -> Ints:
    """Calendar months from January 1970 to each day's month."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def first_of_month(months: Ints) -> Ints:
    """The first day of each calendar month counted from January 1970."""
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def weekday(days: Ints) -> Ints:
    """0 for Monday to 6 for Sunday."""
    return (days + 3) % 7


def day_in_month(days: Ints) -> Ints:
    """1 to 31."""
    return days - first_of_month(months_since_epoch(days)) + 1


def is_business_day(days: Ints) -> Bools:
    """Monday to Friday without the main United States holidays."""
    month = months_since_epoch(days) % 12 + 1
    dom = day_in_month(days)
    dow = weekday(days)
    fixed = (
        ((month == 1) & (dom == 1))
        | ((month == 7) & (dom == 4))
        | ((month == 12) & (dom == 25))
        | ((month == 6) & (dom == 19))
    )
    mondays = (dow == 0) & (
        ((month == 1) & (dom >= 15) & (dom <= 21))
        | ((month == 2) & (dom >= 15) & (dom <= 21))
        | ((month == 5) & (dom >= 25))
        | ((month == 9) & (dom <= 7))
    )
    thanksgiving = (month == 11) & (dow == 3) & (dom >= 22) & (dom <= 28)
    return np.asarray((dow < 5) & ~fixed & ~mondays & ~thanksgiving)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The span cut into calendar months; the first and last may be partial.

    Attributes:
        first: First day of each month within the span.
        last: Last day of each month within the span.
        month: Calendar months since January 1970.
    """

    first: Ints
    last: Ints
    month: Ints

    @classmethod
    def between(cls, start: date, end: date) -> "Calendar":
        """The calendar of a span with both ends included."""
        low, high = day_of(start), day_of(end)
        ends = months_since_epoch(np.array([low, high]))
        month = np.arange(ends[0], ends[1] + 1)
        first = np.maximum(first_of_month(month), low)
        last = np.minimum(first_of_month(month + 1) - 1, high)
        return cls(first, last, month)

    @property
    def months(self) -> int:
        """Number of months that the span touches."""
        return len(self.month)

    @property
    def start(self) -> int:
        """First day of the span."""
        return int(self.first[0])

    @property
    def end(self) -> int:
        """Last day of the span."""
        return int(self.last[-1])

    @property
    def share(self) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        """Part of each calendar month that lies in the span."""
        full = first_of_month(self.month + 1) - first_of_month(self.month)
        return (self.last - self.first + 1) / full

    def position(self, days: Ints) -> Ints:
        """Month of the span for each day; may lie outside 0..months-1."""
        return months_since_epoch(days) - int(self.month[0])
