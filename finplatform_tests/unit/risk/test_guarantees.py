"""Properties of guarantees and credit derivatives."""

import pytest
from hypothesis import strategies as st

from finplatform.risk.asset_classes import AssetClass
from finplatform.risk.guarantees import (
    PRUDENTIAL_GUARANTORS,
    is_eligible_guarantor,
    recognised_protection,
)

money = st.floats(0.0, 1e9)
weights = st.floats(0.0, 1.5)


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
