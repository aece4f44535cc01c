"""Effect of taking up a product on customer value, by matching.

Customers who did not hold the product on a first day are compared: those who took it up in the six
months after with those who did not, all of them customers still at the end of these months. The
outcome is their lifetime value half a year later, 0 for who has left since. Few take a product up,
so that each is matched with the five most alike of the others, and what differs still is adjusted
for by a regression on the matched (Ho, Imai, King and Stuart, Political Analysis 15 (2007),
199-236), with HC3 errors: the effect on customers like those who took it up. Values beyond the
lowest and highest hundredth are cut to these, or a single loan would decide. The change of value
before the first day, which the product cannot have moved, is the negative control.

Belongs here: groups, matching, covariates and checks. Does not belong here: the table of answers
(see `causal_analytics`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.analytics.comparisons import CONFIDENCE, TooFewError
from finplatform.analytics.elasticity import hc3
from finplatform.ml.causal import (
    LEAST_PER_ARM,
    Effect,
    difference_in_means,
    effect_of,
    placebo_rejection_rate,
)

COVARIATES = (
    "age", "annual_income", "credit_score", "tenure_months", "num_contracts",
    "average_balance_3m", "transaction_count_3m", "value_at_start",
)  # fmt: skip
"""Covariates of the take-up, known on the first day."""

_SKEWED = ("annual_income", "tenure_months", "average_balance_3m", "transaction_count_3m")
_MATCHES = 5
_MOST_IMBALANCE = 0.25
_CUT = (0.01, 0.99)
PLACEBO_DRAWS = 100


@dataclass(frozen=True)
class ProductImpact:
    """Effect of taking up a type of product on lifetime value.

    Attributes:
        product_type: The kind of product.
        effect: The effect, of the matched.
        is_balanced: Whether no covariate's means differ by more than a quarter of a standard
            deviation between the matched groups (Stuart, Statistical Science 25 (2010), 1-21).
        unadjusted: Plain difference in means, of all customers.
        before: The same estimator on the change of value before the first day; None where that is
            not known of enough customers.
        placebo_rejection_rate: Share of made-up take-ups that a test calls effective.
    """

    product_type: str
    effect: Effect
    is_balanced: bool
    unadjusted: float
    before: Effect | None
    placebo_rejection_rate: float


def product_impacts(customers: pl.DataFrame, holdings: pl.DataFrame) -> Iterator[ProductImpact]:
    """Impacts of every kind of product that enough customers took up.

    Args:
        customers: `customer_id`, `COVARIATES`, `value_before` (half a year before the first day,
            null if not known) and `value_at_end`; customers on the first day who still were six
            months later.
        holdings: `customer_id`, `product_type`, `is_held_at_start`, `is_held_later` of the
            customers who held the product on either day.
    """
    known = customers.drop_nulls(COVARIATES).sort("customer_id")
    for (kind,), held in holdings.sort("product_type").group_by(
        "product_type", maintain_order=True
    ):
        units = (
            known.join(
                held.select("customer_id", "is_held_at_start", "is_held_later"),
                on="customer_id",
                how="left",
                maintain_order="left",
            )
            .filter(~pl.col("is_held_at_start").fill_null(value=False))
            .with_columns(is_treated=pl.col("is_held_later").fill_null(value=False))
        )
        treated = units["is_treated"]
        if min(treated.sum(), (~treated).sum()) >= LEAST_PER_ARM:
            impact = _impact(str(kind), units)
            if impact is not None:
                yield impact


def _impact(kind: str, units: pl.DataFrame) -> ProductImpact | None:
    everybody = _numbers(units, "value_at_end")
    unadjusted = difference_in_means(everybody, units["is_treated"].to_numpy()).estimate
    matched = units[_matched(units)]
    effect = _adjusted(matched, _numbers(matched, "value_at_end"))
    if effect is None:
        return None
    treated = matched["is_treated"].to_numpy()
    return ProductImpact(
        kind,
        effect,
        _is_balanced(_covariates(matched), treated),
        unadjusted,
        _before(matched),
        placebo_rejection_rate(_numbers(matched, "value_at_end"), treated, draws=PLACEBO_DRAWS),
    )


def _adjusted(units: pl.DataFrame, outcome: np.ndarray) -> Effect | None:
    """Regression on the treatment and the covariates; None with too few of either group."""
    treated = units["is_treated"].to_numpy()
    sizes = int(treated.sum()), int((~treated).sum())
    if min(sizes) < LEAST_PER_ARM:
        return None
    covariates = _covariates(units)
    spread = covariates.std(axis=0)
    known = (covariates - covariates.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    design = np.column_stack([np.ones(treated.size), treated, known])
    try:
        coefficients, covariance = hc3(design, outcome)
    except TooFewError:
        return None
    return effect_of(
        float(coefficients[1]), float(np.sqrt(covariance[1, 1])), *sizes, confidence=CONFIDENCE
    )


def _is_balanced(covariates: np.ndarray, treated: np.ndarray) -> bool:
    yes, no = covariates[treated], covariates[~treated]
    spread = np.sqrt((yes.var(axis=0) + no.var(axis=0)) / 2)
    gap = np.abs(yes.mean(axis=0) - no.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return bool(gap.max() <= _MOST_IMBALANCE)


def _covariates(units: pl.DataFrame) -> np.ndarray:
    return units.select(
        pl.col(name).cast(pl.Float64).clip(lower_bound=0.0).log1p()
        if name in _SKEWED
        else pl.col(name).cast(pl.Float64)
        for name in COVARIATES
    ).to_numpy()


def _matched(units: pl.DataFrame) -> np.ndarray:
    """Positions of the treated and of their nearest neighbours, in order."""
    from sklearn.neighbors import NearestNeighbors
    from sklearn.preprocessing import StandardScaler

    treated = units["is_treated"].to_numpy()
    scaled = StandardScaler().fit_transform(_covariates(units))
    others = np.flatnonzero(~treated)
    search = NearestNeighbors(n_neighbors=min(_MATCHES, others.size)).fit(scaled[others])
    near = search.kneighbors(scaled[treated], return_distance=False)
    return np.union1d(np.flatnonzero(treated), others[near.ravel()])


def _before(units: pl.DataFrame) -> Effect | None:
    """The "effect" on what happened before the first day; it must be about nothing."""
    known = units.drop_nulls("value_before")
    change = known["value_at_start"].cast(pl.Float64) - known["value_before"].cast(pl.Float64)
    return _adjusted(known, _cut(change.to_numpy())) if known.height else None


def _numbers(units: pl.DataFrame, column: str) -> np.ndarray:
    return _cut(units[column].cast(pl.Float64).to_numpy())


def _cut(values: np.ndarray) -> np.ndarray:
    return np.clip(values, *np.quantile(values, _CUT))
