"""Gradient-boosted trees as plain arrays, grown by scikit-learn and followed without it.

A stored model is then numbers and no object, as `finplatform.ml.isolation` does with its forest:
scikit-learn's own trees would need a loader that calls functions by name.

Belongs here: growing the trees, following them, and what a column adds to a row's log-odds. Does
not belong here: which columns there are and what they mean (`finplatform.ml.families`).

References: Friedman, Greedy function approximation, Annals of Statistics 2001; Ke et al., LightGBM,
NeurIPS 2017.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


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


@dataclass(frozen=True)
class BoostedTrees:
    """Trees of equal size, padded; arrays of shape (trees, nodes) unless said.

    Attributes:
        base: Log-odds before the first tree.
        column: Column that a node splits; 0 for a leaf.
        threshold: Rows up to it go left.
        left: Node on the left; the node itself for a leaf.
        right: Node on the right.
        missing_left: Whether a missing value, or a level not seen before, goes left.
        level_split: Row of `left_levels` of a node that splits levels; -1 for all others.
        value: What a leaf adds to the log-odds; 0 for other nodes.
        left_levels: Whether a level goes left, shape (splits of levels, levels).
        depth: Steps from root to the deepest leaf.
    """

    base: float
    column: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    missing_left: np.ndarray
    level_split: np.ndarray
    value: np.ndarray
    left_levels: np.ndarray
    depth: int

    def log_odds(self, matrix: np.ndarray) -> np.ndarray:
        """Log-odds, shape (rows,); a row's do not depend on the other rows.

        Args:
            matrix: Shape (rows, columns), NaN where missing, levels as codes from 0.
        """
        total = np.full(len(matrix), self.base)
        for tree in range(len(self.column)):
            total += self._leaves(matrix, tree)
        return total

    def contributions(self, matrix: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """What each column adds: log-odds less those with the column at its reference.

        Trees are not additive: contributions of a row do not add up to its log-odds.

        Args:
            matrix: Shape (rows, columns).
            reference: Shape (columns,).

        Returns:
            Shape (rows, columns).
        """
        added = np.zeros(matrix.shape)
        for tree in range(len(self.column)):
            here = self._leaves(matrix, tree)
            for column in self.columns_of(tree):
                moved = matrix.copy()
                moved[:, column] = reference[column]
                added[:, column] += here - self._leaves(moved, tree)
        return added

    def columns_of(self, tree: int) -> list[int]:
        """Columns that a tree splits, ascending."""
        is_split = self.left[tree] != np.arange(self.left.shape[1])
        return [int(column) for column in np.unique(self.column[tree][is_split])]

    def to_arrays(self) -> dict[str, Any]:
        """Arrays and numbers, for a model file."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_arrays(cls, stored: dict[str, Any]) -> "BoostedTrees":
        """Inverse of `to_arrays`.

        Raises:
            ValueError: A node points out of its tree, or a split at levels that are not there.
        """
        trees = cls(**{name: stored[name] for name in cls.__dataclass_fields__})
        nodes, splits = trees.left.shape[1], len(trees.left_levels)
        for name, low, high in (
            ("left", 0, nodes), ("right", 0, nodes), ("level_split", -1, splits),
        ):  # fmt: skip
            values = getattr(trees, name)
            if values.min(initial=low) < low or values.max(initial=low) >= max(high, low + 1):
                raise ValueError(f"{name} points nowhere")
        return trees

    def _leaves(self, matrix: np.ndarray, tree: int) -> np.ndarray:
        """What a tree adds to each row, shape (rows,)."""
        every, node = np.arange(len(matrix)), np.zeros(len(matrix), dtype=np.int64)
        column, threshold, split = self.column[tree], self.threshold[tree], self.level_split[tree]
        has_levels = bool((split >= 0).any())
        for _ in range(self.depth):
            values = matrix[every, column[node]]
            # A comparison with NaN is false: where missing goes is looked up.
            goes_left = (values <= threshold[node]) | (
                np.isnan(values) & self.missing_left[tree][node]
            )
            if has_levels:
                goes_left = np.where(
                    split[node] >= 0, self._level_goes_left(values, node, tree), goes_left
                )
            node = np.where(goes_left, self.left[tree][node], self.right[tree][node])
        return np.asarray(self.value[tree][node])

    def _level_goes_left(self, values: np.ndarray, node: np.ndarray, tree: int) -> np.ndarray:
        codes = np.nan_to_num(values, nan=-1.0).astype(np.int64)
        is_known = (codes >= 0) & (codes < self.left_levels.shape[1])
        split = np.maximum(self.level_split[tree][node], 0)
        listed = self.left_levels[split, np.where(is_known, codes, 0)]
        return np.where(is_known, listed, self.missing_left[tree][node])


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
) -> BoostedTrees:
    """Grow trees on rows with an outcome.

    Args:
        matrix: Shape (rows, columns), NaN where missing, levels as codes from 0.
        outcome: 0 or 1, shape (rows,), both occurring.
        settings: Knobs.
        signs: Per column 1 where log-odds may only rise with it, -1 where they may only fall, 0
            where nothing is asked.
        levels: Per column its number of levels, 0 for a number.
    """
    is_level = [count > 0 for count in levels]
    grown = new_classifier(settings, signs=signs, levels=levels).fit(matrix, outcome)
    # scikit-learn has no public way to its nodes; a test holds these arrays to its predictions.
    predictors = [of_class[0] for of_class in grown._predictors]  # noqa: SLF001
    base = float(np.ravel(grown._baseline_prediction)[0])  # noqa: SLF001
    # Columns of levels come first inside scikit-learn.
    order = np.r_[np.flatnonzero(is_level), np.flatnonzero(~np.array(is_level))].astype(np.int64)
    return _as_arrays(predictors, base, order, max([*levels, 1]))


