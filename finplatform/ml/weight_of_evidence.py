"""A feature frame as a matrix of weights of evidence: what makes a regression a scorecard.

Takes the place of `finplatform.ml.preparation.Preparation` before the same regression. A missing
value has a bin of its own, so that nothing is imputed.

Belongs here: which features are binned, and the matrix. Does not belong here: how one feature is
binned (`finplatform.ml.binning`).
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from finplatform.errors import FinplatformError
from finplatform.ml.binning import (
    DEFAULT_BINNING,
    BinningSettings,
    CategoryBins,
    NumericBins,
    bin_levels,
    bin_numbers,
)
from finplatform.ml.preparation import CategoryColumn, Preparation, learn_preparation
from finplatform.ml.spec import DEFAULT, Task

SUFFIX = " evidence"
"""End of the names of such columns in a table of coefficients."""


@dataclass(frozen=True)
class EvidenceColumn:
    """A column of the matrix.

    Attributes:
        name: Feature and suffix.
    """

    name: str


@dataclass(frozen=True)
class EvidencePreparation:
    """Everything needed to turn a row of features into weights of evidence.

    Attributes:
        base: Makes finite numbers and codes of the features.
        bins: Bins per feature of the base, in its order.
    """

    base: Preparation
    bins: tuple[NumericBins | CategoryBins, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Features in matrix order."""
        return self.base.names

    @property
    def numeric(self) -> tuple[EvidenceColumn, ...]:
        """All columns: a weight of evidence is a number, of whatever it was made."""
        return tuple(EvidenceColumn(name + SUFFIX) for name in self.names)

    @property
    def categorical(self) -> tuple[CategoryColumn, ...]:
        """None."""
        return ()

    @property
    def dropped(self) -> dict[str, str]:
        """Features that could not be used, with the reason."""
        return self.base.dropped

    def matrix(self, frame: pl.DataFrame) -> np.ndarray:
        """Weights of evidence of a frame, shape (rows, features), never missing.

        Raises:
            FinplatformError: A numeric feature has become something else.
        """
        matrix = self.base.matrix(frame)
        for position, bins in enumerate(self.bins):
            matrix[:, position] = bins.apply(matrix[:, position])
        return matrix

    def keep(self, positions: np.ndarray, reason: str) -> "EvidencePreparation":
        """Some of the features, in matrix order; the others are dropped with the reason."""
        kept = {self.names[position] for position in positions}
        base = Preparation(
            tuple(column for column in self.base.numeric if column.name in kept),
            tuple(column for column in self.base.categorical if column.name in kept),
            self.base.dropped | {name: reason for name in self.names if name not in kept},
        )
        return EvidencePreparation(base, tuple(bins for bins in self.bins if bins.name in kept))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"base": self.base.to_dict(), "bins": [asdict(bins) for bins in self.bins]}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> "EvidencePreparation":
        """Inverse of `to_dict`."""
        bins = tuple(_bins_from_dict(part) for part in stored["bins"])
        return cls(Preparation.from_dict(stored["base"]), bins)


AnyPreparation = Preparation | EvidencePreparation


def preparation_from_dict(stored: dict[str, Any]) -> AnyPreparation:
    """Preparation of either kind from plain values."""
    kind = EvidencePreparation if "bins" in stored else Preparation
    return kind.from_dict(stored)


def learn_evidence(
    frame: pl.DataFrame,
    outcome: np.ndarray,
    *,
    tail: float,
    task: Task = DEFAULT,
    settings: BinningSettings = DEFAULT_BINNING,
) -> EvidencePreparation:
    """Learn bins from training rows.

    A feature with a single bin carries no information and is dropped.

    Args:
        frame: Training rows.
        outcome: 0 or 1, shape (rows,), both occurring.
        tail: Share of values cut at either end of a numeric feature before.
        task: Says which columns are features, and in which direction declared ones may count.
        settings: Knobs of the bins.

    Raises:
        FinplatformError: No feature is left.
    """
    base = learn_preparation(frame, tail=tail, task=task)
    matrix = base.matrix(frame)
    numbers = len(base.numeric)
    learned: dict[str, NumericBins | CategoryBins] = {}
    for position, name in enumerate(base.names):
        values = matrix[:, position]
        if position < numbers:
            sign = task.expected(name).sign
            learned[name] = bin_numbers(name, values, outcome, settings, sign)
        else:
            levels = len(base.categorical[position - numbers].levels)
            learned[name] = bin_levels(name, values, outcome, levels, settings)
    used = {name for name, bins in learned.items() if bins.is_telling}
    if not used:
        raise FinplatformError(
            "No feature separates events from other rows in two bins.",
            "Bring more history, or use a model without bins.",
        )
    kept = Preparation(
        tuple(column for column in base.numeric if column.name in used),
        tuple(column for column in base.categorical if column.name in used),
        base.dropped | {name: "one bin is best" for name in base.names if name not in used},
    )
    return EvidencePreparation(kept, tuple(learned[name] for name in kept.names))


def _bins_from_dict(stored: dict[str, Any]) -> NumericBins | CategoryBins:
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
    }
    return NumericBins(**fields) if "edges" in fields else CategoryBins(**fields)
