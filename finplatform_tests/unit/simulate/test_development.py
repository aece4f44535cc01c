"""Operations of the development bank: how many, how they end, and what they are worth."""

import polars as pl
import pytest

from finplatform.simulate import Bank
from finplatform.simulate.development import OPERATIONS_PER_MONTH
from finplatform_tests.unit.simulate.conftest import CONFIG


@pytest.fixture(scope="module")
def operations(bank: Bank) -> pl.DataFrame:
    return bank.development_operations()


def test_fifty_thousand_operations_reach_five_years_back(operations: pl.DataFrame) -> None:
    assert operations.height == OPERATIONS_PER_MONTH * 85
    assert operations.height > 50_000
    assert operations["operation_id"].n_unique() == operations.height
    assert operations["operation_date"].is_sorted()
    assert operations["operation_date"].dt.year().n_unique() == 8
    assert operations["operation_date"].max() <= CONFIG.end
    assert operations["country"].n_unique() == 10


def test_about_95_percent_of_operations_that_ended_succeeded(operations: pl.DataFrame) -> None:
    ended = operations.filter(pl.col("status") != "PENDING")
    assert 0.94 < (ended["status"] == "SUCCESS").mean() < 0.96
    assert operations.height - ended.height < 0.01 * operations.height
    sectors = ended.group_by("sector").agg(fails=(pl.col("status") == "FAILED").mean())
    assert sectors["fails"].max() > 1.3 * sectors["fails"].min()


def test_only_what_was_carried_out_has_a_settlement_and_it_lies_in_the_span(
    operations: pl.DataFrame,
) -> None:
    assert ((operations["status"] == "SUCCESS") == operations["settled_date"].is_not_null()).all()
    settled = operations.drop_nulls("settled_date")
    assert (settled["settled_date"] > settled["operation_date"]).all()
    assert settled["settled_date"].max() <= CONFIG.end


def test_dollars_are_local_amounts_at_the_rate_of_the_month(
    bank: Bank, operations: pl.DataFrame
) -> None:
    rates = (
        bank.country_indicators()
        .filter(indicator_code="EXCHANGE_RATE")
        .select("country", month=pl.col("indicator_date").dt.truncate("1mo"), rate="value")
    )
    month = pl.col("operation_date").dt.truncate("1mo").alias("month")
    both = operations.with_columns(month).join(rates, on=["country", "month"])
    quoted = both.drop_nulls("amount_usd").select(
        pl.col("amount").cast(pl.Float64), pl.col("amount_usd").cast(pl.Float64), "rate"
    )
    assert ((quoted["amount"] / quoted["rate"]) - quoted["amount_usd"]).abs().max() < 0.01
    assert 0.005 < operations["amount_usd"].is_null().mean() < 0.03
    dollars = operations.filter(currency="USD")
    assert (dollars["amount"] == dollars["amount_usd"]).all()


def test_a_project_stays_in_its_country_and_sector(operations: pl.DataFrame) -> None:
    homes = operations.group_by("project_id").agg(pl.col("country", "sector").n_unique())
    assert (homes["country"] == 1).all()
    assert (homes["sector"] == 1).all()
