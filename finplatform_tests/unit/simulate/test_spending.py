from datetime import timedelta

import polars as pl

from finplatform.simulate import Bank, SimulationConfig, generate
from finplatform.simulate.standing import paydays
from finplatform_tests.unit.simulate.conftest import CONFIG


def test_weeks_and_years_have_their_rhythm() -> None:
    rows = pl.concat(generate(SimulationConfig(customers=300, transactions=90_000)).transactions())
    cards = rows.filter(pl.col("transaction_type") == "CARD_PAYMENT")
    by_day = cards.group_by(pl.col("transaction_date").dt.weekday().alias("day")).len()
    count = dict(by_day.iter_rows())
    assert count[5] > 1.2 * count[2]
    assert count[7] < count[5] / 1.3
    by_month = cards.group_by(
        pl.col("transaction_date").dt.year().alias("year"),
        pl.col("transaction_date").dt.month().alias("month"),
    ).len()
    for year in (2024, 2025):
        months = dict(by_month.filter(pl.col("year") == year).drop("year").iter_rows())
        others = [months[m] for m in range(1, 12)]
        assert months[12] > 1.08 * sum(others) / len(others)
    hours = dict(
        cards.filter(pl.col("channel") == "POS")
        .group_by(pl.col("transaction_date").dt.hour().alias("hour"))
        .len()
        .iter_rows()
    )
    assert sum(hours[h] for h in range(15, 24)) > 3 * sum(hours[h] for h in range(6, 12))


def test_pay_comes_on_business_days_and_year_end_is_better_paid(
    transactions: pl.DataFrame,
) -> None:
    pay = transactions.filter(pl.col("transaction_type") == "SALARY")
    assert set(pay["transaction_date"].dt.weekday()) == {1, 2, 3, 4, 5}
    monthly = pay.group_by(pl.col("transaction_date").dt.strftime("%Y-%m").alias("month")).agg(
        pl.col("amount").cast(pl.Float64).mean()
    )
    means = dict(monthly.iter_rows())
    assert means["2024-12"] > 1.08 * means["2024-10"]


def test_paydays_before_a_weekend_or_holiday_move_forward() -> None:
    june_2024 = (2024 - 1970) * 12 + 5
    last, middle, first, late = paydays(june_2024) - 19_875
    # 2024-06-15 is a Saturday, 2024-06-30 a Sunday, 2024-06-01 a Saturday.
    assert (first, middle, late, last) == (2, 13, 24, 27)


def test_tickets_are_skewed_with_a_long_tail(transactions: pl.DataFrame) -> None:
    amount = transactions.filter(pl.col("transaction_type") == "CARD_PAYMENT")["amount"]
    dollars = amount.cast(pl.Float64)
    assert dollars.mean() > 1.3 * dollars.median()
    assert dollars.quantile(0.999) > 15 * dollars.median()
    cents = (amount * 100).cast(pl.Int64) % 100
    assert (cents == 99).mean() > 0.12


def test_foreign_payments_carry_their_currency_rate_and_fee(
    bank: Bank, transactions: pl.DataFrame
) -> None:
    foreign = transactions.filter(pl.col("currency") != "USD")
    assert 0.001 < len(foreign) / len(transactions) < 0.10
    assert (foreign["exchange_rate"].cast(pl.Float64) != 1).all()
    assert (foreign["fees"].cast(pl.Float64) > 0).mean() > 0.5
    at_home = transactions.filter(pl.col("currency") == "USD")
    assert (at_home["exchange_rate"].cast(pl.Float64) == 1).all()


def test_refused_payments_are_few_and_pending_ones_recent(
    transactions: pl.DataFrame,
) -> None:
    share = dict(transactions["status"].value_counts(normalize=True).iter_rows())
    assert 0.002 < share["FAILED"] < 0.05
    assert share["REVERSED"] < 0.01
    pending = transactions.filter(pl.col("status") == "PENDING")["transaction_date"].dt.date()
    assert min(pending.to_list()) >= CONFIG.end - timedelta(days=1)
