"""Historical and filtered value at risk and expected shortfall of daily profit and loss.

Belongs here: quantiles and tails of a sample, volatility that follows the market, and forecasts day
by day. Losses are positive in every result. How forecasts did is `backtesting`.
"""

import math
from itertools import accumulate
from typing import Any

import numpy as np

from finplatform.risk.arrays import FloatArray, amounts, fractions, numbers, refuse
from finplatform.risk.errors import RiskInputError
from finplatform.risk.thresholds import as_written

# RiskMetrics (1996): how much of yesterday's variance stays, for daily data.
EWMA_DECAY = 0.94
# A usual fit of GARCH(1, 1) to daily returns of share indices.
GARCH_REACTION = 0.08
GARCH_PERSISTENCE = 0.90

DAYS_TO_START = 30
"""Days whose mean square is the first variance; they must not all stand still."""


def value_at_risk(profit: Any, confidence: float = 0.99) -> float:
    """Return the loss that was not exceeded on a share of the days of at least `confidence`.

    The smallest such loss of the sample itself, without interpolation; a profit is negative.

    Args:
        profit: Daily profit and loss, in any currency or as returns.
        confidence: As a fraction between 0 and 1.

    Raises:
        RiskInputError: If the sample is empty or has gaps, or the confidence is out of range.
    """
    losses, level = _losses(profit), _level(confidence)
    return float(losses[_position(len(losses), level)])


def expected_shortfall(profit: Any, confidence: float = 0.975) -> float:
    """Return the average loss of the worst days: a share of one less `confidence` of the sample.

    Where that share is no whole number of days, the last day counts in part, so that the figure
    never falls below value at risk. The default is the confidence of MAR33.3. Arguments and errors
    as in `value_at_risk`.
    """
    losses, level = _losses(profit), _level(confidence)
    days = float((1 - as_written(level)) * len(losses))
    whole = min(int(days), len(losses) - 1)
    worst = losses[::-1]
    return float((worst[:whole].sum() + (days - whole) * worst[whole]) / days)


def ewma_volatility(returns: Any, decay: float = EWMA_DECAY) -> FloatArray:
    """Return each day's volatility as it was known before the day: exponentially weighted.

        variance(t) = decay variance(t - 1) + (1 - decay) return(t - 1)^2

    starting from the mean square of the first 30 days (or of all, where there are fewer).

    Args:
        returns: Daily returns or profit and loss.
        decay: Between 0 and 1, as a fraction; the rest is the weight of yesterday.

    Raises:
        RiskInputError: If there are gaps, the decay is out of range, or nothing moves at the start.
    """
    return garch_volatility(returns, reaction=1.0 - _level(decay), persistence=decay)


def garch_volatility(
    returns: Any, *, reaction: float = GARCH_REACTION, persistence: float = GARCH_PERSISTENCE
) -> FloatArray:
    """Return each day's volatility as it was known before the day: GARCH(1, 1).

        variance(t) = (1 - a - b) V + a return(t - 1)^2 + b variance(t - 1)

    V, which is also the start, is the mean square of the first 30 days. The two figures are given,
    not fitted, so that a day's result does not depend on later days.

    Args:
        returns: Daily returns or profit and loss.
        reaction: a, the weight of yesterday's return.
        persistence: b, the weight of yesterday's variance; a + b is at most 1.

    Raises:
        RiskInputError: If there are gaps, a weight is out of range, or nothing moves at the start.
    """
    weights = fractions("reaction and persistence", [reaction, persistence])
    if weights.sum() > 1.0 + 1e-12:
        raise RiskInputError(
            f"reaction and persistence add up to {weights.sum():g}.", "Above 1, variance explodes."
        )
    squares = _sample("returns", returns) ** 2
    start = float(squares[:DAYS_TO_START].mean())
    if start == 0.0:
        raise RiskInputError("returns do not move at the start.", "Leave out days without a price.")
    constant = (1.0 - reaction - persistence) * start
    news = constant + reaction * squares[:-1]
    # Each variance needs the one before. SciPy has a filter for it, which takes seconds to load.
    variance = accumulate(news, lambda before, new: persistence * before + new, initial=start)
    return np.sqrt(np.fromiter(variance, dtype=np.float64, count=len(squares)))


def forecast(
    profit: Any,
    *,
    confidence: float = 0.99,
    window: int = 250,
    volatility: Any = None,
) -> FloatArray:
    """Return each day's value at risk from the days before it.

    With volatility this is filtered historical simulation (Hull and White 1998): each past day is
    scaled by the volatility of the forecast's day over its own.

    Args:
        profit: Daily profit and loss, oldest first.
        confidence: As a fraction.
        window: Number of days that a forecast looks back on.
        volatility: Volatility of each day as known before it, such as `ewma_volatility`.

    Returns:
        Losses as positive numbers, one for each day; NaN for the first `window` days.

    Raises:
        RiskInputError: If there are gaps, the confidence or the window is out of range, or a
            volatility is not above zero.
    """
    sample, level = _sample("profit", profit), _level(confidence)
    if window < 1:
        raise RiskInputError(f"window is {window}.", "Give the number of days to look back on.")
    scale = np.ones_like(sample) if volatility is None else amounts("volatility", volatility)
    refuse("volatility", scale == 0.0, "is zero", "Leave out days without a price.")
    if scale.shape != sample.shape:
        raise RiskInputError("volatility and profit differ in length.", "Give one for each day.")
    forecasts = np.full(len(sample), np.nan)
    if len(sample) <= window:
        return forecasts
    windows = np.lib.stride_tricks.sliding_window_view(-sample / scale, window)[:-1]
    position = _position(window, level)
    forecasts[window:] = np.partition(windows, position, axis=1)[:, position] * scale[window:]
    return forecasts


def _position(count: int, level: float) -> int:
    """Position of the quantile among `count` losses in rising order."""
    return max(math.ceil(as_written(level) * count) - 1, 0)


def _losses(profit: Any) -> FloatArray:
    return np.sort(-_sample("profit", profit))


def _sample(name: str, values: Any) -> FloatArray:
    sample = np.atleast_1d(numbers(name, values))
    if sample.ndim != 1 or sample.size == 0:
        raise RiskInputError(f"{name} is empty or no series.", "Give one figure for each day.")
    return sample


def _level(confidence: float) -> float:
    if not 0.0 < confidence < 1.0:
        raise RiskInputError(f"confidence is {confidence}.", "Give a fraction, such as 0.99.")
    return float(confidence)
