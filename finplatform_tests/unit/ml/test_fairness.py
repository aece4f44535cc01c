"""Groups are compared with intervals that know how little there is."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from finplatform.contracts.default_model import DEFAULT_MODEL
from finplatform.ml import metrics
from finplatform.ml.fairness import (
    FEW_DEFAULTS,
    NOT_RECORDED,
    SCHEMA,
    clustered_auc,
    fairness_figures,
)

TRAINED, TESTED, LATEST = date(2025, 1, 31), date(2025, 2, 28), date(2026, 2, 28)


def _scores(rows: int = 3_000, seed: int = 5) -> pl.DataFrame:
    """Women's PDs are right, men's half of it, of the few not recorded nearly nothing."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["F", "M", ""], size=rows, p=[0.48, 0.48, 0.04])
    truth = np.clip(rng.beta(1, 8, rows), 0.002, 0.9)
    pd = truth / np.select([sex == "M", sex == ""], [2, 20], 1)
    frame = pl.DataFrame(
        {
            "exposure_id": [f"E{number:05d}" for number in range(rows)],
            "customer_id": [f"C{number // 2:05d}" for number in range(rows)],
            "sex": sex,
            "age_group": np.where(np.arange(rows) % 400 < 2, "18_24", "35_44"),
            "probability_default": pd,
            "is_default_12m": rng.random(rows) < truth,
            "model_version": "pd-0123456789abcdef",
        }
    ).with_columns(sex=pl.when(pl.col("sex") != "").then("sex"))
    now = frame.with_columns(is_default_12m=pl.lit(None, dtype=pl.Boolean))
    return pl.concat(
        [
            frame.with_columns(observation_date=pl.lit(TRAINED)),
            frame.with_columns(observation_date=pl.lit(TESTED)),
            now.with_columns(observation_date=pl.lit(LATEST)),
        ]
    )


@pytest.fixture(scope="module")
def figures() -> dict[tuple[str, str], dict]:
    rows = fairness_figures(_scores(), learned_to=TRAINED, cut_off=0.08)
    return {(row["attribute"], row["group_name"]): row for row in rows.iter_rows(named=True)}


def test_the_group_whose_pds_are_too_low_is_found(figures: dict) -> None:
    women, men = figures["SEX", "F"], figures["SEX", "M"]
    assert women["calibration_lower"] < 1 < women["calibration_upper"]
    assert men["calibration_lower"] > 1.5
    assert men["calibration_ratio"] == pytest.approx(2, abs=0.35)
    assert women["auc_lower"] < women["auc"] < women["auc_upper"]


def test_selection_is_compared_with_the_largest_of_the_recorded_groups(figures: dict) -> None:
    women, men = figures["SEX", "F"], figures["SEX", "M"]
    assert men["adverse_impact_ratio"] == 1.0
    assert men["adverse_impact_lower"] is None
    assert women["adverse_impact_ratio"] == pytest.approx(
        women["selection_rate"] / men["selection_rate"]
    )
    assert women["is_below_four_fifths"] is (women["adverse_impact_ratio"] < 0.8)
    assert women["adverse_impact_lower"] < women["adverse_impact_ratio"]
    assert figures["SEX", NOT_RECORDED]["selection_rate"] > men["selection_rate"]


def test_only_outcomes_after_training_count(figures: dict) -> None:
    assert {row["observed_from"] for row in figures.values()} == {TESTED}
    assert {row["as_of_date"] for row in figures.values()} == {LATEST}


def test_a_group_with_few_defaults_is_not_judged(figures: dict) -> None:
    young = figures["AGE_GROUP", "18_24"]
    assert young["defaulted_exposures"] < 10
    assert (young["auc"], young["calibration_ratio"]) == (None, None)
    assert young["not_estimated_reason"] == FEW_DEFAULTS


def test_the_area_is_that_of_the_plain_metric_ties_and_all() -> None:
    rng = np.random.default_rng(1)
    score = rng.integers(12, size=500).astype(float)
    outcome = (rng.random(500) < score / 20).astype(float)
    assert clustered_auc(outcome, score, np.arange(500))[0] == pytest.approx(
        metrics.auc(outcome, score)
    )


def test_repeated_months_are_no_further_evidence() -> None:
    rng = np.random.default_rng(2)
    score, cluster = rng.normal(size=800), np.arange(800)
    outcome = (rng.random(800) < 1 / (1 + np.exp(2 - score))).astype(float)
    once = clustered_auc(outcome, score, cluster)
    often = clustered_auc(np.tile(outcome, 6), np.tile(score, 6), np.tile(cluster, 6))
    assert often == pytest.approx(once)


def test_the_error_of_the_area_is_that_of_repeated_samples() -> None:
    found, errors = [], []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        score = np.repeat(rng.normal(size=120), 2)
        outcome = np.repeat((rng.random(120) < 1 / (1 + np.exp(1 - score[::2]))).astype(float), 2)
        area, error = clustered_auc(outcome, score, np.arange(240) // 2)
        found.append(area)
        errors.append(error)
    assert np.mean(errors) == pytest.approx(np.std(found), rel=0.2)


def test_rows_are_those_of_the_contract_and_none_give_none() -> None:
    assert fairness_figures(_scores()[:0], learned_to=None, cut_off=0.08).schema == SCHEMA
    assert set(SCHEMA) == set(DEFAULT_MODEL["pd_fairness"].columns)
