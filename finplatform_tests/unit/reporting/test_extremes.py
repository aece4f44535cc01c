"""The row that a sentence names is the extreme one, and those that are level with it are said."""

from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from finplatform.reporting import extremes

CODE = extremes.label_of("code")


def _frame(*values: Any) -> pd.DataFrame:
    return pd.DataFrame({"code": list("ABCDE"[: len(values)]), "value": list(values)}, dtype=object)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ((1, 3, 2), "b"),
        ((3, 3, 2), "a (level with b)"),
        ((3, 3, 3), "a (level with b and c)"),
        ((3, 3, 2, 3, 3), "a (level with 3 others)"),
        ((3, 3, 3, 3), "a (level with all 3 others)"),
        ((3,), "a (the only one)"),
        ((None, 3), "b (the only one with a figure)"),
        ((None, 3, 4), "c"),
        ((Decimal("0.10"), 0.1), "a (level with b)"),
        ((0.1 + 0.2, 0.3), "a"),
        ((-1, -2), "a"),
    ],
)
def test_the_largest_is_named_with_what_is_level(values: tuple[Any, ...], name: str) -> None:
    assert extremes.largest(_frame(*values), "value", CODE).name == name


def test_the_smallest_is_chosen_among_what_is_known() -> None:
    found = extremes.smallest(_frame(None, 2, -1), "value", CODE)
    assert (found.bare, found["value"], found.is_flat, found.is_only) == ("c", -1, False, False)


@pytest.mark.parametrize(
    ("values", "reference", "bare"), [((1, -5, 4), 0, "b"), ((1, 2, 9), 5, "a"), ((3, 4), 5, "a")]
)
def test_the_furthest_may_lie_on_either_side(
    values: tuple[int, ...], reference: float, bare: str
) -> None:
    found = extremes.furthest(_frame(*values), "value", CODE, reference=reference)
    assert found.bare == bare


def test_the_furthest_from_another_column_is_found() -> None:
    frame = _frame(1, 2, 3).assign(other=[1, 9, None])
    assert extremes.furthest(frame, "value", CODE, reference="other").bare == "b"


def test_members_are_compared_by_their_sums() -> None:
    found = extremes.of_sums({"BIG_ONE": Decimal(3), "other": 3, "small": 1})
    assert (found.heading, found["value"]) == ("Big one (level with other)", Decimal(3))


def test_two_rows_of_one_name_are_not_level_with_each_other() -> None:
    frame = pd.DataFrame({"code": ["A", "A"], "value": [1, 1]}, dtype=object)
    found = extremes.largest(frame, "value", CODE)
    assert (found.name, found.is_flat, found.is_only) == ("a", True, False)


def test_where_nothing_is_known_the_first_row_stands() -> None:
    assert extremes.largest(_frame(None, None), "value", CODE).bare == "a"
