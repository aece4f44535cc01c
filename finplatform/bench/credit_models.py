"""The two families that compete on a loan book: a scorecard and gradient-boosted trees.

Belongs here: the task, the settings of each family, and trees of which several numbers are judged
by one fit. Does not belong here: the scorecard, which the bank's own model has as well
(`finplatform.ml.families`), which setting or family is chosen (`finplatform.bench.credit_choice`),
data, figures.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from finplatform.ml.boosted_trees import GrowthSettings, new_classifier
from finplatform.ml.families import TAIL, Scorecard, tree_columns
from finplatform.ml.preparation import Preparation, learn_preparation
from finplatform.ml.spec import Task

TASK = Task(
    name="credit default",
    prefix="bench-",
    unit="loan_id",
    units="loans",
    label="is_bad",
    event_date="default_date",
    event="default",
    happened="defaulted",
    declared={},
)
"""Nothing is expected of a public data set's columns."""


@dataclass(frozen=True)
class Boosting:
    """Gradient-boosted trees on binned values (Friedman 2001; Ke et al. 2017).

    Attributes:
        leaves: Leaves of a tree that are tried, fewest first.
        trees: Numbers of trees that are tried, fewest first.
        seed: Seed of the features drawn for each split.
    """

    leaves: tuple[int, ...]
    trees: tuple[int, ...]
    seed: int = 0
    name: str = "boosting"

    @property
    def settings(self) -> tuple[str, ...]:
        """Every tree size with every number of trees."""
        return tuple(_setting(leaves, trees) for leaves in self.leaves for trees in self.trees)

    def fit_and_predict(
        self,
        fit: pl.DataFrame,
        outcome: np.ndarray,
        unseen: pl.DataFrame,
        settings: tuple[str, ...],
    ) -> dict[str, np.ndarray]:
        """Log-odds of unseen rows, by tree size and number of trees.

        Fewer trees are the first of more trees: one fit per tree size answers for all numbers.
        """
        preparation = learn_preparation(fit, tail=TAIL, task=TASK)
        design, other = preparation.matrix(fit), preparation.matrix(unseen)
        predicted = {}
        for leaves in self.leaves:
            wanted = [trees for trees in self.trees if _setting(leaves, trees) in settings]
            if not wanted:
                continue
            model = self._new(preparation, leaves, max(wanted)).fit(design, outcome)
            for trees, log_odds in enumerate(model.staged_decision_function(other), start=1):
                if trees in wanted:
                    predicted[_setting(leaves, trees)] = np.array(log_odds).ravel()
        return predicted

    def _new(self, preparation: Preparation, leaves: int, trees: int) -> Any:
        signs, levels = tree_columns(preparation, TASK)
        growth = GrowthSettings(
            trees,
            leaves,
            learning_rate=0.05,
            min_rows=20,
            penalty=1.0,
            column_share=0.3,
            bins=255,
            seed=self.seed,
        )
        return new_classifier(growth, signs=signs, levels=levels)


def _setting(leaves: int, trees: int) -> str:
    return f"{leaves} leaves, {trees} trees"


CHAMPION = Scorecard(
    {f"penalty {value:g}": value for value in (1000.0, 300.0, 100.0, 30.0, 10.0)}, TASK
)
CHALLENGER = Boosting(leaves=(4, 15), trees=(50, 100, 150))
"""The grids are the same for every book and were written down before any of them was judged."""
