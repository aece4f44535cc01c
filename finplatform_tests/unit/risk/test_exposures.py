"""Properties of measuring a table of exposures; every figure is proven against the oracle."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finplatform.risk import exposures as engine
from finplatform.risk.errors import MissingRuleError
from finplatform.risk.exposure_checks import InvalidExposuresError
from finplatform.risk.exposures import Options, measure
from finplatform.risk.off_balance import OffBalanceKind
from finplatform.risk.rules import rule

AS_OF = date(2025, 6, 30)
LOAN: dict[str, Any] = {
    "exposure_id": "L1",
    "exposure_class": "corporate",
    "product_type": "BUSINESS_LOAN",
    "drawn": 1_000.0,
    "undrawn": 0.0,
    "pd": 0.01,
    "lgd": 0.40,
    "ltv": None,
    "is_defaulted": False,
    "specific_provision": 0.0,
    "turnover_eur_m": 80.0,
    "maturity": 2.5,
    "is_transactor": False,
}


def measured(**facts: Any) -> dict[str, Any]:
    options = facts.pop("options", Options())
    return measure(pl.DataFrame([LOAN | facts]), AS_OF, options).row(0, named=True)


def rules_of(text: str) -> set[str]:
    return set(text.split(";"))


@settings(max_examples=30)
@given(st.floats(0.01, 1e4))
def test_rwa_and_expected_loss_are_proportional_to_the_exposure(scale: float) -> None:
    unit = measured(undrawn=500.0, specific_provision=10.0)
    scaled = measured(drawn=1_000.0 * scale, undrawn=500.0 * scale, specific_provision=10.0 * scale)
    for figure in ("sa_rwa", "irb_rwa", "expected_loss", "capital_requirement"):
        assert scaled[figure] == pytest.approx(scale * unit[figure], rel=1e-9)
    for weight in ("sa_risk_weight", "irb_risk_weight"):
        assert scaled[weight] == pytest.approx(unit[weight])


def test_specific_provisions_lower_the_standardised_exposure_alone() -> None:
    exposure = measured(specific_provision=100.0)
    assert (exposure["sa_ead"], exposure["irb_ead"]) == (900.0, 1_000.0)


@pytest.mark.parametrize(
    ("product", "factor", "rule_id"),
    [
        ("CREDIT_CARD", 0.10, "CRE20.100:unconditionally_cancellable"),
        ("MORTGAGE", 0.40, "CRE20.98:other_commitment"),
        ("LETTER_OF_COMFORT", 1.00, "CRE20.95:direct_credit_substitute"),
        (None, 1.00, "CRE20.95:direct_credit_substitute"),
    ],
)
def test_undrawn_credit_is_converted_by_its_product(
    product: str | None, factor: float, rule_id: str
) -> None:
    exposure = measured(product_type=product, undrawn=500.0)
    assert exposure["sa_ead"] == exposure["irb_ead"] == 1_000.0 + factor * 500.0
    for rules in ("sa_rules", "irb_rules"):
        assert rule_id in rules_of(exposure[rules])
        assert rule_id not in rules_of(measured(product_type=product)[rules])
    assert ("product not mapped" in exposure["notes"]) is (factor == 1.0)


def test_a_bank_may_say_what_its_products_are() -> None:
    kinds = {"BUSINESS_LOAN": OffBalanceKind.SHORT_TERM_TRADE_LETTER}
    assert measured(undrawn=500.0, options=Options(product_kinds=kinds))["sa_ead"] == 1_100.0


@pytest.mark.parametrize(
    ("facts", "note", "sa_weight"),
    [
        ({"exposure_class": "residential_mortgage"}, "no LTV", 0.75),
        ({"turnover_eur_m": None}, "no turnover", 1.0),
        ({"lgd": None}, "foundation approach", 1.0),
        ({"maturity": None}, "no maturity", 1.0),
        ({"is_defaulted": True}, "no best-estimate loss", 1.5),
    ],
)
def test_a_missing_fact_is_treated_with_caution_and_said(
    facts: dict[str, Any], note: str, sa_weight: float
) -> None:
    exposure = measured(**facts)
    assert note in exposure["notes"]
    assert exposure["sa_risk_weight"] == sa_weight
    assert measured()["notes"] == ""


def test_no_ltv_weighs_more_than_any_ltv() -> None:
    home = {"exposure_class": "residential_mortgage"}
    highest = measured(**home, ltv=9.0)["sa_risk_weight"]
    assert measured(**home)["sa_risk_weight"] > highest


def test_a_drawn_home_loan_with_an_ltv_of_zero_is_taken_as_one_without() -> None:
    home = {"exposure_class": "residential_mortgage"}
    zero, none = measured(**home, ltv=0.0), measured(**home, ltv=None)
    assert zero["sa_risk_weight"] == none["sa_risk_weight"]
    assert "no LTV" in zero["notes"]
    assert "no LTV" not in measured(**home, ltv=0.0, drawn=0.0)["notes"]


@pytest.mark.parametrize(
    ("facts", "rules"),
    [
        ({}, {"CRE31.5:corporate_correlation"}),
        ({"pd": 0.0}, {"CRE31.5:corporate_correlation", "CRE32.4:pd_floor"}),
        ({"lgd": 0.1}, {"CRE31.5:corporate_correlation", "CRE32.16:lgd_floor_corporate"}),
        ({"turnover_eur_m": 9.0}, {"CRE31.5:corporate_correlation", "CRE31.8:size_adjustment"}),
        ({"maturity": 9.0}, {"CRE31.5:corporate_correlation", "CRE32.46:effective_maturity"}),
        (
            {"lgd": None, "maturity": 9.0},
            {
                "CRE31.5:corporate_correlation",
                "CRE32.6:foundation_lgd",
                "CRE32.44:foundation_maturity",
            },
        ),
        ({"is_defaulted": True, "maturity": 9.0}, {"CRE31.3:lowest_capital"}),
        (
            {"undrawn": 9.0, "own_conversion_factor": 0.3},
            {"CRE31.5:corporate_correlation", "CRE20.98:other_commitment"},
        ),
        (
            {"exposure_class": "other_retail", "maturity": 9.0, "turnover_eur_m": 9.0},
            {"CRE31.16:other_retail_correlation"},
        ),
        (
            {"exposure_class": "qrre", "pd": 0.0, "lgd": 0.4},
            {
                "CRE31.15:qrre_correlation",
                "CRE32.58:pd_floor_qrre_revolver",
                "CRE32.58:lgd_floor_qrre",
            },
        ),
        (
            {"exposure_class": "qrre", "pd": 0.0, "lgd": 0.9, "is_transactor": True},
            {"CRE31.15:qrre_correlation", "CRE32.58:pd_floor_retail"},
        ),
        (
            {"undrawn": 9.0, "own_conversion_factor": 0.1},
            {
                "CRE31.5:corporate_correlation",
                "CRE20.98:other_commitment",
                "CRE32.36:own_conversion_floor",
            },
        ),
    ],
)
def test_the_irb_rules_of_a_row_are_those_that_shaped_it(
    facts: dict[str, Any], rules: set[str]
) -> None:
    assert rules_of(measured(**facts)["irb_rules"]) == rules


def test_every_rule_named_in_a_row_is_a_rule_in_force() -> None:
    exposure = measured(
        exposure_class="residential_mortgage", has_currency_mismatch=True, undrawn=1.0, pd=0.0
    )
    named = rules_of(exposure["sa_rules"]) | rules_of(exposure["irb_rules"])
    assert "CRE20.92:currency_mismatch" in named
    for rule_id in named:
        assert rule(rule_id, AS_OF).rule_id == rule_id


def test_default_is_weighed_by_lgd_above_the_best_estimate() -> None:
    exposure = measured(is_defaulted=True, pd=None, best_estimate_el=0.30)
    assert exposure["irb_pd"] == 1.0
    assert exposure["irb_risk_weight"] == pytest.approx(12.5 * (0.40 - 0.30))
    assert exposure["expected_loss"] == pytest.approx(300.0)


def test_rows_keep_their_order_across_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [LOAN | {"exposure_id": str(n), "pd": 0.001 * (n + 1)} for n in range(25)]
    book = pl.DataFrame(rows)
    whole = measure(book, AS_OF)
    monkeypatch.setattr(engine, "_BATCH", 7)
    assert measure(book, AS_OF).equals(whole)
    assert whole["exposure_id"].to_list() == [str(n) for n in range(25)]


def test_decimals_categories_and_an_empty_table_are_taken() -> None:
    book = pl.DataFrame([LOAN])
    stored = book.with_columns(
        pl.col("drawn").cast(pl.Decimal(18, 2)), pl.col("exposure_class").cast(pl.Categorical)
    )
    assert measure(stored, AS_OF).equals(measure(book, AS_OF))
    empty = measure(book.clear(), AS_OF)
    assert empty.schema == measure(book, AS_OF).schema
    assert empty.height == 0
    assert stored["drawn"].item() == Decimal("1000.00")


def test_nothing_is_measured_while_a_row_is_unsound() -> None:
    with pytest.raises(InvalidExposuresError, match=r"1 of 1 .*drawn is negative \(L1\)"):
        measured(drawn=-1.0)


def test_a_date_without_rules_is_refused() -> None:
    with pytest.raises(MissingRuleError, match="not in force on 2019-12-31"):
        measure(pl.DataFrame([LOAN]), date(2019, 12, 31))
