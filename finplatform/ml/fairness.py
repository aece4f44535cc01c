"""How a default model treats groups of people: selection, discrimination, calibration.

Groups are those of sex, which the model never sees, and of age, which is a declared feature. The
figures show whether groups are selected at different rates, and whether the model is equally
accurate for each. They do not show whether a difference is unjust, since groups may differ in risk
for reasons outside the data; and they do not cover rejected applicants, whose outcome is unknown.

- *Selection*: share whose PD is at most the cut-off; the adverse impact ratio is that share over
  the group's with the largest. Below four fifths it is commonly taken as a sign of adverse impact
  (29 CFR 1607.4 D). The bank decides on applications, not on this cut-off: it is an assumption.
- *Discrimination*: AUC, with the standard error for clustered rows of Obuchowski (Biometrics 53,
  1997).
- *Calibration*: observed over expected defaults; 1 is right, above it the group's PDs are too low.

All intervals are 95% and cluster rows by customer, since a customer's months and loans belong
together. A group with fewer than ten exposures that defaulted has neither AUC nor calibration.

Group membership is data of the caller.
"""

from typing import Any

import numpy as np
import polars as pl

from finplatform.ml.champion_challenger import clustered_mean
from finplatform.ml.spec import DEFAULT, OBSERVED, SUBJECT

CUT_OFF = 0.08
"""Highest PD that is taken: the upper end of grade 5 of the master scale."""

FOUR_FIFTHS = 0.8
LEAST_DEFAULTS = 10
ATTRIBUTES = {"SEX": "sex", "AGE_GROUP": "age_group"}
NOT_RECORDED = "NOT_RECORDED"
FEW_DEFAULTS = "FEW_DEFAULTS"
_Z = 1.959963984540054

_FLOATS = (
    "selection_rate selection_lower selection_upper adverse_impact_ratio adverse_impact_lower"
    " adverse_impact_upper default_rate mean_pd calibration_ratio calibration_lower"
    " calibration_upper auc auc_lower auc_upper"
)
SCHEMA = pl.Schema(
    {"attribute": pl.String, "group_name": pl.String, "as_of_date": pl.Date}
    | dict.fromkeys(("scored_exposures", "scored_customers"), pl.Int64)
    | {"is_below_four_fifths": pl.Boolean}
    | {"observed_from": pl.Date, "observed_to": pl.Date}
    | dict.fromkeys(("observed_rows", "observed_exposures", "defaulted_exposures"), pl.Int64)
    | dict.fromkeys(_FLOATS.split(), pl.Float64)
    | {"not_estimated_reason": pl.String, "model_version": pl.String}
)
"""Columns of `gold.pd_fairness`."""


def fairness_figures(scores: pl.DataFrame, *, learned_to: Any, cut_off: float) -> pl.DataFrame:
    """Figures of every group of every attribute.

    Args:
        scores: `exposure_id`, `observation_date`, `customer_id`, `sex`, `age_group`,
            `probability_default`, `is_default_12m` (null while not known) and `model_version`.
            Selection is that of the latest date; the rest is from dates with outcomes.
        learned_to: Last training date; only later outcomes count. None: all outcomes count.
        cut_off: Highest PD that is taken.

    Returns:
        Columns of `SCHEMA`, by attribute and group.
    """
    if scores.is_empty():
        return SCHEMA.to_frame()
    latest = scores.filter(pl.col(OBSERVED) == pl.col(OBSERVED).max())
    known = scores.filter(pl.col("is_default_12m").is_not_null())
    if learned_to is not None:
        known = known.filter(pl.col(OBSERVED) > learned_to)
    rows: list[dict[str, Any]] = []
    for attribute, column in ATTRIBUTES.items():
        name = pl.col(column).fill_null(NOT_RECORDED).alias("group_name")
        groups = latest.with_columns(name).sort("group_name", *DEFAULT.keys)
        named = known.with_columns(name).sort("group_name", *DEFAULT.keys)
        found = [
            {
                "attribute": attribute,
                "group_name": str(part["group_name"][0]),
                **_selection(part, cut_off),
                **_quality(named.filter(pl.col("group_name") == part["group_name"][0])),
            }
            for part in groups.partition_by("group_name", maintain_order=True)
        ]
        rows += _with_impact(found)
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def clustered_auc(
    outcome: np.ndarray, score: np.ndarray, cluster: np.ndarray
) -> tuple[float, float]:
    """AUC and its standard error when rows of a cluster belong together (Obuchowski 1997).

    Args:
        outcome: 0 or 1, shape (rows,), both occurring.
        score: Shape (rows,); higher is riskier.
        cluster: Cluster of each row, shape (rows,), any sortable type.
    """
    is_bad = outcome > 0
    bad, good = np.sort(score[is_bad]), np.sort(score[~is_bad])
    # Share of the other kind that each row stands on the right side of; a tie counts half.
    below = np.searchsorted(good, score[is_bad], "left") + np.searchsorted(
        good, score[is_bad], "right"
    )
    above = 2 * bad.size - (
        np.searchsorted(bad, score[~is_bad], "left") + np.searchsorted(bad, score[~is_bad], "right")
    )
    placement = np.empty(outcome.size)
    placement[is_bad] = below / (2 * good.size)
    placement[~is_bad] = above / (2 * bad.size)
    area = float(placement[is_bad].mean())
    influence = (placement - area) / np.where(is_bad, bad.size, good.size)
    names, member = np.unique(cluster, return_inverse=True)
    sums = np.bincount(member, weights=influence)
    scale = names.size / max(names.size - 1, 1)
    return area, float(np.sqrt(scale * (sums**2).sum()))


