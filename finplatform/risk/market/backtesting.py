"""Backtesting of value at risk: chapters MAR32 and MAR99 of the Basel Framework.

Belongs here: exceptions, the traffic-light zones with their multipliers, and tests of coverage. The
forecasts come from `value_at_risk` or from the trading systems.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np

from finplatform.risk.arrays import BoolArray
from finplatform.risk.errors import RiskInputError
from finplatform.risk.rules import LATEST, rule


class Zone(StrEnum):
    """Zones of a backtest over 250 days (MAR32.9)."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True)
class Backtest:
    """A bank-wide backtest over 250 days.

    Attributes:
        actual: Exceptions against actual profit and loss.
        hypothetical: Exceptions against hypothetical profit and loss.
        exceptions: The larger of the two, which counts (MAR32.5).
        zone: Zone of the model.
        multiplier: Multiplier of the models' requirement.
        rules: The rules used, by id.
    """

    actual: int
    hypothetical: int
    exceptions: int
    zone: Zone
    multiplier: float
    rules: tuple[str, ...]


@dataclass(frozen=True)
class CoverageTest:
    """The test of Kupiec (1995): whether the share of exceptions equals 1 - coverage.

    Attributes:
        exceptions: Days with a loss above the forecast.
        days: Days tested.
        statistic: Likelihood ratio, chi-squared with one degree of freedom.
        p_value: Probability of a statistic at least as large from a good model.
    """

    exceptions: int
    days: int
    statistic: float
    p_value: float


def is_exception(profit: Any, value_at_risk: Any) -> BoolArray:
    """Return the days whose loss is above the forecast; a day without either counts (MAR32.5).

    Args:
        profit: Daily profit and loss; NaN where not available.
        value_at_risk: Forecast of the day, a loss being positive; NaN where not available.

    Raises:
        RiskInputError: If the two differ in length, or an amount is infinite.
    """
    made = np.atleast_1d(np.asarray(profit, dtype=np.float64))
    feared = np.atleast_1d(np.asarray(value_at_risk, dtype=np.float64))
    if made.shape != feared.shape:
        raise RiskInputError("profit and value_at_risk differ in length.", "Give both of each day.")
    if np.isinf(made).any() or np.isinf(feared).any():
        raise RiskInputError("profit or value_at_risk is infinite.", "Give NaN where unknown.")
    return np.asarray(np.isnan(made) | np.isnan(feared) | (-made > feared))


def backtest(
    actual_profit: Any, hypothetical_profit: Any, value_at_risk: Any, as_of: date = LATEST
) -> Backtest:
    """Count exceptions over 250 days, and find the zone and the multiplier (MAR32.5, MAR32.9).

    Args:
        actual_profit: Actual profit and loss of each day.
        hypothetical_profit: Profit and loss had positions stayed those of the evening before.
        value_at_risk: Forecast of each day at 99% for one day, a loss being positive.
        as_of: Date of the rules.

    Raises:
        RiskInputError: If the days are not 250: the zones hold for no other number.
        MissingRuleError: If the rules are not known for that date.
    """
    days = int(rule("MAR32.9:days", as_of).exact)
    actual = is_exception(actual_profit, value_at_risk)
    hypothetical = is_exception(hypothetical_profit, value_at_risk)
    if len(actual) != days:
        raise RiskInputError(
            f"The backtest has {len(actual)} days.", f"The zones hold for {days} days alone."
        )
    counts = int(actual.sum()), int(hypothetical.sum())
    return Backtest(
        actual=counts[0],
        hypothetical=counts[1],
        exceptions=max(counts),
        zone=zone(max(counts), as_of),
        multiplier=multiplier(max(counts), as_of),
        rules=("MAR32.9:multiplier", "MAR32.9:last_of_zone"),
    )


def zone(exceptions: int, as_of: date = LATEST) -> Zone:
    """Return the zone of a number of exceptions in 250 days (MAR32.9).

    Raises:
        RiskInputError: If the number is negative.
        MissingRuleError: If the rules are not known for that date.
    """
    last, count = rule("MAR32.9:last_of_zone", as_of), _count(exceptions)
    if count <= last.part(Zone.GREEN):
        return Zone.GREEN
    return Zone.AMBER if count <= last.part(Zone.AMBER) else Zone.RED


def multiplier(exceptions: int, as_of: date = LATEST) -> float:
    """Return the multiplier for a number of exceptions in 250 days; errors as in `zone`."""
    measure = np.array([float(_count(exceptions))])
    return float(rule("MAR32.9:multiplier", as_of).band(measure)[0])


def kupiec_test(exceptions: int, days: int, confidence: float = 0.99) -> CoverageTest:
    """Test whether exceptions are as frequent as they should be (Kupiec 1995).

    Args:
        exceptions: Days with a loss above the forecast.
        days: Days tested.
        confidence: Confidence of the forecast, as a fraction.

    Raises:
        RiskInputError: If the numbers or the confidence are out of range.
    """
    # Imported here because it takes longer to load than the rest of the package.
    from scipy.special import chdtrc, xlogy  # type: ignore[import-untyped]

    if not 0.0 < confidence < 1.0:
        raise RiskInputError(f"confidence is {confidence}.", "Give a fraction, such as 0.99.")
    if days < 1 or _count(exceptions) > days:
        raise RiskInputError(f"{exceptions} exceptions in {days} days.", "Give at most one a day.")
    expected, seen = 1.0 - confidence, exceptions / days
    good = days - exceptions
    statistic = -2.0 * (
        xlogy(good, 1.0 - expected)
        + xlogy(exceptions, expected)
        - xlogy(good, 1.0 - seen)
        - xlogy(exceptions, seen)
    )
    statistic = max(float(statistic), 0.0)
    return CoverageTest(exceptions, days, statistic, float(chdtrc(1, statistic)))


def _count(exceptions: int) -> int:
    if exceptions < 0:
        raise RiskInputError(f"exceptions is {exceptions}.", "Give a count of zero or more.")
    return exceptions
