"""Lookups of several files: the union of frames by column name.

Does not belong here: reading the files.
"""

from collections.abc import Sequence

import polars as pl

from finplatform.errors import FinplatformError


def joined_by_name(pieces: Sequence[tuple[str, pl.DataFrame]]) -> pl.DataFrame:
    """Union of the pieces by column name; missing columns are null.

    Args:
        pieces: Origin and rows of each piece.

    Raises:
        FinplatformError: If a piece shares no column with those before it, or a column has types
            that do not go together.
    """
    known: set[str] = set()
    for origin, frame in pieces:
        if known and frame.columns and known.isdisjoint(frame.columns):
            raise FinplatformError(
                f"{origin}: It has no column in common with the other files of the lookup.",
                "Take the file out of the glob, or name its columns like theirs.",
            )
        known.update(frame.columns)
    frames = [frame for _, frame in pieces if frame.columns]
    if not frames:
        return pl.DataFrame()
    try:
        return pl.concat(frames, how="diagonal_relaxed")
    except pl.exceptions.PolarsError:
        raise FinplatformError(
            "The files of the lookup have columns of one name and types that do not go together.",
            "Write each column with one type.",
        ) from None
