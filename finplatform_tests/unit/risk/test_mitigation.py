"""Properties of financial collateral."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.errors import RiskInputError
from finplatform.risk.mitigation import (
    FinancialCollateral,
    haircut,
    holding_period,
    matured_protection,
)

kinds = st.sampled_from(FinancialCollateral)
years = st.floats(0.0, 40.0)
money = st.floats(0.0, 1e9)
weights = st.floats(0.0, 1.5)


@given(kinds, years, years, st.floats(1, 60), st.floats(1, 60))
def test_haircuts_rise_with_maturity_and_holding_period(
    kind: FinancialCollateral, one: float, other: float, first: float, second: float
) -> None:
    short, long = sorted((one, other))
    quick, slow = sorted((first, second))
    assert haircut(kind, short) <= haircut(kind, long)
    assert haircut(kind, long, holding_days=quick) <= haircut(kind, long, holding_days=slow) <= 1
    assert haircut(kind, long) <= haircut(kind, long, has_currency_mismatch=True)


@given(years, years, years)
def test_longer_protection_never_counts_less(one: float, other: float, owed: float) -> None:
    left = np.array(sorted((one, other)))
    counted = matured_protection(100.0, left, owed, left + 2)
    assert 0 <= counted[0] <= counted[1] <= 100


def test_protection_as_long_as_the_exposure_counts_in_full() -> None:
    assert matured_protection(100, 0.1, 0.1, 0.1) == 100
    assert matured_protection(100, 5, 30, 5) == 100


def test_cre22_57_a_longer_holding_period_needs_a_larger_haircut() -> None:
    days = holding_period(["repo", "capital_market", "secured_lending"])
    cuts = haircut(FinancialCollateral.GOLD, holding_days=days)
    assert cuts.tolist() == pytest.approx([0.2 * (day / 10) ** 0.5 for day in (5, 10, 20)])
    with pytest.raises(RiskInputError, match="Unknown transaction: barter"):
        holding_period(["repo", "barter"])


def test_what_cannot_be_taken_is_named() -> None:
    with pytest.raises(RiskInputError, match="Unknown collateral: 'art'"):
        haircut("art")
    with pytest.raises(RiskInputError, match="years is negative"):
        haircut(FinancialCollateral.CASH, -1)
    with pytest.raises(RiskInputError, match="stands for no day"):
        haircut(FinancialCollateral.CASH, holding_days=0)
    with pytest.raises(RiskInputError, match="is shorter than what is left"):
        matured_protection(1, 5, 6, 4)
