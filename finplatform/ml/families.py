"""The families of models that compete to predict default, behind one protocol.

A family fits rows with an outcome, for each of its settings, and never sees evaluation rows.
The same serve the bank's own models and the public data sets.

Belongs here: the protocol, and learning of the linear families. Does not belong here: trees
(`finplatform.ml.boosting`), averages (`finplatform.ml.blend`), which setting or family is taken
(`finplatform.ml.champion_challenger`), what is done with the result (`finplatform.ml.fits`).
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import polars as pl

from finplatform.errors import FinplatformError
from finplatform.ml.binning import DEFAULT_BINNING, BinningSettings
from finplatform.ml.fits import Fit, LinearFit
from finplatform.ml.fitting import fit_logit, linear_log_odds, new_columns, new_pipeline
from finplatform.ml.preparation import learn_preparation
from finplatform.ml.spec import Task
from finplatform.ml.weight_of_evidence import (
    AnyPreparation,
    EvidencePreparation,
    learn_evidence,
)

LOGISTIC, SCORECARD = "logistic", "scorecard"
TAIL = 0.005
"""Share of values clipped at either end of a numeric feature."""

_LOOSE = 1e-4


class JudgedFamily(Protocol):
    """A kind of model with some settings to choose from, which is judged and need not be kept."""

    @property
    def name(self) -> str:
        """Short name."""
        ...

    @property
    def settings(self) -> tuple[str, ...]:
        """Settings to begin with, from the most to the least restrained."""
        ...

    def neighbours(self, setting: str) -> tuple[str, ...]:
        """Settings next to one, to try if it is the best; none if `settings` are all there are."""
        ...

    def fit_and_predict(
        self,
        fit: pl.DataFrame,
        outcome: np.ndarray,
        unseen: pl.DataFrame,
        settings: tuple[str, ...],
    ) -> dict[str, np.ndarray]:
        """Log-odds of unseen rows, by setting; what settings share is done once."""
        ...


class Family(JudgedFamily, Protocol):
    """A kind of model that can be kept."""

    def fit(self, rows: pl.DataFrame, outcome: np.ndarray, setting: str) -> Fit:
        """Learn from rows.

        Args:
            rows: Features.
            outcome: 0 or 1, shape (rows,), both occurring.
            setting: One of `settings`.
        """
        ...


@dataclass(frozen=True)
class _Ridge(ABC):
    """A preparation of the features and a ridge-penalised logistic regression.

    Attributes:
        penalties: Ridge penalties by name, strongest first.
        task: The task.
        tail: Share of values clipped at either end.
    """

    penalties: Mapping[str, float]
    task: Task
    tail: float = TAIL

    @property
    def settings(self) -> tuple[str, ...]:
        """Names of the penalties."""
        return tuple(self.penalties)

    def penalty_of(self, setting: str) -> float:
        """The penalty of a name."""
        return self.penalties[setting]

    def neighbours(self, setting: str) -> tuple[str, ...]:  # noqa: ARG002
        """None: the penalties are all there are."""
        return ()

    def fit(self, rows: pl.DataFrame, outcome: np.ndarray, setting: str) -> LinearFit:
        """Learn from rows at a penalty."""
        preparation, penalty = self._learn(rows, outcome), self.penalties[setting]
        return _linear_fit(
            self._narrow(preparation, rows, outcome, penalty), rows, outcome, penalty
        )

    def fit_and_predict(
        self,
        fit: pl.DataFrame,
        outcome: np.ndarray,
        unseen: pl.DataFrame,
        settings: tuple[str, ...],
    ) -> dict[str, np.ndarray]:
        """Log-odds of unseen rows, by penalty."""
        preparation = self._learn(fit, outcome)
        columns = new_columns(preparation)
        design = columns.fit_transform(preparation.matrix(fit))
        other = columns.transform(preparation.matrix(unseen))
        predicted = {}
        for setting in settings:
            penalty = self.penalties[setting]
            kept = self._kept(design, outcome, penalty)
            logit = fit_logit(design[:, kept], outcome, penalty)
            predicted[setting] = linear_log_odds(other[:, kept], logit)
        return predicted

    @abstractmethod
    def _learn(self, rows: pl.DataFrame, outcome: np.ndarray) -> AnyPreparation: ...

    def _narrow(
        self, preparation: AnyPreparation, _rows: pl.DataFrame, _outcome: np.ndarray, _: float
    ) -> AnyPreparation:
        """The preparation with the features that are kept at a penalty."""
        return preparation

    def _kept(self, _design: np.ndarray, _outcome: np.ndarray, _: float) -> np.ndarray | slice:
        """Columns of the design that are kept at a penalty."""
        return slice(None)


@dataclass(frozen=True)
class Logistic(_Ridge):
    """Standardised features and a ridge-penalised logistic regression.

    Attributes:
        name: Short name.
    """

    name: str = LOGISTIC

    def _learn(self, rows: pl.DataFrame, outcome: np.ndarray) -> AnyPreparation:  # noqa: ARG002
        return learn_preparation(rows, tail=self.tail, task=self.task)


@dataclass(frozen=True)
class Scorecard(_Ridge):
    """Optimal bins, their weight of evidence, and a ridge-penalised logistic regression.

    Where the task declares a sign, bins follow it; values are clipped before binning.

    Attributes:
        is_rising: Whether features whose evidence would count against itself are left out, so that
            no bin that is worse alone is better in the card (Siddiqi 2006, ch. 6).
        min_information: Smallest information value of a feature; below 0.02 a feature is commonly
            taken as not predictive (the same).
        binning: Knobs of the bins.
        name: Short name.
    """

    is_rising: bool = False
    min_information: float = 0.0
    binning: BinningSettings = DEFAULT_BINNING
    name: str = SCORECARD

    def _learn(self, rows: pl.DataFrame, outcome: np.ndarray) -> EvidencePreparation:
        preparation = learn_evidence(
            rows, outcome, tail=self.tail, task=self.task, settings=self.binning
        )
        information = np.array([bins.information_value for bins in preparation.bins])
        # The feature with the highest information value always stays.
        kept = np.flatnonzero(information >= min(self.min_information, information.max()))
        return preparation.keep(kept, f"information value below {self.min_information:g}")

    def _narrow(
        self, preparation: AnyPreparation, rows: pl.DataFrame, outcome: np.ndarray, penalty: float
    ) -> AnyPreparation:
        if not self.is_rising or not isinstance(preparation, EvidencePreparation):
            return preparation
        design = new_columns(preparation).fit_transform(preparation.matrix(rows))
        kept = rising_columns(design, outcome, penalty)
        return preparation.keep(kept, "its evidence would count against itself")

    def _kept(self, design: np.ndarray, outcome: np.ndarray, penalty: float) -> np.ndarray | slice:
        return rising_columns(design, outcome, penalty) if self.is_rising else slice(None)


def rising_columns(design: np.ndarray, outcome: np.ndarray, penalty: float) -> np.ndarray:
    """Columns left when those with a negative coefficient go, the most negative first.

    Of the columns that are negative at once the worse half goes, so that one that was negative for
    the sake of another may stay.

    Args:
        design: Shape (rows, columns).
        outcome: 0 or 1, shape (rows,).
        penalty: Ridge penalty.

    Returns:
        Positions, ascending, at least one.

    Raises:
        FinplatformError: No column has a positive coefficient.
    """
    kept = np.arange(design.shape[1])
    while kept.size:
        effect = fit_logit(design[:, kept], outcome, penalty, tolerance=_LOOSE).coef_[0]
        wrong = int((effect < 0).sum())
        if not wrong:
            return kept
        worst = np.argsort(effect, kind="stable")[: -(-wrong // 2)]
        kept = np.delete(kept, worst)
    raise FinplatformError(
        "No feature of the scorecard has evidence that counts for itself.",
        "Bring more history, or use another family.",
    )


def _linear_fit(
    preparation: AnyPreparation, rows: pl.DataFrame, outcome: np.ndarray, penalty: float
) -> LinearFit:
    columns: Any = new_columns(preparation)
    design = columns.fit_transform(preparation.matrix(rows))
    pipeline = new_pipeline(columns, fit_logit(design, outcome, penalty))
    return LinearFit(pipeline, preparation, _mean(design))


def _mean(design: np.ndarray) -> np.ndarray:
    """Mean of each column; of standardised ones 0, up to rounding."""
    return np.asarray(np.round(design.mean(axis=0), 12) + 0.0)
