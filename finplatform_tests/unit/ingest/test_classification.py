"""Repetitions are found whatever the batches, and the first of a key is never one."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from finplatform.ingest.classification import SeenKeys

KEYS = st.tuples(st.sampled_from("abcde"), st.integers(0, 8))


@given(st.lists(st.lists(KEYS, max_size=12), max_size=12))
def test_a_row_is_a_repetition_if_its_key_came_before(batches: list[list[tuple]]) -> None:
    seen, known = SeenKeys(), set()
    for batch in batches:
        frame = pl.DataFrame(batch, schema={"a": pl.String, "b": pl.Int64}, orient="row")
        expected = []
        for key in batch:
            expected.append(key in known)
            known.add(key)
        assert seen.repeated(frame).to_list() == expected


def test_many_batches_are_remembered_in_few_runs() -> None:
    seen = SeenKeys()
    for start in range(0, 6_400, 100):
        keys = pl.DataFrame({"k": range(start, start + 100)})
        assert not seen.repeated(keys).any()
    assert len(seen._runs) <= 8
    assert seen.repeated(pl.DataFrame({"k": range(6_400)})).all()
