"""Rounding of reported figures."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.figures.rounding import CENT, apportion, to_cents


@given(st.lists(st.decimals(-(10**6), 10**6, places=6, allow_nan=False), min_size=1, max_size=12))
def test_parts_add_up_to_the_whole_and_move_by_less_than_a_cent(amounts: list[Decimal]) -> None:
    parts = {str(number): amount for number, amount in enumerate(amounts)}
    whole = sum(amounts, Decimal(0))
    rounded = apportion(parts, whole)
    assert sum(rounded.values(), Decimal(0)) == to_cents(whole)
    assert all(abs(rounded[name] - parts[name]) < CENT for name in parts)


def test_parts_that_do_not_make_the_whole_are_refused() -> None:
    with pytest.raises(ValueError, match="do not make"):
        apportion({"one": Decimal(1)}, Decimal(2))
