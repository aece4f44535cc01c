"""Sums over moving windows, against adding up by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from finplatform.streaming.fraud.timeline import Timeline

_ROW = st.tuples(st.integers(0, 4), st.integers(0, 60), st.integers(-5, 9))
"""Thing, instant and value."""
_BATCHES = st.lists(st.lists(_ROW, max_size=12), max_size=8)
_ASKED = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 70)), min_size=1, max_size=10)


def _keys(things: list[int]) -> np.ndarray:
    """Hashes of things, in another order than the things."""
    return np.array([(thing * 7 + 3) % 11 for thing in things], dtype=np.uint64)


def _timeline(batches: list[list[tuple[int, int, int]]]) -> Timeline:
    line = Timeline("value")
    for batch in batches:
        things, instants, values = zip(*batch, strict=True) if batch else ((), (), ())
        line.append(
            _keys(list(things)),
            np.array(instants, dtype=np.int64),
            value=np.array(values, dtype=np.int64),
        )
    return line


@given(_BATCHES, _ASKED, st.integers(1, 40))
def test_a_total_is_the_sum_of_the_rows_in_its_window(
    batches: list[list[tuple[int, int, int]]], asked: list[tuple[int, int]], back: int
) -> None:
    rows = [row for batch in batches for row in batch]
    things, instants = (list(part) for part in zip(*asked, strict=True))
    found = _timeline(batches).before(_keys(things), np.array(instants)).total("value", back)
    assert found.tolist() == [
        sum(value for key, at, value in rows if key == thing and instant - back <= at < instant)
        for thing, instant in asked
    ]


@given(_BATCHES, _ASKED)
def test_the_last_row_is_the_latest_that_came_last(
    batches: list[list[tuple[int, int, int]]], asked: list[tuple[int, int]]
) -> None:
    rows = [row for batch in batches for row in batch]
    things, instants = (list(part) for part in zip(*asked, strict=True))
    at, values = _timeline(batches).before(_keys(things), np.array(instants)).last()
    for place, (thing, instant) in enumerate(asked):
        earlier = [(when, value) for key, when, value in rows if key == thing and when < instant]
        latest = max((when for when, _ in earlier), default=-1)
        assert at[place] == latest
        if earlier:
            assert values["value"][place] == [v for when, v in earlier if when == latest][-1]


@given(_BATCHES, _ASKED, st.integers(0, 60))
def test_what_is_forgotten_is_what_lies_before(
    batches: list[list[tuple[int, int, int]]], asked: list[tuple[int, int]], first: int
) -> None:
    rows = [row for batch in batches for row in batch if row[1] >= first]
    line = _timeline(batches)
    line.forget(first)
    assert len(line) == len(rows)
    things, instants = (list(part) for part in zip(*asked, strict=True))
    found = line.before(_keys(things), np.array(instants)).total("value", 100)
    assert found.tolist() == [
        sum(value for key, at, value in rows if key == thing and at < instant)
        for thing, instant in asked
    ]
