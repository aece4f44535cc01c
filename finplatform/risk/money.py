"""Exact arithmetic of reported amounts: decimals in, decimals out.

Belongs here: reading amounts and ratios as decimals. Formulas over many exposures work on floats
and belong to the other modules; their sums become decimals before they are reported.
"""

from decimal import Decimal

from finplatform.risk.errors import RiskInputError

Amount = Decimal | int
"""What a reported amount may be given as; a float is not exact and is refused."""

ZERO = Decimal(0)
_CENT = Decimal("0.01")


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


def cents(amount: float) -> Decimal:
    """Return a computed amount as a decimal, rounded to the cent once."""
    return Decimal(repr(round(float(amount), 2))).quantize(_CENT)
