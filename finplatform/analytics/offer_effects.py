"""Effects of offers by customer stratum, estimated from past campaigns.

Belongs here: effects by offer and stratum of customers, drawn together where they are uncertain.
Does not belong here: the estimators (see `finplatform.ml.causal`), or the contact plan.

References: Semenova and Chernozhukov, Econometrics Journal 24 (2021), 264-289, for group effects as
means of doubly robust scores; DerSimonian and Laird, Controlled Clinical Trials 7 (1986), 177-188,
for the spread of effects between groups; Efron and Morris (1975) for shrinking.
"""

import numpy as np
import polars as pl

from finplatform.ml.campaign_effects import COVARIATES, adjusted_effect
from finplatform.ml.causal import LEAST_PER_ARM, difference_in_means

OUTCOMES = ("is_converted", "revenue")

RESULT = {
    "offer": pl.String,
    "stratum": pl.String,
    "treated": pl.Int64,
    "control": pl.Int64,
    "conversion_effect": pl.Float64,
    "conversion_error": pl.Float64,
    "revenue_effect": pl.Float64,
    "revenue_error": pl.Float64,
}
"""Columns of a result, one row per offer and stratum with enough customers in both arms."""


def offer_effects(responses: pl.DataFrame, *, seed: int = 0) -> pl.DataFrame:
    """Effect of a contact on conversion and revenue, by offer and stratum.

    A stratum in which fewer than 20 customers were contacted, or fewer than 20 were not, has no
    row: nothing is known about such customers, and what holds for others is not assumed. Effects of
    an offer's strata are drawn towards their mean by how much of their differences is chance.

    Args:
        responses: One row per campaign and customer: `offer`, `stratum`, `has_random_control`,
            `is_treated`, `is_converted`, `revenue` and the covariates of the choice.
        seed: Decides the folds of adjustments.

    Returns:
        The columns of `RESULT`.
    """
    rows: list[dict[str, object]] = []
    for (offer,), units in responses.group_by("offer", maintain_order=True):
        # An offer whose campaigns were not all drawn by lot is adjusted as a whole.
        if not units["has_random_control"].all():
            units = units.drop_nulls(COVARIATES)
        found = {outcome: _by_stratum(units, outcome, seed) for outcome in OUTCOMES}
        for stratum, (estimate, error, treated, control) in found["revenue"].items():
            conversion = found["is_converted"][stratum]
            rows.append(
                {
                    "offer": offer,
                    "stratum": stratum,
                    "treated": treated,
                    "control": control,
                    "conversion_effect": conversion[0],
                    "conversion_error": conversion[1],
                    "revenue_effect": estimate,
                    "revenue_error": error,
                }
            )
    return pl.DataFrame(rows, schema=RESULT)


def shrink(estimates: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Estimates drawn towards their weighted mean, and what is left of their errors.

    The spread of the true effects is DerSimonian and Laird's; where estimates differ by no more
    than chance it is 0 and all become the mean.

    Args:
        estimates: Shape (strata,).
        errors: Standard errors, all above 0, shape (strata,).

    Returns:
        Estimates and standard errors, shape (strata,) both.
    """
    if estimates.size < 2:
        return estimates, errors
    weight = errors**-2.0
    mean = np.average(estimates, weights=weight)
    excess = float((weight * (estimates - mean) ** 2).sum()) - (estimates.size - 1)
    spread = max(0.0, excess / (weight.sum() - (weight**2).sum() / weight.sum()))
    random_weight = 1 / (errors**2 + spread)
    centre = np.average(estimates, weights=random_weight)
    kept = spread / (spread + errors**2)
    variance = kept * errors**2 + (1 - kept) ** 2 / random_weight.sum()
    return kept * estimates + (1 - kept) * centre, np.sqrt(variance)


def _by_stratum(
    units: pl.DataFrame, outcome: str, seed: int
) -> dict[str, tuple[float, float, int, int]]:
    treated = units["is_treated"].to_numpy()
    if min(treated.sum(), (~treated).sum()) < LEAST_PER_ARM:
        return {}
    strata = units["stratum"].to_numpy()
    values = units[outcome].cast(pl.Float64).to_numpy()
    scores = (
        None
        if units["has_random_control"].all()
        else adjusted_effect(units, outcome, seed=seed).scores
    )
    found = {}
    for stratum in sorted(set(strata)):
        inside = strata == stratum
        contacted, others = int((inside & treated).sum()), int((inside & ~treated).sum())
        if min(contacted, others) < LEAST_PER_ARM:
            continue
        if scores is None:
            effect = difference_in_means(values[inside], treated[inside])
            found[stratum] = (effect.estimate, effect.standard_error, contacted, others)
        else:
            own = scores[inside]
            error = float(own.std(ddof=1) / np.sqrt(own.size))
            found[stratum] = (float(own.mean()), error, contacted, others)
    return _shrunk(found)


def _shrunk(
    found: dict[str, tuple[float, float, int, int]],
) -> dict[str, tuple[float, float, int, int]]:
    """Strata with any variation, shrunk; one without (no conversion) has no standard error."""
    usable = [stratum for stratum, row in found.items() if row[1] > 0]
    estimates, errors = shrink(
        np.array([found[stratum][0] for stratum in usable]),
        np.array([found[stratum][1] for stratum in usable]),
    )
    return {
        stratum: (float(estimate), float(error), found[stratum][2], found[stratum][3])
        for stratum, estimate, error in zip(usable, estimates, errors, strict=True)
    }
