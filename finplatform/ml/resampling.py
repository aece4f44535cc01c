"""Folds in which neither a date nor a borrower of the validation part has been seen.

Assignment of rows to folds; fitting is done by the callers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import polars as pl

from finplatform.ml.spec import OBSERVED, SUBJECT


@dataclass(frozen=True)
class Fold:
    """Row positions to fit on, and row positions to predict."""

    fit: np.ndarray
    validate: np.ndarray


def borrower_groups(frame: pl.DataFrame, groups: int, seed: int) -> np.ndarray:
    """Group of each row's borrower, 0 to `groups - 1`, by the borrower's identifier alone."""
    borrower = frame[SUBJECT].cast(pl.String).fill_null("")
    names = borrower.unique()
    group_of = [_stable_hash(f"{seed}:{name}") % groups for name in names]
    return borrower.replace_strict(names, group_of, return_dtype=pl.Int64).to_numpy()


def some_borrowers(frame: pl.DataFrame, rows: int, seed: int) -> pl.DataFrame:
    """About `rows` rows of a longer frame, borrowers whole; a shorter frame as it is."""
    if frame.height <= rows:
        return frame
    groups = -(-frame.height // rows)
    # Another salt than the folds', or only borrowers of one fold would be left.
    return frame.filter(pl.Series(borrower_groups(frame, groups, ~seed) == 0))


def time_and_borrower_folds(
    frame: pl.DataFrame, *, blocks: int, groups: int, seed: int
) -> Iterator[Fold]:
    """Expanding windows over the dates, crossed with borrower groups.

    The dates are cut into `blocks + 1` runs. Each later run is predicted, group by group, from the
    earlier dates of the other groups. Every row of the later runs is predicted exactly once.

    Args:
        frame: Rows with keys and borrower.
        blocks: Number of runs to predict; fewer when there are fewer dates.
        groups: Number of borrower groups.
        seed: Seed of the groups.
    """
    dates = frame[OBSERVED].to_numpy()
    group = borrower_groups(frame, groups, seed)
    runs = np.array_split(np.unique(dates), min(blocks + 1, np.unique(dates).size))
    for run in runs[1:]:
        for held_out in range(groups):
            yield Fold(
                fit=np.flatnonzero((dates < run[0]) & (group != held_out)),
                validate=np.flatnonzero(np.isin(dates, run) & (group == held_out)),
            )


def _stable_hash(text: str) -> int:
    # Polars' hash may change from release to release. CRC-32 is linear: with it, two seeds give
    # the same groups under other numbers.
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
