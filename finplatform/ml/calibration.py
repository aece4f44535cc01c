"""The straight line on the log-odds that turns a ranking into probabilities, and its fit.

Belongs here: what Platt scaling, calibration in the large and calibration slope have in common.
Does not belong here: which rows the line is fitted on (`finplatform.ml.selection`).
"""

from dataclasses import dataclass

import numpy as np

_STEPS = 60
_TOLERANCE = 1e-11
_LIMIT = 40.0


@dataclass(frozen=True)
class Recalibration:
    """`calibrated log-odds = intercept + slope * log-odds`; rising, hence order-preserving."""

    intercept: float
    slope: float

    def apply(self, log_odds: np.ndarray) -> np.ndarray:
        """Calibrated log-odds, shape as given."""
        return self.intercept + self.slope * log_odds


def probability(log_odds: np.ndarray) -> np.ndarray:
    """Inverse of `log_odds_of`, without overflow."""
    return 1 / (1 + np.exp(-np.clip(log_odds, -_LIMIT, _LIMIT)))


def log_odds_of(probability: np.ndarray) -> np.ndarray:
    """`log(p / (1 - p))` of probabilities strictly inside (0, 1)."""
    return np.log(probability) - np.log1p(-probability)


def anchor(log_odds: np.ndarray, rate: float) -> float:
    """Shift of the log-odds at which the mean probability equals `rate`.

    Args:
        log_odds: Shape (n,).
        rate: Strictly inside (0, 1).
    """
    low, high = -_LIMIT - float(np.max(log_odds)), _LIMIT - float(np.min(log_odds))
    shift = float(np.clip(np.log(rate / (1 - rate)) - np.mean(log_odds), low, high))
    for _ in range(_STEPS):
        fitted = probability(log_odds + shift)
        excess = float(fitted.mean()) - rate
        low, high = (low, shift) if excess > 0 else (shift, high)
        newton = shift - excess / max(float(np.mean(fitted * (1 - fitted))), 1e-300)
        step = newton if low < newton < high else (low + high) / 2
        if abs(step - shift) < _TOLERANCE:
            return step
        shift = step
    return shift


def fit_recalibration(
    outcome: np.ndarray, log_odds: np.ndarray, *, slope_precision: float = 0.0
) -> Recalibration:
    """Most likely line on the log-odds, by damped Newton steps.

    Args:
        outcome: 0 or 1, shape (n,), both occurring.
        log_odds: Shape (n,).
        slope_precision: Weight of the prior belief that the slope is 1 (one over its variance); 0
            is maximum likelihood. Without it, few defaults that happen to be separated perfectly
            would drive the slope to infinity; then the search stops at a large finite slope.
    """
    design = np.column_stack([np.ones_like(log_odds), log_odds])
    prior = np.array([0.0, slope_precision])
    centre = np.array([0.0, 1.0])
    line = np.array([anchor(log_odds, float(outcome.mean())), 1.0])

    def loss(at: np.ndarray) -> float:
        fitted = design @ at
        likelihood = np.sum(np.logaddexp(0, fitted) - outcome * fitted)
        return float(likelihood + np.sum(prior * (at - centre) ** 2) / 2)

    current = loss(line)
    for _ in range(_STEPS):
        fitted = probability(design @ line)
        gradient = design.T @ (fitted - outcome) + prior * (line - centre)
        curvature = (design * (fitted * (1 - fitted))[:, None]).T @ design + np.diag(prior)
        step = np.linalg.lstsq(curvature, gradient, rcond=None)[0]
        while loss(line - step) > current and np.abs(step).max() > _TOLERANCE:
            step = step / 2
        line = np.clip(line - step, -_LIMIT, _LIMIT)
        current = loss(line)
        if np.abs(step).max() < _TOLERANCE:
            break
    return Recalibration(intercept=float(line[0]), slope=float(line[1]))
