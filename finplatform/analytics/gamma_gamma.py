"""Gamma-Gamma: mean value of a customer's purchases, shrunk to the mean of all customers.

Amounts of a customer vary around a mean of the customer's own, means vary between customers, and
neither depends on the purchase frequency. Belongs here: likelihood, fit and expected value. Does
not belong here: how many purchases there will be (`bg_nbd`).

Reference: Fader and Hardie, The Gamma-Gamma model of monetary value (2013), equations 1a and 5.
"""

import numpy as np

from finplatform.analytics.likelihood import Fit, maximise

_NAMES = ("p", "q_less_one", "v")
"""q is kept above 1, below which the mean over all customers would be infinite."""


def log_likelihood(
    parameters: np.ndarray, purchases: np.ndarray, mean_value: np.ndarray
) -> tuple[float, np.ndarray]:
    """Log-likelihood and its slope in the logarithms of p, q - 1 and v.

    Args:
        parameters: p, q - 1, v, all positive.
        purchases: Purchases behind each mean, at least 1, shape (customers,).
        mean_value: Mean value of them, positive, shape (customers,).
    """
    from scipy.special import digamma, gammaln  # type: ignore[import-untyped]

    p, excess, v = parameters
    q = 1 + excess
    x, m = purchases, mean_value
    total = np.log(v + x * m)
    each = (
        gammaln(p * x + q)
        - gammaln(p * x)
        - gammaln(q)
        + q * np.log(v)
        + (p * x - 1) * np.log(m)
        + p * x * np.log(x)
        - (p * x + q) * total
    )
    slope = np.array(
        [
            np.sum(x * (digamma(p * x + q) - digamma(p * x) + np.log(m) + np.log(x) - total)),
            np.sum(digamma(p * x + q) - digamma(q) + np.log(v) - total),
            np.sum(q / v - (p * x + q) / (v + x * m)),
        ]
    )
    return float(each.sum()), parameters * slope


def fit(purchases: np.ndarray, mean_value: np.ndarray) -> Fit:
    """Parameters of highest likelihood.

    Raises:
        ValueError: Fewer than two customers, or a figure that is not positive.
    """
    x, m = np.asarray(purchases, dtype=float), np.asarray(mean_value, dtype=float)
    if len(x) < 2 or not (x > 0).all() or not (m > 0).all():
        raise ValueError("two customers with purchases of positive value are the least")
    # In units of the mean, so that the search begins near the end whatever the currency.
    unit = float(m.mean())
    found = maximise(
        lambda parameters: log_likelihood(parameters, x, m / unit),
        np.array([2.0, 2.0, 1.0]),
        _NAMES,
    )
    scaled = found.parameters * np.array([1.0, 1.0, unit])
    return Fit(
        found.names,
        scaled,
        found.covariance,
        found.log_likelihood - len(x) * float(np.log(unit)),
        found.is_interior,
    )


def expected_value(
    parameters: np.ndarray, purchases: np.ndarray, mean_value: np.ndarray
) -> np.ndarray:
    """Expected value of a purchase, shape (customers,): a weighted mean of own and all.

    Args:
        parameters: p, q - 1, v.
        purchases: Purchases behind each mean; 0 gives the mean over all customers.
        mean_value: Their mean; anything finite without purchases.
    """
    p, excess, v = parameters
    return np.asarray(p * (v + purchases * mean_value) / (p * purchases + excess))
