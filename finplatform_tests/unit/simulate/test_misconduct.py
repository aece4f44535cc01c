import polars as pl
import pytest

from finplatform.simulate import Bank, SimulationConfig, generate
from finplatform.simulate.laundering import TYPOLOGIES
from finplatform.simulate.misconduct import FRAUD_PATTERNS
from finplatform_tests.unit.simulate.conftest import CONFIG


def test_every_pattern_and_typology_occurs_in_the_wanted_number(bank: Bank) -> None:
    fraud, laundering = bank.truth("fraud_labels"), bank.truth("laundering_labels")
    assert set(fraud["pattern"]) == set(FRAUD_PATTERNS)
    assert set(laundering["typology"]) == set(TYPOLOGIES)
    wanted = CONFIG.transactions * CONFIG.fraud_share
    assert len(fraud) == pytest.approx(wanted, rel=0.25)


def test_a_bank_without_crime_has_no_labels() -> None:
    honest = generate(
        SimulationConfig(customers=100, transactions=6_000, fraud_share=0, laundering_share=0)
    )
    assert honest.truth("fraud_labels").is_empty()
    assert honest.truth("laundering_labels").is_empty()


def test_structuring_keeps_cash_below_the_reporting_limit(
    bank: Bank, transactions: pl.DataFrame
) -> None:
    labels = bank.truth("laundering_labels").filter(pl.col("typology") == "STRUCTURING")
    rows = transactions.join(labels, on="transaction_id")
    cash = rows.filter(pl.col("transaction_type") == "DEPOSIT")
    assert set(cash["channel"]) <= {"BRANCH", "ATM"}
    assert cash["amount"].cast(pl.Float64).is_between(7_000, 10_000).all()
    assert cash.group_by("case_id").len()["len"].min() >= 5
    assert cash.group_by("case_id").agg(pl.col("account_id").n_unique())["account_id"].max() == 1


def test_money_in_a_cycle_returns_to_where_it_began(bank: Bank, transactions: pl.DataFrame) -> None:
    labels = bank.truth("laundering_labels").filter(pl.col("typology") == "CYCLE")
    numbers = bank.table("accounts").select(counterparty_account="account_number", to="account_id")
    legs = (
        transactions.join(labels, on="transaction_id")
        .filter(pl.col("transaction_type") == "TRANSFER_OUT")
        .join(numbers, on="counterparty_account")
        .sort("transaction_date")
    )
    ends = legs.group_by("case_id").agg(
        pl.col("account_id").first().alias("begin"), pl.col("to").last().alias("end")
    )
    assert len(ends) > 0
    assert (ends["begin"] == ends["end"]).all()
    assert (legs["status"] == "COMPLETED").all()
