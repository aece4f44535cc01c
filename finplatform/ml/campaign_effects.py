"""Treatment effects of campaigns, one by one.

Selects the estimator by the assignment of customers; the estimators are in `causal`.
"""

import numpy as np
import polars as pl

from finplatform.errors import FinplatformError
from finplatform.ml.causal import (
    LEAST_PER_ARM,
    Adjusted,
    Effect,
    difference_in_means,
    doubly_robust,
)

COVARIATES = ("age", "annual_income", "credit_score", "tenure_years")
"""Covariates of the assignment, as of its morning."""

OUTCOMES = ("is_converted", "revenue")

_NEEDED = ("campaign_id", "has_random_control", "is_treated", *OUTCOMES, *COVARIATES)

_RESULT = {
    "campaign_id": pl.String,
    "outcome": pl.String,
    "method": pl.String,
    "effect": pl.Float64,
    "standard_error": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "p_value": pl.Float64,
    "unadjusted_effect": pl.Float64,
    "treated": pl.Int64,
    "control": pl.Int64,
    "has_overlap": pl.Boolean,
}


def campaign_effects(
    responses: pl.DataFrame, *, confidence: float = 0.95, seed: int = 0
) -> pl.DataFrame:
    """Effect of each campaign on conversion and on revenue, with interval and checks.

    Campaigns with a random control are compared as they are, the others adjusted for `COVARIATES`.
    A customer of whom a covariate is unknown is left out of an adjusted comparison.

    Args:
        responses: One row per campaign and customer, with the columns of `_NEEDED`.
        confidence: Share of intervals that hold the true effect.
        seed: Decides the folds of the adjustment.

    Returns:
        One row per campaign and outcome: `campaign_id`, `outcome`, `method`, `effect`,
        `standard_error`, `lower`, `upper`, `p_value`, `unadjusted_effect`, `treated`, `control`,
        `has_overlap`; campaigns with too few customers to compare are missing.

    Raises:
        FinplatformError: If a column is missing.
    """
    missing = [name for name in _NEEDED if name not in responses.columns]
    if missing:
        raise FinplatformError(
            f"The responses lack {', '.join(missing)}.",
            "Join them with the campaigns, and with the customers as of the assignment.",
        )
    rows = []
    for (campaign,), units in responses.group_by("campaign_id", maintain_order=True):
        for outcome in OUTCOMES:
            found = _one(units, outcome, confidence, seed)
            if found is not None:
                rows.append({"campaign_id": campaign, "outcome": outcome, **found})
    return pl.DataFrame(rows, schema=_RESULT)


def adjusted_effect(
    units: pl.DataFrame, outcome: str, *, confidence: float = 0.95, seed: int = 0
) -> Adjusted:
    """The effect on an outcome of one campaign's customers, adjusted for `COVARIATES`.

    On an outcome that contact cannot have changed (a negative control, such as what the same
    customers did before) it must be about zero; if it is not, something else than the covariates
    moved the choice, and the effect on any outcome of interest is not to be believed either.

    Args:
        units: Customers with `is_treated`, the outcome and `COVARIATES`, none missing.
        outcome: Name of the outcome's column.
        confidence: Share of intervals that hold the true effect.
        seed: Decides the folds.
    """
    income = pl.col("annual_income").cast(pl.Float64).clip(lower_bound=1.0).log()
    tenure = pl.col("tenure_years").cast(pl.Float64).clip(lower_bound=0.0).log1p()
    covariates = units.select(
        pl.col("age").cast(pl.Float64), income, pl.col("credit_score").cast(pl.Float64), tenure
    ).to_numpy()
    return doubly_robust(
        _numbers(units, outcome),
        units["is_treated"].to_numpy(),
        covariates,
        confidence=confidence,
        seed=seed,
    )


def _one(
    units: pl.DataFrame, outcome: str, confidence: float, seed: int
) -> dict[str, object] | None:
    is_randomised = bool(units["has_random_control"].all())
    if not is_randomised:
        units = units.drop_nulls(COVARIATES)
    treated = units["is_treated"].to_numpy()
    if min(treated.sum(), (~treated).sum()) < LEAST_PER_ARM:
        return None
    plain = difference_in_means(_numbers(units, outcome), treated, confidence=confidence)
    if is_randomised:
        return _row(plain, plain, "DIFFERENCE_IN_MEANS", has_overlap=True)
    adjusted = adjusted_effect(units, outcome, confidence=confidence, seed=seed)
    return _row(adjusted.effect, plain, "DOUBLY_ROBUST", has_overlap=adjusted.overlap.is_sufficient)


def _row(effect: Effect, plain: Effect, method: str, *, has_overlap: bool) -> dict[str, object]:
    return {
        "method": method,
        "effect": effect.estimate,
        "standard_error": effect.standard_error,
        "lower": effect.lower,
        "upper": effect.upper,
        "p_value": effect.p_value,
        "unadjusted_effect": plain.estimate,
        "treated": effect.treated,
        "control": effect.control,
        "has_overlap": has_overlap,
    }


def _numbers(units: pl.DataFrame, outcome: str) -> np.ndarray:
    return units[outcome].cast(pl.Float64).to_numpy()
