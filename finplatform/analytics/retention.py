"""Keeping customers: what a retention contact has kept, and the way from risk to what is saved.

Belongs here: the share of leavers whom contacts keep, learned from campaigns, and the steps of the
retention waterfall. Does not belong here: which offer a customer gets (see `prescription`).

Reference: Mantel and Haenszel (1959) for one risk ratio over campaigns; Greenland and Robins,
Biometrics 41 (1985), 55-68, for its variance.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from finplatform.ml.causal import LEAST_PER_ARM

WINDOW_DAYS = 90
"""Days after the assignment in which a customer may have left."""

AT_RISK_SCORE = 0.7
"""Customers above this share of the others by chance of leaving are at risk."""

LEAST_LEAVERS = 5
"""With fewer leavers over all campaigns nothing is known of what contacts keep."""

RETENTION = "RETENTION"

STEPS = {
    "AT_RISK": "Likely to leave",
    "REACHABLE": "Not contacted lately",
    "FITTING": "Fit an offer and can be reached by it",
    "WORTHWHILE": "Worth the cost",
    "OFFERED": "In the plan",
    "SAVED": "Expected to stay because of it",
}
"""Steps from customers at risk to what is saved, each within the one before."""


@dataclass(frozen=True)
class KeptShare:
    """Share of those about to leave whom a contact keeps.

    Attributes:
        estimate: One less the risk ratio, at least 0; 0 where nothing is known.
        standard_error: Its standard error, by the delta method.
        contacted: Customers contacted.
        held_back: Customers held back by lot.
        left_contacted: Of the contacted, those who left.
        left_held_back: Of the others, those who left.
    """

    estimate: float
    standard_error: float
    contacted: int
    held_back: int
    left_contacted: int
    left_held_back: int


def kept_share(responses: pl.DataFrame) -> KeptShare:
    """Effect of retention contacts, over all campaigns with a random control.

    Args:
        responses: One row per campaign and customer: `campaign_id`, `objective`,
            `has_random_control`, `is_treated`, `has_left`, which is null while the days after the
            assignment are not over.
    """
    known = responses.filter(
        pl.col("objective") == RETENTION, "has_random_control", pl.col("has_left").is_not_null()
    )
    arms = (
        known.group_by("campaign_id", maintain_order=True)
        .agg(
            contacted=pl.col("is_treated").sum(),
            held_back=(~pl.col("is_treated")).sum(),
            left_contacted=(pl.col("is_treated") & pl.col("has_left")).sum(),
            left_held_back=(~pl.col("is_treated") & pl.col("has_left")).sum(),
        )
        .filter(pl.col("contacted") >= LEAST_PER_ARM, pl.col("held_back") >= LEAST_PER_ARM)
    )
    sizes = [
        int(arms[name].sum())
        for name in ("contacted", "held_back", "left_contacted", "left_held_back")
    ]
    if sizes[2] + sizes[3] < LEAST_LEAVERS or sizes[3] == 0:
        return KeptShare(0.0, 0.0, *sizes)
    a, n = (arms[name].cast(pl.Float64).to_numpy() for name in ("left_contacted", "contacted"))
    b, m = (arms[name].cast(pl.Float64).to_numpy() for name in ("left_held_back", "held_back"))
    ratio, error = mantel_haenszel(a, n, b, m)
    return KeptShare(max(1.0 - ratio, 0.0), ratio * error, *sizes)


def mantel_haenszel(
    cases_a: np.ndarray, size_a: np.ndarray, cases_b: np.ndarray, size_b: np.ndarray
) -> tuple[float, float]:
    """One risk ratio over strata, and the standard error of its log.

    Without a case in the first group half a case stands for none in the error, so that it is not
    infinite.

    Args:
        cases_a: Cases of the first group, shape (strata,).
        size_a: Its sizes.
        cases_b: Cases of the second group, at least one in all.
        size_b: Its sizes.
    """
    total = size_a + size_b
    above, below = (cases_a * size_b / total).sum(), (cases_b * size_a / total).sum()
    spread = (size_a * size_b * (cases_a + cases_b) - cases_a * cases_b * total) / total**2
    floor = 0.5 * float((size_b / total).mean())
    variance = float(spread.sum() / (max(above, floor) * below))
    return float(above / below), float(np.sqrt(variance))


def retention_steps(observed: date, customers: pl.DataFrame) -> pl.DataFrame:
    """The waterfall from customers at risk to what the plan is expected to save.

    Args:
        observed: Month end of the plan.
        customers: One row each: `value_at_risk`, one boolean per step but the last (`is_at_risk`,
            `is_reachable`, `is_fitting`, `is_worthwhile`, `is_offered`), `saved_customers` and
            `saved_value` of those in the plan.

    Returns:
        The columns of `gold.retention_steps`.
    """
    inside = pl.lit(value=True)
    rows: list[tuple[int, str, str, float, float]] = []
    for number, (step, name) in enumerate(STEPS.items(), 1):
        if step != "SAVED":
            inside &= pl.col(f"is_{step.lower()}")
        part = customers.filter(inside)
        count, value = (
            (float(part.height), _total(part["value_at_risk"]))
            if step != "SAVED"
            else (_total(part["saved_customers"]), _total(part["saved_value"]))
        )
        rows.append((number, step, name, count, round(value, 2)))
    frame = pl.DataFrame(
        rows,
        schema={
            "step_number": pl.Int32,
            "step": pl.String,
            "step_name": pl.String,
            "customers": pl.Float64,
            "value_amount": pl.Float64,
        },
        orient="row",
    )
    return frame.with_columns(
        observation_date=pl.lit(observed),
        change_customers=pl.col("customers").diff().fill_null(pl.col("customers")),
        change_amount=pl.col("value_amount").diff().fill_null(pl.col("value_amount")),
    )


def _total(values: pl.Series) -> float:
    return float(values.fill_null(0.0).sort().sum())
