"""Trees as arrays say what scikit-learn's say, and no stored array leads astray."""

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from finplatform.ml.boosted_trees import BoostedTrees, GrowthSettings, grow

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
def trees(rows: tuple[np.ndarray, np.ndarray]) -> BoostedTrees:
    return grow(*rows, SETTINGS, signs=SIGNS, levels=LEVELS)


def test_arrays_predict_as_the_library_to_the_bit(
    rows: tuple[np.ndarray, np.ndarray], trees: BoostedTrees
) -> None:
    matrix, outcome = rows
    library = HistGradientBoostingClassifier(
        learning_rate=0.2, max_iter=12, max_leaf_nodes=5, min_samples_leaf=10,
        l2_regularization=1.0, max_features=0.8, max_bins=32, early_stopping=False,
        categorical_features=[False, False, True], monotonic_cst=[1, 0, 0], random_state=3,
    ).fit(matrix, outcome)  # fmt: skip
    strange = matrix.copy()
    strange[:50, 2], strange[50:90, 0], strange[90:99, 2] = -1.0, np.nan, np.nan
    for seen in (matrix, strange):
        assert np.array_equal(trees.log_odds(seen), library.decision_function(seen))


def test_log_odds_only_rise_with_a_column_that_is_declared_to_raise_them(
    trees: BoostedTrees, rows: tuple[np.ndarray, np.ndarray]
) -> None:
    matrix = rows[0][:40]
    moved = [trees.log_odds(np.c_[np.full(40, value), matrix[:, 1:]]) for value in (-3, -1, 1, 3)]
    steps = np.diff(np.array(moved), axis=0)
    assert (steps >= 0).all()
    assert (steps > 0).any()


def test_a_contribution_is_what_the_reference_would_take_away(
    trees: BoostedTrees, rows: tuple[np.ndarray, np.ndarray]
) -> None:
    matrix, reference = rows[0][:80], np.array([0.2, -0.1, 1.0])
    added = trees.contributions(matrix, reference)
    for column in range(3):
        moved = matrix.copy()
        moved[:, column] = reference[column]
        expected = trees.log_odds(matrix) - trees.log_odds(moved)
        assert added[:, column] == pytest.approx(expected, abs=1e-12)


def test_arrays_come_back(trees: BoostedTrees, rows: tuple[np.ndarray, np.ndarray]) -> None:
    again = BoostedTrees.from_arrays(trees.to_arrays())
    assert np.array_equal(again.log_odds(rows[0]), trees.log_odds(rows[0]))


@pytest.mark.parametrize(("name", "value"), [("left", 10_000), ("right", -1), ("level_split", 500)])
def test_a_node_that_points_out_of_its_tree_is_refused(
    trees: BoostedTrees, name: str, value: int
) -> None:
    arrays: dict[str, Any] = trees.to_arrays()
    arrays[name] = arrays[name].copy()
    arrays[name][0, 0] = value
    with pytest.raises(ValueError, match="points nowhere"):
        BoostedTrees.from_arrays(arrays)
