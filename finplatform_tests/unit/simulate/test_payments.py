from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from finplatform.simulate import Bank
from finplatform.simulate.business_days import BusinessDays
from finplatform.simulate.clock import day_of
from finplatform_tests.unit.simulate.conftest import CONFIG


@pytest.fixture(scope="module")
def payments(bank: Bank) -> pl.DataFrame:
    return bank.payments()


@pytest.fixture(scope="module")
def settlements(bank: Bank) -> pl.DataFrame:
    return bank.settlements()


def _cents(column: str) -> pl.Expr:
    return (pl.col(column) * 100).cast(pl.Int64)


def test_there_is_a_payment_for_every_ten_transactions(payments: pl.DataFrame) -> None:
    assert len(payments) == CONFIG.transactions // 10
    assert payments["payment_at"].is_sorted()
    assert payments["payment_id"].is_unique().all()


def test_payments_are_between_customers_and_merchants_of_their_day(
    bank: Bank, payments: pl.DataFrame
) -> None:
    day = pl.col("payment_at").dt.date()
    known = payments.join(
        bank.table("merchants").select("merchant_id", "onboarded_date", "is_active"), "merchant_id"
    ).join(bank.table("customers").select("customer_id", "customer_since"), "customer_id")
    assert len(known) == len(payments)
    assert known.select((day >= pl.col("onboarded_date")).all()).item()
    assert known.select((day >= pl.col("customer_since")).all()).item()
    assert known["is_active"].all()
    assert payments["payment_at"].dt.date().is_between(CONFIG.start, CONFIG.end).all()


def test_a_payment_has_what_its_status_says(payments: pl.DataFrame) -> None:
    status = pl.col("status")
    rules = {
        "reason": (status == "FAILED") == pl.col("failure_reason").is_not_null(),
        "done": status.is_in(["SUCCESS", "REFUNDED"]) == pl.col("completed_at").is_not_null(),
        "refund": (status == "REFUNDED") == pl.col("refunded_at").is_not_null(),
        "settled": (status == "SUCCESS") | pl.col("settlement_id").is_null(),
        "order": pl.col("completed_at").is_null()
        | (pl.col("completed_at") >= pl.col("payment_at")),
    }
    assert payments.select(**{name: rule.all() for name, rule in rules.items()}).row(0) == (
        True,
    ) * len(rules)
    share = dict(payments["status"].value_counts(normalize=True).iter_rows())
    assert share["SUCCESS"] > 0.9
    assert 0.02 < share["FAILED"] < 0.07
    assert set(share) == {"SUCCESS", "FAILED", "PENDING", "REFUNDED"}


def test_commission_is_the_merchants_rate_of_what_succeeded(
    bank: Bank, payments: pl.DataFrame
) -> None:
    rates = bank.table("merchants").select("merchant_id", agreed="commission_rate")
    joined = payments.join(rates, "merchant_id")
    assert (joined["agreed"] == joined["commission_rate"]).all()
    millionths = (pl.col("commission_rate") * 1_000_000).cast(pl.Int64)
    expected = pl.when(pl.col("status") == "SUCCESS").then(
        (_cents("amount") * millionths + 500_000) // 1_000_000
    )
    assert payments.select((_cents("commission_amount") == expected.otherwise(0)).all()).item()


def test_people_pay_most_on_saturdays_and_least_on_sundays(payments: pl.DataFrame) -> None:
    count = payments.group_by(day=pl.col("payment_at").dt.weekday()).len().sort("day")["len"]
    # Fridays and Saturdays against Sundays, far beyond what chance does to 3,000 payments.
    assert count[4] + count[5] > 2.3 * count[6]


def test_fraud_scores_high_and_flags_follow_the_score(bank: Bank, payments: pl.DataFrame) -> None:
    truth = bank.truth("payment_fraud_labels")["payment_id"]
    score = pl.col("risk_score").cast(pl.Float64)
    fraud = payments["payment_id"].is_in(truth.implode())
    assert 5 < fraud.sum() < 0.03 * len(payments)
    assert payments.filter(fraud).select(score.mean()).item() > 55
    assert payments.filter(~fraud).select(score.mean()).item() < 20
    assert payments.filter("is_fraud_flagged").select(score.min()).item() > 50


