"""The figures by which predicted probabilities are judged, as plain values.

Belongs here: which metrics are reported, for whom, with what uncertainty. Does not belong here: the
metrics themselves (`finplatform.ml.metrics`) or thresholds.
"""

from typing import Any

import numpy as np
import polars as pl

from finplatform.ml import metrics
from finplatform.ml.selection import outcome_of
from finplatform.ml.spec import DEFAULT, OBSERVED, Task


def evaluate(
    frame: pl.DataFrame,
    pd: np.ndarray,
    *,
    seed: int,
    replicates: int = 0,
    task: Task = DEFAULT,
) -> dict[str, Any]:
    """Discrimination, calibration and size of one sample.

    Args:
        frame: Keys and label, both outcomes occurring.
        pd: Predicted probabilities, shape (rows,).
        seed: Seed of the bootstrap.
        replicates: Bootstrap replicates, drawn by unit; 0 leaves the intervals out.
        task: The task.

    Returns:
        `auc`, `gini`, `ks`, `brier`, calibration, counts, `by_observation_date`, and with
        replicates `auc_interval` and `ks_interval` (95%).
    """
    outcome = outcome_of(frame, task)
    calibration = metrics.calibration(outcome, pd)
    report: dict[str, Any] = {
        "rows": frame.height,
        task.units: frame.n_unique(task.unit),
        f"{task.event}_rows": int(outcome.sum()),
        f"{task.happened}_{task.units}": frame.filter(pl.col(task.label)).n_unique(task.unit),
        "auc": metrics.auc(outcome, pd),
        "gini": metrics.gini(outcome, pd),
        "ks": metrics.ks(outcome, pd),
        "brier": metrics.brier(outcome, pd),
        "calibration_intercept": calibration.intercept,
        "calibration_slope": calibration.slope,
        "mean_pd": calibration.mean_pd,
        "observed_rate": calibration.observed_rate,
        "by_observation_date": _by_date(frame, pd, task),
    }
    if replicates:
        unit = frame[task.unit].rank("dense").to_numpy()
        intervals = metrics.bootstrap_intervals(outcome, pd, unit, seed=seed, replicates=replicates)
        report |= {f"{name}_interval": list(interval) for name, interval in intervals.items()}
    return report


def _by_date(frame: pl.DataFrame, pd: np.ndarray, task: Task) -> list[dict[str, Any]]:
    # NumPy and not a Polars group-by, whose threads add floats in no fixed order.
    dates, member = np.unique(frame[OBSERVED].to_numpy(), return_inverse=True)
    rows = np.bincount(member)
    events = np.bincount(member, weights=outcome_of(frame, task))
    expected = np.bincount(member, weights=pd)
    return [
        {
            "observation_date": str(day),
            "rows": int(count),
            f"{task.event}_rows": int(happened),
            "mean_pd": float(mean),
            "observed_rate": float(happened / count),
        }
        for day, count, happened, mean in zip(dates, rows, events, expected / rows, strict=True)
    ]
