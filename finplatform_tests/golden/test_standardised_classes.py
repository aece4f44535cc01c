"""Published tables of CRE20 on the classes beside retail, and haircuts of CRE22."""

from typing import Any

import numpy as np
import pytest

from finplatform.risk.asset_classes import (
    QUALITY_STEPS,
    AssetClass,
    Characteristics,
    quality_steps,
    risk_weight,
)
from finplatform.risk.institutions import BankGrade
from finplatform.risk.mitigation import FinancialCollateral, haircut

RATINGS = ["AAA", "A", "BBB", "BB", "B", "CCC", ""]


def percent(asset_class: AssetClass, **facts: Any) -> list[float]:
    weights = risk_weight(asset_class, Characteristics(**facts))
    return [round(100 * float(weight), 6) for weight in np.atleast_1d(weights)]


@pytest.mark.parametrize(
    ("asset_class", "facts", "published"),
    [
        pytest.param("sovereign", {}, [0, 20, 50, 100, 100, 150, 100], id="cre20_7"),
        pytest.param("bank", {}, [20, 30, 50, 100, 100, 150, 150], id="cre20_18"),
        pytest.param(
            "bank",
            {"is_short_term": True},
            [20, 20, 20, 50, 50, 150, 150],
            id="cre20_18_short_term",
        ),
        pytest.param("corporate", {}, [20, 50, 75, 100, 150, 150, 100], id="cre20_43"),
        pytest.param("public_sector", {}, [20, 50, 50, 100, 100, 150, 50], id="cre20_11_option_2"),
        pytest.param("multilateral_bank", {}, [20, 30, 50, 100, 100, 150, 50], id="cre20_13"),
        pytest.param("covered_bond", {}, [10, 20, 20, 50, 50, 100, 50], id="cre20_38"),
        pytest.param("specialised_lending", {}, [20, 50, 75, 100, 150, 150, 130], id="cre20_50"),
    ],
)
def test_weights_by_external_rating(
    asset_class: str, facts: dict[str, Any], published: list[float]
) -> None:
    steps = quality_steps(RATINGS)
    assert percent(AssetClass(asset_class), quality_step=steps, **facts) == published


def test_cre20_11_public_bodies_by_the_rating_of_their_sovereign() -> None:
    steps = quality_steps(RATINGS)
    found = percent(AssetClass.PUBLIC_SECTOR, sovereign_step=steps, is_by_sovereign=True)
    assert found == [20, 50, 100, 100, 100, 150, 100]


def test_cre20_38_unrated_covered_bonds_by_the_weight_of_their_issuer() -> None:
    issuers = np.array([0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5])
    found = percent(AssetClass.COVERED_BOND, counterparty_weight=issuers)
    assert found == [10, 15, 20, 25, 35, 50, 100]


def test_cre20_20_banks_by_grade_of_the_banks_own_assessment() -> None:
    grades = np.arange(len(BankGrade))
    assert percent(AssetClass.BANK, bank_grade=grades) == [40, 30, 75, 150]


def test_cre20_85_whole_loan_on_commercial_property_weighs_at_most_the_debtor() -> None:
    ltv = np.array([0.6, 0.61])
    assert percent(AssetClass.COMMERCIAL_PROPERTY, ltv=ltv) == [60, 100]
    small = percent(AssetClass.COMMERCIAL_PROPERTY, ltv=ltv, counterparty_weight=0.5)
    assert small == [50, 50]


def test_cre20_86_split_loan_on_commercial_property() -> None:
    weights = percent(AssetClass.COMMERCIAL_PROPERTY, ltv=np.array([0.5, 1.1]), is_split=True)
    assert weights == [60, 80]


def test_cre20_87_table_14_commercial_property_that_rent_repays() -> None:
    ltv = np.array([0.6, 0.61, 0.8, 0.81])
    weights = percent(AssetClass.COMMERCIAL_PROPERTY, ltv=ltv, is_cash_flow_dependent=True)
    assert weights == [70, 90, 90, 110]


@pytest.mark.parametrize(
    ("facts", "published"),
    [
        ({"is_individual": True}, 75),
        ({"turnover_eur_m": 50.0}, 85),
        ({"counterparty_weight": 0.5}, 50),
        ({"is_individual": True, "is_cash_flow_dependent": True}, 150),
    ],
)
def test_cre20_89_other_real_estate(facts: dict[str, Any], published: float) -> None:
    assert percent(AssetClass.OTHER_PROPERTY, **facts) == [published]


@pytest.mark.parametrize(
    ("asset_class", "facts", "published"),
    [
        pytest.param("equity", {"is_speculative": True}, 400, id="cre20_57_speculative"),
        pytest.param("equity", {}, 250, id="cre20_57_other"),
        pytest.param("subordinated_debt", {}, 150, id="cre20_60"),
        pytest.param("land_development", {}, 150, id="cre20_90"),
        pytest.param("land_development", {"is_presold": True}, 100, id="cre20_91"),
        pytest.param("other_asset", {}, 100, id="cre20_110_other"),
        pytest.param("cash", {}, 0, id="cre20_110_cash"),
        pytest.param("collection_item", {}, 20, id="cre20_110_collection"),
        pytest.param("bank", {"is_defaulted": True}, 150, id="cre20_106"),
        pytest.param(
            "sovereign",
            {"is_defaulted": True, "specific_provision": 20, "outstanding": 100},
            100,
            id="cre20_106_provided",
        ),
    ],
)
def test_weights_of_single_paragraphs(
    asset_class: str, facts: dict[str, Any], published: float
) -> None:
    assert percent(AssetClass(asset_class), **facts) == [published]


def test_every_rating_has_a_step_that_never_falls_down_the_scale() -> None:
    steps = list(QUALITY_STEPS.values())
    assert steps == sorted(steps)
    assert set(steps) == set(range(1, 7))


def test_cre22_49_haircuts_by_residual_maturity() -> None:
    years = np.array([1, 1.1, 3, 5, 5.1, 10, 10.1])
    sovereign = haircut(FinancialCollateral.SOVEREIGN_HIGH, years)
    np.testing.assert_allclose(100 * sovereign, [0.5, 2, 2, 2, 4, 4, 4])
    issuer = haircut(FinancialCollateral.ISSUER_MEDIUM, years)
    np.testing.assert_allclose(100 * issuer, [2, 4, 4, 6, 12, 12, 20])
