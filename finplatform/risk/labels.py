"""Text that explains each exposure, made from small codes: the rules used and the notes.

Joins a few labels per row over millions of rows without a loop; the measuring modules choose the
labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from finplatform.risk.arrays import BoolArray


@dataclass
class Labels:
    """One text a row, joined from labels added in order.

    Every combination of labels is spelt once; rows only carry its number.
    """

    length: int
    separator: str = ";"
    _combination: npt.NDArray[np.int64] = field(init=False)
    _texts: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self._combination = np.zeros(self.length, dtype=np.int64)
        self._texts = [""]

    def choose(self, labels: Sequence[str], position: npt.NDArray[np.integer]) -> None:
        """Add to each row the label at its position; an empty label adds nothing."""
        combination = self._combination * len(labels) + position
        present = np.flatnonzero(np.bincount(combination, minlength=len(self._texts) * len(labels)))
        renumbered = np.zeros(len(self._texts) * len(labels), dtype=np.int64)
        renumbered[present] = np.arange(len(present))
        self._combination = renumbered[combination]
        self._texts = [
            self._join(self._texts[number // len(labels)], labels[number % len(labels)])
            for number in present.tolist()
        ]

    def add(self, label: str, applies: BoolArray) -> None:
        """Add the label to the rows where it applies."""
        if applies.any():
            self.choose(("", label), applies.astype(np.int64))

    def series(self, name: str) -> pl.Series:
        """Return the texts as a column; empty where nothing was added."""
        return pl.Series(name, self._texts, dtype=pl.String).gather(self._combination)

    def _join(self, text: str, label: str) -> str:
        return f"{text}{self.separator}{label}" if text and label else text or label
