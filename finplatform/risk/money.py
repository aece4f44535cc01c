"""Exact amounts and ratios as decimals, and their rounding.

Formulas over many exposures work on floats; amounts become decimals, rounded once, when they are
reported.
"""

from collections.abc import Mapping
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

import polars as pl

from finplatform.risk.errors import RiskInputError

Amount = Decimal | int
"""Types of a reported amount; a float is not exact and is refused."""

ZERO = Decimal(0)
CENT = Decimal("0.01")
_RATIO = Decimal("0.000001")


def decimal_amount(name: str, value: Amount, *, may_be_negative: bool = False) -> Decimal:
    """Return the amount as a decimal.

    Raises:
        RiskInputError: If it is no exact number, not finite, or negative where it may not be.
    """
    if not isinstance(value, Decimal | int) or isinstance(value, bool):
        raise RiskInputError(f"{name} is {value!r}.", "Give a Decimal, such as Decimal('12.34').")
    amount = Decimal(value)
    if not amount.is_finite():
        raise RiskInputError(f"{name} is {amount}.", f"Give a finite {name}.")
    if amount < ZERO and not may_be_negative:
        raise RiskInputError(f"{name} is negative: {amount}.", "Give an amount of zero or more.")
    return amount


def to_cents(amount: Decimal | float) -> Decimal:
    """Round an amount to the cent, half to even."""
    exact = amount if isinstance(amount, Decimal) else Decimal(repr(round(float(amount), 2)))
    return exact.quantize(CENT, rounding=ROUND_HALF_EVEN)


def series_to_cents(amounts: pl.Series) -> pl.Series:
    """Round computed amounts to the cent, as exact decimals."""
    return amounts.round(2).cast(pl.Decimal(18, 2))


def to_ratio(fraction: Decimal) -> Decimal:
    """Round a ratio, as a fraction, to six decimals."""
    return fraction.quantize(_RATIO, rounding=ROUND_HALF_EVEN)


def to_quotient(above: Decimal, below: Decimal) -> Decimal:
    """Ratio of two amounts after both are rounded to the cent, as readers of a report recompute it.

    Args:
        above: Numerator, exact.
        below: Denominator, exact and positive; below half a cent it stays exact.
    """
    return to_ratio(to_cents(above) / (to_cents(below) or below))


def apportion(parts: Mapping[str, Decimal], whole: Decimal) -> dict[str, Decimal]:
    """Round parts to the cent so that they add up to the rounded whole.

    The largest remainders are rounded up (the method of Hamilton), so no part moves by a cent or
    more.

    Args:
        parts: Exact amounts by name.
        whole: Their sum, exact or rounded.

    Raises:
        ValueError: If the parts do not add up to the whole within their rounding.
    """
    reported = to_cents(whole)
    lower = {name: amount.quantize(CENT, rounding=ROUND_FLOOR) for name, amount in parts.items()}
    missing = int((reported - sum(lower.values(), Decimal(0))) / CENT)
    if not 0 <= missing <= len(parts):
        raise ValueError(f"parts of {sum(parts.values(), Decimal(0))} do not add up to {whole}")
    by_remainder = sorted(parts, key=lambda name: lower[name] - parts[name])
    return {
        name: amount + (CENT if name in by_remainder[:missing] else Decimal(0))
        for name, amount in lower.items()
    }
