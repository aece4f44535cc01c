"""Intervals of figures that are means over repeated predictions of the same rows.

Belongs here: the bootstrap by rows for cross-sections. Does not belong here: the bootstrap by
cluster, for rows that belong together (`finplatform.ml.metrics.bootstrap_intervals`).
"""

import numpy as np

from finplatform.ml.metrics import Ranking


def intervals_of_mean(
    outcome: np.ndarray,
    pd: np.ndarray,
    *,
    seed: int,
    replicates: int = 500,
    level: float = 0.95,
) -> dict[str, tuple[float, float]]:
    """Percentile intervals of AUC, Gini, KS and Brier score, each averaged over the repeats.

    A row that is drawn is drawn in all repeats at once: repeats are other cuts of the same
    borrowers, and treating them as further borrowers would promise too much. The models are not
    trained anew, so the intervals cover sampling of the predicted borrowers and not of the
    training rows.

    Args:
        outcome: 0 or 1, shape (rows,), both occurring.
        pd: Probabilities, shape (repeats, rows).
        seed: Seed of the generator.
        replicates: Number of resamples; those with one outcome only are left out.
        level: Coverage.

    Returns:
        `auc`, `gini`, `ks` and `brier` with (low, high).
    """
    rankings = [Ranking.of(outcome, row) for row in pd]
    errors = ((pd - outcome) ** 2).mean(axis=0)
    generator = np.random.default_rng(seed)
    figures = []
    for _ in range(replicates):
        drawn = generator.integers(outcome.size, size=outcome.size)
        weight = np.bincount(drawn, minlength=outcome.size).astype(float)
        if not 0 < weight @ outcome < weight.sum():
            continue
        found = np.array([ranking.figures(weight) for ranking in rankings]).mean(axis=0)
        figures.append((found[0], 2 * found[0] - 1, found[1], weight @ errors / weight.sum()))
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(np.array(figures), [tail, 100 - tail], axis=0)
    names = ("auc", "gini", "ks", "brier")
    return {name: (float(low[at]), float(high[at])) for at, name in enumerate(names)}
