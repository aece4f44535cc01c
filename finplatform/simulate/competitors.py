"""Offers of other banks: rates and fees by type of product, once a quarter.

Belongs here: the frame of `competitor_offers`. Does not: what the bank itself offers (`catalogue`);
its customers do not react to the offers of others.
"""

import numpy as np
import polars as pl

from finplatform.oltp.codes import PRODUCT_TYPES
from finplatform.simulate.catalogue import PRODUCTS
from finplatform.simulate.clock import Calendar, first_of_month
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.economy import Economy
from finplatform.simulate.frames import dates, money, rate, text
from finplatform.simulate.rng import stream

COMPETITORS = (
    "Harbour Federal", "First Prairie Bank", "Summit & Vale", "Lumen Digital Bank", "Cooper Trust",
)  # fmt: skip

# Dearness of a competitor's credit and thrift with interest on deposits, one for each.
_SPREADS = np.array([0.06, 0.02, 0.10, -0.12, 0.0])
_FEES = np.array([1.0, 0.8, 1.4, 0.0, 1.1])
# How much of a change of the policy rate is passed on: to deposits, and to credit.
_PASSED_ON = (0.4, 0.6)
_NOISE = 0.04
_QUARTER = 3


def offer_frame(config: SimulationConfig, calendar: Calendar, economy: Economy) -> pl.DataFrame:
    """`competitor_offers`, in order of day, competitor and type of product.

    Offers are those of the first day of each quarter within the span, and of the span's first day.

    Args:
        config: Parameters of the bank.
        calendar: The span.
        economy: The economy, whose home policy rate the offers follow.
    """
    rng = stream(config.seed, "competitors")
    starts = [month for month in range(calendar.months) if _is_gathered(calendar, month)]
    month = np.array(starts, dtype=np.int64)
    day = np.maximum(first_of_month(calendar.month[month]), calendar.start)
    own, is_deposit, fee = _catalogue()
    shape = (len(month), len(COMPETITORS), len(PRODUCT_TYPES))
    policy = economy.policy_rate[economy.lead + month, 0]
    change = (policy - policy[0])[:, None, None] * 10_000
    passed = np.where(is_deposit, *_PASSED_ON) * change
    spread = _SPREADS[:, None] * np.where(is_deposit, -1, 1)
    noise = rng.normal(0, _NOISE, shape)
    # Whole hundredths of a percentage point, as such rates are printed; rates are not negative.
    offered = np.where(own > 0, own * (1 + spread + noise) + passed, 0)
    millionths = np.maximum(np.rint(offered / 100), 0).astype(np.int64) * 100
    cents = np.broadcast_to(np.rint(fee * _FEES[:, None] / 50).astype(np.int64) * 50, shape)
    when, who, what = (part.ravel() for part in np.indices(shape))
    return pl.DataFrame(
        {
            "competitor": text(COMPETITORS, who),
            "product_type": text(PRODUCT_TYPES, what),
            "offer_date": dates(day[when]),
            "interest_rate": rate(millionths.ravel()),
            "monthly_fee": money(cents.ravel()),
            "currency": pl.repeat("USD", len(when), eager=True, dtype=pl.String),
        }
    )


def _is_gathered(calendar: Calendar, month: int) -> bool:
    return month == 0 or int(calendar.month[month]) % _QUARTER == 0


def _catalogue() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean rate of the bank's own products by type, whether it is a deposit, and the mean fee."""
    own, fee = np.zeros(len(PRODUCT_TYPES)), np.zeros(len(PRODUCT_TYPES))
    is_deposit = np.zeros(len(PRODUCT_TYPES), dtype=bool)
    for place, kind in enumerate(PRODUCT_TYPES):
        rows = [row for row in PRODUCTS if row.kind == kind]
        own[place] = np.mean([row.rate for row in rows])
        fee[place] = np.mean([row.fee for row in rows])
        is_deposit[place] = rows[0].category == "DEPOSIT"
    return own, is_deposit, fee
