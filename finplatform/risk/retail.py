"""Regulatory retail: the size criteria of CRE20.65.

Belongs here: the tests that need the whole portfolio at once. The product criterion (cards,
overdrafts, personal and small-business loans) is checked by the caller.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from finplatform.risk.arrays import BoolArray, amounts
from finplatform.risk.rules import LATEST, rule
from finplatform.risk.thresholds import as_written, most_cents, share_exceeds, whole_cents


def is_regulatory_retail(
    counterparty: Any, exposure: Any, *, eur_per_unit: float | Decimal = 1.0, as_of: date = LATEST
) -> BoolArray:
    """Return which exposures meet the value and the granularity criterion (CRE20.65).

    A counterparty is small enough if all its exposures together are at most EUR 1 million and at
    most 0.2% of the portfolio. The portfolio is the one passed in, taken once: exposures that fail
    are not removed to test the rest again.

    Args:
        counterparty: One id for each exposure; clients that stand or fall together share one.
        exposure: Retail exposures, drawn and undrawn, of one currency; without those in default.
        eur_per_unit: Price in EUR of that currency.
        as_of: Date of the rules.

    Returns:
        True where the exposure's counterparty meets both, in the order of the input.

    Raises:
        RiskInputError: If an exposure is missing or negative.
    """
    owed = whole_cents("exposure", amounts("exposure", exposure))
    names, position = np.unique(np.asarray(counterparty), return_inverse=True)
    together = np.zeros(len(names), dtype=np.int64)
    np.add.at(together, position, owed)
    limit = rule("CRE20.65:retail_limit_eur", as_of).exact
    is_large = together > most_cents(limit, as_written(eur_per_unit))
    granularity = rule("CRE20.65:retail_granularity", as_of).exact
    return ~(is_large | share_exceeds(together, owed.sum(), granularity))[position]
