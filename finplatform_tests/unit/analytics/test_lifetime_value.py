"""Lifetime value by purchases: a small bank whose customers come and go."""

from datetime import date

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
from finplatform_tests.unit.analytics.payments import END, clients, payment_months


@pytest.fixture(scope="module")
def months() -> pl.DataFrame:
    return payment_months()


@pytest.fixture(scope="module")
def values(months: pl.DataFrame) -> pl.DataFrame:
    ids = sorted(months["customer_id"].unique().to_list())
    return customer_lifetime_value(clients([*ids, "NEVER"], END), months)


def test_the_value_is_transactions_times_value_times_rate_inside_its_interval(
    values: pl.DataFrame,
) -> None:
    result = values.filter(pl.col("frequency").is_not_null())
    product = result["discounted_transactions"] * result["expected_transaction_value"]
    assert (product * result["revenue_rate"] - result["card_payment_value"]).abs().max() < 1e-6
    inside = pl.col("card_payment_value").is_between(
        "card_payment_value_lower", "card_payment_value_upper"
    )
    assert result.height > 290
    assert result.select(inside.all()).item()


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
    assert never["card_payment_value"].item() is None
    assert never["revenue_times_tenure"].item() is not None


def test_the_formula_is_revenue_times_tenure(values: pl.DataFrame) -> None:
    row = values.row(0, named=True)
    assert row["estimated_annual_revenue"] == pytest.approx(40 + 0.02 * 500)
    assert row["revenue_times_tenure"] == pytest.approx(50 * 730 / 365)
    assert row["customer_segment"] == "Low Value"


def test_the_value_by_margin_leads_and_is_left_as_it_is(values: pl.DataFrame) -> None:
    assert values["customer_lifetime_value"].unique().to_list() == [700.0]


def test_nothing_later_than_the_date_is_used(months: pl.DataFrame) -> None:
    day = date(2025, 6, 30)
    ids = sorted(months["customer_id"].unique().to_list())
    cut = months.filter(pl.col("month_end") <= day)
    assert cut.height < months.height
    whole = customer_lifetime_value(clients(ids, day, END), months)
    assert whole.filter(pl.col("observation_date") == day).equals(
        customer_lifetime_value(clients(ids, day), cut)
    )


def test_the_past_year_is_foretold_from_the_year_before(months: pl.DataFrame) -> None:
    found = backtest(months, END)
    # Half of those who stop do so when the year begins, which no model can predict.
    assert found["expected_purchases"] == pytest.approx(found["actual_purchases"], rel=0.25)
    assert backtest(months.filter(pl.col("month_end") > date(2025, 3, 1)), END) == {}


@pytest.mark.parametrize(
    ("kept", "reason"),
    [(pl.col("month_end") > date(2025, 9, 1), SHORT_HISTORY), (None, TOO_FEW_CUSTOMERS)],
)
def test_too_little_to_learn_from_is_a_reason_and_no_error(
    months: pl.DataFrame, kept: pl.Expr | None, reason: str
) -> None:
    part = months.filter(kept) if kept is not None else payment_months(customers=20)
    result = customer_lifetime_value(clients(["C0001", "C0002"], END), part)
    assert result["not_estimated_reason"].to_list() == [reason] * 2
    assert result["card_payment_value"].null_count() == 2


def test_no_customers_and_no_payments_at_all_are_no_error(months: pl.DataFrame) -> None:
    assert customer_lifetime_value(clients([], END), months).is_empty()
    result = customer_lifetime_value(clients(["C0001"], END), months.clear())
    assert result["not_estimated_reason"].item() == SHORT_HISTORY


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
