"""Monitoring of a model in use: discrimination, calibration by grade, score drift, overrides.

Belongs here: figures per month from scores and the outcomes that have become known since. Training
and validation before use are `evaluation`.
"""

from typing import Any

import numpy as np
import polars as pl

from finplatform.ml.metrics import auc, brier, ks
from finplatform.sums import ordered_mean, ordered_sum
from finplatform.windows import date_key

GRADE_LIMITS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
"""Upper PD of each grade but the last: the scale doubles from grade to grade."""

GRADES = len(GRADE_LIMITS) + 1
_LEAST_SHARE = 1e-4


def grade_of(pd: pl.Expr) -> pl.Expr:
    """Grade of a PD, 1 the safest; a limit belongs to the grade below it."""
    return 1 + pl.sum_horizontal(*((pd > limit).cast(pl.Int16) for limit in GRADE_LIMITS))


def population_stability(expected: np.ndarray, actual: np.ndarray) -> float:
    """Population stability index of two distributions over the same grades.

    sum((a - e) ln(a / e)); an empty grade counts as a share of 0.0001. Below 0.10 nothing has
    moved, above 0.25 much has (Siddiqi 2006).

    Args:
        expected: Counts by grade when the model was new.
        actual: Counts by grade now.
    """
    shares = [
        np.maximum(counts / max(counts.sum(), 1), _LEAST_SHARE) for counts in (expected, actual)
    ]
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


def monitoring_figures(
    scores: pl.DataFrame,
    reference: pl.DataFrame,
    outcomes: pl.DataFrame,
    grades: pl.DataFrame | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Figures per month, and per month and grade.

    Args:
        scores: exposure_id, observation_date, probability_default, model_version.
        reference: Scores of the month that drift is measured from: probability_default.
        outcomes: exposure_id, observation_date, is_default_12m, for the months whose twelve months
            are over.
        grades: exposure_id, observation_date, override_id of graded exposures, where overrides are
            to be counted.

    Returns:
        Columns of `gold.model_monitoring` and of `gold.model_calibration`.
    """
    graded = scores.with_columns(grade=grade_of(pl.col("probability_default")))
    joined = graded.join(
        outcomes.select("exposure_id", "observation_date", "is_default_12m"),
        on=["exposure_id", "observation_date"],
        how="left",
    )
    if grades is not None:
        joined = joined.join(
            grades.select("exposure_id", "observation_date", "override_id"),
            on=["exposure_id", "observation_date"],
            how="left",
        )
    first = _counts(reference.select(grade=grade_of(pl.col("probability_default"))))
    months = [
        _month(part, first)
        for part in joined.sort("observation_date").partition_by("observation_date")
    ]
    return pl.DataFrame(months, infer_schema_length=None), _calibration(joined)


def _month(part: pl.DataFrame, first: np.ndarray) -> dict[str, Any]:
    day = part["observation_date"][0]
    known = part.filter(pl.col("is_default_12m").is_not_null())
    outcome = known["is_default_12m"].cast(pl.Float64).to_numpy()
    pd = known["probability_default"].to_numpy()
    both = 0.0 < outcome.sum() < len(outcome)
    discrimination = auc(outcome, pd) if both else None
    return {
        "reporting_date": day,
        "date_key": date_key(day),
        "model_version": str(part["model_version"].max()),
        "scored": part.height,
        "mean_pd": float(np.mean(part["probability_default"].to_numpy())),
        "stability_index": population_stability(first, _counts(part)) if first.sum() else None,
        "observed": known.height,
        "defaults": int(outcome.sum()),
        "default_rate": float(outcome.mean()) if len(outcome) else None,
        "auc": discrimination,
        "gini": None if discrimination is None else 2.0 * discrimination - 1.0,
        "ks": ks(outcome, pd) if both else None,
        "brier": brier(outcome, pd) if len(outcome) else None,
        **_overridden(part),
    }


def _overridden(part: pl.DataFrame) -> dict[str, Any]:
    """Scored exposures whose grade is an analyst's, and their share."""
    if "override_id" not in part.columns:
        return {}
    count = int(part["override_id"].is_not_null().sum())
    return {"overridden": count, "override_rate": count / part.height}


def _counts(graded: pl.DataFrame) -> np.ndarray:
    return np.bincount(graded["grade"].to_numpy() - 1, minlength=GRADES).astype(float)


def _calibration(joined: pl.DataFrame) -> pl.DataFrame:
    """Expected against observed defaults by grade; the two-sided normal test of the difference."""
    expected, is_observed = pl.col("probability_default"), pl.col("is_default_12m").is_not_null()
    sums = (
        joined.group_by("observation_date", "grade", maintain_order=True)
        .agg(
            scored=pl.len().cast(pl.Int64),
            mean_pd=ordered_mean(pl.col("probability_default")),
            observed=pl.col("is_default_12m").is_not_null().sum().cast(pl.Int64),
            defaults=pl.col("is_default_12m").sum().cast(pl.Int64),
            expected_defaults=ordered_sum(expected.filter(is_observed)),
            variance=ordered_sum((expected * (1.0 - expected)).filter(is_observed)),
        )
        .sort("observation_date", "grade")
    )
    return sums.select(
        reporting_date="observation_date",
        date_key=(
            pl.col("observation_date").dt.year() * 10_000
            + pl.col("observation_date").dt.month().cast(pl.Int32) * 100
            + pl.col("observation_date").dt.day().cast(pl.Int32)
        ),
        grade=pl.col("grade").cast(pl.Int16),
        scored="scored",
        mean_pd="mean_pd",
        observed="observed",
        defaults="defaults",
        expected_defaults="expected_defaults",
        default_rate=pl.when(pl.col("observed") > 0).then(pl.col("defaults") / pl.col("observed")),
        z_score=pl.when(pl.col("variance") > 0).then(
            (pl.col("defaults") - pl.col("expected_defaults")) / pl.col("variance").sqrt()
        ),
    )
