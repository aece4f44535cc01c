"""Counts and means over the time before each event of a plain table, with a delay or without.

Belongs here: rolling windows over one table of events. Does not belong here: which features a data
set has (`fraud_data`), windows that end on another table's days (`account_history`).
"""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Stream:
    """The events of a group up to each of them.

    A window ends `delay_days` before the event, the event itself included where there is no delay:
    what becomes known only after so many days is not known earlier.

    Attributes:
        by: Column of the group.
        at: Column of the instant, by which the frame is sorted.
        delay_days: Days between the end of a window and the event.
    """

    by: str
    at: str
    delay_days: int = 0

    def count(self, days: int) -> pl.Expr:
        """Number of events in a window of so many days."""
        return self.sum(pl.col(self.at).is_not_null(), days)

    def sum(self, value: pl.Expr, days: int) -> pl.Expr:
        """Sum of a finite value over the window."""
        number, delay = value.cast(pl.Float64), self.delay_days
        whole = number.rolling_sum_by(self.at, window_size=f"{days + delay}d").over(self.by)
        if not delay:
            return whole
        return whole - number.rolling_sum_by(self.at, window_size=f"{delay}d").over(self.by)

    def mean(self, value: pl.Expr, days: int) -> pl.Expr:
        """Mean of a finite value over the window; 0 where it holds no event."""
        count = self.count(days)
        return pl.when(count > 0).then(self.sum(value, days) / count).otherwise(0.0)
