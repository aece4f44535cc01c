"""Reverse stress: how severe a shock must be before a limit breaks.

Belongs here: the search alone. What is measured at each severity is the caller's, such as
`scenarios.stress_test` at `shock.scaled(severity)`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from finplatform.risk.errors import RiskInputError

_MOST_STEPS = 200


@dataclass(frozen=True)
class Breach:
    """The severity at which a limit breaks.

    Attributes:
        severity: Lowest severity found with a breach; None if even the highest has none.
        safe: Highest severity found without one; None if the limit is broken without stress.
        surplus: Surplus at `severity`, or at the highest severity without a breach.
        steps: Number of measurements of the book.
    """

    severity: float | None
    safe: float | None
    surplus: float
    steps: int


def breaking_severity(
    surplus: Callable[[float], float], *, highest: float = 10.0, tolerance: float = 1e-6
) -> Breach:
    """Find the severity at which the surplus turns negative, by bisection.

    Args:
        surplus: Surplus above the limit at a severity; falls as severity rises.
        highest: Severity at which the search gives up.
        tolerance: Greatest distance between the safe and the breaking severity.

    Raises:
        RiskInputError: If `highest` or `tolerance` is not above zero, or a surplus is no number.
    """
    if not (highest > 0.0 and tolerance > 0.0 and math.isfinite(highest)):
        raise RiskInputError(
            f"highest is {highest} and tolerance {tolerance}.", "Give both above zero."
        )
    unstressed = _number(surplus, 0.0)
    if unstressed < 0.0:
        return Breach(0.0, None, unstressed, 1)
    left = _number(surplus, highest)
    if left >= 0.0:
        return Breach(None, highest, left, 2)
    safe, broken, steps = 0.0, highest, 2
    while broken - safe > tolerance and steps < _MOST_STEPS:
        middle = (safe + broken) / 2.0
        value = _number(surplus, middle)
        steps += 1
        if value < 0.0:
            broken, left = middle, value
        else:
            safe = middle
    return Breach(broken, safe, left, steps)


def _number(surplus: Callable[[float], float], severity: float) -> float:
    value = float(surplus(severity))
    if math.isnan(value):
        raise RiskInputError(
            f"The surplus at severity {severity:g} is no number.", "Check what is measured there."
        )
    return value
