"""A bank of known truth: exposures whose one-year PD is a formula, followed month by month."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
import pytest

from finplatform.ml.dataset import Dataset, add_months, build
from finplatform.ml.event_model import EventModel, TrainingSettings, train

QUICK = TrainingSettings(penalties=(10.0, 100.0), bootstrap_replicates=50)
PRODUCTS = ("MORTGAGE", "AUTO_LOAN", "PERSONAL_LOAN", "CREDIT_CARD")
JOBS = ("EMPLOYED", "RETIRED", "SELF_EMPLOYED", "UNEMPLOYED")


@dataclass(frozen=True)
class Bank:
    """Features and outcomes as the warehouse would give them, and the true PD of each row."""

    features: pl.DataFrame
    outcomes: pl.DataFrame
    truth: pl.DataFrame


def month_ends(count: int, first: date = date(2024, 1, 31)) -> list[date]:
    return [add_months(first, month) for month in range(count)]


def make_bank(exposures: int = 2500, months: int = 12, seed: int = 7) -> Bank:
    """Exposures with constant true PD (about 5% on average), observed until they default."""
    rng = np.random.default_rng(seed)
    product = rng.integers(len(PRODUCTS), size=exposures)
    job = rng.choice(len(JOBS), p=(0.6, 0.15, 0.15, 0.1), size=exposures)
    score, income = rng.normal(680, 70, exposures), rng.lognormal(10.7, 0.5, exposures)
    missed = rng.poisson(0.25, exposures)
    log_odds = (
        np.array([-4.2, -3.6, -3.1, -3.3])[product]
        + np.array([0.0, -0.3, 0.2, 1.0])[job]
        - 0.9 * (score - 680) / 70
        - 0.5 * (np.log(income) - 10.7)
        + 0.7 * missed
    )
    pd = 1 / (1 + np.exp(-log_odds))
    monthly = 1 - (1 - pd) ** (1 / 12)
    ends = month_ends(months + 12)
    defaulted_in = rng.geometric(monthly)
    exposure = np.repeat(np.arange(exposures), months)
    month = np.tile(np.arange(months), exposures)
    event = defaulted_in[exposure]
    keep = event > month
    exposure, month, event = exposure[keep], month[keep], event[keep]
    rows = exposure.size
    known_score = np.where(rng.random(rows) < 0.05, np.nan, score[exposure])
    dates = np.array(ends, dtype="datetime64[D]")
    keys = {
        "exposure_id": [f"E{number:06d}" for number in exposure],
        "observation_date": dates[month],
    }
    features = pl.DataFrame(
        {
            **keys,
            "customer_id": [f"C{number // 2:06d}" for number in exposure],
            "exposure_type": np.where(product[exposure] == 3, "CARD", "LOAN"),
            "product_type": np.array(PRODUCTS)[product[exposure]],
            "employment_status": np.array(JOBS)[job[exposure]],
            "credit_score": known_score,
            "annual_income": income[exposure],
            "missed_instalments_3m": missed[exposure],
            "ltv": np.where(product[exposure] == 0, rng.uniform(0.3, 1, rows), np.nan),
            "months_on_book": month + exposure % 40,
            "utilisation_rate": rng.beta(2, 3, rows),
            "unemployment_pct": 4 + 0.05 * month,
        }
    ).with_columns(pl.col("credit_score", "ltv").fill_nan(None))
    happens = (event > month) & (event <= month + 12)
    outcomes = pl.DataFrame(
        {
            **keys,
            "is_default_12m": happens,
            "default_date": dates[np.minimum(event, months + 11)],
        },
    ).with_columns(default_date=pl.when("is_default_12m").then("default_date"))
    return Bank(features, outcomes, pl.DataFrame({**keys, "true_pd": pd[exposure]}))


@pytest.fixture(scope="session")
def bank_of() -> Callable[..., Bank]:
    return make_bank


@pytest.fixture(scope="session")
def bank() -> Bank:
    return make_bank()


@pytest.fixture(scope="session")
def small_bank() -> Bank:
    """For tests that train again and again."""
    return make_bank(exposures=600)


@pytest.fixture(scope="session")
def small_dataset(small_bank: Bank) -> Dataset:
    return build(small_bank.features, small_bank.outcomes)


@pytest.fixture(scope="session")
def small_model(
    small_dataset: Dataset, train_quickly: Callable[[Dataset], EventModel]
) -> EventModel:
    return train_quickly(small_dataset)


@pytest.fixture(scope="session")
def dataset(bank: Bank) -> Dataset:
    return build(bank.features, bank.outcomes)


@pytest.fixture(scope="session")
def train_quickly() -> Callable[[Dataset], EventModel]:
    return lambda rows: train(rows, seed=1, code_version="test", settings=QUICK)


@pytest.fixture(scope="session")
def model(dataset: Dataset, train_quickly: Callable[[Dataset], EventModel]) -> EventModel:
    return train_quickly(dataset)
