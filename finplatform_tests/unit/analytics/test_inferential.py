"""Answers of inferential analytics, judged by the truth of simulated banks."""

from datetime import date
from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy import stats

from finplatform.analytics.comparisons import Finding, TooFewError, shares, welch
from finplatform.analytics.elasticity import elasticity
from finplatform.analytics.inferential import inferential_analytics
from finplatform.contracts.inferential import INFERENCE
from finplatform.simulate import Bank, SimulationConfig, generate

SEEDS = range(20)


@cache
def _bank(seed: int) -> Bank:
    config = SimulationConfig(
        customers=900,
        transactions=12_000,
        start=date(2024, 1, 1),
        end=date(2024, 6, 30),
        seed=seed,
    )
    return generate(config)


def _customers(seed: int, count: int = 900) -> pl.DataFrame:
    """Customers as the features have them, of what hangs on no transaction; the rest is chance."""
    people, rng = _bank(seed).world.people, np.random.default_rng(seed)
    amounts = ("debit_amount_12m", "average_balance_3m", "total_debt")
    counts = ("num_loans", "num_cards", "missed_instalments_12m", "fraud_count_12m")
    return pl.DataFrame(
        {
            "sex": np.where(people.female, "F", "M"),
            "annual_income": people.income,
            "credit_score": people.score,
            "age": 30 + rng.integers(0, 40, len(people)),
            "tenure_months": rng.integers(0, 200, len(people)),
            "observed_months_12m": np.full(len(people), 12),
            "employment_status": rng.choice(["EMPLOYED", "UNEMPLOYED"], len(people)),
            "customer_tier": rng.choice(["BASIC", "PREMIER"], len(people)),
            "risk_profile": rng.choice(["LOW", "HIGH"], len(people)),
            "is_defaulted": rng.random(len(people)) < 0.1,
            "digital_share_3m": rng.random(len(people)),
            **{name: rng.lognormal(6, 1, len(people)) for name in amounts},
            **{name: rng.integers(0, 2, len(people)) for name in counts},
        }
    ).head(count)


def _answers(seed: int, count: int = 900) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    responses = (
        _bank(seed)
        .campaign_responses()
        .join(
            _bank(seed).marketing_campaigns().filter("has_random_control").select("campaign_id"),
            on="campaign_id",
        )
    )
    return inferential_analytics(
        date(2024, 6, 30),
        customers=_customers(seed, count),
        applications=pl.DataFrame(
            {
                "sex": rng.choice(["F", "M"], count),
                "credit_score": rng.integers(500, 800, count),
                "is_approved": rng.random(count) < 0.6,
            }
        ),
        contacts=pl.DataFrame(
            {"is_resolved": rng.random(count) < 0.7, "satisfaction": rng.integers(1, 6, count)}
        ),
        responses=responses if count > 100 else responses.clear(),
        cohorts=pl.DataFrame(
            {"tenure_months": rng.integers(0, 200, count), "stayed": rng.random(count) < 0.95}
        ),
    )  # fmt: skip


def _holds(finding: Finding, value: float) -> bool:
    assert finding.lower is not None
    assert finding.upper is not None
    return finding.lower <= value <= finding.upper


def test_intervals_of_experiments_cover_the_true_effect_of_contact() -> None:
    judged = []
    for seed in SEEDS:
        truth = _bank(seed).truth("campaign_truth").select("campaign_id", "conversion_effect")
        tests = _answers(seed).filter(pl.col("analysis_type") == "AB_TEST")
        judged.append(
            tests.with_columns(campaign_id=pl.col("analysis_id").str.strip_prefix("AB_"))
            .join(truth, on="campaign_id")
            .select(pl.col("conversion_effect").is_between("lower", "upper"))
        )
    covered = pl.concat(judged).to_series()
    low, high = stats.binom.interval(0.998, len(covered), 0.95)
    assert len(covered) >= 2 * len(SEEDS)
    assert low <= covered.sum() <= high


def test_what_is_the_same_for_men_and_women_is_called_different_as_rarely_as_stated() -> None:
    """Sex moves nothing in the simulated bank: three questions a bank, each at five per cent."""
    p_values = pl.concat(
        [
            _answers(seed).filter(
                pl.col("analysis_id").is_in(["INCOME_BY_SEX", "CREDIT_SCORE_BY_SEX",
                                             "SPENDING_BY_SEX"])
            )["p_value"]
            for seed in SEEDS
        ]
    )  # fmt: skip
    assert len(p_values) == 3 * len(SEEDS)
    assert stats.binomtest(int((p_values < 0.05).sum()), len(p_values), 0.05).pvalue > 0.001


def test_a_family_without_any_effect_is_called_significant_one_time_in_twenty() -> None:
    """Questions whose groups were dealt out by lot, in every bank one family."""
    by_lot = ["INCOME_BY_SEX", "CREDIT_SCORE_BY_SEX", "SPENDING_BY_SEX", "MISSED_BY_EMPLOYMENT",
              "BALANCE_BY_CHANNEL", "FRAUD_BY_CARD", "APPROVAL_BY_SEX", "APPROVAL_BY_SCORE",
              "SATISFACTION_BY_RESOLUTION", "TIER_BY_RISK", "RETENTION_BY_TENURE",
              "SPENDING_TO_INCOME", "BALANCE_TO_INCOME", "DEBT_TO_INCOME"]  # fmt: skip
    false = sum(
        bool(_answers(seed).filter(pl.col("analysis_id").is_in(by_lot))["is_significant"].any())
        for seed in SEEDS
    )
    assert false <= stats.binom.ppf(0.999, len(SEEDS), 0.05)


def test_the_elasticity_of_what_customers_state_to_what_they_earn_is_one() -> None:
    """Stated income is true income times noise that hangs on nothing."""
    covered = 0
    for seed in SEEDS:
        world = _bank(seed).world
        true, stated = world.life.income[0], world.life.declared[0] / 100.0
        covered += _holds(elasticity(stated, true), 1.0)
    assert covered >= stats.binom.ppf(0.001, len(SEEDS), 0.95)


def test_a_true_difference_of_scores_is_found_with_its_sign() -> None:
    """The unemployed start with 32 points less, and with less income."""
    for seed in range(3):
        people = _bank(seed).world.people
        found = welch(people.score[people.work == 2], people.score[people.work != 2])
        assert found.upper is not None
        assert found.upper < 0


def test_answers_have_the_columns_of_the_contract() -> None:
    contract = INFERENCE["inferential_analytics"]
    answers = _answers(0)
    assert set(contract.columns) == set(answers.columns)
    contract.schema.validate(answers.select(contract.columns).cast(dict(contract.dtypes)))


def test_all_tests_of_the_table_are_one_family() -> None:
    answers = _answers(0)
    assert answers["family_size"].unique().to_list() == [answers["p_value"].count()]
    smallest = answers.filter(pl.col("p_value") == pl.col("p_value").min()).row(0, named=True)
    assert smallest["p_value_holm"] == pytest.approx(
        min(1.0, smallest["p_value"] * smallest["family_size"])
    )


def test_a_bank_with_hardly_any_customers_says_why_nothing_was_tested() -> None:
    answers = _answers(0, count=6)
    result = answers.filter(pl.col("p_value").is_null() & pl.col("effect").is_null())
    assert result.filter(pl.col("analysis_type") != "COHORT_RETENTION").height >= 10
    assert result["not_tested_reason"].null_count() == 0


def test_the_share_of_a_group_alone_is_refused() -> None:
    with pytest.raises(TooFewError):
        shares(0, 0, 5, 50)
