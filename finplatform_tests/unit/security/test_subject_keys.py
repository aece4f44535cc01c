"""Customers' keys: destroyed for good, rewrapped without touching what they seal."""

from datetime import UTC, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from finplatform.errors import FinplatformError
from finplatform.security.keys import MasterKey
from finplatform.security.subject_keys import (
    KEY_SCHEMA,
    destroy_keys,
    known_keys,
    new_data_keys,
    rewrap,
    unwrap,
    wrapped_rows,
)

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
LATER = datetime(2024, 6, 1, 12, tzinfo=UTC)
OLD, NEW, OTHER = MasterKey(b"o" * 32), MasterKey(b"n" * 32), MasterKey(b"x" * 32)
DATA_KEYS = dict(zip(["a", "b", "c"], new_data_keys(3), strict=True))


@pytest.fixture
def keys() -> pl.DataFrame:
    return wrapped_rows(OLD.wrap_key, DATA_KEYS, NOON)


def test_data_keys_are_distinct_and_whole() -> None:
    made = new_data_keys(1000)
    assert len(set(made)) == 1000
    assert {len(key) for key in made} == {32}
    assert new_data_keys(0) == []


def test_wrapping_hides_the_key_and_unwrapping_gives_it_back(keys: pl.DataFrame) -> None:
    assert keys.schema == KEY_SCHEMA
    for subject, wrapped in known_keys(keys).items():
        assert wrapped is not None
        assert DATA_KEYS[subject] not in wrapped
        assert unwrap(OLD.wrap_key, wrapped, subject) == DATA_KEYS[subject]


@pytest.mark.parametrize("flaw", [b"short", b"\x00" * 40])
def test_a_key_that_does_not_open_names_the_subject(flaw: bytes) -> None:
    with pytest.raises(FinplatformError, match="subject s1 does not open"):
        unwrap(OLD.wrap_key, flaw, "s1")


def test_destroying_empties_the_key_keeps_the_first_date_and_leaves_strangers_a_tombstone(
    keys: pl.DataFrame,
) -> None:
    once = destroy_keys(keys, ["b"], at=NOON)
    again = destroy_keys(once, ["z", "b"], at=LATER)
    expected = pl.DataFrame(
        {
            "subject_id": ["b", "z"],
            "wrapped_key": [None, None],
            "created_at": [NOON, LATER],
            "destroyed_at": [NOON, LATER],
        },
        schema=KEY_SCHEMA,
    )
    assert_frame_equal(again, expected)
    assert known_keys(again) == {"b": None, "z": None}


def test_a_destroyed_key_counts_as_destroyed_even_if_its_bytes_are_left(
    keys: pl.DataFrame,
) -> None:
    dated = keys.with_columns(pl.lit(NOON).cast(KEY_SCHEMA["destroyed_at"]).alias("destroyed_at"))
    assert set(known_keys(dated).values()) == {None}


def test_rewrapping_moves_every_living_key_and_can_be_repeated(keys: pl.DataFrame) -> None:
    mixed = pl.concat(
        [keys.filter(pl.col("subject_id") != "b"), destroy_keys(keys, ["b"], at=NOON)]
    )
    moved = rewrap(mixed, OLD, NEW)
    assert_frame_equal(moved.drop("wrapped_key"), mixed.drop("wrapped_key"))
    opened = {s: unwrap(NEW.wrap_key, w, s) for s, w in known_keys(moved).items() if w}
    assert opened == {s: DATA_KEYS[s] for s in ("a", "c")}
    assert known_keys(moved)["b"] is None
    assert_frame_equal(rewrap(moved, OLD, NEW), moved)
    assert_frame_equal(rewrap(pl.concat([moved[:1], mixed[1:]]), OLD, NEW), moved)
    with pytest.raises(FinplatformError, match="subject a does not open"):
        unwrap(OLD.wrap_key, known_keys(moved)["a"], "a")


def test_rewrapping_stops_at_a_key_of_neither_master(keys: pl.DataFrame) -> None:
    with pytest.raises(FinplatformError, match="subject a does not open"):
        rewrap(keys, OTHER, NEW)
