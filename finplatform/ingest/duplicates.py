"""Duplicates: which rows repeat the key of one that a load has met before.

The first row of a key counts, whatever the size of the batches. Belongs here: the memory of keys.
Does not belong here: what becomes of the repetition (see `sorting`).
"""

import numpy as np
import polars as pl

_SEEDS = (0x5EED, 0xC0FFEE)


class SeenKeys:
    """Keys met so far, as two independent 64-bit hashes: 16 bytes a row.

    Among ten million keys two different ones share both hashes with a chance of 10^-25. Earlier
    batches are kept as sorted runs of doubling length, so that a key is merged a few times only.
    """

    def __init__(self) -> None:
        self._runs: list[tuple[np.ndarray, np.ndarray]] = []

    def repeated(self, keys: pl.DataFrame) -> pl.Series:
        """Which rows repeat a key of this or an earlier call; remembers all of them.

        Args:
            keys: The key columns.

        Returns:
            A Boolean per row.
        """
        first, second = (keys.hash_rows(seed).to_numpy() for seed in _SEEDS)
        order = np.argsort(first, kind="stable")
        first, second = first[order], second[order]
        known = np.zeros(len(first), dtype=bool)
        known[1:] = (first[1:] == first[:-1]) & (second[1:] == second[:-1])
        for run_first, run_second in self._runs:
            at = np.searchsorted(run_first, first)
            at[at == len(run_first)] = 0
            known |= (run_first[at] == first) & (run_second[at] == second)
        self._remember(first, second)
        result = np.empty(len(known), dtype=bool)
        result[order] = known
        return pl.Series("repeated", result)

    def _remember(self, first: np.ndarray, second: np.ndarray) -> None:
        if not len(first):
            return
        self._runs.append((first, second))
        while len(self._runs) > 1 and len(self._runs[-2][0]) <= 2 * len(self._runs[-1][0]):
            newer, older = self._runs.pop(), self._runs.pop()
            together = np.concatenate([older[0], newer[0]])
            order = np.argsort(together, kind="stable")
            self._runs.append((together[order], np.concatenate([older[1], newer[1]])[order]))
