"""From a model and the rating scale to grades of exposures.

Belongs here: which rows calibrate the scale, and the PDs of each exposure side by side. Does not
belong here: how the scale is calibrated and tested (`finplatform.ml.rating`), which override holds
(`finplatform.ml.overrides`).
"""

import numpy as np
import polars as pl

from finplatform.ml.event_model import EventModel
from finplatform.ml.overrides import with_overrides
from finplatform.ml.rating import (
    DEFAULT_GRADE,
    GRADES,
    calibrate_scale,
    grade_numbers,
    hosmer_lemeshow,
    scale_tests,
)
from finplatform.ml.scoring import BATCH_ROWS, Scorer, pd_of
from finplatform.ml.spec import DEFAULT


def through_the_cycle_pd(model: Scorer, features: pl.DataFrame) -> np.ndarray:
    """PD with the economy at its average over training, shape (rows,).

    An expert prior does not depend on the economy: its PD is already through the cycle.
    """
    pd = np.empty(features.height)
    for start in range(0, features.height, BATCH_ROWS):
        batch = features.slice(start, BATCH_ROWS)
        if isinstance(model, EventModel):
            log_odds = model.through_the_cycle_log_odds(batch)
        else:
            log_odds = model.log_odds(batch)
        pd[start : start + batch.height] = pd_of(log_odds)
    return pd


def scale_of(model: Scorer, features: pl.DataFrame, outcomes: pl.DataFrame) -> pl.DataFrame:
    """Rating scale of a model, calibrated on all labelled history and tested on cohorts of it.

    Args:
        model: Of default; learned or prior.
        features: Rows of `gold.credit_features`.
        outcomes: Rows of `gold.credit_outcomes`.

    Returns:
        Columns of `gold.rating_scale`.
    """
    joined = features.filter(~pl.col("is_defaulted")).join(
        outcomes.select(*DEFAULT.keys, DEFAULT.label),
        on=DEFAULT.keys,
        how="inner",
        maintain_order="left",
    )
    labelled = joined.select(*DEFAULT.keys, DEFAULT.label).with_columns(
        pl.Series("pd", through_the_cycle_pd(model, joined), dtype=pl.Float64)
    )
    scale = calibrate_scale(labelled)
    pd = scale["grade_pd"].to_numpy()
    tested = scale_tests(labelled, pd)
    together = hosmer_lemeshow(
        tested["tested_exposures"].to_numpy(), tested["tested_defaults"].to_numpy(), pd
    )
    return scale.join(tested, on="grade", how="left", maintain_order="left").with_columns(
        pl.lit(None if together is None else together[1], dtype=pl.Float64).alias(
            "hosmer_lemeshow_p_value"
        ),
        pl.lit(model.model_version).alias("model_version"),
    )


def exposure_grades(
    model: Scorer,
    features: pl.DataFrame,
    scale: pl.DataFrame,
    floors: np.ndarray,
    overrides: pl.DataFrame,
) -> pl.DataFrame:
    """Grades and PDs of exposures, those in default among them.

    Args:
        model: Of default; learned or prior.
        features: Rows of `gold.credit_features`.
        scale: Rows of `gold.rating_scale`.
        floors: Regulatory floor of each row's PD, shape (rows,).
        overrides: Rows of `silver.stg_grade_overrides`.

    Returns:
        Columns of `gold.pd_grades`, rows in the order given.
    """
    is_defaulted = features["is_defaulted"].to_numpy()
    in_time = np.empty(features.height)
    for start in range(0, features.height, BATCH_ROWS):
        batch = features.slice(start, BATCH_ROWS)
        in_time[start : start + batch.height] = pd_of(model.log_odds(batch))
    cycle = through_the_cycle_pd(model, features)
    names = np.where(is_defaulted, DEFAULT_GRADE, np.array(GRADES)[grade_numbers(cycle)])
    graded = with_overrides(
        features.select(*DEFAULT.keys, "is_defaulted").with_columns(
            pl.Series("model_grade", names.tolist(), dtype=pl.String)
        ),
        overrides,
        default_grade=DEFAULT_GRADE,
    )
    by_grade = dict(scale.select("grade", "grade_pd").iter_rows()) | {DEFAULT_GRADE: 1.0}
    grade_pd = graded["grade"].replace_strict(by_grade, return_dtype=pl.Float64).to_numpy()
    return graded.with_columns(
        pl.Series("point_in_time_pd", np.where(is_defaulted, 1.0, in_time), dtype=pl.Float64),
        pl.Series("through_the_cycle_pd", np.where(is_defaulted, 1.0, cycle), dtype=pl.Float64),
        pl.Series("capital_pd", np.maximum(grade_pd, floors), dtype=pl.Float64),
        pl.lit(model.model_version).alias("model_version"),
    )
