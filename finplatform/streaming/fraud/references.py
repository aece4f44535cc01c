"""Reference data of payments, and its versions in force at an instant."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.streaming.fraud.payment_keys import hashed
from finplatform.streaming.fraud.timeline import Ints, Timeline


@dataclass(frozen=True)
class References:
    """Reference data of accounts, customers, merchants and currencies.

    Attributes:
        accounts: `account_id`, `valid_from` (seconds; 0 of the first version), `customer_id`,
            `currency`, `opening_date`.
        customers: `customer_id`, `valid_from`, `country`.
        merchants: `merchant_id`, `category`, `country`, `city`, `risk_level`.
        rates: `currency`, `rate_date`, `usd_rate`.
    """

    accounts: pl.DataFrame
    customers: pl.DataFrame
    merchants: pl.DataFrame
    rates: pl.DataFrame


class Versions:
    """Rows of things that change, found by thing and instant.

    Args:
        frame: Rows; a version begins at `valid_from`, and without that column there is one of each.
        key: Column that names the thing.
    """

    def __init__(self, frame: pl.DataFrame, key: str) -> None:
        self._frame = frame.drop(key, "valid_from", strict=False)
        self._rows = Timeline("row")
        since = np.zeros(frame.height, dtype=np.int64)
        if "valid_from" in frame.columns:
            since = frame["valid_from"].cast(pl.Int64).to_numpy()
        self._rows.append(hashed(frame[key]), since, row=np.arange(frame.height))

    def at(self, key: pl.Series, second: Ints) -> pl.DataFrame:
        """The versions in force at each instant; nulls for things that are not known."""
        since, found = self._rows.before(hashed(key), second + 1).last()
        row = pl.Series(np.where(since >= 0, found["row"], self._frame.height))
        return self._frame.select(pl.all().gather(row, null_on_oob=True))
