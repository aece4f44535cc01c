"""One small bank for all tests of the simulator, and its transactions in one frame."""

from datetime import date

import polars as pl
import pytest

from finplatform.simulate import Bank, SimulationConfig, generate

CREDITS = (
    "OPENING_BALANCE",
    "DEPOSIT",
    "SALARY",
    "TRANSFER_IN",
    "INTEREST",
    "REFUND",
    "LOAN_DISBURSEMENT",
)
CONFIG = SimulationConfig(
    customers=260,
    transactions=30_000,
    start=date(2023, 11, 21),
    end=date(2025, 11, 20),
    seed=11,
    fraud_share=0.01,
    laundering_share=0.01,
)


@pytest.fixture(scope="package")
def bank() -> Bank:
    return generate(CONFIG)


@pytest.fixture(scope="package")
def transactions(bank: Bank) -> pl.DataFrame:
    return pl.concat(bank.transactions())


@pytest.fixture(scope="package")
def ledger(transactions: pl.DataFrame) -> pl.DataFrame:
    """Account, instant and effect in whole cents of every row that moved a balance."""
    cents = (pl.col("amount") * 100).cast(pl.Int64)
    rate = (pl.col("exchange_rate") * 100_000_000).cast(pl.Int64)
    # Half a cent is rounded away from zero, as PostgreSQL's round(numeric, 2) does.
    converted = (cents * rate + 50_000_000) // 100_000_000
    sign = pl.when(pl.col("transaction_type").is_in(CREDITS)).then(1).otherwise(-1)
    return transactions.filter(pl.col("status") == "COMPLETED").select(
        "account_id",
        "transaction_type",
        at="transaction_date",
        effect=sign * converted - (pl.col("fees") * 100).cast(pl.Int64),
    )
