"""The figures by which a set of PDs is judged, as plain values for metadata and reports.

Belongs here: which metrics are reported, for whom, with what uncertainty. Does not belong here: the
metrics themselves (`finplatform.ml.metrics`) or thresholds.
"""

from typing import Any

import numpy as np
import polars as pl

from finplatform.ml import metrics
from finplatform.ml.selection import outcome_of
from finplatform.ml.spec import KEYS, LABEL

_EXPOSURE, _OBSERVED = KEYS


def evaluate(
    frame: pl.DataFrame, pd: np.ndarray, *, seed: int, replicates: int = 0
) -> dict[str, Any]:
    """Discrimination, calibration and size of one sample.

    Args:
        frame: Keys and label, both outcomes occurring.
        pd: Predicted PDs, shape (rows,).
        seed: Seed of the bootstrap.
        replicates: Bootstrap replicates, drawn by exposure; 0 leaves the intervals out.

    Returns:
        `auc`, `gini`, `ks`, `brier`, calibration, counts, `by_observation_date`, and with
        replicates `auc_interval` and `ks_interval` (95%).
    """
    outcome = outcome_of(frame)
    calibration = metrics.calibration(outcome, pd)
    report: dict[str, Any] = {
        "rows": frame.height,
        "exposures": frame.n_unique(_EXPOSURE),
        "default_rows": int(outcome.sum()),
        "defaulted_exposures": frame.filter(pl.col(LABEL)).n_unique(_EXPOSURE),
        "auc": metrics.auc(outcome, pd),
        "gini": metrics.gini(outcome, pd),
        "ks": metrics.ks(outcome, pd),
        "brier": metrics.brier(outcome, pd),
        "calibration_intercept": calibration.intercept,
        "calibration_slope": calibration.slope,
        "mean_pd": calibration.mean_pd,
        "observed_rate": calibration.observed_rate,
        "by_observation_date": _by_date(frame, pd),
    }
    if replicates:
        exposure = frame[_EXPOSURE].rank("dense").to_numpy()
        intervals = metrics.bootstrap_intervals(
            outcome, pd, exposure, seed=seed, replicates=replicates
        )
        report |= {f"{name}_interval": list(interval) for name, interval in intervals.items()}
    return report


def _by_date(frame: pl.DataFrame, pd: np.ndarray) -> list[dict[str, Any]]:
    # NumPy and not a Polars group-by, whose threads add floats in no fixed order.
    dates, member = np.unique(frame[_OBSERVED].to_numpy(), return_inverse=True)
    rows = np.bincount(member)
    defaults = np.bincount(member, weights=outcome_of(frame))
    expected = np.bincount(member, weights=pd)
    return [
        {
            "observation_date": str(day),
            "rows": int(count),
            "default_rows": int(defaulted),
            "mean_pd": float(mean),
            "observed_rate": float(defaulted / count),
        }
        for day, count, defaulted, mean in zip(dates, rows, defaults, expected / rows, strict=True)
    ]
