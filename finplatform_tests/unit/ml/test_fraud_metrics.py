"""Figures of rare events, on cases small enough to count by hand."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from finplatform.ml.fraud_metrics import (
    at_threshold,
    average_precision,
    cheapest_threshold,
    evaluate,
)

SCORE = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
OUTCOME = np.array([1.0, 0.0, 1.0, 0.0, 0.0])
AMOUNT = np.array([100.0, 50.0, 30.0, 20.0, 10.0])
ONE = np.ones(5)


def test_average_precision_is_scikit_learns_ties_and_weights_included() -> None:
    rng = np.random.default_rng(3)
    score, outcome = rng.integers(0, 20, 500) / 20, (rng.random(500) < 0.1).astype(float)
    weight = rng.integers(1, 5, 500).astype(float)
    expected = average_precision_score(outcome, score, sample_weight=weight)
    assert average_precision(outcome, score, weight) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("review_cost", "threshold"),
    [(5.0, 0.7), (20.0, 0.9), (1_000.0, np.nextafter(0.9, np.inf))],
)
def test_the_threshold_is_where_reviews_and_missed_frauds_cost_least(
    review_cost: float, threshold: float
) -> None:
    found = cheapest_threshold(SCORE, OUTCOME, AMOUNT, ONE, review_cost)
    assert found == threshold
    cost = [
        at_threshold(SCORE, OUTCOME, AMOUNT, ONE, threshold=level, review_cost=review_cost)["cost"]
        for level in (found, *SCORE, 1.0)
    ]
    assert cost[0] == min(cost)


def test_precision_recall_and_cost_are_counted_from_the_threshold_on() -> None:
    result = at_threshold(SCORE, OUTCOME, AMOUNT, ONE, threshold=0.8, review_cost=5.0)
    assert result["alerts"] == 2
    assert result["precision"] == 0.5
    assert result["recall"] == 0.5
    assert result["recall_of_amount"] == pytest.approx(100 / 130)
    assert result["cost"] == pytest.approx(30 + 2 * 5)
    assert result["cost_without_alerts"] == 130


def test_a_row_that_stands_for_many_counts_as_many() -> None:
    weight = np.array([1.0, 4.0, 1.0, 4.0, 4.0])
    result = at_threshold(SCORE, OUTCOME, AMOUNT, weight, threshold=0.8, review_cost=5.0)
    assert result["alerts"] == 5
    assert result["precision"] == 0.2


def test_nothing_alerted_is_no_error() -> None:
    result = evaluate({"chance": SCORE}, OUTCOME, AMOUNT, ONE, threshold=2.0, review_cost=5.0)
    assert result["alerts"] == result["precision"] == result["recall"] == 0
    assert result["cost"] == result["cost_without_alerts"]
