"""Minority interests: the published example, and what never happens."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.errors import RiskInputError
from finplatform.risk.minority_interests import Subsidiary, recognised_interests

amounts = st.integers(0, 10**9)
shares = st.integers(0, 100)


def test_cap10_the_published_example_of_bank_s() -> None:
    # Basel III annex 3: capital of 10, 5 and 8, of which third parties hold 3, 1 and 6.
    found = recognised_interests(Subsidiary(10, 15, 23, 3, 4, 10, 100, 100))
    tiers = (found.cet1, found.additional_tier1, found.tier2)
    assert [round(tier, 2) for tier in tiers] == [
        Decimal("2.10"),
        Decimal("0.17"),
        Decimal("2.30"),
    ]


@pytest.mark.parametrize(
    ("cet1", "counted"),
    [("6.99", "3"), ("7.00", "3"), ("7.01", "2.9957")],
    ids=["below", "at", "above"],
)
def test_cap10_21_a_surplus_begins_above_7_percent(cet1: str, counted: str) -> None:
    capital = Decimal(cet1)
    found = recognised_interests(Subsidiary(capital, capital, capital, 3, 3, 3, 100, 100))
    assert round(found.cet1, 4) == Decimal(counted)


def test_cap10_21_the_lower_of_both_requirements_holds() -> None:
    one, other = (
        recognised_interests(Subsidiary(10, 10, 10, 5, 5, 5, *assets))
        for assets in ((100, 50), (50, 100))
    )
    assert one == other
    assert one.cet1 == Decimal("1.75")


@given(amounts, amounts, amounts, shares, shares, shares, amounts, amounts)
def test_no_more_counts_than_third_parties_hold(
    cet1: int, at1: int, tier2: int, one: int, two: int, three: int, assets: int, group: int
) -> None:
    held = [cet1 * one // 100, at1 * two // 100, tier2 * three // 100]
    found = recognised_interests(
        Subsidiary(
            cet1,
            cet1 + at1,
            cet1 + at1 + tier2,
            held[0],
            sum(held[:2]),
            sum(held),
            assets,
            group,
        )
    )
    assert 0 <= found.cet1 <= held[0]
    assert found.additional_tier1 >= 0
    assert found.tier2 >= 0
    together = found.cet1 + found.additional_tier1 + found.tier2
    assert together <= sum(held) + Decimal("1e-9")


def test_third_parties_hold_no_more_than_there_is() -> None:
    with pytest.raises(RiskInputError, match="Third parties hold 11 of cet1 capital of 10"):
        recognised_interests(Subsidiary(10, 15, 23, 11, 12, 13, 100, 100))
