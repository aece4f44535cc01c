"""The bank's business days as arrays: which days are open, and counting along them.

Holidays are those of the seed that `gold.dim_date` is made from, so that what is due in two
business days is due on the same day everywhere. Does not belong here: what is due when.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from finplatform.settings import PROJECT_ROOT
from finplatform.simulate.clock import weekday
from finplatform.simulate.rng import Bools, Ints

_SEED = PROJECT_ROOT / "dbt_project" / "seeds" / "bank_holidays.csv"


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """Open days of a range, in days since 1970-01-01.

    Attributes:
        open_days: The open days, in order.
    """

    open_days: Ints

    @classmethod
    def between(cls, first: int, last: int) -> "BusinessDays":
        """Open days from `first` to `last`, both included."""
        days = np.arange(first, last + 1)
        return cls(days[(weekday(days) < 5) & ~is_bank_holiday(days)])

    def on_or_after(self, days: Ints) -> Ints:
        """The first open day that is not before each day."""
        return self.open_days[np.searchsorted(self.open_days, days, side="left")]

    def before(self, days: Ints) -> Ints:
        """The last open day before each day."""
        return self.open_days[np.searchsorted(self.open_days, days, side="left") - 1]

    def after(self, days: Ints, count: Ints) -> Ints:
        """The open day `count` business days after each open day."""
        return self.open_days[np.searchsorted(self.open_days, days, side="left") + count]


def is_bank_holiday(days: Ints) -> Bools:
    """Whether banks of the United States are closed for a holiday on each day."""
    return np.isin(days, _holidays())


@lru_cache(maxsize=1)
def _holidays() -> Ints:
    seed = pl.read_csv(_SEED, schema_overrides={"holiday_date": pl.Date})
    chosen = seed.filter(pl.col("country") == "US")["holiday_date"]
    return chosen.to_physical().to_numpy().astype(np.int64)
