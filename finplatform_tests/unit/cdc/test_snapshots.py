"""A snapshot has seen exactly the transactions that had ended when it was taken."""

import polars as pl
import pytest

from finplatform.cdc.snapshots import Snapshot


@pytest.mark.parametrize(
    ("text", "seen", "unseen"),
    [
        ("10:20:12,15", [9, 10, 13, 19], [12, 15, 20, 25]),
        ("10:10:", [9], [10, 11]),
        # The ids of the log begin anew after four billion.
        (f"{2**32 - 5}:{2**32 + 10}:{2**32 - 1}", [2**32 - 2, 3, 9], [2**32 - 1, 10, 11]),
        (f"{2**32 + 3}:{2**32 + 3}:", [2**32 - 1, 0, 2], [3, 4]),
    ],
)
def test_what_had_ended_is_seen(text: str, seen: list[int], unseen: list[int]) -> None:
    found = Snapshot.parse(text).saw(pl.Series(seen + unseen))
    assert found.to_list() == [True] * len(seen) + [False] * len(unseen)
