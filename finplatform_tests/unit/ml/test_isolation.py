"""The forest as arrays is scikit-learn's forest, and finds what is far out."""

import json

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest as Reference

from finplatform.ml import isolation
from finplatform.ml.isolation import IsolationForest, average_path, grow


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return np.random.default_rng(4).normal(size=(3_000, 5)).astype(np.float32)


def test_scores_are_those_of_scikit_learn(rows: np.ndarray) -> None:
    reference = Reference(
        n_estimators=isolation.TREES, max_samples=isolation.ROWS_PER_TREE, random_state=9
    ).fit(rows)
    assert grow(rows, seed=9).score(rows) == pytest.approx(-reference.score_samples(rows), abs=1e-9)


def test_what_is_far_out_scores_higher_than_all_others(rows: np.ndarray) -> None:
    forest = grow(rows, seed=1)
    far = forest.score(np.full((1, 5), 9.0))[0]
    assert far > forest.score(rows).max()
    assert 0.3 < np.median(forest.score(rows)) < 0.5


def test_a_stored_forest_scores_the_same_to_the_bit(rows: np.ndarray) -> None:
    forest = grow(rows, seed=1)
    again = IsolationForest.from_dict(json.loads(json.dumps(forest.to_dict())))
    assert (again.score(rows) == forest.score(rows)).all()


def test_a_score_hangs_on_no_other_row(rows: np.ndarray) -> None:
    forest = grow(rows, seed=1)
    assert (forest.score(rows[7:9]) == forest.score(rows)[7:9]).all()


def test_the_average_path_is_that_of_the_paper() -> None:
    """c(2) = 1, and c(256) = 10.24 for the usual subsample of 256."""
    assert average_path([0, 1, 2]).tolist() == [0.0, 0.0, 1.0]
    assert average_path(256) == pytest.approx(10.244, abs=0.001)


def test_two_rows_are_enough(rows: np.ndarray) -> None:
    assert np.isfinite(grow(rows[:2], seed=1).score(rows)).all()
