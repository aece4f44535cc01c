"""Metrics agree with published examples and with scikit-learn, ties included."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve

from finplatform.ml import metrics

samples = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 12)), min_size=2, max_size=60
).filter(lambda rows: 0 < sum(outcome for outcome, _ in rows) < len(rows))


def test_documented_examples_are_reproduced() -> None:
    outcome, score = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])
    assert metrics.auc(outcome, score) == pytest.approx(0.75)
    assert metrics.gini(outcome, score) == pytest.approx(0.5)
    assert metrics.ks(outcome, score) == pytest.approx(0.5)
    outcome, pd = np.array([0, 1, 1, 0]), np.array([0.1, 0.9, 0.8, 0.3])
    assert metrics.brier(outcome, pd) == pytest.approx(0.0375)


@given(samples)
def test_tied_scores_count_as_in_scikit_learn(rows: list[tuple[int, int]]) -> None:
    outcome, score = np.array(rows, dtype=float).T
    false_rate, true_rate, _ = roc_curve(outcome, score)
    assert metrics.auc(outcome, score) == pytest.approx(roc_auc_score(outcome, score))
    assert metrics.ks(outcome, score) == pytest.approx(np.max(np.abs(true_rate - false_rate)))
    pd = (score + 1) / 14
    assert metrics.brier(outcome, pd) == pytest.approx(brier_score_loss(outcome, pd))


def test_calibration_finds_the_shift_and_the_spread_that_were_put_in() -> None:
    rng = np.random.default_rng(0)
    log_odds = rng.normal(-2, 1, 200_000)
    outcome = (rng.random(log_odds.size) < 1 / (1 + np.exp(-log_odds))).astype(float)
    overstated = metrics.calibration(outcome, 1 / (1 + np.exp(-(2 * log_odds + 1))))
    assert overstated.slope == pytest.approx(0.5, abs=0.01)
    doubled = metrics.calibration(outcome, 1 / (1 + np.exp(-(log_odds + 0.7))))
    assert doubled.intercept == pytest.approx(-0.7, abs=0.02)
    assert doubled.mean_pd > doubled.observed_rate == pytest.approx(outcome.mean())


def test_months_of_one_exposure_do_not_narrow_the_interval() -> None:
    rng = np.random.default_rng(0)
    score = rng.normal(size=300)
    outcome = (rng.random(300) < 1 / (1 + np.exp(-score))).astype(float)
    alone = metrics.bootstrap_intervals(outcome, score, np.arange(300), seed=1)
    repeated = metrics.bootstrap_intervals(
        np.tile(outcome, 12), np.tile(score, 12), np.tile(np.arange(300), 12), seed=1
    )
    assert repeated["auc"] == pytest.approx(alone["auc"])
    assert alone["auc"][0] < metrics.auc(outcome, score) < alone["auc"][1]
    assert alone["ks"][0] < metrics.ks(outcome, score) < alone["ks"][1]


@pytest.mark.parametrize(
    ("outcome", "score"),
    [([1, 1], [0.1, 0.2]), ([0, 1], [0.1, np.nan]), ([0, 1], [0.1, 0.2, 0.3])],
)
def test_a_sample_that_says_nothing_is_refused(outcome: list[int], score: list[float]) -> None:
    with pytest.raises(ValueError, match=r"outcome|score"):
        metrics.auc(np.array(outcome), np.array(score))


@pytest.mark.parametrize("others", range(1, 60))
def test_a_perfect_ranking_is_never_more_than_perfect(others: int) -> None:
    outcome = np.append(np.zeros(others), 1.0)
    score = np.arange(others + 1.0)
    assert metrics.auc(outcome, score) == pytest.approx(1.0)
    assert metrics.auc(outcome, score) <= 1.0
    assert metrics.ks(outcome, score) <= 1.0
