"""Properties of guarantees and credit derivatives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.asset_classes import AssetClass
from finplatform.risk.guarantees import (
    PRUDENTIAL_GUARANTORS,
    guaranteed_weight,
    is_eligible_guarantor,
    recognised_protection,
)

money = st.floats(0.0, 1e9)
weights = st.floats(0.0, 1.5)


@given(money, money, weights, weights, money)
def test_cre22_3_protection_never_raises_a_weight(
    owed: float, held: float, debtor: float, provider: float, first: float
) -> None:
    found = guaranteed_weight(owed, held, debtor, provider, first_loss=first)
    assert 0 <= found <= debtor


@given(money, money, money, weights)
def test_cre22_77_more_protection_never_weighs_more(
    owed: float, one: float, other: float, debtor: float
) -> None:
    found = guaranteed_weight(owed, sorted((one, other)), debtor, debtor / 2)
    assert found[1] <= found[0] + 1e-12


def test_cre22_77_the_covered_part_weighs_what_the_provider_weighs() -> None:
    assert guaranteed_weight(100, 40, 1.0, 0.2) == pytest.approx(0.68)
    assert guaranteed_weight(0, 40, 1.0, 0.2) == 1.0


def test_cre22_78_losses_borne_first_weigh_1250_percent() -> None:
    assert guaranteed_weight(100, 100, 1.0, 0.2, first_loss=2) == pytest.approx(
        0.02 * 12.5 + 0.98 * 0.2
    )


def test_cre22_74_restructuring_matters_to_derivatives_alone() -> None:
    assert recognised_protection(150, 100, covers_restructuring=False) == 150
    for amount, counted in ((50, 30), (100, 60), (150, 60)):
        found = recognised_protection(amount, 100, is_derivative=True, covers_restructuring=False)
        assert found == pytest.approx(counted)
    assert recognised_protection(150, 100, is_derivative=True) == 150


def test_cre22_81_another_currency_takes_8_percent_and_more_with_rarer_revaluation() -> None:
    assert recognised_protection(100, 100, has_currency_mismatch=True) == pytest.approx(92)
    rare = recognised_protection(100, 100, has_currency_mismatch=True, revaluation_days=10)
    assert rare == pytest.approx(100 * (1 - 0.08 * (19 / 10) ** 0.5))


@pytest.mark.parametrize("asset_class", AssetClass)
def test_cre22_76_public_bodies_banks_and_rated_companies_may_protect(
    asset_class: AssetClass,
) -> None:
    unrated, rated = is_eligible_guarantor(asset_class, [0, 2], 0.2, 1.0)
    assert unrated == (asset_class in PRUDENTIAL_GUARANTORS)
    assert rated == (unrated or asset_class is AssetClass.CORPORATE)
    assert not is_eligible_guarantor(asset_class, 2, 1.0, 1.0)
