"""Lifetime value by purchases: a small bank whose customers come and go."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from finplatform.analytics import lifetime_value
from finplatform.analytics.bg_nbd import Histories
from finplatform.analytics.lifetime_value import (
    NO_PURCHASE,
    SHORT_HISTORY,
    TOO_FEW_CUSTOMERS,
    backtest,
    customer_lifetime_value,
    discounted_purchases,
    revenue_rate,
)

END = date(2025, 12, 31)


def _months(customers: int = 300, seed: int = 2) -> pl.DataFrame:
    """Card payments at own rates; a fifth stop half way."""
    rng = np.random.default_rng(seed)
    days = (END - date(2024, 1, 1)).days + 1
    rate = rng.gamma(2.0, 0.04, customers)
    stop = np.where(np.arange(customers) % 5 == 0, days // 2, days)
    pays = (rng.random((customers, days)) < rate[:, None]) & (np.arange(days) < stop[:, None])
    who, day = np.nonzero(pays)
    payments = pl.DataFrame(
        {
            "customer_id": [f"C{number:04d}" for number in who],
            "day": [date(2024, 1, 1) + timedelta(days=int(number)) for number in day],
            "amount": rng.gamma(3.0, 10.0, len(who)),
        }
    )
    return (
        payments.with_columns(month_end=pl.col("day").dt.month_end())
        .group_by("customer_id", "month_end", maintain_order=True)
        .agg(
            purchase_days=pl.len().cast(pl.Int64),
            first_date=pl.min("day"),
            last_date=pl.max("day"),
            spending=pl.sum("amount"),
        )
    )


def _clients(ids: list[str], *days: date) -> pl.DataFrame:
    keys = [(name, day) for day in days for name in ids]
    return pl.DataFrame(
        keys, schema=["customer_id", "observation_date"], orient="row"
    ).with_columns(
        date_key=pl.lit(20251231),
        customer_key=pl.lit(1),
        fees_12m=pl.lit(24.0),
        average_balance_12m=pl.lit(1_000.0),
        observed_months_12m=pl.lit(12),
        total_fees=pl.lit(40.0),
        account_balance=pl.lit(500.0),
        tenure_days=pl.lit(730),
    )


@pytest.fixture(scope="module")
def months() -> pl.DataFrame:
    return _months()


@pytest.fixture(scope="module")
def values(months: pl.DataFrame) -> pl.DataFrame:
    ids = sorted(months["customer_id"].unique().to_list())
    return customer_lifetime_value(_clients([*ids, "NEVER"], END), months)


def test_the_value_is_transactions_times_value_times_rate_inside_its_interval(
    values: pl.DataFrame,
) -> None:
    told = values.filter(pl.col("frequency").is_not_null())
    product = told["discounted_transactions"] * told["expected_transaction_value"]
    assert (product * told["revenue_rate"] - told["discounted_value"]).abs().max() < 1e-6
    inside = pl.col("discounted_value").is_between(
        "discounted_value_lower", "discounted_value_upper"
    )
    assert told.height > 290
    assert told.select(inside.all()).item()


def test_who_stopped_is_told_from_who_pays_on(values: pl.DataFrame) -> None:
    stopped = pl.col("customer_id").str.slice(1).cast(pl.Int64, strict=False) % 5 == 0
    busy = (
        values.filter(pl.col("frequency") > 10)
        .group_by(stopped.alias("stopped"))
        .agg(pl.mean("probability_active"))
    )
    chance = dict(busy.iter_rows())
    assert chance[False] > 0.9
    assert chance[True] < 0.1


def test_a_customer_without_card_payments_has_no_estimate_and_says_why(
    values: pl.DataFrame,
) -> None:
    never = values.filter(pl.col("customer_id") == "NEVER")
    assert never["not_estimated_reason"].item() == NO_PURCHASE
    assert never["discounted_value"].item() is None
    assert never["formula_lifetime_value"].item() is not None


def test_the_formula_is_revenue_times_tenure(values: pl.DataFrame) -> None:
    row = values.row(0, named=True)
    assert row["estimated_annual_revenue"] == pytest.approx(40 + 0.02 * 500)
    assert row["formula_lifetime_value"] == pytest.approx(50 * 730 / 365)
    assert row["customer_segment"] == "Low Value"


def test_nothing_later_than_the_date_is_used(months: pl.DataFrame) -> None:
    day = date(2025, 6, 30)
    ids = sorted(months["customer_id"].unique().to_list())
    cut = months.filter(pl.col("month_end") <= day)
    assert cut.height < months.height
    whole = customer_lifetime_value(_clients(ids, day, END), months)
    assert whole.filter(pl.col("observation_date") == day).equals(
        customer_lifetime_value(_clients(ids, day), cut)
    )


def test_the_past_year_is_foretold_from_the_year_before(months: pl.DataFrame) -> None:
    found = backtest(months, END)
    # Half of those who stop do so when the year begins, which nobody can know.
    assert found["expected_purchases"] == pytest.approx(found["actual_purchases"], rel=0.25)
    assert backtest(months.filter(pl.col("month_end") > date(2025, 3, 1)), END) == {}


@pytest.mark.parametrize(
    ("kept", "reason"),
    [(pl.col("month_end") > date(2025, 9, 1), SHORT_HISTORY), (None, TOO_FEW_CUSTOMERS)],
)
def test_too_little_to_learn_from_is_a_reason_and_no_error(
    months: pl.DataFrame, kept: pl.Expr | None, reason: str
) -> None:
    part = months.filter(kept) if kept is not None else _months(customers=20)
    told = customer_lifetime_value(_clients(["C0001", "C0002"], END), part)
    assert told["not_estimated_reason"].to_list() == [reason] * 2
    assert told["discounted_value"].null_count() == 2


def test_no_customers_and_no_payments_at_all_are_no_error(months: pl.DataFrame) -> None:
    assert customer_lifetime_value(_clients([], END), months).is_empty()
    told = customer_lifetime_value(_clients(["C0001"], END), months.clear())
    assert told["not_estimated_reason"].item() == SHORT_HISTORY


def test_later_purchases_count_less() -> None:
    one = Histories.of(np.array([20]), np.array([100.0]), np.array([101.0]))
    parameters = np.array([1.0, 5.0, 0.5, 20.0])
    discounted = discounted_purchases(parameters, one)[0]
    plain = lifetime_value.bg_nbd.expected_purchases(
        parameters, one, 5 * lifetime_value.WEEKS_OF_YEAR
    )[0]
    assert 1.1**-5 * plain < discounted < plain


def test_a_revenue_rate_lies_between_the_customers_and_that_of_all() -> None:
    rate = revenue_rate(np.array([10.0, 90.0, 50.0]), np.array([0.5, 1000.0, 200.0]))
    of_all = 150 / 1200.5
    assert of_all < rate[0] < 10 / 0.5
    assert 0.09 < rate[1] < of_all
    assert (revenue_rate(np.array([5.0]), np.array([0.0])) == 0).all()
