"""The family of gradient-boosted trees, with a search of their size.

Fewer trees are the first of more trees: one run of boosting answers for every number of them, so
that the numbers are searched finely and the other knobs step by step
(`finplatform.ml.tree_lattice`). Numbers are not clipped: trees cut between values, and the largest
are where rare events are.

Belongs here: learning trees from frames. Does not belong here: growing them
(`finplatform.ml.boosted_trees`), the other families (`finplatform.ml.families`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from finplatform.ml import boosted_trees
from finplatform.ml.boosted_trees import GrowthSettings
from finplatform.ml.fingerprint import sha256
from finplatform.ml.fits import TreeFit
from finplatform.ml.preparation import Preparation, learn_preparation
from finplatform.ml.skops_file import write_estimator
from finplatform.ml.spec import Task
from finplatform.ml.tree_lattice import Cell, Lattice

BOOSTING = "boosting"


@dataclass(frozen=True)
class Boosting:
    """Gradient-boosted trees on binned values, monotone where the task declares a sign.

    Attributes:
        lattice: Sizes that are searched.
        task: The task.
        learning_rate: Share of each tree's step that is taken.
        bins: Most bins of a feature.
        seed: Seed of the features drawn.
        is_monotone: Whether declared signs bind the trees.
        name: Short name.
    """

    lattice: Lattice
    task: Task
    learning_rate: float = 0.05
    bins: int = 255
    seed: int = 0
    is_monotone: bool = True
    name: str = BOOSTING

    @property
    def settings(self) -> tuple[str, ...]:
        """Numbers of trees at the start of the lattice, fewest first."""
        return self.lattice.first

    def neighbours(self, setting: str) -> tuple[str, ...]:
        """More and fewer trees, and the next value of each axis of the lattice."""
        return self.lattice.neighbours(setting)

    def fit(self, rows: pl.DataFrame, outcome: np.ndarray, setting: str) -> TreeFit:
        """Learn from rows at a size of trees."""
        preparation = learn_preparation(rows, tail=0.0, task=self.task)
        matrix = preparation.matrix(rows)
        trees = self._grow(preparation, matrix, outcome, Cell.named(setting))
        reference = _average_row(matrix, len(preparation.numeric))
        return TreeFit(trees, preparation, reference, sha256(write_estimator(trees)))

    def fit_and_predict(
        self,
        fit: pl.DataFrame,
        outcome: np.ndarray,
        unseen: pl.DataFrame,
        settings: tuple[str, ...],
    ) -> dict[str, np.ndarray]:
        """Log-odds of unseen rows, by size; each shape is grown once, with most trees."""
        preparation = learn_preparation(fit, tail=0.0, task=self.task)
        matrix, other = preparation.matrix(fit), preparation.matrix(unseen)
        cells = [Cell.named(setting) for setting in settings]
        predicted: dict[str, np.ndarray] = {}
        for shape in dict.fromkeys(cell.shape for cell in cells):
            numbers = [cell.trees for cell in cells if cell.shape == shape]
            grown = self._grow(preparation, matrix, outcome, Cell(shape, max(numbers)))
            staged = boosted_trees.staged_log_odds(grown, other, numbers)
            predicted |= {Cell(shape, number).name: staged[number] for number in numbers}
        return predicted

    def _grow(
        self, preparation: Preparation, matrix: np.ndarray, outcome: np.ndarray, cell: Cell
    ) -> Any:
        shape = cell.shape
        growth = GrowthSettings(
            cell.trees, shape.leaves, self.learning_rate, shape.min_rows, shape.penalty,
            shape.column_share, self.bins, self.seed,
        )  # fmt: skip
        signs, levels = tree_columns(preparation, self.task)
        signs = signs if self.is_monotone else [0] * len(signs)
        return boosted_trees.grow(matrix, outcome, growth, signs=signs, levels=levels)


def tree_columns(preparation: Preparation, task: Task) -> tuple[list[int], list[int]]:
    """Constraints of each column for the trees: its expected sign and number of levels.

    Args:
        preparation: Of the matrix; numbers come first.
        task: Declares the signs.

    Returns:
        Signs (1, -1, or 0 without a constraint) and numbers of levels (0 for a number).
    """
    signs = [task.expected(column.name).sign for column in preparation.numeric]
    levels = [len(column.levels) for column in preparation.categorical]
    return [*signs, *(0 for _ in levels)], [*(0 for _ in signs), *levels]


def _average_row(matrix: np.ndarray, numbers: int) -> np.ndarray:
    """Mean of numbers, most frequent code of text; both from training rows."""
    means = np.nanmean(matrix[:, :numbers], axis=0)
    texts = range(numbers, matrix.shape[1])
    codes = [np.bincount(matrix[:, at].astype(int)).argmax() for at in texts]
    return np.r_[means, np.array(codes, dtype=float)]
