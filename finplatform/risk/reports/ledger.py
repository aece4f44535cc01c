"""Queries on the general ledger: balances at a month's end and results of a year.

Belongs here: adding up rows of `gold.fact_ledger` by line of the financial statements. Reports
assign the lines.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

ZERO = Decimal(0)
MONTHS_A_YEAR = 12


class Ledger:
    """Balances and movements by line; amounts as statements show them.

    Args:
        rows: report_date, account_group, natural_balance, natural_movement.
    """

    def __init__(self, rows: pl.DataFrame) -> None:
        sums = rows.group_by("report_date", "account_group").agg(
            pl.col("natural_balance", "natural_movement").cast(pl.Decimal(38, 2)).sum()
        )
        self._balance: dict[date, dict[str, Decimal]] = {}
        self._movement: dict[date, dict[str, Decimal]] = {}
        for day, group, balance, movement in sums.iter_rows():
            self._balance.setdefault(day, {})[group] = balance
            self._movement.setdefault(day, {})[group] = movement

    def has(self, day: date) -> bool:
        """Whether the books were closed on that day."""
        return day in self._balance

    def balance(self, day: date, *groups: str) -> Decimal:
        """Balance of some lines at the end of a day; zero for a line that is not kept."""
        kept: Mapping[str, Decimal] = self._balance.get(day, {})
        return sum((kept.get(group, ZERO) for group in groups), ZERO)

    def groups(self, day: date) -> Mapping[str, Decimal]:
        """Balance of every line at the end of a day."""
        return self._balance.get(day, {})

    def months(self, after: date, until: date) -> int:
        """Number of month ends in the books after `after` up to the end."""
        return sum(after < day <= until for day in self._balance)

    def movement(self, after: date, until: date, *groups: str) -> Decimal:
        """Result of some lines in an interval; `after` is not part of it."""
        return sum(
            (
                moved.get(group, ZERO)
                for day, moved in self._movement.items()
                if after < day <= until
                for group in groups
            ),
            ZERO,
        )

    def begun_after(self, after: date) -> date:
        """Day before the first month of an interval that the books have."""
        first = min((day for day in self._balance if day > after), default=after)
        return months_back(first, 1)

    def last_in(self, after: date, until: date) -> date | None:
        """Latest month end of an interval that the books have."""
        return max((day for day in self._balance if after < day <= until), default=None)


def months_back(day: date, months: int) -> date:
    """The month end some months before a month end."""
    index = day.year * MONTHS_A_YEAR + day.month - months
    return date(index // MONTHS_A_YEAR, index % MONTHS_A_YEAR + 1, 1) - timedelta(days=1)
