"""Churn, judged by the truth that the simulated bank keeps to itself."""

from datetime import date
from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy import stats

from finplatform.ml import churn, dataset, event_model
from finplatform.ml.churn import CHURN, PRIOR, churn_probabilities
from finplatform.ml.dataset import Dataset
from finplatform.ml.event_model import EventModel
from finplatform.ml.rate_bands import BANDS, LEVEL
from finplatform.simulate import Bank, SimulationConfig, generate

SEEDS = range(20)
QUICK = event_model.TrainingSettings(
    penalties=(30.0, 300.0), time_blocks=1, borrower_groups=2, bootstrap_replicates=2
)


@cache
def _bank(seed: int) -> Bank:
    config = SimulationConfig(
        customers=4_000,
        transactions=125_000,
        start=date(2024, 1, 1),
        end=date(2025, 3, 31),
        seed=seed,
    )
    return generate(config)


@cache
def _observed(seed: int) -> pl.DataFrame:
    """Features that hang on no transaction, with truth and outcome, by customer and month end."""
    world, truth = _bank(seed).world, _bank(seed).truth("churn_truth")
    people, accounts, loans = world.people, world.accounts, world.loans
    customers = pl.DataFrame(
        {
            "customer_id": [f"C{number + 1:07d}" for number in range(len(people))],
            "annual_income": people.income,
            "credit_score": people.score,
            "since": people.since,
            "num_accounts": np.bincount(accounts.owner, minlength=len(people)),
            "num_loans": np.bincount(loans.owner, minlength=len(people)),
        }
    )
    day = pl.col("month_end").cast(pl.Int32)
    return (
        truth.join(customers, on="customer_id")
        .with_columns(tenure_months=((day - pl.col("since")) / 30.44).cast(pl.Int64))
        .rename({"month_end": "observation_date"})
        .drop("since")
    )


def _rows(seed: int) -> Dataset:
    observed = _observed(seed)
    outcomes = observed.select(*CHURN.keys, "is_churned_3m")
    features = observed.drop("is_churned_3m", "churn_chance_3m")
    return dataset.build(features, outcomes, rule=churn.RULE, task=CHURN)


@cache
def _model(seed: int) -> EventModel:
    return churn.train(_rows(seed), seed=1, code_version="test", settings=QUICK)


@pytest.fixture(scope="module")
def judged() -> pl.DataFrame:
    """Predictions of the test months of all banks beside the truth."""
    found = []
    for seed in SEEDS:
        test = _rows(seed).test
        predicted = churn_probabilities(_model(seed), test)
        truth = _observed(seed).select(*CHURN.keys, "churn_chance_3m", "is_churned_3m")
        found.append(
            predicted.drop("churn_model_version")
            .join(truth, on=CHURN.keys)
            .with_columns(seed=pl.lit(seed))
        )
    return pl.concat(found)


def test_customers_leave_as_often_as_the_truth_says() -> None:
    """One month end a bank, since a customer's months share one leaving."""
    expected, happened, variance = 0.0, 0, 0.0
    for seed in SEEDS:
        rows = _observed(seed).filter(pl.col("observation_date") == date(2024, 6, 30))
        chance = rows["churn_chance_3m"].to_numpy()
        expected, variance = expected + chance.sum(), variance + (chance * (1 - chance)).sum()
        happened += int(rows["is_churned_3m"].sum())
    assert abs(happened - expected) < 3.3 * np.sqrt(variance)
    assert expected > 50


def test_predicted_chances_agree_with_the_true_ones_with_loans_and_without(
    judged: pl.DataFrame,
) -> None:
    loans = pl.concat([_rows(seed).test.select(*CHURN.keys, "num_loans") for seed in SEEDS])
    groups = (
        judged.with_columns(has_loan=loans["num_loans"] > 0)
        .group_by("has_loan")
        .agg(pl.mean("churn_probability"), pl.mean("churn_chance_3m"))
        .sort("has_loan")
    )
    free, bound = groups.to_dicts()
    # The penalty draws the groups towards each other, the more so with some twenty leavers a bank.
    assert free["churn_probability"] == pytest.approx(free["churn_chance_3m"], rel=0.3)
    assert bound["churn_chance_3m"] == 0
    assert bound["churn_probability"] < 0.25 * free["churn_probability"]


