"""From settled rows to the table `oltp.transactions`.

Belongs here: the columns of the table and the text in them. Does not: any decision about a row.
"""

import numpy as np
import polars as pl

from finplatform.oltp.codes import (
    CHANNELS,
    DECLINE_REASONS,
    TRANSACTION_STATUSES,
    TRANSACTION_TYPES,
)
from finplatform.simulate.engine import NOISES, MonthOfRows
from finplatform.simulate.frames import decimals, instants, labels, money, text
from finplatform.simulate.places import CURRENCIES
from finplatform.simulate.rng import Ints
from finplatform.simulate.rows import NO_REF, REF_CARD, REF_LOAN, Rows
from finplatform.simulate.world import World

# References are numbered in order; multiplying modulo a prime hides that and keeps them unique.
_PRIME = 999_999_999_989
_FACTOR = 7_368_787


class Renderer:
    """Turns months of rows into frames.

    Args:
        world: The bank that the rows belong to.
    """

    def __init__(self, world: World) -> None:
        self._accounts = labels("A", np.arange(1, len(world.accounts) + 1), 7)
        self._merchants = world.merchants.frame["merchant_id"]
        self._wording = world.wording

    def frame(self, month: MonthOfRows) -> pl.DataFrame:
        """Rows of `oltp.transactions`, in order of `transaction_id`."""
        made = month.rows
        described = text(self._wording.phrases, made.phrase)
        return pl.DataFrame(
            {
                "transaction_id": np.arange(month.first_id, month.first_id + len(made)),
                "account_id": text(self._accounts, made.account),
                "transaction_type": text(TRANSACTION_TYPES, made.kind),
                "amount": money(made.cents),
                "currency": text(CURRENCIES, made.currency),
                "transaction_date": instants(made.at),
                "description": _with_noise(described, month.noisy, month.noise),
                "reference_number": _references(made),
                "counterparty_account": text(self._wording.parties, made.party),
                "merchant_id": text(self._merchants, made.merchant),
                "channel": text(CHANNELS, made.channel),
                "status": text(TRANSACTION_STATUSES, made.status),
                "fees": money(made.fees),
                "exchange_rate": decimals(made.rate, 18, 8),
                "decline_reason": text(DECLINE_REASONS, made.reason),
            }
        )


def _with_noise(described: pl.Series, noisy: Ints, noise: Ints) -> pl.Series:
    if not len(noisy):
        return described
    plain = described.gather(noisy)
    spoilt = pl.DataFrame({"text": plain, "noise": noise}).select(
        pl.when(pl.col("noise") == NOISES.index("upper_case"))
        .then(pl.col("text").str.to_lowercase())
        .when(pl.col("noise") == NOISES.index("stray_space"))
        .then(pl.format("  {} ", pl.col("text")))
        .otherwise(pl.col("text").str.replace_all(" ", "  "))
    )
    return described.scatter(noisy, spoilt.to_series())


def _references(made: Rows) -> pl.Series:
    mixed = made.ref % _PRIME * _FACTOR % _PRIME
    number = np.select(
        [made.ref_kind == REF_CARD, made.ref_kind == REF_LOAN], [made.ref, np.abs(made.ref)], mixed
    )
    width = np.where(made.ref_kind == REF_CARD, 6, np.where(made.ref_kind == REF_LOAN, 10, 12))
    prefix = text(("", "AUTH", "TRF", "LP", "ORD"), made.ref_kind)
    prefix = pl.select(
        pl.when(pl.Series((made.ref_kind == REF_LOAN) & (made.ref < 0)))
        .then(pl.lit("LD"))
        .otherwise(prefix)
    ).to_series()
    frame = pl.DataFrame(
        {"prefix": prefix, "number": number, "width": width, "none": made.ref_kind == NO_REF}
    )
    return frame.select(
        pl.when(~pl.col("none")).then(
            pl.col("prefix") + pl.col("number").cast(pl.String).str.zfill(pl.col("width"))
        )
    ).to_series()
