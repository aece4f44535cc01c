"""BG/NBD: purchase frequency of customers whose churn is not observed.

While active, a customer buys at random times at a rate that differs between customers (gamma), and
after each purchase stops for good with a chance that differs too (beta). Belongs here: likelihood,
fit, and what the model expects. Does not belong here: what a purchase is worth (`gamma_gamma`), or
which events of a bank are purchases (`lifetime_value`).

Reference: Fader, Hardie and Lee, "Counting your customers" the easy way, Marketing Science 24
(2005), equations 6, 10 and A.
"""

from dataclasses import dataclass

import numpy as np

from finplatform.analytics.likelihood import Fit, maximise
from finplatform.ml.threads import one_thread

_NAMES = ("r", "alpha", "a", "b")
_NEAR_ONE = 1e-4
_CONCENTRATED = 50.0


@dataclass(frozen=True)
class Histories:
    """Purchase histories of customers; arrays of one shape (customers,).

    Attributes:
        frequency: Purchases after the first.
        recency: Time from the first to the last purchase; 0 without a second one.
        observed: Time from the first purchase to the end of observation, at least `recency`.
        count: Customers with the same three figures.
    """

    frequency: np.ndarray
    recency: np.ndarray
    observed: np.ndarray
    count: np.ndarray

    @classmethod
    def of(
        cls,
        frequency: np.ndarray,
        recency: np.ndarray,
        observed: np.ndarray,
        count: np.ndarray | None = None,
    ) -> "Histories":
        """Check the figures and take them as floats.

        Raises:
            ValueError: Shapes differ, or a figure is impossible.
        """
        x, last, span = (np.asarray(v, dtype=float) for v in (frequency, recency, observed))
        many = np.ones_like(x) if count is None else np.asarray(count, dtype=float)
        if not x.shape == last.shape == span.shape == many.shape or x.ndim != 1:
            raise ValueError("the arrays must have one shape (customers,)")
        if ((x < 0) | (last < 0) | (last > span) | ((x == 0) & (last > 0))).any():
            raise ValueError("a purchase lies before the first or after the end of observation")
        return cls(x, last, span, many)

    def __len__(self) -> int:
        return len(self.frequency)

    def merged(self) -> "Histories":
        """Histories grouped by equal values."""
        rows = np.column_stack([self.frequency, self.recency, self.observed])
        distinct, place = np.unique(rows, axis=0, return_inverse=True)
        frequency, recency, observed = distinct.T
        many = np.bincount(place.ravel(), weights=self.count)
        return Histories(frequency, recency, observed, many)


def log_likelihood(parameters: np.ndarray, seen: Histories) -> tuple[float, np.ndarray]:
    """Log-likelihood and its slope in the logarithms of r, alpha, a and b.

    Sums of powers stay logarithms throughout: a customer with hundreds of purchases would else be a
    ratio of numbers beyond the range of floats.

    Args:
        parameters: r, alpha, a, b, all positive.
        seen: Purchases.
    """
    from scipy.special import digamma, gammaln  # type: ignore[import-untyped]

    r, alpha, a, b = parameters
    x, last, span = seen.frequency, seen.recency, seen.observed
    is_repeat = x > 0
    later = np.where(is_repeat, b + x - 1, 1.0)
    active = -(r + x) * np.log(alpha + span)
    stopped = np.where(
        is_repeat, np.log(a) - np.log(later) - (r + x) * np.log(alpha + last), -np.inf
    )
    either = np.logaddexp(active, stopped)
    each = (
        gammaln(r + x)
        - gammaln(r)
        + r * np.log(alpha)
        + (gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x))
        + either
    )
    on, off = np.exp(active - either), np.exp(stopped - either)
    common = digamma(a + b) - digamma(a + b + x)
    slopes = np.array(
        [
            digamma(r + x)
            - digamma(r)
            + np.log(alpha)
            - on * np.log(alpha + span)
            - off * np.log(alpha + last),
            r / alpha - (r + x) * (on / (alpha + span) + off / (alpha + last)),
            common + off / a,
            common + digamma(b + x) - digamma(b) - off / later,
        ]
    )
    return float(each @ seen.count), parameters * (slopes @ seen.count)