def test_a_settlement_is_the_sum_of_its_payments(
    payments: pl.DataFrame, settlements: pl.DataFrame
) -> None:
    paid = payments.group_by("settlement_id").agg(
        pl.len().cast(pl.Int32).alias("payment_count"),
        pl.col("amount", "commission_amount").sum(),
        pl.col("merchant_id").n_unique().alias("merchants"),
        first=pl.col("payment_at").min().dt.date(),
        last=pl.col("payment_at").max().dt.date(),
    )
    joined = settlements.join(paid, "settlement_id", suffix="_paid")
    assert len(joined) == len(settlements)
    assert (joined["payment_count"] == joined["payment_count_paid"]).all()
    assert (joined["gross_amount"] == joined["amount"]).all()
    assert (joined["commission_amount"] == joined["commission_amount_paid"]).all()
    assert (joined["net_amount"] == joined["gross_amount"] - joined["commission_amount"]).all()
    assert (joined["merchants"] == 1).all()
    assert (joined["first"] >= joined["period_start_date"]).all()
    assert (joined["last"] <= joined["period_end_date"]).all()


def test_settlements_are_due_the_agreed_business_days_after_closing(
    settlements: pl.DataFrame,
) -> None:
    days = BusinessDays.between(day_of(CONFIG.start) - 30, day_of(CONFIG.end) + 60).open_days
    place = {name: np.searchsorted(days, settlements[name].to_physical().to_numpy())
             for name in ("cutoff_date", "settlement_due_date")}  # fmt: skip
    between = place["settlement_due_date"] - place["cutoff_date"]
    assert (between == settlements["sla_days"].to_numpy()).all()
    for name, found in place.items():
        assert (days[found] == settlements[name].to_physical().to_numpy()).all(), name
    agreed = settlements.select("sla_class", "sla_days").unique().rows()
    assert set(agreed) == {("PRIORITY", 1), ("STANDARD", 2), ("EXTENDED", 5)}


def test_breaches_gather_at_some_merchants_and_around_holidays(bank: Bank) -> None:
    settlements = bank.settlements().with_columns(
        late=pl.col("settlement_date") > pl.col("settlement_due_date")
    )
    share = settlements["late"].mean()
    assert 0.02 < float(str(share)) < 0.2
    by_merchant = settlements.group_by("merchant_id").agg(pl.col("late").sum()).sort("late")["late"]
    worst = by_merchant.tail(max(len(by_merchant) // 4, 1)).sum()
    assert worst > 0.6 * by_merchant.sum()
    assert "BANK_HOLIDAY" in set(settlements["delay_reason"])


def test_what_is_late_or_held_says_why_and_nothing_else_does(settlements: pl.DataFrame) -> None:
    late = (pl.col("settlement_date") > pl.col("settlement_due_date")).fill_null(value=False)
    result = pl.col("delay_reason").is_not_null()
    assert settlements.select((result == (late | (pl.col("status") == "ON_HOLD"))).all()).item()
    paid = pl.col("settlement_date").is_not_null()
    assert settlements.select((paid == (pl.col("status") == "SETTLED")).all()).item()
    assert settlements["settlement_date"].max() <= CONFIG.end


def test_business_days_leave_out_weekends_and_bank_holidays() -> None:
    # Independence Day 2025 is a Friday; Columbus Day closes banks, though not shops.
    days = BusinessDays.between(day_of(date(2025, 7, 1)), day_of(date(2025, 10, 20)))
    thursday, monday = day_of(date(2025, 7, 3)), day_of(date(2025, 7, 7))
    assert days.after(np.array([thursday]), np.array([1])).tolist() == [monday]
    assert days.on_or_after(np.array([thursday + 1])).tolist() == [monday]
    assert days.before(np.array([monday])).tolist() == [thursday]
    assert day_of(date(2025, 10, 13)) not in days.open_days
    assert day_of(date(2025, 10, 13) + timedelta(days=1)) in days.open_days
