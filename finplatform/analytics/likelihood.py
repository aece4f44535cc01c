"""Highest likelihood over positive parameters, with the uncertainty that the data leave.

Belongs here: the search and the covariance. Does not belong here: any likelihood.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from finplatform.ml.threads import one_thread

_REACH = 14.0
"""Logarithms of parameters that are searched: from one in a million to a million."""
_STEP = 1e-4


@dataclass(frozen=True)
class Fit:
    """Parameters and how well they are known.

    Attributes:
        names: Names of the parameters.
        parameters: Positive, shape (parameters,).
        covariance: Of their logarithms, shape (parameters, parameters).
        log_likelihood: At the parameters.
        is_interior: Whether the likelihood has a peak there. Otherwise it still rises at the limit
            of the search, or is flat in some direction, and the covariance means nothing.
    """

    names: tuple[str, ...]
    parameters: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    is_interior: bool

    def standard_error(self, gradient: np.ndarray) -> np.ndarray:
        """Delta method: error of figures with the given slopes in the parameters' logarithms.

        Args:
            gradient: Shape (parameters, rows).

        Returns:
            Shape (rows,); NaN if the fit has no peak.
        """
        if not self.is_interior:
            return np.full(gradient.shape[1], np.nan)
        variance = ((self.covariance @ gradient) * gradient).sum(axis=0)
        return np.sqrt(np.maximum(variance, 0.0))


@one_thread()
def maximise(
    log_likelihood: Callable[[np.ndarray], tuple[float, np.ndarray]],
    start: np.ndarray,
    names: Sequence[str],
) -> Fit:
    """Search the logarithms of the parameters by their slopes (L-BFGS-B).

    Args:
        log_likelihood: Value and slope in the logarithms, of positive parameters.
        start: Initial values, shape (parameters,).
        names: Names of the parameters.
    """
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    # Per unit of likelihood at the start, so that the stopping rule does not depend on the size.
    scale = max(abs(log_likelihood(start)[0]), 1.0)

    def loss(logs: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = log_likelihood(np.exp(logs))
        return -value / scale, -slope / scale

    bounds = [(-_REACH, _REACH)] * len(start)
    options = {"maxiter": 500, "ftol": 1e-13, "gtol": 1e-9}
    found = minimize(
        loss, np.log(start), jac=True, method="L-BFGS-B", bounds=bounds, options=options
    )
    information = scale * _curvature(lambda logs: loss(logs)[1], found.x)
    strength = np.linalg.eigvalsh(information)
    is_interior = bool((np.abs(found.x) < _REACH - 0.01).all() and strength[0] > 1e-6)
    covariance = np.linalg.inv(information) if is_interior else np.full_like(information, np.nan)
    return Fit(tuple(names), np.exp(found.x), covariance, float(-found.fun * scale), is_interior)


def _curvature(slope: Callable[[np.ndarray], np.ndarray], at: np.ndarray) -> np.ndarray:
    """Second derivatives by central differences of the slope, symmetric."""
    steps = _STEP * np.eye(len(at))
    rows = np.array([(slope(at + step) - slope(at - step)) / (2 * _STEP) for step in steps])
    return (rows + rows.T) / 2