def _as_arrays(predictors: list[Any], base: float, order: np.ndarray, levels: int) -> BoostedTrees:
    shape = (len(predictors), max(len(predictor.nodes) for predictor in predictors))
    own = np.tile(np.arange(shape[1]), (shape[0], 1))
    column, left, right = np.zeros(shape, dtype=np.int64), own.copy(), own.copy()
    threshold, value = np.zeros(shape), np.zeros(shape)
    missing_left, split = np.zeros(shape, dtype=bool), np.full(shape, -1)
    listed: list[np.ndarray] = []
    depth = 0
    for tree, predictor in enumerate(predictors):
        nodes = predictor.nodes
        at = slice(0, len(nodes))
        inner, is_leaf = ~nodes["is_leaf"].astype(bool), nodes["is_leaf"].astype(bool)
        column[tree, at] = np.where(inner, order[nodes["feature_idx"].astype(np.int64)], 0)
        threshold[tree, at] = np.where(inner, nodes["num_threshold"], 0.0)
        left[tree, at] = np.where(inner, nodes["left"], own[tree, at])
        right[tree, at] = np.where(inner, nodes["right"], own[tree, at])
        missing_left[tree, at] = inner & nodes["missing_go_to_left"].astype(bool)
        value[tree, at] = np.where(is_leaf, nodes["value"], 0.0)
        depth = max(depth, int(nodes["depth"].max()))
        splits = np.flatnonzero(inner & nodes["is_categorical"].astype(bool))
        split[tree, splits] = len(listed) + np.arange(len(splits))
        listed += [
            _levels_of(predictor.raw_left_cat_bitsets[nodes["bitset_idx"][node]], levels)
            for node in splits
        ]
    left_levels = np.array(listed, dtype=bool).reshape(len(listed), levels)
    return BoostedTrees(
        base, column, threshold, left, right, missing_left, split, value, left_levels, depth
    )


def _levels_of(bits: np.ndarray, levels: int) -> np.ndarray:
    """Which levels a set of bits, 32 to a word, holds; shape (levels,)."""
    codes = np.arange(levels)
    return (bits[codes // 32] >> (codes % 32).astype(np.uint32)) & 1 > 0
