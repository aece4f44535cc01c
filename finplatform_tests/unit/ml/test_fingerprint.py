"""Frames have one fingerprint however they are laid out, and another when a value changes."""

import polars as pl
import pytest

from finplatform.ml.fingerprint import frame_fingerprint

FRAME = pl.DataFrame({"a": [1.0, None, 3.0], "b": ["x", "yz", None], "c": [True, False, True]})
ALL = ("a", "b", "c")


def test_layout_and_unused_columns_do_not_count() -> None:
    other = FRAME.select("c", "b", pl.lit(1).alias("_loaded"), pl.col("a").cast(pl.Float32))
    assert frame_fingerprint(other, ALL) == frame_fingerprint(FRAME, ALL)


@pytest.mark.parametrize(
    "change",
    [
        pl.col("a").fill_null(0.0),
        pl.col("a").reverse(),
        pl.col("b").fill_null(""),
        pl.Series("b", ["xy", "z", None]),
        ~pl.col("c"),
    ],
)
def test_any_changed_value_counts(change: pl.Expr) -> None:
    assert frame_fingerprint(FRAME.with_columns(change), ALL) != frame_fingerprint(FRAME, ALL)
