"""The average of a linear family and trees: two kinds of model that err apart.

A regression ranks the ordinary rows well and extrapolates; trees find what only a combination gives
away. Averages of unlike models lead the comparison of Lessmann et al. (2015, "Benchmarking
state-of-the-art classification algorithms for credit scoring").

Belongs here: learning both, and averaging their log-odds. Does not belong here: the two families.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.errors import FinplatformError
from finplatform.ml.boosting import Boosting
from finplatform.ml.families import Logistic
from finplatform.ml.fits import BlendFit
from finplatform.ml.selection import HeldOut

BLEND = "blend"
_AND = " + "


@dataclass(frozen=True)
class Blend:
    """Average log-odds of a penalised logistic regression and boosted trees.

    Attributes:
        linear: The regression; it clips no value, since one preparation serves both.
        trees: The trees.
        name: Short name.

    Raises:
        FinplatformError: The regression clips values.
    """

    linear: Logistic
    trees: Boosting
    name: str = BLEND

    def __post_init__(self) -> None:
        if self.linear.tail:
            raise FinplatformError(
                "A regression that clips values has another preparation than trees.",
                "Blend one with a tail of 0.",
            )

    @property
    def settings(self) -> tuple[str, ...]:
        """Every penalty with every size of trees to begin with."""
        return tuple(
            f"{penalty}{_AND}{size}"
            for penalty in self.linear.settings
            for size in self.trees.settings
        )

    def neighbours(self, setting: str) -> tuple[str, ...]:
        """The same penalty with the neighbours of the size."""
        penalty, size = setting.split(_AND)
        return tuple(f"{penalty}{_AND}{other}" for other in self.trees.neighbours(size))

    def joined(self, linear: HeldOut, trees: HeldOut) -> HeldOut:
        """Average of the held-out predictions of both parts, each at its own best setting.

        Chosen jointly, one part would compensate for the other: few large trees with a regression
        that is already calibrated.

        Args:
            linear: Held-out predictions of the regression.
            trees: Held-out predictions of the trees for the same rows.
        """
        return HeldOut(
            f"{linear.setting}{_AND}{trees.setting}",
            {**linear.losses, **trees.losses},
            linear.outcome,
            (linear.log_odds + trees.log_odds) / 2,
            linear.subject,
            linear.place,
        )

    def penalty_of(self, setting: str) -> float:
        """Ridge penalty of the regression at a setting."""
        return self.linear.penalties[setting.split(_AND)[0]]

    def fit(self, rows: pl.DataFrame, outcome: np.ndarray, setting: str) -> BlendFit:
        """Learn both from the same rows."""
        penalty, size = setting.split(_AND)
        return BlendFit(
            self.linear.fit(rows, outcome, penalty), self.trees.fit(rows, outcome, size)
        )

    def fit_and_predict(
        self,
        fit: pl.DataFrame,
        outcome: np.ndarray,
        unseen: pl.DataFrame,
        settings: tuple[str, ...],
    ) -> dict[str, np.ndarray]:
        """Average log-odds of unseen rows, by setting; each part is learned once."""
        parts = {setting: tuple(setting.split(_AND)) for setting in settings}
        penalties = tuple(dict.fromkeys(penalty for penalty, _ in parts.values()))
        sizes = tuple(dict.fromkeys(size for _, size in parts.values()))
        linear = self.linear.fit_and_predict(fit, outcome, unseen, penalties)
        trees = self.trees.fit_and_predict(fit, outcome, unseen, sizes)
        return {
            setting: (linear[penalty] + trees[size]) / 2
            for setting, (penalty, size) in parts.items()
        }
