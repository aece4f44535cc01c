"""Exact comparison of amounts and rates with thresholds.

Most decimals are no float: 3.03 over 15.15 is below 0.2 in floats, though it is a fifth. Formulas
may work on floats; comparisons with thresholds may not. Three rules hold instead:

- Amounts are whole numbers of cents, and a share of two amounts is compared by multiplying across,
  never by dividing.
- A rate is compared at its twelfth decimal, which keeps every digit that a table stores and drops
  what arithmetic on floats adds.
- A limit in EUR on amounts of another currency becomes the last amount of whole cents that it lets
  through, or the first.

Belongs here: these comparisons, for arrays, Polars columns and decimals. Which side has which
treatment belongs to the formulas, by the paragraph.
"""

import math
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from finplatform.risk.arrays import BoolArray, FloatArray, numbers, refuse
from finplatform.risk.errors import RiskInputError

CentArray = npt.NDArray[Any]
"""Whole numbers of cents: `int64`, or Python integers where a product would not fit."""

RATE_DECIMALS = 12

HIGHEST_AMOUNT = 9e16
"""Highest amount whose cents fit in 64 bits; a larger one is an error."""

_CENTS = 100
_INT64 = 2**63 - 1
_RATE_UNIT = Decimal(1).scaleb(-RATE_DECIMALS)
_WIDE = Context(prec=60)


def as_written(number: float | Decimal) -> Decimal:
    """Return the shortest decimal of a float: 0.1 is a tenth, not the nearest binary fraction."""
    return number if isinstance(number, Decimal) else Decimal(str(number))


def whole_cents(name: str, values: Any) -> CentArray:
    """Return amounts as whole numbers of cents.

    A float holds an amount to the cent up to 20 trillion. What is no whole number of cents counts
    as the nearest.

    Args:
        name: Name of the input, for the message.
        values: Amounts as floats, decimals or integers.

    Raises:
        RiskInputError: If an amount is missing, or too large to be counted in cents.
    """
    amount = numbers(name, values)
    too_large = np.abs(amount) > HIGHEST_AMOUNT
    refuse(name, too_large, "is too large", "Give amounts of up to 90 quadrillion.")
    return np.rint(amount * float(_CENTS)).astype(np.int64)


def share_reaches(part: CentArray, whole: CentArray, share: Decimal) -> BoolArray:
    """Return where a part is at least a share of the whole; nowhere where the whole is zero.

    Args:
        part: Amounts in cents, from `whole_cents`.
        whole: The total, in cents.
        share: The threshold as a fraction, as written in the rule.
    """
    above, below = share.as_integer_ratio()
    return np.asarray((_times(part, below) >= _times(whole, above)) & (whole > 0), dtype=np.bool_)


def share_exceeds(part: CentArray, whole: CentArray, share: Decimal) -> BoolArray:
    """Return where a part is more than a share of the whole; arguments as in `share_reaches`."""
    above, below = share.as_integer_ratio()
    return np.asarray(_times(part, below) > _times(whole, above), dtype=np.bool_)


def _times(cents: CentArray, factor: int) -> CentArray:
    cents = np.asarray(cents)
    largest = int(np.abs(cents).max(initial=0))
    # Python's integers have no end; they are slow, and rarely needed.
    return cents * factor if largest * factor <= _INT64 else cents.astype(np.object_) * factor


def most_cents(limit: Decimal, price: Decimal = Decimal(1)) -> int:
    """Return the highest amount, in cents, that is worth at most a limit.

    Args:
        limit: The limit in its own currency.
        price: Price in that currency of one unit of the amounts' currency.

    Raises:
        RiskInputError: If the price is no finite number above zero.
    """
    return math.floor(_cents_worth(limit, price))


def least_cents(limit: Decimal, price: Decimal = Decimal(1)) -> int:
    """Return the lowest amount, in cents, that is worth at least a limit; see `most_cents`."""
    return math.ceil(_cents_worth(limit, price))


def _cents_worth(limit: Decimal, price: Decimal) -> Fraction:
    if not (price.is_finite() and price > 0):
        raise RiskInputError(f"The price of a unit is {price}.", "Give a price above zero.")
    return _CENTS * Fraction(limit) / Fraction(price)


def settled(rates: Any) -> FloatArray:
    """Return rates, years or shares as they compare with a rule: NaN stays NaN.

    The float of the nearest number of twelve decimals, which is the float that the rule's own
    figure has where both are the same decimal.
    """
    figures: FloatArray = np.asarray(rates, dtype=np.float64)
    return np.round(figures, RATE_DECIMALS)


def settled_decimal(amount: Decimal) -> Decimal:
    """Return a decimal without the last digits of thirds and other quotients, as `settled` does."""
    return amount.quantize(_RATE_UNIT, context=_WIDE)


def cents_of(column: str) -> pl.Expr:
    """Return a column of amounts as whole numbers of cents; null where it is no number."""
    return (pl.col(column).cast(pl.Float64) * _CENTS).round().cast(pl.Int64, strict=False)


def exceeds_share(part: pl.Expr, whole: pl.Expr, share: Decimal) -> pl.Expr:
    """Return where a part is more than a share of the whole, both columns of `cents_of`."""
    above, below = share.as_integer_ratio()
    return part.cast(pl.Int128) * below > whole.cast(pl.Int128) * above


def settled_column(column: str) -> pl.Expr:
    """Return a column of rates as it compares with a rule, as `settled` does."""
    return pl.col(column).cast(pl.Float64).round(RATE_DECIMALS)