def test_the_mean_predicted_chance_is_the_true_one(judged: pl.DataFrame) -> None:
    mean = judged.select(pl.mean("churn_probability"), pl.mean("churn_chance_3m")).row(0)
    assert mean[0] == pytest.approx(mean[1], rel=0.15)


def test_the_interval_of_a_band_holds_its_true_chance_as_often_as_it_says(
    judged: pl.DataFrame,
) -> None:
    """Sixty bands of twenty banks, in all test months and not only in those that were counted."""
    bands = judged.group_by("seed", "churn_risk_band").agg(
        pl.mean("churn_chance_3m"),
        pl.first("churn_band_rate_lower").alias("lower"),
        pl.first("churn_band_rate_upper").alias("upper"),
    )
    assert bands.height == len(BANDS) * len(SEEDS)
    covered = bands.select(pl.col("churn_chance_3m").is_between("lower", "upper").sum()).item()
    # The exact interval promises at least its level: fewer have a chance of one in two thousand.
    assert covered >= stats.binom.ppf(0.0005, bands.height, LEVEL)
    # And it discriminates between leavers and others, to some percent.
    means = bands.group_by("churn_risk_band").agg(pl.mean("lower", "upper"))
    low, medium, high = (means.row(by_predicate=pl.col("churn_risk_band") == b) for b in BANDS)
    assert low[2] < medium[1]
    assert max(medium[2], high[2]) < 0.04


def test_who_may_not_leave_ranks_below_who_may(judged: pl.DataFrame) -> None:
    may = judged["churn_chance_3m"].to_numpy() > 0
    score = judged["churn_risk_score"].to_numpy()
    larger = stats.mannwhitneyu(score[may], score[~may]).statistic / (may.sum() * (~may).sum())
    assert larger > 0.9


def test_an_interval_holds_its_probability_and_a_rank_is_no_probability(
    judged: pl.DataFrame,
) -> None:
    inside = pl.col("churn_probability").is_between(
        "churn_probability_lower", "churn_probability_upper"
    )
    assert judged.select(inside.all()).item()
    assert judged["churn_risk_score"].mean() == pytest.approx(0.5)
    assert judged["churn_risk_score"].is_between(0, 1).all()


def test_the_error_of_the_log_odds_is_that_of_refitting_on_other_banks() -> None:
    """Coefficients vary from bank to bank about as much as one bank's errors say."""
    who = _observed(0).filter(pl.col("num_loans") == 0).head(200)
    levels = np.array([_model(seed).log_odds(who).mean() for seed in SEEDS])
    errors = np.array([_model(seed).log_odds_error(who).mean() for seed in SEEDS])
    assert 0.4 < levels.std(ddof=1) / errors.mean() < 2.5


def test_the_same_rows_give_the_same_bits() -> None:
    rows = _rows(0)
    again = churn.train(rows, seed=1, code_version="test", settings=QUICK)
    shuffled = dataset.build(
        _observed(0).drop("is_churned_3m", "churn_chance_3m").sample(fraction=1.0, shuffle=True),
        _observed(0).select(*CHURN.keys, "is_churned_3m").reverse(),
        rule=churn.RULE,
        task=CHURN,
    )
    other = churn.train(shuffled, seed=1, code_version="test", settings=QUICK)
    assert again.model_version == other.model_version == _model(0).model_version
    test = rows.test
    assert (again.log_odds(test) == other.log_odds(test)).all()
    assert again.model_version.startswith("churn-")


def test_only_declared_features_are_used() -> None:
    assert "credit_score" in _observed(0).columns
    assert set(_model(0).facts["features"]["used"]) == {
        "annual_income", "num_accounts", "num_loans", "tenure_months",
    }  # fmt: skip


def test_a_prior_says_the_same_of_everybody_and_gives_no_interval() -> None:
    result = churn_probabilities(PRIOR, _observed(0).head(50))
    assert result["churn_probability"].n_unique() == 1
    assert result["churn_probability_lower"].null_count() == 50
    assert result["churn_risk_band"].null_count() == 50
    assert result["churn_band_rate_upper"].null_count() == 50
    assert (result["churn_risk_score"] < 0.7).all()
    assert result["churn_model_version"][0].startswith("prior-")
