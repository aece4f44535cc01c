"""Forecasts of spending know the past alone, and their intervals keep their word."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy import stats

from finplatform.ml.dataset import add_months
from finplatform.ml.lifetime_value import HORIZON_MONTHS, lifetime_value, yearly_margin
from finplatform.ml.spending import COVERAGE, learn, spending_forecasts

MONTHS = [add_months(date(2024, 1, 31), number) for number in range(14)]


def _bank(seed: int, customers: int = 400) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Customers with habits of their own, some of whom spend nothing in a month."""
    rng = np.random.default_rng(seed)
    habit = rng.lognormal(5.5, 1, customers)
    spent = habit[:, None] * rng.lognormal(0, 0.5, (customers, len(MONTHS)))
    spent *= rng.random((customers, len(MONTHS))) < 0.9
    features, months = [], []
    for number, day in enumerate(MONTHS):
        names = [f"C{customer:05d}" for customer in range(customers)]
        known = spent[:, max(number - 2, 0) : number + 1].sum(axis=1)
        features.append(
            pl.DataFrame(
                {
                    "customer_id": names,
                    "observation_date": [day] * customers,
                    "observed_months_12m": min(number + 1, 12),
                    "card_payment_amount_3m": known,
                    "bill_payment_amount_3m": 0.0,
                    "cash_out_amount_3m": 0.0,
                    "card_payment_amount_12m": known,
                    "debit_amount_1m": spent[:, number],
                    "transaction_count_1m": rng.poisson(5, customers),
                    "annual_income": habit * 100,
                }
            )
        )
        months.append(
            pl.DataFrame(
                {
                    "customer_id": names,
                    "month_end": [day] * customers,
                    "spending": spent[:, number],
                }
            )
        )
    return pl.concat(features), pl.concat(months)


def _judged(seed: int) -> pl.DataFrame:
    features, spending = _bank(seed)
    following = pl.col("observation_date").dt.offset_by("1d").dt.month_end()
    return (
        spending_forecasts(features, spending, MONTHS[9:13])
        .with_columns(month_end=following)
        .join(spending, on=("customer_id", "month_end"))
    )


def test_intervals_hold_what_is_spent_as_often_as_they_say() -> None:
    judged = pl.concat([_judged(seed) for seed in range(5)])
    inside = pl.col("spending").is_between("next_month_spending_lower", "next_month_spending_upper")
    covered = int(judged.select(inside.sum()).item())
    low, high = stats.binom.interval(0.999, judged.height, COVERAGE)
    # Customers come again, and the margins are themselves estimates: a per cent to either side.
    assert low - 0.01 * judged.height <= covered <= high + 0.01 * judged.height


def test_the_sum_of_forecasts_is_about_what_is_spent() -> None:
    judged = pl.concat([_judged(seed) for seed in range(5)])
    assert judged["next_month_spending"].sum() == pytest.approx(judged["spending"].sum(), rel=0.05)


def test_a_forecast_knows_nothing_of_later_months() -> None:
    features, spending = _bank(1)
    day = MONTHS[9]
    later = pl.col("month_end") > day
    rewritten = spending.with_columns(
        spending=pl.when(later).then(9e9).otherwise(pl.col("spending"))
    )
    grown = features.with_columns(
        debit_amount_1m=pl.when(pl.col("observation_date") > day)
        .then(7.0)
        .otherwise(pl.col("debit_amount_1m"))
    )
    plain = spending_forecasts(features, spending, [day])
    assert plain.equals(spending_forecasts(grown, rewritten, [day]))
    assert plain["next_month_spending"].null_count() == 0


def test_with_too_little_before_it_nothing_is_forecast() -> None:
    features, spending = _bank(2)
    assert spending_forecasts(features, spending, MONTHS[:2])["next_month_spending"].is_null().all()
    few = features.filter(pl.col("customer_id") < "C00020")
    assert spending_forecasts(few, spending, MONTHS[9:10])["spending_model_version"].is_null().all()
    assert spending_forecasts(features.clear(), spending, []).is_empty()


def test_lifetime_value_is_the_sum_over_months() -> None:
    margin, churn, default = np.array([120.0, -50.0]), np.array([0.06, 0.0]), np.array([0.1, 0.0])
    by_hand = [
        sum(
            m / 12 * ((1 - c) ** (1 / 3) * (1 - d) ** (1 / 12) / 1.1 ** (1 / 12)) ** month
            for month in range(1, HORIZON_MONTHS + 1)
        )
        for m, c, d in zip(margin, churn, default, strict=True)
    ]
    assert lifetime_value(margin, churn, default) == pytest.approx(by_hand)


def test_a_margin_adds_up() -> None:
    one = np.ones(1)
    margin = yearly_margin(
        fees=10 * one, deposits=1000 * one, interest_paid=5 * one, debt=2000 * one,
        interest_received=200 * one, expected_loss=30 * one, policy_rate=0.04 * one,
    )  # fmt: skip
    assert margin[0] == pytest.approx(10 + 40 - 5 + 200 - 80 - 30)


def test_customers_of_whom_most_spend_the_same_leave_no_group_empty() -> None:
    levels = np.repeat([0.0, 5.0], [90, 10])
    predictors = np.column_stack([np.ones(200), np.tile(levels, 2)])
    spending = np.expm1(predictors[:, 1])
    is_calibration = np.arange(200) >= 100
    model = learn(predictors, spending, is_calibration)
    middle, lower, upper = model.forecast(predictors)
    assert np.isfinite(np.stack([middle, lower, upper])).all()
