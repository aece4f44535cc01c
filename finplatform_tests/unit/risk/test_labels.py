"""Properties of the explaining texts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.labels import Labels

FLAGS = st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 2)), min_size=1)


@given(FLAGS)
def test_each_row_has_its_labels_in_the_order_they_were_added(
    rows: list[tuple[bool, bool, int]],
) -> None:
    first, second, chosen = (np.array(column) for column in zip(*rows, strict=True))
    labels = Labels(len(rows))
    labels.add("a", first)
    labels.choose(("", "x", "y"), chosen)
    labels.add("b", second)
    spelt = [
        ";".join(
            ["a"] * one + [text for text in ("", "x", "y")[which : which + 1] if text] + ["b"] * two
        )
        for one, two, which in rows
    ]
    assert labels.series("rules").to_list() == spelt
