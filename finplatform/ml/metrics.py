"""Discrimination of scores and calibration of PDs, from outcomes and predictions in NumPy.

Throughout, a higher score means more risk, and an outcome of 1 is a default.
"""

from dataclasses import dataclass

import numpy as np

from finplatform.ml.calibration import anchor, fit_recalibration, log_odds_of


@dataclass(frozen=True)
class Calibration:
    """Predicted against observed default rates.

    Attributes:
        intercept: Shift of the log-odds that would make the mean PD equal the observed rate; 0 is
            right, above 0 the PDs are too low.
        slope: Factor on the log-odds that fits best; below 1 the PDs are spread too far apart.
        mean_pd: Mean predicted PD.
        observed_rate: Observed default rate.
    """

    intercept: float
    slope: float
    mean_pd: float
    observed_rate: float


@dataclass(frozen=True)
class Ranking:
    """A sample sorted by score once, so that reweighting it (the bootstrap) needs no new sort."""

    order: np.ndarray
    tie_starts: np.ndarray
    outcome: np.ndarray

    @classmethod
    def of(cls, outcome: np.ndarray, score: np.ndarray) -> "Ranking":
        """Ranking of a sample; arguments and errors as `auc`."""
        outcome = np.asarray(outcome, dtype=float)
        score = np.asarray(score, dtype=float)
        if outcome.shape != score.shape or outcome.ndim != 1:
            raise ValueError("outcome and score must be two arrays of one length")
        if not np.isfinite(score).all():
            raise ValueError("every score must be a finite number")
        if not 0 < outcome.sum() < outcome.size:
            raise ValueError("both outcomes must occur")
        order = np.argsort(score, kind="stable")
        ranked = score[order]
        tie_starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
        return cls(order, tie_starts, outcome[order])

    def shares(self, weight: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Share of all defaults, and of all others, at each distinct score, ascending."""
        weight = np.ones(self.order.size) if weight is None else weight[self.order]
        bad = np.add.reduceat(weight * self.outcome, self.tie_starts)
        good = np.add.reduceat(weight * (1 - self.outcome), self.tie_starts)
        return bad / bad.sum(), good / good.sum()

    def figures(self, weight: np.ndarray | None = None) -> tuple[float, float]:
        """AUC and KS of the sample, each row counted by its weight."""
        shares = self.shares(weight)
        return _auc(*shares), _ks(*shares)


def _auc(bad: np.ndarray, good: np.ndarray) -> float:
    # Shares add up to 1 but for rounding, which must not make an area larger than the square.
    return min(float(np.sum(bad * (np.cumsum(good) - good / 2))), 1.0)


def _ks(bad: np.ndarray, good: np.ndarray) -> float:
    return min(float(np.max(np.abs(np.cumsum(bad) - np.cumsum(good)))), 1.0)


def auc(outcome: np.ndarray, score: np.ndarray) -> float:
    """Chance that a random defaulter scores above a random other; a tie counts half.

    Args:
        outcome: 0 or 1, shape (n,).
        score: Finite, shape (n,); higher is riskier.

    Raises:
        ValueError: Shapes differ, a score is not finite, or only one outcome occurs.
    """
    return _auc(*Ranking.of(outcome, score).shares())


def gini(outcome: np.ndarray, score: np.ndarray) -> float:
    """Accuracy ratio, 2 AUC - 1. Arguments and errors as `auc`."""
    return 2 * auc(outcome, score) - 1


def ks(outcome: np.ndarray, score: np.ndarray) -> float:
    """Largest gap between the two cumulative score distributions. As `auc`."""
    return _ks(*Ranking.of(outcome, score).shares())


def brier(outcome: np.ndarray, pd: np.ndarray) -> float:
    """Mean squared distance of PD and outcome."""
    return float(np.mean((np.asarray(pd, dtype=float) - np.asarray(outcome, dtype=float)) ** 2))


def calibration(outcome: np.ndarray, pd: np.ndarray) -> Calibration:
    """Calibration in the large and calibration slope (Cox 1958) of predicted PDs.

    Args:
        outcome: 0 or 1, shape (n,), both occurring.
        pd: Strictly inside (0, 1), shape (n,).
    """
    outcome = np.asarray(outcome, dtype=float)
    pd = np.asarray(pd, dtype=float)
    log_odds = log_odds_of(pd)
    return Calibration(
        intercept=anchor(log_odds, float(outcome.mean())),
        slope=fit_recalibration(outcome, log_odds).slope,
        mean_pd=float(pd.mean()),
        observed_rate=float(outcome.mean()),
    )


def bootstrap_intervals(
    outcome: np.ndarray,
    score: np.ndarray,
    clusters: np.ndarray,
    *,
    seed: int,
    replicates: int = 300,
    level: float = 0.95,
) -> dict[str, tuple[float, float]]:
    """Percentile intervals of AUC and KS from resampling whole clusters.

    Months of one exposure share one outcome, so that resampling rows would promise far more
    certainty than there is.

    Args:
        outcome: 0 or 1, shape (n,).
        score: Finite, shape (n,).
        clusters: Cluster of each row (its exposure), shape (n,), any sortable type.
        seed: Seed of the generator.
        replicates: Number of resamples; those without a defaulter are left out.
        level: Coverage.

    Returns:
        `{"auc": (low, high), "ks": (low, high)}`.
    """
    ranking = Ranking.of(outcome, score)
    names, member = np.unique(clusters, return_inverse=True)
    generator = np.random.default_rng(seed)
    figures = []
    for _ in range(replicates):
        drawn = generator.integers(names.size, size=names.size)
        weight = np.bincount(drawn, minlength=names.size).astype(float)[member]
        if 0 < weight @ np.asarray(outcome, dtype=float) < weight.sum():
            figures.append(ranking.figures(weight))
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(np.array(figures), [tail, 100 - tail], axis=0)
    return {"auc": (float(low[0]), float(high[0])), "ks": (float(low[1]), float(high[1]))}
