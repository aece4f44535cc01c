"""Thresholds of credit risk: one cent or one stored step on either side, from decimals."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finplatform.risk import components, irb, standardised
from finplatform.risk.asset_classes import AssetClass, Characteristics, risk_weight
from finplatform.risk.exposure_checks import InvalidExposuresError
from finplatform.risk.exposures import Options, measure
from finplatform.risk.guarantees import is_eligible_guarantor, recognised_protection
from finplatform.risk.mitigation import matured_protection
from finplatform.risk.retail import is_regulatory_retail
from finplatform.risk.specialised import slotting
from finplatform_tests.unit.risk.edges import AS_OF, MONEY, Edge, measured, sides

CARD, HOME = "CREDIT_CARD", "residential_mortgage"
PROVISIONS = Options(half_weight_option=True)


def defaulted(loan: str, options: Options = PROVISIONS) -> Callable[[Decimal], float]:
    """Weight of a defaulted loan by its provision."""
    facts: dict[str, Any] = {"drawn": Decimal(loan), "is_defaulted": True}
    return lambda provision: measured(
        "other_retail", options, specific_provision=provision, **facts
    )["sa_risk_weight"]


def is_small(turnover: Decimal) -> bool:
    return measured("corporate", turnover_eur_m=turnover)["sa_risk_weight"] == 0.85


def is_size_adjusted(turnover: Decimal) -> bool:
    return "CRE31.8" in measured("corporate", turnover_eur_m=turnover)["irb_rules"]


def capital_for(turnover: Decimal) -> float:
    return float(irb.risk_weight(0.01, 0.4, "corporate", turnover_eur_m=turnover))


def owes_in_three_parts(owed: Decimal, price: str = "1") -> bool:
    """Whether what one client owes on three loans is retail, in a portfolio of many clients."""
    third = (owed / 3).quantize(Decimal("0.01"))
    loans = [third, third, owed - 2 * third]
    crowd = [Decimal(800_000)] * 2_000
    names = ["one"] * 3 + [f"crowd {number}" for number in range(2_000)]
    found = is_regulatory_retail(names, loans + crowd, eur_per_unit=Decimal(price))
    return bool(found[0])


def owes_of_5000(owed: Decimal) -> bool:
    """Whether a client is retail who owes that part of a portfolio of 5,000.00."""
    rest = [(Decimal(5_000) - owed) / 1_000] * 1_000
    cents = [amount.quantize(Decimal("0.01")) for amount in rest]
    cents[0] += Decimal(5_000) - owed - sum(cents)
    return bool(is_regulatory_retail(range(1_001), [owed, *cents])[0])


def irb_figure(name: str, fact: str, exposure_class: str, **facts: Any) -> Callable[[Decimal], Any]:
    return lambda figure: measured(exposure_class, **{fact: figure}, **facts)[name]


def floored_lgd(exposure_class: str, kind: components.Collateral) -> Callable[[Decimal], float]:
    floor = components.lgd_floor(exposure_class, collateral=kind)
    return lambda lgd: float(irb.apply_floors(0.01, lgd, exposure_class, own_lgd_floor=floor)[1])


def commercial(ltv: Decimal, **facts: Any) -> float:
    given = Characteristics(ltv=ltv, **facts)
    return float(risk_weight(AssetClass.COMMERCIAL_PROPERTY, given))


def protection(**figures: Any) -> float:
    facts = {"protection_years": 3, "exposure_years": 4, "original_protection_years": 9}
    return float(matured_protection(100, **(facts | figures)))


def card_factor(own: Decimal) -> float:
    facts = {"undrawn": Decimal(100), "drawn": Decimal(0), "product_type": CARD}
    return float(measured("qrre", own_conversion_factor=own, **facts)["irb_ead"])


def is_refused(**facts: Any) -> bool:
    try:
        measured("other_retail", **facts)
    except InvalidExposuresError:
        return True
    return False


def pd_edge(rule: str, exposure_class: str, at: str, note: str = "") -> Edge:
    step = Decimal("0.000001")
    figures = (str(Decimal(at) - step), at, str(Decimal(at) + step))
    judge = irb_figure("irb_pd", "pd", exposure_class)
    return Edge(rule, judge, figures, (float(at), float(at), float(figures[2])), note)


def lgd_edge(rule: str, judge: Callable[[Decimal], float], at: str, note: str) -> Edge:
    step = Decimal("0.000001")
    figures = (str(Decimal(at) - step), at, str(Decimal(at) + step))
    return Edge(rule, judge, figures, (float(at), float(at), float(figures[2])), note)


LOAN_OF_80_CENTS = {"drawn": Decimal("0.70"), "undrawn": Decimal("0.10")}
KINDS = components.Collateral
SECURED = [
    ("CRE32.16:lgd_floor_corporate", "corporate", KINDS.RECEIVABLES, "0.10"),
    ("CRE32.16:lgd_floor_corporate", "corporate", KINDS.REAL_ESTATE, "0.10"),
    ("CRE32.16:lgd_floor_corporate", "corporate", KINDS.OTHER_PHYSICAL, "0.15"),
    ("CRE32.58:lgd_floor_other_retail", "other_retail", KINDS.RECEIVABLES, "0.10"),
    ("CRE32.58:lgd_floor_other_retail", "other_retail", KINDS.REAL_ESTATE, "0.10"),
    ("CRE32.58:lgd_floor_other_retail", "other_retail", KINDS.OTHER_PHYSICAL, "0.15"),
]
UNSECURED = [
    ("CRE32.16:lgd_floor_corporate", "corporate", "0.25"),
    ("CRE32.58:lgd_floor_mortgage", HOME, "0.05"),
    ("CRE32.58:lgd_floor_qrre", "qrre", "0.50"),
    ("CRE32.58:lgd_floor_other_retail", "other_retail", "0.30"),
]

# fmt: off
EDGES = [
    Edge("CRE20.106:provisioned_from", defaulted("22428.25"),
         ("4485.64", "4485.65", "4485.66"), (1.5, 1.0, 1.0)),
    Edge("CRE20.106:provisioned_from", defaulted("15.15"),
         ("3.02", "3.03", "3.04"), (1.5, 1.0, 1.0), "a small loan"),
    Edge("CRE20.106:provisioned_from", defaulted("2242825142857.15"),
         ("448565028571.42", "448565028571.43", "448565028571.44"), (1.5, 1.0, 1.0), "trillions"),
    Edge("CRE20.106:half_from", defaulted("14157.58"),
         ("7078.78", "7078.79", "7078.80"), (1.0, 0.5, 0.5)),
    Edge("CRE20.106:half_from", defaulted("14157.58", Options()),
         ("7078.78", "7078.79", "7078.80"), (1.0, 1.0, 1.0), "without the option"),
    Edge("CRE20.47:sme_turnover_eur_m", is_small, ("49.999", "50.000", "50.001"),
         (True, True, False)),
    Edge("CRE20.47:sme_turnover_eur_m",
         lambda sales: bool(standardised.is_small_firm(float(sales) / 3 * 3)),
         ("49.99999999", "50.00000000", "50.00000001"), (True, True, False), "a cent"),
    Edge("CRE20.65:retail_limit_eur", owes_in_three_parts,
         ("999999.99", "1000000.00", "1000000.01"), (True, True, False)),
    Edge("CRE20.65:retail_limit_eur", lambda owed: owes_in_three_parts(owed, "1.1"),
         ("909090.89", "909090.90", "909090.91"), (True, True, False), "another currency"),
    Edge("CRE20.65:retail_granularity", owes_of_5000, ("9.99", "10.00", "10.01"),
         (True, True, False)),
    Edge("CRE20.85:commercial", commercial, ("0.599999", "0.6", "0.600001"), (0.6, 0.6, 1.0)),
    Edge("CRE20.85:commercial",
         lambda debtor: commercial(Decimal("0.5"), counterparty_weight=debtor),
         ("0.599999", "0.6", "0.600001"), (0.599999, 0.6, 0.6), "weight"),
    Edge("CRE20.86:commercial_split", lambda ltv: commercial(ltv, is_split=True) > 0.6 + 1e-12,
         ("0.549999", "0.55", "0.550001"), (False, False, True)),
    Edge("CRE22.14:maturity_mismatch", lambda years: protection(protection_years=years) > 0,
         ("0.249999", "0.25", "0.250001"), (False, False, True), "grace_years"),
    Edge("CRE22.14:maturity_mismatch",
         lambda years: protection(protection_years=0.9, original_protection_years=years) > 0,
         ("0.999999", "1", "1.000001"), (False, True, True), "least_original_years"),
    Edge("CRE22.14:maturity_mismatch",
         lambda years: protection(protection_years=years, exposure_years=6) == 100,
         ("4.999999", "5", "5.000001"), (False, True, True), "longest_years"),
    Edge("CRE22.74:restructuring_share",
         lambda amount: float(recognised_protection(
             amount, 100, is_derivative=True, covers_restructuring=False)),
         ("99.99", "100.00", "100.01"), (59.994, 60.0, 60.0)),
    Edge("CRE22.76",
         lambda weight: bool(is_eligible_guarantor("bank", 1, weight, Decimal("0.5"))),
         ("0.499999", "0.5", "0.500001"), (True, False, False)),
    Edge("CRE33.4:short_years",
         lambda years: float(slotting("strong", maturity=float(years),
                                      has_preferential_weights=True).weight),
         ("2.499999", "2.5", "2.500001"), (0.5, 0.7, 0.7)),
    Edge("CRE31.3:lowest_capital", lambda lgd: float(irb.defaulted_capital(lgd, Decimal("0.4"))),
         ("0.399999", "0.4", "0.400001"), (0.0, 0.0, 0.000001)),
    Edge("CRE31.8:size_adjustment", is_size_adjusted, ("49.999", "50.000", "50.001"),
         (True, False, False), "largest_eur_m"),
    Edge("CRE31.8:size_adjustment", lambda sales: capital_for(sales) == capital_for(Decimal(5)),
         ("4.999", "5.000", "5.001"), (True, True, False), "smallest_eur_m"),
    pd_edge("CRE32.4:pd_floor", "corporate", "0.0005"),
    pd_edge("CRE32.58:pd_floor_retail", HOME, "0.0005", HOME),
    pd_edge("CRE32.58:pd_floor_retail", "other_retail", "0.0005", "other_retail"),
    pd_edge("CRE32.58:pd_floor_qrre_revolver", "qrre", "0.001"),
    *(lgd_edge(rule, irb_figure("irb_lgd", "lgd", name), at, name)
      for rule, name, at in UNSECURED),
    *(lgd_edge(rule, floored_lgd(name, kind), at, kind) for rule, name, kind, at in SECURED),
    Edge("CRE32.36:own_conversion_floor", card_factor, ("0.049999", "0.05", "0.050001"),
         (5.0, 5.0, 5.0001)),
    Edge("CRE32.46:effective_maturity", lambda years: float(components.effective_maturity(years)),
         ("0.999999", "1", "1.000001"), (1.0, 1.0, 1.000001), "shortest"),
    Edge("CRE32.46:effective_maturity", lambda years: float(components.effective_maturity(years)),
         ("4.999999", "5", "5.000001"), (4.999999, 5.0, 5.0), "longest"),
    Edge("exposure_checks: a provision of the loan",
         lambda held: is_refused(**LOAN_OF_80_CENTS, specific_provision=held),
         ("0.79", "0.80", "0.81"), (False, False, True)),
    Edge("exposure_checks: a PD of one", lambda pd: is_refused(pd=pd),
         ("0.999999", "1", "1.000001"), (False, True, True)),
    Edge("arrays.HIGHEST_LOSS_RATE", lambda lgd: is_refused(lgd=lgd),
         ("1.999999", "2", "2.000001"), (False, False, True)),
]
# fmt: on


@pytest.mark.parametrize(("judge", "figure", "expected"), sides(EDGES))
def test_each_side_of_a_threshold_of_credit_risk(
    judge: Callable[[Decimal], object], figure: Decimal, expected: object
) -> None:
    assert judge(figure) == expected


@pytest.mark.parametrize("value", ["100000.00", "333333.33", "12345678.90"])
@pytest.mark.parametrize(("bound", "inside", "outside"), [("0.8", 0.3, 0.4), ("0.6", 0.25, 0.3)])
def test_a_cent_more_than_the_share_of_the_property_is_the_next_band(
    value: str, bound: str, inside: float, outside: float
) -> None:
    most = (Decimal(value) * Decimal(bound)).quantize(Decimal("0.01"), rounding="ROUND_FLOOR")
    cent = Decimal("0.01")
    # As the warehouse divides: exact numbers first, a float last.
    ltv = [float(loan / Decimal(value)) for loan in (most - cent, most, most + cent)]
    assert standardised.risk_weight(HOME, ltv=ltv).tolist() == [inside, inside, outside]


@given(st.lists(st.integers(1, 10**13), min_size=1_000, max_size=1_000))
@settings(max_examples=5, deadline=None)
def test_1000_loans_provisioned_at_exactly_a_fifth_weigh_100_percent(fifths: list[int]) -> None:
    for scale in (pl.Float64, MONEY):
        book = pl.DataFrame(
            {
                "exposure_id": [str(number) for number in range(1_000)],
                "exposure_class": ["other_retail"] * 1_000,
                "product_type": ["PERSONAL_LOAN"] * 1_000,
                "drawn": [Decimal(5 * cents).scaleb(-2) for cents in fifths],
                "undrawn": [Decimal(0)] * 1_000,
                "specific_provision": [Decimal(cents).scaleb(-2) for cents in fifths],
            },
            schema_overrides=dict.fromkeys(("drawn", "undrawn", "specific_provision"), MONEY),
        ).with_columns(
            pl.col("drawn", "undrawn", "specific_provision").cast(scale),
            pd=0.01,
            lgd=0.5,
            ltv=None,
            is_defaulted=True,
            turnover_eur_m=None,
            maturity=2.0,
            is_transactor=False,
        )
        assert (measure(book, AS_OF)["sa_risk_weight"] == 1.0).all()


@pytest.mark.parametrize("noise", [-1.0, 1.0])
def test_what_floats_add_to_a_rate_moves_no_weight(noise: float) -> None:
    bounds = np.array([0.5, 0.6, 0.8, 0.9, 1.0])
    moved = np.nextafter(bounds, bounds + noise)
    np.testing.assert_array_equal(
        standardised.risk_weight(HOME, ltv=moved), standardised.risk_weight(HOME, ltv=bounds)
    )
