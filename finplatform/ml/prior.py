"""PDs for a bank that has no default history yet: one per product, from expert judgement.

Belongs here: the prior rates as data with their source, and a scorer over them. Does not belong
here: anything estimated. Scores carry a `model_version` that starts with `prior-`, which
marks them as no estimates.
"""

from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
import polars as pl

from finplatform.errors import FinplatformError
from finplatform.ml.calibration import log_odds_of
from finplatform.ml.fingerprint import canonical_json, sha256

PREFIX = "prior-"
_SOURCE = (
    "expert prior: judgement, deliberately high for performing retail loans so that capital is not "
    "understated; not estimated from any data set"
)


@dataclass(frozen=True)
class PriorRate:
    """One assumption.

    Attributes:
        product_type: Product it holds for; None for every other product.
        pd: Long-run one-year PD.
        valid_from: Day the assumption was made.
        source: Source of the rate.
    """

    product_type: str | None
    pd: float
    valid_from: date
    source: str = _SOURCE


PRIOR_RATES = (
    PriorRate("MORTGAGE", 0.015, date(2024, 1, 1)),
    PriorRate("AUTO_LOAN", 0.03, date(2024, 1, 1)),
    PriorRate("BUSINESS_LOAN", 0.05, date(2024, 1, 1)),
    PriorRate("CREDIT_CARD", 0.05, date(2024, 1, 1)),
    PriorRate("PERSONAL_LOAN", 0.06, date(2024, 1, 1)),
    PriorRate(None, 0.08, date(2024, 1, 1)),
)
"""Assumptions that hold until outcomes are there, or until a bank puts its own in their place."""


@dataclass(frozen=True)
class PriorModel:
    """Scores every exposure with its product's assumed PD; goes into `scoring.score`.

    Args:
        rates: One per product, and exactly one for every other product.

    Raises:
        FinplatformError: A PD is not inside (0, 1), a product occurs twice, or the rate for every
            other product is absent.
    """

    rates: tuple[PriorRate, ...] = PRIOR_RATES

    def __post_init__(self) -> None:
        products = [rate.product_type for rate in self.rates]
        if len(set(products)) < len(products) or None not in products:
            raise FinplatformError(
                "Prior rates must name each product once, and one rate for all others.",
                "Check the list; the rate for all others has product type None.",
            )
        if not all(0 < rate.pd < 1 for rate in self.rates):
            raise FinplatformError(
                "A prior PD must be above 0 and below 1.", "Give it as a fraction: 0.03 is 3%."
            )

    @property
    def model_version(self) -> str:
        """`prior-` and a hash of the assumptions."""
        content = [
            {**asdict(rate), "valid_from": rate.valid_from.isoformat()} for rate in self.rates
        ]
        return PREFIX + sha256(canonical_json(content))[:16]

    def log_odds(self, features: pl.DataFrame) -> np.ndarray:
        """Log-odds of the assumed PD, shape (rows,)."""
        known = {rate.product_type: rate.pd for rate in self.rates}
        other = known.pop(None)
        if "product_type" not in features.columns:
            return log_odds_of(np.full(features.height, other))
        product = features["product_type"].cast(pl.String)
        pd = product.replace_strict(
            list(known), list(known.values()), default=other, return_dtype=pl.Float64
        )
        return log_odds_of(pd.fill_null(other).to_numpy())
