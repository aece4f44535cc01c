"""Public bodies, development banks and covered bonds: properties beside their published tables."""

import numpy as np
import pytest

from finplatform.risk.asset_classes import AssetClass, Characteristics, risk_weight
from finplatform.risk.institutions import BankGrade

STEPS = np.arange(1, 7)
BODIES = (AssetClass.PUBLIC_SECTOR, AssetClass.REGIONAL_GOVERNMENT)


@pytest.mark.parametrize(
    "asset_class",
    [
        *BODIES,
        AssetClass.MULTILATERAL_BANK,
        AssetClass.COVERED_BOND,
        AssetClass.SPECIALISED_LENDING,
    ],
)
def test_a_worse_rating_never_weighs_less(asset_class: AssetClass) -> None:
    for is_by_sovereign in (False, True):
        facts = Characteristics(
            quality_step=STEPS, sovereign_step=STEPS, is_by_sovereign=is_by_sovereign
        )
        assert (np.diff(risk_weight(asset_class, facts)) >= 0).all()


@pytest.mark.parametrize("body", BODIES)
def test_cre20_12_a_body_that_stands_for_its_sovereign_weighs_as_it_does(body: AssetClass) -> None:
    facts = Characteristics(sovereign_step=STEPS, quality_step=6, is_treated_as_sovereign=True)
    sovereign = Characteristics(quality_step=STEPS)
    assert risk_weight(body, facts).tolist() == (
        risk_weight(AssetClass.SOVEREIGN, sovereign).tolist()
    )


def test_cre20_8_own_currency_lowers_sovereigns_and_who_stands_for_them_alone() -> None:
    own = Characteristics(quality_step=5, sovereign_step=5, is_own_currency=True)
    assert risk_weight(AssetClass.SOVEREIGN, own) == 0
    assert risk_weight(AssetClass.PUBLIC_SECTOR, own) == 1.0
    like = Characteristics(sovereign_step=5, is_own_currency=True, is_treated_as_sovereign=True)
    assert risk_weight(AssetClass.PUBLIC_SECTOR, like) == 0


def test_cre20_31_an_unrated_bank_abroad_weighs_at_least_what_its_sovereign_weighs() -> None:
    facts = Characteristics(
        bank_grade=0, sovereign_step=np.arange(7), is_foreign_currency=[[True], [False]]
    )
    abroad, at_home = risk_weight(AssetClass.BANK, facts).tolist()
    assert abroad == [1.0, 0.4, 0.4, 0.5, 1.0, 1.0, 1.5]
    assert at_home == [0.4] * 7
    rated = Characteristics(quality_step=1, sovereign_step=6, is_foreign_currency=True)
    assert risk_weight(AssetClass.BANK, rated) == 0.2


def test_cre20_38_an_unrated_covered_bond_weighs_less_than_the_bank_that_issues_it() -> None:
    for grade in range(len(BankGrade)):
        issuer = float(risk_weight(AssetClass.BANK, Characteristics(bank_grade=grade)))
        bond = Characteristics(counterparty_weight=issuer)
        assert risk_weight(AssetClass.COVERED_BOND, bond) < issuer
