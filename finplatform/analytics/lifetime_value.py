"""Lifetime value of card payments, from their frequency and amounts.

A purchase is a day with card payments. How many are still to come is BG/NBD's word (`bg_nbd`), how
large they will be Gamma-Gamma's (`gamma_gamma`), and what the bank earns on them the customer's own
revenue per unit spent, drawn to that of all. Beside it stands the simple formula of revenue times
tenure, on the same revenue. Neither is the lifetime value that reports and plans use: that is the
value by margin, churn and default (`finplatform.ml.lifetime_value`), which the table leads with.
Belongs here: what counts as purchase and revenue, discounting, and the interval. Does not belong
here: that value.

Reference: Fader, Hardie and Lee, RFM and CLV: using iso-value curves for customer base analysis,
Journal of Marketing Research 42 (2005), for value as transactions times value times margin.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from finplatform.analytics import bg_nbd, gamma_gamma
from finplatform.analytics.bg_nbd import Histories
from finplatform.analytics.likelihood import Fit
from finplatform.ml.dataset import add_months
from finplatform.ml.lifetime_value import HORIZON_MONTHS, YEARLY_DISCOUNT
from finplatform.ml.threads import one_thread
from finplatform.sums import ordered_sum

OBSERVED_MONTHS = 24
"""Months of history of the models: older rates carry little, and memory stays bounded."""
MIN_MONTHS = 6
MIN_REPEATERS = 30
"""Customers who bought twice, below which seven parameters would fit chance."""

BALANCE_RATE = 0.02
"""Yearly margin on balances in the formula of revenue times tenure."""
HIGH_VALUE, MEDIUM_VALUE = 10_000, 5_000

WEEKS_OF_YEAR = 365.25 / 7
_Z = 1.959963984540054
_STEP = 1e-4

NO_PURCHASE = "NO_PURCHASE"
TOO_FEW_CUSTOMERS = "TOO_FEW_CUSTOMERS"
SHORT_HISTORY = "SHORT_HISTORY"


@dataclass(frozen=True)
class Models:
    """The two fits of a month end.

    Attributes:
        purchases: BG/NBD; time in weeks.
        value: Gamma-Gamma; amounts in the currency of the accounts.
    """

    purchases: Fit
    value: Fit


@one_thread()
def customer_lifetime_value(clients: pl.DataFrame, months: pl.DataFrame) -> pl.DataFrame:
    """Value of each customer's card payments on each month end, learned from what was known on it.

    Args:
        clients: Customers with an account by month end: `customer_id`, `observation_date`,
            `date_key`, `customer_key`, `customer_lifetime_value`, `fees_12m`,
            `average_balance_12m`, `observed_months_12m`, `total_fees`, `account_balance` (mean over
            the accounts) and `tenure_days`.
        months: Card payments of all customers, those who left included, by month: `customer_id`,
            `month_end`, `purchase_days`, `first_date`, `last_date`, `spending`; from
            `OBSERVED_MONTHS` before the first month end on.

    Returns:
        The columns of `gold.customer_lifetime_value`, rows in the order of `clients`.
    """
    parts = [
        _of_date(part, _histories(months, day), months, day)
        for (day,), part in clients.group_by("observation_date", maintain_order=True)
    ]
    found = pl.concat(parts) if parts else _nothing(clients)
    keys = ["customer_id", "observation_date"]
    return clients.join(found, on=keys, how="left", maintain_order="left").with_columns(*_formula())


@one_thread()
def backtest(months: pl.DataFrame, end: date) -> dict[str, float]:
    """Purchases of the last twelve months against those expected at their start.

    Args:
        months: As for `customer_lifetime_value`.
        end: Last month end.

    Returns:
        `expected_purchases` and `actual_purchases`, and the same of who had been silent for the
        eight weeks before; nothing if the history is too short.
    """
    start = add_months(end, -12)
    seen = _histories(months, start)
    models = fit_models(seen, months, start)
    if isinstance(models, str):
        return {}
    later = months.filter((pl.col("month_end") > start) & (pl.col("month_end") <= end))
    actual = seen.join(
        later.group_by("customer_id").agg(pl.sum("purchase_days").alias("bought")),
        on="customer_id",
        how="left",
        maintain_order="left",
    )["bought"].fill_null(0)
    known = _as_histories(seen)
    weeks = (end - start).days / 7
    expected = bg_nbd.expected_purchases(models.purchases.parameters, known, weeks)
    silent = known.observed - known.recency > 8
    return {
        "expected_purchases": float(expected.sum()),
        "actual_purchases": float(actual.sum()),
        "expected_purchases_of_silent": float(expected[silent].sum()),
        "actual_purchases_of_silent": float(actual.to_numpy()[silent].sum()),
    }


def fit_models(seen: pl.DataFrame, months: pl.DataFrame, day: date) -> Models | str:
    """Both models from what was known on a day, or why there are none.

    Args:
        seen: From `_histories`.
        months: Months of purchases; the first defines the length of the history.
        day: Month end.
    """
    held = months.filter(pl.col("month_end") <= day)["month_end"].min()
    if not isinstance(held, date) or held > add_months(day, -MIN_MONTHS + 1):
        return SHORT_HISTORY
    repeaters = seen.filter(pl.col("frequency") > 0)
    if repeaters.height < MIN_REPEATERS:
        return TOO_FEW_CUSTOMERS
    buyers = seen.filter(pl.col("mean_value") > 0)
    return Models(
        bg_nbd.fit(_as_histories(seen)),
        gamma_gamma.fit(buyers["purchase_days"].to_numpy(), buyers["mean_value"].to_numpy()),
    )


def _histories(months: pl.DataFrame, day: Any) -> pl.DataFrame:
    """Frequency, recency and time in weeks of all buyers, as of a day."""
    window = (pl.col("month_end") <= day) & (
        pl.col("month_end") > add_months(day, -OBSERVED_MONTHS)
    )
    return (
        months.filter(window)
        .group_by("customer_id")
        .agg(
            pl.sum("purchase_days"),
            pl.min("first_date"),
            pl.max("last_date"),
            ordered_sum(pl.col("spending")),
        )
        .with_columns(
            frequency=(pl.col("purchase_days") - 1).cast(pl.Float64),
            recency=(pl.col("last_date") - pl.col("first_date")).dt.total_days() / 7,
            observed=(pl.lit(day) - pl.col("first_date")).dt.total_days() / 7,
            mean_value=pl.col("spending") / pl.col("purchase_days"),
        )
        .sort("customer_id")
    )


def _as_histories(seen: pl.DataFrame) -> Histories:
    return Histories.of(*(seen[name].to_numpy() for name in ("frequency", "recency", "observed")))


def _of_date(
    clients: pl.DataFrame, seen: pl.DataFrame, months: pl.DataFrame, day: Any
) -> pl.DataFrame:
    """Predictions for the customers of one month end."""
    known = (
        clients.select("customer_id", "observation_date", _revenue().alias("revenue"))
        .sort("customer_id")
        .join(seen, on="customer_id", how="left", maintain_order="left")
    )
    models = fit_models(seen, months, day)
    if isinstance(models, str):
        return known.select(*_KEYS, *_absent(), pl.lit(models).alias("not_estimated_reason"))
    buyers = known.filter(pl.col("purchase_days").is_not_null())
    history = _as_histories(buyers)
    predicted = buyers.select(*_KEYS, *_predicted(models, history, buyers))
    return (
        known.select(*_KEYS)
        .join(predicted, on=_KEYS, how="left", maintain_order="left")
        .with_columns(
            not_estimated_reason=pl.when(pl.col("frequency").is_null()).then(pl.lit(NO_PURCHASE))
        )
    )


_KEYS = ["customer_id", "observation_date"]
_FIGURES = (
    "recency_weeks", "observed_weeks", "probability_active", "expected_transactions_12m",
    "expected_transaction_value", "revenue_rate", "discounted_transactions", "card_payment_value",
    "card_payment_value_lower", "card_payment_value_upper",
)  # fmt: skip


def _absent() -> list[pl.Expr]:
    count = pl.lit(None, dtype=pl.Int64).alias("frequency")
    return [count, *(pl.lit(None, dtype=pl.Float64).alias(name) for name in _FIGURES)]


def _predicted(models: Models, history: Histories, buyers: pl.DataFrame) -> list[pl.Series]:
    rate_of_purchases, rate_of_value = models.purchases.parameters, models.value.parameters
    days = buyers["purchase_days"].cast(pl.Float64).to_numpy()
    mean = buyers["mean_value"].to_numpy()
    discounted = discounted_purchases(rate_of_purchases, history)
    value = gamma_gamma.expected_value(rate_of_value, days, mean)
    margin = revenue_rate(
        buyers["revenue"].to_numpy(), mean * days / np.maximum(history.observed, 1) * WEEKS_OF_YEAR
    )
    # Relative errors of the two models add up in squares: they are fitted to different figures.
    error = np.hypot(
        models.purchases.standard_error(
            _slopes(
                lambda at: np.log(_positive(discounted_purchases(at, history))), rate_of_purchases
            )
        ),
        models.value.standard_error(
            _slopes(lambda at: np.log(gamma_gamma.expected_value(at, days, mean)), rate_of_value)
        ),
    )
    worth = discounted * value * margin
    figures = (
        history.recency,
        history.observed,
        bg_nbd.probability_active(rate_of_purchases, history),
        bg_nbd.expected_purchases(rate_of_purchases, history, WEEKS_OF_YEAR),
        value,
        margin,
        discounted,
        worth,
        worth * np.exp(-_Z * error),
        worth * np.exp(_Z * error),
    )
    return [
        pl.Series("frequency", history.frequency.astype(np.int64)),
        *(
            pl.Series(name, numbers, nan_to_null=True)
            for name, numbers in zip(_FIGURES, figures, strict=True)
        ),
    ]


def discounted_purchases(parameters: np.ndarray, history: Histories) -> np.ndarray:
    """Purchases of the next five years, each year's counted at its middle, shape (customers,)."""
    years = HORIZON_MONTHS // 12
    so_far = [np.zeros(len(history))] + [
        bg_nbd.expected_purchases(parameters, history, year * WEEKS_OF_YEAR)
        for year in range(1, years + 1)
    ]
    of_year = np.diff(np.array(so_far), axis=0)
    discount = (1 + YEARLY_DISCOUNT) ** -(np.arange(years) + 0.5)
    return np.asarray(discount @ of_year)


