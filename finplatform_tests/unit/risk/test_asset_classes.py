"""Properties of the weights of all classes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk import irb, standardised
from finplatform.risk.asset_classes import (
    AssetClass,
    Characteristics,
    asset_class_codes,
    quality_steps,
    risk_weight,
)
from finplatform.risk.errors import RiskInputError
from finplatform.risk.exposure_class import ExposureClass

RATED = (AssetClass.SOVEREIGN, AssetClass.BANK, AssetClass.CORPORATE)


@pytest.mark.parametrize("asset_class", RATED)
@pytest.mark.parametrize("is_short", [False, True])
def test_a_worse_rating_never_weighs_less(asset_class: AssetClass, is_short: bool) -> None:
    facts = Characteristics(quality_step=np.arange(1, 7), is_short_term=is_short)
    assert (np.diff(risk_weight(asset_class, facts)) >= 0).all()


@given(st.floats(0.0, 3.0), st.floats(0.0, 3.0), st.floats(0.0, 1.5), st.booleans(), st.booleans())
def test_commercial_property_never_weighs_less_with_ltv_and_only_rent_above_the_debtor(
    one: float, other: float, debtor: float, rented: bool, split: bool
) -> None:
    facts = Characteristics(
        ltv=sorted((one, other)),
        counterparty_weight=debtor,
        is_cash_flow_dependent=rented,
        is_split=split,
    )
    weights = risk_weight(AssetClass.COMMERCIAL_PROPERTY, facts)
    assert weights[0] <= weights[1] + 1e-12
    assert rented or (weights <= debtor + 1e-12).all()


@given(st.sampled_from(AssetClass), st.floats(0, 100), st.floats(0, 100))
def test_more_provisions_never_weigh_more_in_default(
    asset_class: AssetClass, one: float, other: float
) -> None:
    facts = Characteristics(
        is_defaulted=True, specific_provision=sorted((one, other)), outstanding=100
    )
    weights = np.broadcast_to(risk_weight(asset_class, facts), (2,))
    assert weights[1] <= weights[0]


@pytest.mark.parametrize("member", ExposureClass)
def test_the_first_classes_are_those_of_the_engine(member: ExposureClass) -> None:
    facts: dict[str, Any] = {"ltv": [0.3, 0.95, np.nan], "has_currency_mismatch": True}
    wide = risk_weight(member.value, Characteristics(**facts))
    np.testing.assert_array_equal(
        wide, np.broadcast_to(standardised.risk_weight(member, **facts), (3,))
    )
    assert AssetClass(member.value).code == member.code


def test_classes_of_a_book_are_weighed_side_by_side() -> None:
    classes = ["sovereign", "bank", "cash", "qrre"]
    steps = quality_steps(["AA+", "BBB-", "", ""])
    weights = risk_weight(classes, Characteristics(quality_step=steps))
    assert weights.tolist() == [0.0, 0.5, 0.0, 0.75]
    codes = asset_class_codes(classes)
    np.testing.assert_array_equal(risk_weight(codes, Characteristics(quality_step=steps)), weights)


def test_cre31_7_large_financials_need_more_capital_and_retail_does_not() -> None:
    weights = [
        irb.risk_weight(0.01, 0.45, ["corporate", "qrre"], is_large_financial=large)
        for large in (False, True)
    ]
    assert weights[1][0] > weights[0][0]
    assert weights[1][1] == weights[0][1]


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"quality_step": 7}, "quality_step is unknown"),
        ({"bank_grade": -1}, "bank_grade is unknown"),
        ({"ltv": -0.1}, "ltv is negative"),
        ({"counterparty_weight": np.nan}, r"counterparty_weight is missing \(NaN\)"),
        ({"specific_provision": -1}, "specific_provision is negative"),
    ],
)
def test_what_cannot_be_taken_is_named(facts: dict[str, Any], message: str) -> None:
    with pytest.raises(RiskInputError, match=message):
        risk_weight("bank", Characteristics(**facts))


def test_unknown_classes_and_ratings_are_named() -> None:
    with pytest.raises(RiskInputError, match="Unknown asset class: yacht"):
        risk_weight(["bank", "yacht"])
    with pytest.raises(RiskInputError, match="Unknown asset class: 99"):
        risk_weight(np.array([99], dtype=np.int8))
    with pytest.raises(RiskInputError, match="Unknown rating: AAAA"):
        quality_steps(["AAA", "AAAA"])
