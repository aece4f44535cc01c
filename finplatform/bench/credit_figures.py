"""Performance figures of default models, for rows predicted once or several times.

Computed from outcomes and probabilities, as JSON; `finplatform.bench.credit` splits and predicts.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from finplatform.ml import metrics
from finplatform.ml.resampling_intervals import intervals_of_mean

REPLICATES = 500
RELIABILITY_BINS = 10


def figures(outcome: np.ndarray, pd: np.ndarray, seed: int) -> dict[str, Any]:
    """Mean over the repeats of each figure, and its interval.

    Args:
        outcome: 0 or 1, shape (rows,).
        pd: Probabilities, shape (repeats, rows).
        seed: Seed of the bootstrap.

    Returns:
        Plain values: `auc`, `gini`, `ks`, `brier`, each with `_interval` (95%), intercept and slope
        of the calibration, mean PD, observed rate, and points of the reliability plot.
    """
    calibrations = [metrics.calibration(outcome, row) for row in pd]
    intervals = intervals_of_mean(outcome, pd, seed=seed, replicates=REPLICATES)
    return {
        "auc": _mean(metrics.auc(outcome, row) for row in pd),
        "gini": _mean(metrics.gini(outcome, row) for row in pd),
        "ks": _mean(metrics.ks(outcome, row) for row in pd),
        "brier": _mean(metrics.brier(outcome, row) for row in pd),
        **{f"{name}_interval": list(interval) for name, interval in intervals.items()},
        "calibration_intercept": _mean(line.intercept for line in calibrations),
        "calibration_slope": _mean(line.slope for line in calibrations),
        "mean_pd": _mean(line.mean_pd for line in calibrations),
        "observed_rate": float(outcome.mean()),
        "reliability": reliability(outcome, pd.mean(axis=0)),
    }


def reliability(
    outcome: np.ndarray, pd: np.ndarray, bins: int = RELIABILITY_BINS
) -> list[dict[str, float]]:
    """Observed against predicted rate in bins of equally many rows, with Wilson's interval.

    Args:
        outcome: 0 or 1, shape (rows,).
        pd: Shape (rows,).
        bins: Number of bins; fewer when there are fewer rows.
    """
    points = []
    z = 1.959963984540054
    for part in np.array_split(np.argsort(pd, kind="stable"), min(bins, outcome.size)):
        size, rate = part.size, float(outcome[part].mean())
        centre = (rate + z**2 / (2 * size)) / (1 + z**2 / size)
        reach = z * np.sqrt(rate * (1 - rate) / size + z**2 / (4 * size**2)) / (1 + z**2 / size)
        points.append(
            {
                "rows": size,
                "predicted": float(pd[part].mean()),
                "observed": rate,
                "lower": float(max(centre - reach, 0.0)),
                "upper": float(min(centre + reach, 1.0)),
            }
        )
    return points


def _mean(values: Iterator[float]) -> float:
    return float(np.mean(list(values)))
