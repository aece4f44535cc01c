"""Next month's spending of each customer: a forecast, and how far off it may be.

Spending is card payments, bills and cash taken out. For every date a pooled regression is fitted to
the dates before it whose next month was over by then, so a forecast never knows what came later,
and a date of the past is forecast as it would have been on the day. Belongs here: the regression
and its prediction interval. Does not belong here: reading tables.

References: split conformal prediction as in Lei, G'Sell, Rinaldo, Tibshirani and Wasserman,
Distribution-free predictive inference for regression (2018), by groups of the forecast as in Vovk,
Gammerman and Shafer, Algorithmic learning in a random world (2005), ch. 4.6 (Mondrian).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from finplatform.ml.fingerprint import canonical_json, sha256
from finplatform.ml.spec import OBSERVED
from finplatform.ml.threads import one_thread

PREFIX = "spend-"
COVERAGE = 0.9
"""Share of next months' spending that lies within the interval."""

FIT_DATES, CALIBRATION_DATES = 6, 2
"""Dates that the regression sees, and later ones that judge it."""

LEAST_ROWS = 100
"""With fewer rows in either part nothing is forecast."""

_GROUPS = 3
_RIDGE = 1.0
_PREDICTORS = ("spending_3m", "card_payments_12m", "debit_amount_1m", "transactions_1m", "income")

NEEDED = (
    "customer_id", OBSERVED, "num_accounts", "observed_months_12m", "card_payment_amount_3m",
    "bill_payment_amount_3m", "cash_out_amount_3m", "card_payment_amount_12m", "debit_amount_1m",
    "transaction_count_1m", "annual_income",
)  # fmt: skip
"""Columns of `gold.customer_features` that a forecast looks at."""

_SCHEMA = {
    "next_month_spending": pl.Float64,
    "next_month_spending_lower": pl.Float64,
    "next_month_spending_upper": pl.Float64,
    "spending_model_version": pl.String,
}


