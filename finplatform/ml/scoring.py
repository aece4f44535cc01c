"""From features to PD and points, for any model that returns log-odds.

Belongs here: batches, bounds and the points scale. Does not belong here: regulatory PD floors
(CRE32.4, CRE32.58) and the PD of 100% of an exposure already in default, which are capital's.
"""

from typing import Protocol, runtime_checkable

import numpy as np
import polars as pl

from finplatform.errors import FinplatformError
from finplatform.ml.calibration import probability
from finplatform.ml.spec import DEFAULT

MIN_PD, MAX_PD = 1e-6, 1 - 1e-6

BASE_POINTS, BASE_ODDS, POINTS_TO_DOUBLE = 660, 50, 30
"""660 points are odds of 50 good to 1 bad (PD 1.96%); 30 points more double the odds. With these,
PDs from 0.025% to 98.8% use the range of 300 to 850 without being cut off."""
MIN_POINTS, MAX_POINTS = 300, 850

BATCH_ROWS = 50_000


@runtime_checkable
class Scorer(Protocol):
    """Interface of a model for `score`."""

    @property
    def model_version(self) -> str:
        """Name of exactly this model, stored with each PD."""
        ...

    def log_odds(self, features: pl.DataFrame) -> np.ndarray:
        """Calibrated log-odds of default, shape (rows,)."""
        ...


def score(model: Scorer, features: pl.DataFrame, *, batch_rows: int = BATCH_ROWS) -> pl.DataFrame:
    """PD and points of each row; memory beyond the frames is bounded by the batch.

    A row's PD does not depend on the other rows, nor on the batch size.

    Args:
        model: An `EventModel` of default or a `PriorModel`.
        features: Keys and feature columns; absent feature columns count as missing.
        batch_rows: Rows turned into a matrix at a time.

    Returns:
        `exposure_id`, `observation_date`, `pd` strictly inside (0, 1), `score` (whole points, 300
        to 850, more is better) and `model_version`, rows in the order given.

    Raises:
        FinplatformError: A key column is absent, or a feature's type has changed.
    """
    if absent := [key for key in DEFAULT.keys if key not in features.columns]:
        raise FinplatformError(
            f"The features to score lack {', '.join(absent)}.", "Check the query that reads them."
        )
    pd = np.empty(features.height)
    for start in range(0, features.height, batch_rows):
        batch = features.slice(start, batch_rows)
        pd[start : start + batch.height] = pd_of(model.log_odds(batch))
    return features.select(DEFAULT.keys).with_columns(
        pl.Series("pd", pd, dtype=pl.Float64),
        pl.Series("score", points_of(pd), dtype=pl.Int32),
        pl.lit(model.model_version).alias("model_version"),
    )


def pd_of(log_odds: np.ndarray) -> np.ndarray:
    """PD strictly inside (0, 1), shape as given."""
    return np.clip(probability(log_odds), MIN_PD, MAX_PD)


def points_of(pd: np.ndarray) -> np.ndarray:
    """Whole points of PDs strictly inside (0, 1); fewer points for more risk."""
    log_good_odds = np.log1p(-pd) - np.log(pd)
    points = BASE_POINTS + POINTS_TO_DOUBLE / np.log(2) * (log_good_odds - np.log(BASE_ODDS))
    return np.clip(np.rint(points), MIN_POINTS, MAX_POINTS).astype(np.int32)