@one_thread()
def fit(seen: Histories) -> Fit:
    """Parameters of highest likelihood.

    Args:
        seen: At least one customer who bought twice.

    Raises:
        ValueError: If no customer bought twice, or the observed time is 0.
    """
    merged = seen.merged()
    bought, time = merged.frequency @ merged.count, merged.observed @ merged.count
    if bought <= 0 or time <= 0:
        raise ValueError("no customer bought twice: the rate is not identified")
    start = np.array([1.0, time / bought, 1.0, 5.0])
    return maximise(lambda parameters: log_likelihood(parameters, merged), start, _NAMES)


def probability_active(parameters: np.ndarray, seen: Histories) -> np.ndarray:
    """Chance that a customer will buy again at all, shape (customers,).

    In the model no customer stops before a first repeat purchase, so a customer with one purchase
    has 1.
    """
    from scipy.special import expit

    r, alpha, a, b = parameters
    x, last, span = seen.frequency, seen.recency, seen.observed
    is_repeat = x > 0
    log_odds_stopped = np.where(
        is_repeat,
        np.log(a)
        - np.log(np.where(is_repeat, b + x - 1, 1.0))
        + (r + x) * (np.log(alpha + span) - np.log(alpha + last)),
        -np.inf,
    )
    return np.asarray(expit(-log_odds_stopped))


def expected_purchases(parameters: np.ndarray, seen: Histories, time: float) -> np.ndarray:
    """Purchases that are expected in the next `time`, shape (customers,).

    The published formula has 2F1(r+x, b+x; a+b+x-1; z) times (1-z)^(r+x), a huge number times a
    tiny one. By Euler's transformation the product is (1-z)^(a-1) 2F1(a+b-1-r, a-1; a+b+x-1; z),
    whose parts are of moderate size. At a = 1 the formula is 0/0; its limit is the mean of both
    sides.
    """
    from scipy.special import hyp2f1

    r, alpha, a, b = parameters
    if abs(a - 1) < _NEAR_ONE:
        sides = (np.array([r, alpha, 1 + 2 * s * _NEAR_ONE, b]) for s in (-1.0, 1.0))
        below, above = (expected_purchases(side, seen, time) for side in sides)
        return (below + above) / 2
    x, span = seen.frequency, seen.observed
    if a > _CONCENTRATED:
        if_active = _by_two_chances(parameters, seen, time)
    else:
        z = time / (alpha + span + time)
        remaining = (1 - z) ** (a - 1) * hyp2f1(a + b - 1 - r, a - 1, a + b + x - 1, z)
        if_active = (a + b + x - 1) / (a - 1) * (1 - remaining)
    return np.asarray(np.maximum(if_active, 0.0) * probability_active(parameters, seen))


def _by_two_chances(parameters: np.ndarray, seen: Histories, time: float) -> np.ndarray:
    """Purchases expected of active customers whose chances of stopping are nearly one number.

    There the closed form is infinity times nothing. It is the mean, over the chance p of stopping,
    beta distributed with a and b + x, of (1 - ((alpha+T) / (alpha+T+p t))^(r+x)) / p. Gauss's two
    points have the mean, variance and skewness of that distribution.
    """
    r, alpha, a, b = parameters
    x, span = seen.frequency, alpha + seen.observed
    b = b + x
    mean, spread = a / (a + b), np.sqrt(a * b / (a + b + 1)) / (a + b)
    skew = 2 * (b - a) * np.sqrt(a + b + 1) / ((a + b + 2) * np.sqrt(a * b))
    root = np.sqrt(skew**2 + 4)
    low, high = (skew - root) / 2, (skew + root) / 2

    def of_chance(stop: np.ndarray) -> np.ndarray:
        return np.asarray(-np.expm1(-(r + x) * np.log1p(stop * time / span)) / stop)

    return np.asarray(
        high / root * of_chance(mean + low * spread) - low / root * of_chance(mean + high * spread)
    )
