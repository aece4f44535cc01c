"""Card payments of this moment: endless traffic on the accounts that a bank has.

Belongs here: payer, merchant, amount, and the balance check. Does not belong here: the
history of a synthetic bank (see `bank`), and booking or sending payments (see `booking`).
"""

from datetime import datetime

import numpy as np
import polars as pl

from finplatform.errors import FinplatformError
from finplatform.simulate.catalogue import CATEGORIES
from finplatform.simulate.frames import decimals, money
from finplatform.simulate.rng import Bools, Ints, pick, stream

_LARGE, _TIMES = 0.004, 12.0
"""Share of purchases beyond everyday ones, and how much larger they are."""

_DEAREST = 3_000_000
_NAMES = [row.name for row in CATEGORIES]
_TICKETS = np.array([row.ticket for row in CATEGORIES], dtype=np.float64)
_SPREADS = np.array([row.spread for row in CATEGORIES])
_ONLINE = np.array([row.online for row in CATEGORIES])
_VISITS = np.array([row.visits for row in CATEGORIES])


class Traffic:
    """Draws payments, one batch after the other.

    Args:
        accounts: `account_id`, `currency` and `room`: what may be spent.
        merchants: `merchant_id` and `category`.
        seed: The same seed gives the same payments on the same accounts.

    Raises:
        FinplatformError: If there is no account or no merchant.
    """

    def __init__(self, accounts: pl.DataFrame, merchants: pl.DataFrame, seed: int) -> None:
        if accounts.is_empty() or merchants.is_empty():
            raise FinplatformError(
                "There is no account that could pay, or no merchant.",
                "Fill the operational schema first: `finplatform simulate`.",
            )
        self._rng = stream(seed, "traffic")
        self._accounts = accounts
        self._room = (accounts["room"].cast(pl.Float64) * 100).to_numpy().astype(np.int64)
        self._merchants = merchants
        places = dict(zip(_NAMES, range(len(_NAMES)), strict=True))
        self._category = np.array([places.get(name, 0) for name in merchants["category"]])

    def payments(self, count: int, at: datetime) -> pl.DataFrame:
        """Payments of one instant, with the columns of a transaction but for its id.

        Args:
            count: Number of payments.
            at: The instant.
        """
        rng = self._rng
        account = rng.integers(0, self._accounts.height, count)
        merchant = pick(rng, _VISITS[self._category], count)
        category = self._category[merchant]
        ticket = _TICKETS[category] * np.exp(rng.normal(0, _SPREADS[category]))
        ticket = np.where(rng.random(count) < _LARGE, _TIMES * ticket, ticket)
        cents = np.clip(np.rint(ticket), 50, _DEAREST).astype(np.int64)
        paid = self._spend(account, cents)
        online = rng.random(count) < _ONLINE[category]
        return pl.DataFrame(
            {
                "account_id": self._accounts["account_id"].gather(account),
                "transaction_type": pl.repeat("CARD_PAYMENT", count, eager=True),
                "amount": money(cents),
                "currency": self._accounts["currency"].gather(account),
                "transaction_date": pl.Series([at] * count, dtype=pl.Datetime("us", "UTC")),
                "merchant_id": self._merchants["merchant_id"].gather(merchant),
                "channel": pl.Series(np.where(online, "ONLINE", "POS")),
                "status": pl.Series(np.where(paid, "COMPLETED", "FAILED")),
                "fees": money(np.zeros(count, dtype=np.int64)),
                "exchange_rate": decimals(np.full(count, 10**8), 18, 8),
                "decline_reason": pl.select(
                    pl.when(~pl.Series(paid)).then(pl.lit("INSUFFICIENT_FUNDS"))
                ).to_series(),
            }
        )

    def _spend(self, account: Ints, cents: Ints) -> Bools:
        """Payments covered by the balance after all earlier ones on the account."""
        drawn = pl.DataFrame({"account": account, "cents": cents})
        running = drawn.select(pl.col("cents").cum_sum().over("account")).to_series().to_numpy()
        paid = np.asarray(running <= self._room[account])
        np.subtract.at(self._room, account[paid], cents[paid])
        return paid
