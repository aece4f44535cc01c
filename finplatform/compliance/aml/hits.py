"""Hits: one signal of one customer on one day, with its transactions.

Belongs here: the common form of all signals, and the window in which a signal is looked for. Does
not belong here: any signal.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import polars as pl

from finplatform.windows import Window

HITS = pl.Schema(
    {
        "signal": pl.String(),
        "customer_id": pl.String(),
        "day": pl.Date(),
        "measured": pl.Float64(),
        "words": pl.String(),
        "transaction_ids": pl.List(pl.String()),
    }
)
"""One row a signal, customer and day. `measured` is the figure that the rule limits; `words`
describe the hit, with its figures."""


def no_hits() -> pl.DataFrame:
    """No row of `HITS`."""
    return HITS.to_frame()


def gather(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Hits of several signals in one frame."""
    columns = [pl.col(name).cast(kind) for name, kind in HITS.items()]
    return pl.concat([no_hits(), *(part.select(columns) for part in parts)])


def within(
    contributions: pl.DataFrame, days: pl.DataFrame, window_days: int, *, offset: int = 0
) -> pl.DataFrame:
    """Each day of a customer with the contributions of the days up to it.

    Args:
        contributions: Movements with `customer_id` and `transaction_date`.
        days: `customer_id` and `day`.
        window_days: Days that are looked back on, the day itself among them.
        offset: Days before the day on which the window ends.
    """
    age = (pl.col("day") - pl.col("transaction_date")).dt.total_days()
    return days.join(contributions, on="customer_id").filter(
        (age >= offset) & (age < window_days + offset)
    )


def active_days(movements: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Days of a window on which a customer moved anything: `customer_id` and `day`."""
    return (
        movements.filter(_inside("transaction_date", window))
        .select("customer_id", day="transaction_date")
        .unique()
        .sort("customer_id", "day")
    )


def span(movements: pl.DataFrame, window: Window, days_before: int) -> pl.DataFrame:
    """Movements of a window and of the days before it."""
    first: date = window.start - timedelta(days=days_before)
    return movements.filter(_inside("transaction_date", Window(first, window.end)))


def dollars(column: str) -> pl.Expr:
    """An amount as text, to the dollar, with separators of thousands."""
    whole = pl.col(column).round(0).cast(pl.Int64).cast(pl.String)
    return whole.str.reverse().str.replace_all(r"(\d{3})(\d)", "${1},${2}").str.reverse()


def _inside(column: str, window: Window) -> pl.Expr:
    return (pl.col(column) >= window.start) & (pl.col(column) < window.end)
