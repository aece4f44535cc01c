"""One simulated bank for the tests of the evaluator: some 12,000 transactions of half a year."""

from datetime import date

import polars as pl
import pytest

from finplatform.simulate import Bank, SimulationConfig, generate
from finplatform_tests import fraud_bank

CONFIG = SimulationConfig(
    customers=300,
    transactions=12_000,
    start=date(2024, 1, 1),
    end=date(2024, 6, 30),
    seed=7,
    fraud_share=0.02,
)


@pytest.fixture(scope="package")
def bank() -> Bank:
    return generate(CONFIG)


@pytest.fixture(scope="package")
def events(bank: Bank) -> pl.DataFrame:
    return fraud_bank.events(bank)