@dataclass(frozen=True)
class SpendingModel:
    """A regression of the log of next month's spending, and its errors on later dates.

    Attributes:
        coefficients: Constant first, then `_PREDICTORS`, all in logs.
        edges: Forecasts (in logs) that divide the groups.
        factors: For each group, what the typical spending is multiplied by to give the mean.
        margins: For each group, the lowest and highest error to allow for, (groups, 2).
    """

    coefficients: np.ndarray
    edges: np.ndarray
    factors: np.ndarray
    margins: np.ndarray

    @property
    def version(self) -> str:
        """`spend-` and a hash of every number that a forecast depends on."""
        numbers = [
            part.tolist() for part in (self.coefficients, self.edges, self.factors, self.margins)
        ]
        return PREFIX + sha256(canonical_json(numbers))[:16]

    def forecast(self, predictors: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Expected spending, and the ends of its interval; none is below zero.

        Args:
            predictors: From `predictors_of`, shape (rows, 1 + predictors).
        """
        level = (predictors * self.coefficients).sum(axis=1)
        group = np.searchsorted(self.edges, level)
        low, high = self.margins[group].T
        middle, lower, upper = (
            np.expm1(np.maximum(value, 0.0)) for value in (level, level + low, level + high)
        )
        expected = self.factors[group] * middle
        return expected, np.minimum(lower, expected), np.maximum(upper, expected)


def predictors_of(features: pl.DataFrame) -> np.ndarray:
    """A constant and logs of spending, movements and income, shape (rows, 1 + predictors).

    Args:
        features: Rows of `gold.customer_features`.
    """
    known = pl.col("observed_months_12m").cast(pl.Float64)
    spent = sum(
        pl.col(f"{name}_amount_3m").cast(pl.Float64)
        for name in ("card_payment", "bill_payment", "cash_out")
    )
    columns = features.select(
        (spent / known.clip(1, 3)).alias("spending_3m"),
        (pl.col("card_payment_amount_12m").cast(pl.Float64) / known.clip(1)).alias(
            "card_payments_12m"
        ),
        pl.col("debit_amount_1m").cast(pl.Float64),
        pl.col("transaction_count_1m").cast(pl.Float64).alias("transactions_1m"),
        pl.col("annual_income").cast(pl.Float64).alias("income"),
    ).select(pl.col(name).fill_null(0.0).clip(0.0).log1p() for name in _PREDICTORS)
    return np.column_stack([np.ones(features.height), columns.to_numpy()])


@one_thread()
def learn(
    predictors: np.ndarray, spending: np.ndarray, is_calibration: np.ndarray
) -> SpendingModel:
    """Fit on the earlier rows, and measure errors on the later ones.

    Args:
        predictors: From `predictors_of`.
        spending: Spending of the next month, shape (rows,).
        is_calibration: True for the later rows.
    """
    target = np.log1p(np.maximum(spending, 0.0))
    known, wanted = predictors[~is_calibration], target[~is_calibration]
    ridge = _RIDGE * np.eye(known.shape[1])
    ridge[0, 0] = 0.0
    coefficients = np.linalg.solve(known.T @ known + ridge, known.T @ wanted)
    level = (predictors[is_calibration] * coefficients).sum(axis=1)
    errors = target[is_calibration] - level
    # Edges are levels that occur, so that no group is empty where many levels are equal.
    shares = np.arange(1, _GROUPS) / _GROUPS
    edges = np.unique(np.quantile(level, shares, method="inverted_cdf"))
    edges = edges[edges < level.max()]
    group = np.searchsorted(edges, level)
    groups = range(len(edges) + 1)
    margins = np.array([_margin(errors[group == number]) for number in groups])
    spent, typical = spending[is_calibration], np.expm1(np.maximum(level, 0.0))
    # The log's mean is below the mean's log: a ratio per group makes the sum of forecasts right.
    factors = np.array(
        [spent[group == n].sum() / max(typical[group == n].sum(), 1e-9) for n in groups]
    )
    return SpendingModel(coefficients, edges, factors, margins)


def spending_forecasts(
    features: pl.DataFrame, spending: pl.DataFrame, dates: list[date]
) -> pl.DataFrame:
    """Forecasts for the customers of some dates, each date by a model of the dates before it.

    Args:
        features: Rows of `gold.customer_features` of the dates and of earlier month ends.
        spending: `customer_id`, `month_end` and `spending` of the months.
        dates: Month ends to forecast from.

    Returns:
        `customer_id`, `observation_date`, `next_month_spending`, its `_lower` and `_upper` and
        `spending_model_version`; a date with too little before it has nulls.
    """
    following = pl.col(OBSERVED).dt.offset_by("1d").dt.month_end()
    labelled = features.with_columns(month_end=following).join(
        spending, on=("customer_id", "month_end"), how="inner"
    )
    keys = ["customer_id", OBSERVED]
    parts = [features.select(keys).clear().with_columns(_nothing())]
    for day in sorted(dates):
        wanted = features.filter(pl.col(OBSERVED) == day)
        model = _model_as_of(labelled, day)
        if model is None:
            parts.append(wanted.select(keys).with_columns(_nothing()))
            continue
        middle, lower, upper = model.forecast(predictors_of(wanted))
        values: tuple[Any, ...] = (middle, lower, upper, [model.version] * wanted.height)
        parts.append(
            wanted.select(keys).with_columns(
                pl.Series(name, column, dtype=dtype)
                for (name, dtype), column in zip(_SCHEMA.items(), values, strict=True)
            )
        )
    return pl.concat(parts)


def _model_as_of(labelled: pl.DataFrame, day: date) -> SpendingModel | None:
    """The model of a date, fitted on the completed months."""
    over = labelled.filter(pl.col("month_end") <= day).sort(OBSERVED, "customer_id")
    dates = over[OBSERVED].unique().sort().to_list()[-(FIT_DATES + CALIBRATION_DATES) :]
    later = dates[-min(CALIBRATION_DATES, len(dates) // 2) :] if len(dates) > 1 else []
    rows = over.filter(pl.col(OBSERVED).is_in(dates))
    is_calibration = rows[OBSERVED].is_in(later).to_numpy()
    if min(is_calibration.sum(), (~is_calibration).sum()) < LEAST_ROWS:
        return None
    spent = rows["spending"].cast(pl.Float64).to_numpy()
    return learn(predictors_of(rows), spent, is_calibration)


def _margin(errors: np.ndarray) -> tuple[float, float]:
    """Errors between which a new one lies with the chance of `COVERAGE`, tails alike.

    The ranks are those of n + 1 exchangeable errors; with too few, the extremes are taken.
    """
    ordered = np.sort(errors)
    tail = (1 - COVERAGE) / 2
    low = max(int(np.floor(tail * (ordered.size + 1))) - 1, 0)
    high = min(int(np.ceil((1 - tail) * (ordered.size + 1))) - 1, ordered.size - 1)
    return float(ordered[low]), float(ordered[high])


def _nothing() -> list[pl.Expr]:
    return [pl.lit(None, dtype=dtype).alias(name) for name, dtype in _SCHEMA.items()]
