"""Rounding of reported figures."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.money import CENT, apportion, to_cents, to_quotient, to_ratio


@given(st.lists(st.decimals(-(10**6), 10**6, places=6, allow_nan=False), min_size=1, max_size=12))
def test_parts_add_up_to_the_whole_and_move_by_less_than_a_cent(amounts: list[Decimal]) -> None:
    parts = {str(number): amount for number, amount in enumerate(amounts)}
    whole = sum(amounts, Decimal(0))
    rounded = apportion(parts, whole)
    assert sum(rounded.values(), Decimal(0)) == to_cents(whole)
    assert all(abs(rounded[name] - parts[name]) < CENT for name in parts)


def test_parts_that_do_not_make_the_whole_are_refused() -> None:
    with pytest.raises(ValueError, match="do not add up to"):
        apportion({"one": Decimal(1)}, Decimal(2))


def test_a_reported_ratio_is_the_quotient_of_the_reported_amounts() -> None:
    above, below = Decimal("583940.795"), Decimal("330548.464")
    assert to_ratio(above / below) == Decimal("1.766581")
    assert to_quotient(above, below) == Decimal("1.766582")
    assert to_ratio(to_cents(above) / to_cents(below)) == to_quotient(above, below)


def test_a_denominator_below_half_a_cent_is_no_division_by_zero() -> None:
    assert to_quotient(Decimal("0.01"), Decimal("0.004")) == Decimal("2.5")
