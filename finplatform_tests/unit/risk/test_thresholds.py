"""Comparisons with thresholds agree with exact arithmetic, whatever the size of the amounts."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.errors import RiskInputError
from finplatform.risk.thresholds import (
    as_written,
    cents_of,
    exceeds_share,
    least_cents,
    most_cents,
    settled,
    settled_column,
    settled_decimal,
    share_exceeds,
    share_reaches,
    whole_cents,
)

TRILLION = 10**12
cents = st.integers(0, 20 * TRILLION * 100)
shares = st.sampled_from(
    [Decimal(text) for text in ("0.2", "0.5", "0.002", "0.0125", "0.15", "0.123456789")]
)
prices = st.decimals("0.0001", "100", places=4)


@given(st.lists(cents, max_size=20))
def test_amounts_of_up_to_20_trillion_are_read_to_the_cent(amounts: list[int]) -> None:
    floats = [amount / 100 for amount in amounts]
    assert whole_cents("amount", floats).tolist() == amounts
    assert whole_cents("amount", [Decimal(one).scaleb(-2) for one in amounts]).tolist() == amounts


@given(cents, cents, shares)
def test_shares_are_compared_as_fractions(part: int, whole: int, share: Decimal) -> None:
    limit = Fraction(share) * whole
    one, other = np.array([part]), np.array([whole])
    assert share_reaches(one, other, share).item() == (part >= limit and whole > 0)
    assert share_exceeds(one, other, share).item() == (part > limit)


@given(cents, shares)
def test_one_cent_decides(whole: int, share: Decimal) -> None:
    least = -int(-Fraction(share) * whole // 1)
    owed = np.array([least - 1, least, least + 1])
    found = share_reaches(owed, np.full(3, whole), share)
    assert found.tolist() == ([False, True, True] if whole else [False] * 3)


@given(st.decimals("0.01", "1000000000", places=2), prices)
def test_a_limit_in_another_currency_is_a_whole_number_of_cents(
    limit: Decimal, price: Decimal
) -> None:
    worth = Fraction(price) / 100
    most, least = most_cents(limit, price), least_cents(limit, price)
    assert most * worth <= Fraction(limit) < (most + 1) * worth
    assert (least - 1) * worth < Fraction(limit) <= least * worth


@given(st.integers(0, 10**12), st.integers(-8, 8))
def test_a_rate_is_settled_though_arithmetic_has_moved_its_last_digits(
    unit: int, ulps: int
) -> None:
    rate = unit / 1e12
    moved = rate + ulps * np.spacing(rate)
    assert settled(moved) == rate == float(Decimal(unit).scaleb(-12))
    column = pl.DataFrame({"rate": [moved]}).select(settled_column("rate"))
    assert column.item() == rate


def test_rates_that_differ_in_a_stored_digit_stay_apart_and_unknown_ones_unknown() -> None:
    found = settled([0.799999999, 0.8, 0.800000001, np.nan, np.inf])
    assert (np.diff(found[:3]) > 0).all()
    assert np.isnan(found[3])
    assert np.isinf(found[4])


@given(st.lists(st.tuples(cents, cents), min_size=1, max_size=20), shares)
def test_columns_agree_with_arrays(rows: list[tuple[int, int]], share: Decimal) -> None:
    frame = pl.DataFrame(
        {"part": [part / 100 for part, _ in rows], "whole": [whole / 100 for _, whole in rows]}
    )
    found = frame.select(exceeds_share(cents_of("part"), cents_of("whole"), share)).to_series()
    part, whole = (np.array(column) for column in zip(*rows, strict=True))
    assert found.to_list() == share_exceeds(part, whole, share).tolist()


def test_a_column_without_a_number_has_no_cents() -> None:
    amounts = pl.DataFrame({"amount": [1.1, None, float("nan"), float("inf")]})
    assert amounts.select(cents_of("amount")).to_series().to_list() == [110, None, None, None]


@given(st.integers(1, 10**13))
def test_thirds_that_make_a_whole_are_the_whole(cents_of_whole: int) -> None:
    whole = Decimal(cents_of_whole).scaleb(-2)
    assert settled_decimal(whole / 3 + whole / 3 + whole / 3) == whole


@pytest.mark.parametrize("price", ["0", "-1", "NaN"])
def test_a_limit_needs_a_price_above_zero(price: str) -> None:
    with pytest.raises(RiskInputError, match="The price of a unit is"):
        most_cents(Decimal(1), Decimal(price))


def test_a_number_is_the_decimal_that_it_is_written_as() -> None:
    assert as_written(0.1) == as_written(Decimal("0.1")) == Decimal("0.1")


@pytest.mark.parametrize(
    ("amount", "message"),
    [(1e17, "is too large at 1 position"), (np.nan, "is missing"), (np.inf, "is infinite")],
)
def test_what_has_no_cents_is_refused(amount: float, message: str) -> None:
    with pytest.raises(RiskInputError, match=message):
        whole_cents("amount", [1.0, amount])
