"""Gradient-boosted trees of scikit-learn: growing them, their log-odds, what a column adds.

The fitted classifier is used, and kept in a model file (`finplatform.ml.skops_file`), as it is.

Columns and their meaning belong to `finplatform.ml.families`.

References: Friedman, Greedy function approximation, Annals of Statistics 2001; Ke et al., LightGBM,
NeurIPS 2017; Covert, Lundberg and Lee, Explaining by removing, JMLR 22, 2021.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from finplatform.ml.threads import one_thread


@dataclass(frozen=True)
class GrowthSettings:
    """Knobs of the trees.

    Attributes:
        trees: Number of trees.
        leaves: Most leaves of a tree.
        learning_rate: Share of each tree's step that is taken.
        min_rows: Fewest rows of a leaf.
        penalty: Ridge penalty of leaves.
        column_share: Share of columns that a split may choose from: trees differ, so that their
            sum varies less.
        bins: Most bins of a column.
        seed: Seed of the columns drawn.
    """

    trees: int
    leaves: int
    learning_rate: float
    min_rows: int
    penalty: float
    column_share: float
    bins: int
    seed: int


def new_classifier(settings: GrowthSettings, *, signs: Sequence[int], levels: Sequence[int]) -> Any:
    """Unfitted trees of scikit-learn; arguments as for `grow`."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    is_level = [count > 0 for count in levels]
    return HistGradientBoostingClassifier(
        learning_rate=settings.learning_rate,
        max_iter=settings.trees,
        max_leaf_nodes=settings.leaves,
        min_samples_leaf=settings.min_rows,
        l2_regularization=settings.penalty,
        max_features=settings.column_share,
        max_bins=settings.bins,
        early_stopping=False,
        categorical_features=is_level if any(is_level) else None,
        monotonic_cst=list(signs) if any(signs) else None,
        random_state=settings.seed,
    )


def grow(
    matrix: np.ndarray,
    outcome: np.ndarray,
    settings: GrowthSettings,
    *,
    signs: Sequence[int],
    levels: Sequence[int],
) -> Any:
    """Grow trees on rows with an outcome: a fitted `HistGradientBoostingClassifier`.

    One thread grows them: with more, sums differ in the last digit, and the classifier notes how
    many there were, so that its file would differ from machine to machine.

    Args:
        matrix: Shape (rows, columns), NaN where missing, levels as codes from 0.
        outcome: 0 or 1, shape (rows,), both occurring.
        settings: Knobs.
        signs: Per column 1 where log-odds may only rise with it, -1 where they may only fall, 0
            without a constraint.
        levels: Per column its number of levels, 0 for a number.
    """
    with one_thread():
        return new_classifier(settings, signs=signs, levels=levels).fit(matrix, outcome)


def is_trees(thing: Any) -> bool:
    """Whether something is what `grow` returns."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return isinstance(thing, HistGradientBoostingClassifier)


def log_odds(trees: Any, matrix: np.ndarray) -> np.ndarray:
    """Log-odds, shape (rows,); a row's do not depend on the other rows.

    One thread follows the trees: threads would wait for each other after every tree, which on a
    busy machine takes several times as long.

    Args:
        trees: From `grow`.
        matrix: Shape (rows, columns), at least one row, NaN where missing, levels as codes from 0;
            a code not seen before counts as missing.
    """
    with one_thread():
        return np.asarray(trees.decision_function(matrix))


def staged_log_odds(
    trees: Any, matrix: np.ndarray, numbers: Sequence[int]
) -> dict[int, np.ndarray]:
    """Log-odds by the first trees alone, for several numbers of them, on one thread.

    Args:
        trees: From `grow`.
        matrix: As for `log_odds`.
        numbers: Numbers of trees, none above those that were grown.

    Returns:
        Log-odds, shape (rows,), by number of trees; each as if no more trees had been grown.
    """
    wanted = set(numbers)
    with one_thread():
        return {
            number: np.array(values).ravel()
            for number, values in enumerate(trees.staged_decision_function(matrix), start=1)
            if number in wanted
        }


def contributions(trees: Any, matrix: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Contribution of each column: log-odds less those with this column alone at its reference.

    Removal of single features by default values, in the terms of Covert, Lundberg and Lee. Trees
    are not additive: contributions of a row do not add up to its log-odds. A column that no tree
    splits adds exactly 0.

    Args:
        trees: From `grow`.
        matrix: Shape (rows, columns), as for `log_odds`.
        reference: Shape (columns,).

    Returns:
        Shape (rows, columns).
    """
    here, moved, added = log_odds(trees, matrix), matrix.copy(), np.empty(matrix.shape)
    with one_thread():
        for column, value in enumerate(reference):
            moved[:, column] = value
            added[:, column] = here - trees.decision_function(moved)
            moved[:, column] = matrix[:, column]
    return added