def _selection(part: pl.DataFrame, cut_off: float) -> dict[str, Any]:
    taken = (part["probability_default"].to_numpy() <= cut_off).astype(float)
    rate, error = clustered_mean(taken, part[SUBJECT].to_numpy())
    return {
        "as_of_date": part[OBSERVED][0],
        "scored_exposures": part.height,
        "scored_customers": part[SUBJECT].n_unique(),
        "selection_rate": rate,
        "selection_lower": max(rate - _Z * error, 0.0),
        "selection_upper": min(rate + _Z * error, 1.0),
        "_selection_error": error,
        "model_version": str(part["model_version"].max()),
    }


def _with_impact(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each group's rate over the largest, the interval by the delta method on the logarithm."""
    # Persons without a recorded value are no reference group.
    named = [row for row in rows if row["group_name"] != NOT_RECORDED] or rows
    best = max(named, key=lambda row: (row["selection_rate"], row["scored_exposures"]))
    largest = best["selection_rate"]
    for row in rows if largest > 0 else ():
        ratio = min(row["selection_rate"] / largest, 1.0)
        row |= {"adverse_impact_ratio": ratio, "is_below_four_fifths": ratio < FOUR_FIFTHS}
        if ratio > 0 and row is not best:
            errors = [part["_selection_error"] / part["selection_rate"] for part in (row, best)]
            reach = _Z * float(np.hypot(*errors))
            row["adverse_impact_lower"] = float(ratio * np.exp(-reach))
            row["adverse_impact_upper"] = float(ratio * np.exp(reach))
    return [{name: row.get(name) for name in SCHEMA.names()} for row in rows]


def _quality(part: pl.DataFrame) -> dict[str, Any]:
    """Discrimination and calibration of a group, where enough is known of it."""
    defaulted = part.filter("is_default_12m")[DEFAULT.unit].n_unique()
    row: dict[str, Any] = {
        "observed_from": part[OBSERVED].min(),
        "observed_to": part[OBSERVED].max(),
        "observed_rows": part.height,
        "observed_exposures": part[DEFAULT.unit].n_unique(),
        "defaulted_exposures": defaulted,
    }
    outcome = part["is_default_12m"].cast(pl.Float64).to_numpy()
    if defaulted < LEAST_DEFAULTS or outcome.all():
        return row | {"not_estimated_reason": FEW_DEFAULTS}
    pd, cluster = part["probability_default"].to_numpy(), part[SUBJECT].to_numpy()
    area, area_error = clustered_auc(outcome, pd, cluster)
    ratio = float(outcome.sum() / pd.sum())
    # A ratio of sums: its error is that of the mean residual, over the mean PD.
    _, residual_error = clustered_mean(outcome - ratio * pd, cluster)
    reach = _Z * residual_error / float(pd.mean())
    return row | {
        "default_rate": float(outcome.mean()),
        "mean_pd": float(pd.mean()),
        "calibration_ratio": ratio,
        "calibration_lower": max(ratio - reach, 0.0),
        "calibration_upper": ratio + reach,
        "auc": area,
        "auc_lower": max(area - _Z * area_error, 0.0),
        "auc_upper": min(area + _Z * area_error, 1.0),
    }