def revenue_rate(revenue: np.ndarray, spending: np.ndarray) -> np.ndarray:
    """Revenue per unit spent, shrunk by one year of the median customer.

    Without shrinkage, customers with almost no spending would have rates of thousands.

    Args:
        revenue: Of a year, not negative, shape (customers,).
        spending: Of a year, not negative, shape (customers,).
    """
    total = float(spending.sum())
    if total <= 0:
        return np.zeros_like(revenue)
    weight = float(np.median(spending[spending > 0]))
    return np.asarray((revenue + weight * float(revenue.sum()) / total) / (spending + weight))


def _revenue() -> pl.Expr:
    """Fees and balances of a year, scaled up for a younger customer."""
    fees = pl.col("fees_12m") * 12 / pl.col("observed_months_12m")
    balance = pl.col("average_balance_12m").fill_null(0.0)
    return fees.fill_null(0.0) + pl.max_horizontal(balance, 0.0) * BALANCE_RATE


def _formula() -> list[pl.Expr]:
    """Revenue times tenure, as the requirement writes it, and its segments."""
    revenue = pl.col("total_fees") + BALANCE_RATE * pl.col("account_balance")
    value = revenue * pl.col("tenure_days") / 365.0
    segment = (
        pl.when(value > HIGH_VALUE)
        .then(pl.lit("High Value"))
        .when(value > MEDIUM_VALUE)
        .then(pl.lit("Medium Value"))
        .otherwise(pl.lit("Low Value"))
    )
    return [
        revenue.alias("estimated_annual_revenue"),
        value.alias("revenue_times_tenure"),
        segment.alias("customer_segment"),
    ]


def _slopes(figure: Callable[[np.ndarray], np.ndarray], parameters: np.ndarray) -> np.ndarray:
    """Slopes of a figure in the logarithms of parameters, shape (parameters, rows)."""
    base = figure(parameters)
    factor = np.exp(_STEP * np.eye(len(parameters)))
    return np.array([(figure(parameters * row) - base) / _STEP for row in factor])


def _positive(values: np.ndarray) -> np.ndarray:
    return np.maximum(values, 1e-12)


def _nothing(clients: pl.DataFrame) -> pl.DataFrame:
    reason = pl.lit(None, dtype=pl.String).alias("not_estimated_reason")
    return clients.select(*_KEYS, *_absent(), reason)
