"""Reported amounts and ratios: rounded once, and so that parts add up to their whole.

Belongs here: the last step of every figure. Amounts before it keep all their digits.
"""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

CENT = Decimal("0.01")
_RATIO = Decimal("0.000001")


def to_cents(amount: Decimal) -> Decimal:
    """An amount as it is reported."""
    return amount.quantize(CENT, rounding=ROUND_HALF_EVEN)


def to_ratio(fraction: Decimal) -> Decimal:
    """A ratio as it is reported: a fraction with six decimals."""
    return fraction.quantize(_RATIO, rounding=ROUND_HALF_EVEN)


def to_quotient(above: Decimal, below: Decimal) -> Decimal:
    """The ratio of two amounts as both are reported, so that who divides them gets what is printed.

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
        whole: Their sum, exact or already rounded.

    Raises:
        ValueError: If the parts do not make the whole, give or take their rounding.
    """
    reported = to_cents(whole)
    lower = {name: amount.quantize(CENT, rounding=ROUND_FLOOR) for name, amount in parts.items()}
    missing = int((reported - sum(lower.values(), Decimal(0))) / CENT)
    if not 0 <= missing <= len(parts):
        raise ValueError(f"parts of {sum(parts.values(), Decimal(0))} do not make {whole}")
    by_remainder = sorted(parts, key=lambda name: lower[name] - parts[name])
    return {
        name: amount + (CENT if name in by_remainder[:missing] else Decimal(0))
        for name, amount in lower.items()
    }


def date_key(day: date) -> int:
    """A date as YYYYMMDD, its key in `dim_date`."""
    return day.year * 10_000 + day.month * 100 + day.day
