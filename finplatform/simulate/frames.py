"""From integers to typed columns: exact decimals, dates, instants and words, without row loops.

Money is kept as whole cents (int64), yearly rates as whole millionths and exchange rates as whole
hundred-millionths; here they become decimals. Does not belong here: which columns a table has.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from finplatform.simulate.rng import Bools, Ints

UTC_TIME = pl.Datetime("us", "UTC")


def decimals(values: Ints, precision: int, scale: int) -> pl.Series:
    """Whole units of 10^-scale as an exact decimal column."""
    wide = np.empty((len(values), 2), dtype="<i8")
    wide[:, 0] = values
    wide[:, 1] = np.asarray(values, dtype=np.int64) >> 63
    kind = pa.decimal128(precision, scale)
    array = pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(wide)])
    return pl.Series(pl.from_arrow(array))


def money(cents: Ints, present: Bools | None = None) -> pl.Series:
    """Cents as `numeric(18,2)`; null where `present` is false."""
    return _where(decimals(cents, 18, 2), present)


def rate(millionths: Ints) -> pl.Series:
    """Millionths as `numeric(9,6)`."""
    return decimals(millionths, 9, 6)


def dates(days: Ints, present: Bools | None = None) -> pl.Series:
    """Days since 1970-01-01 as dates; null where `present` is false."""
    safe = np.where(present, days, 0) if present is not None else days
    return _where(pl.Series(np.asarray(safe, dtype=np.int32)).cast(pl.Date), present)


def instants(seconds: Ints) -> pl.Series:
    """Seconds since 1970-01-01 as UTC instants."""
    return pl.Series(np.asarray(seconds, dtype=np.int64) * 1_000_000).cast(UTC_TIME)


def text(words: Sequence[str] | pl.Series, index: NDArray[np.integer]) -> pl.Series:
    """The word at each index; null where the index is negative."""
    pool = words if isinstance(words, pl.Series) else pl.Series(words, dtype=pl.String)
    chosen = pool.gather(pl.Series(np.maximum(index, 0)))
    return _where(chosen, index >= 0) if len(index) and index.min() < 0 else chosen


def labels(prefix: str, numbers: Ints, width: int) -> pl.Series:
    """`prefix` and the zero-padded number."""
    digits = pl.Series(numbers).cast(pl.String).str.zfill(width)
    return (prefix + digits).rename("")


def _where(values: pl.Series, present: Bools | None) -> pl.Series:
    if present is None:
        return values
    return pl.select(pl.when(pl.Series(present)).then(values)).to_series()
