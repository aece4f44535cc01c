"""What a customer's value became after taking up a product, against like customers who did not.

Customers who did not hold the product on a first day are compared: those who took it up in the six
months after with those who did not, all of them customers still at the end of these months. The
outcome is their lifetime value half a year later, 0 for who has left since. Adjusted for what was
known on the first day, by the doubly robust estimator of campaigns that marketers chose for. The
change of value before the first day, which the product cannot have moved, is the negative control.

Belongs here: groups, covariates and checks. Does not belong here: the estimator
(`finplatform.ml.causal`), or the table of answers (see `causal_analytics`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.ml.causal import (
    LEAST_PER_ARM,
    Adjusted,
    difference_in_means,
    doubly_robust,
    placebo_rejection_rate,
)

COVARIATES = (
    "age", "annual_income", "credit_score", "tenure_months", "num_contracts",
    "average_balance_3m", "transaction_count_3m", "value_at_start",
)  # fmt: skip
"""What is known of a customer on the first day, and who takes a product up may depend on."""

_SKEWED = ("annual_income", "tenure_months", "average_balance_3m", "transaction_count_3m")
PLACEBO_DRAWS = 100


@dataclass(frozen=True)
class ProductImpact:
    """What taking up a kind of product brought about in lifetime value.

    Attributes:
        product_type: The kind of product.
        adjusted: The effect and whether the groups were comparable.
        unadjusted: Plain difference in means.
        before: The same estimator on the change of value before the first day; None where that is
            not known of enough customers.
        placebo_rejection_rate: Share of made-up take-ups that a test calls effective.
    """

    product_type: str
    adjusted: Adjusted
    unadjusted: float
    before: Adjusted | None
    placebo_rejection_rate: float


def product_impacts(customers: pl.DataFrame, holdings: pl.DataFrame) -> Iterator[ProductImpact]:
    """Impacts of every kind of product that enough customers took up.

    Args:
        customers: `customer_id`, `COVARIATES`, `value_before` (half a year before the first day,
            null if not known) and `value_at_end`; customers on the first day who still were six
            months later.
        holdings: `customer_id`, `product_type`, `is_held_at_start`, `is_held_later` of whoever
            held the product on either day.
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
            yield _impact(str(kind), units)


def _impact(kind: str, units: pl.DataFrame) -> ProductImpact:
    outcome, treated = _numbers(units, "value_at_end"), units["is_treated"].to_numpy()
    return ProductImpact(
        kind,
        _adjusted(units, outcome),
        difference_in_means(outcome, treated).estimate,
        _before(units),
        placebo_rejection_rate(outcome, treated, draws=PLACEBO_DRAWS),
    )


def _adjusted(units: pl.DataFrame, outcome: np.ndarray) -> Adjusted:
    covariates = units.select(
        pl.col(name).cast(pl.Float64).clip(lower_bound=0.0).log1p()
        if name in _SKEWED
        else pl.col(name).cast(pl.Float64)
        for name in COVARIATES
    ).to_numpy()
    return doubly_robust(outcome, units["is_treated"].to_numpy(), covariates)


def _before(units: pl.DataFrame) -> Adjusted | None:
    """The "effect" on what happened before the first day; it must be about nothing."""
    known = units.drop_nulls("value_before")
    treated = known["is_treated"]
    if min(treated.sum(), (~treated).sum()) < LEAST_PER_ARM:
        return None
    change = _numbers(known, "value_at_start") - _numbers(known, "value_before")
    return _adjusted(known, change)


def _numbers(units: pl.DataFrame, column: str) -> np.ndarray:
    return units[column].cast(pl.Float64).to_numpy()
