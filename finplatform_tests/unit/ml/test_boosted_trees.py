"""Trees are those of scikit-learn, by its public interface, and do not hang on the machine."""

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_info, threadpool_limits

from finplatform.ml.boosted_trees import GrowthSettings, contributions, grow, log_odds
from finplatform.ml.skops_file import write_estimator

SETTINGS = GrowthSettings(12, 5, 0.2, 10, 1.0, 0.8, 32, 3)
SIGNS, LEVELS = (1, 0, 0), (0, 0, 4)


@pytest.fixture(scope="module")
def rows() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    matrix = np.column_stack([rng.normal(size=(600, 2)), rng.integers(4, size=600)])
    log_odds = (
        matrix[:, 0]
        - np.sin(2 * matrix[:, 1])
        + np.array([1.0, -1, 0.5, -2])[matrix[:, 2].astype(int)]
    )
    outcome = (rng.random(600) < 1 / (1 + np.exp(-log_odds))).astype(float)
    matrix[::7, 1] = np.nan
    return matrix, outcome


@pytest.fixture(scope="module")
def trees(rows: tuple[np.ndarray, np.ndarray]) -> Any:
    return grow(*rows, SETTINGS, signs=SIGNS, levels=LEVELS)


def test_trees_predict_as_the_library_with_these_knobs_to_the_bit(
    rows: tuple[np.ndarray, np.ndarray], trees: Any
) -> None:
    matrix, outcome = rows
    library = HistGradientBoostingClassifier(
        learning_rate=0.2, max_iter=12, max_leaf_nodes=5, min_samples_leaf=10,
        l2_regularization=1.0, max_features=0.8, max_bins=32, early_stopping=False,
        categorical_features=[False, False, True], monotonic_cst=[1, 0, 0], random_state=3,
    ).fit(matrix, outcome)  # fmt: skip
    assert np.array_equal(log_odds(trees, matrix), library.decision_function(matrix))


def test_log_odds_are_those_of_the_probability(
    rows: tuple[np.ndarray, np.ndarray], trees: Any
) -> None:
    probability = trees.predict_proba(rows[0])[:, 1]
    assert log_odds(trees, rows[0]) == pytest.approx(np.log(probability / (1 - probability)))


def test_a_rows_log_odds_hang_on_no_other_row(
    rows: tuple[np.ndarray, np.ndarray], trees: Any
) -> None:
    matrix = rows[0]
    alone = [log_odds(trees, matrix[[at]])[0] for at in range(20)]
    assert np.array_equal(alone, log_odds(trees, matrix)[:20])


def test_a_level_not_seen_before_counts_as_missing(
    rows: tuple[np.ndarray, np.ndarray], trees: Any
) -> None:
    unseen, missing = rows[0][:90].copy(), rows[0][:90].copy()
    unseen[:45, 2], unseen[45:, 2], missing[:, 2] = -1.0, 17.0, np.nan
    assert np.array_equal(log_odds(trees, unseen), log_odds(trees, missing))


def test_log_odds_only_rise_with_a_column_that_is_declared_to_raise_them(
    rows: tuple[np.ndarray, np.ndarray], trees: Any
) -> None:
    matrix = rows[0][:40]
    moved = [log_odds(trees, np.c_[np.full(40, value), matrix[:, 1:]]) for value in (-3, -1, 1, 3)]
    steps = np.diff(np.array(moved), axis=0)
    assert (steps >= 0).all()
    assert (steps > 0).any()


def test_a_contribution_is_what_the_reference_would_take_away(
    rows: tuple[np.ndarray, np.ndarray], trees: Any
) -> None:
    matrix, reference = rows[0][:80], np.array([0.2, -0.1, 1.0])
    before = matrix.copy()
    added = contributions(trees, matrix, reference)
    assert np.array_equal(matrix, before, equal_nan=True)
    for column in range(3):
        moved = matrix.copy()
        moved[:, column] = reference[column]
        assert np.array_equal(added[:, column], log_odds(trees, matrix) - log_odds(trees, moved))
    assert not contributions(trees, reference[None], reference).any()


def test_a_column_that_no_tree_splits_adds_nothing(rows: tuple[np.ndarray, np.ndarray]) -> None:
    matrix, outcome = np.c_[rows[0], np.zeros(600)], rows[1]
    trees = grow(matrix, outcome, SETTINGS, signs=(*SIGNS, 0), levels=(*LEVELS, 0))
    matrix[:, 3] = 5.0
    added = contributions(trees, matrix, np.array([0.2, -0.1, 1.0, 0.0]))
    assert not added[:, 3].any()
    assert added[:, :3].any(axis=0).all()


def test_the_number_of_threads_changes_no_byte_of_the_trees(
    rows: tuple[np.ndarray, np.ndarray], trees: Any
) -> None:
    with threadpool_limits(3):
        again = grow(*rows, SETTINGS, signs=SIGNS, levels=LEVELS)
    assert write_estimator(again) == write_estimator(trees)


class _Watched:
    """Trees that note on how many threads they are followed."""

    def __init__(self) -> None:
        self.threads: set[int] = set()

    def decision_function(self, matrix: np.ndarray) -> np.ndarray:
        pools = (pool for pool in threadpool_info() if pool["user_api"] == "openmp")
        self.threads |= {pool["num_threads"] for pool in pools}
        return matrix.sum(axis=1)


def test_trees_are_followed_on_one_thread() -> None:
    watched, matrix = _Watched(), np.eye(3)
    with threadpool_limits(3):
        log_odds(watched, matrix)
        contributions(watched, matrix, np.zeros(3))
    assert watched.threads == {1}
