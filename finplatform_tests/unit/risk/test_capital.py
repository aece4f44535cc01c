"""Properties of own funds, ratios and the buffer."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.capital import CapitalMeasure, OwnFunds, buffer_position, capital_ratios
from finplatform.risk.errors import MissingRuleError, RiskInputError

AS_OF = date(2025, 12, 31)
amounts = st.decimals(0, 10**12, places=2)
CENT = Decimal("0.01")


def test_own_funds_add_up_by_component() -> None:
    funds = OwnFunds(Decimal(60), Decimal(30), Decimal(10), Decimal(15), Decimal(20))
    assert (funds.cet1, funds.tier1, funds.total) == (80, 95, 115)


@pytest.mark.parametrize(
    ("cet1", "at1", "tier2", "failing"),
    [
        ("4.5", "1.5", "2", []),
        ("4.49", "1.51", "2", [CapitalMeasure.CET1]),
        ("4.5", "1.49", "2.01", [CapitalMeasure.TIER1]),
        ("4.5", "1.5", "1.99", [CapitalMeasure.TOTAL]),
        ("8", "0", "0", []),
        ("1", "0", "0", list(CapitalMeasure)),
    ],
)
def test_rbc20_1_the_minimum_that_fails_is_named(
    cet1: str, at1: str, tier2: str, failing: list[CapitalMeasure]
) -> None:
    funds = OwnFunds(Decimal(cet1), Decimal(0), additional_tier1=Decimal(at1), tier2=Decimal(tier2))
    ratios = capital_ratios(funds, Decimal(100), AS_OF)
    assert [ratio.measure for ratio in ratios.failing] == failing
    assert [ratio.minimum for ratio in ratios.all] == [
        Decimal("0.045"),
        Decimal("0.06"),
        Decimal("0.08"),
    ]


def test_a_minimum_is_judged_on_amounts_not_on_a_rounded_ratio() -> None:
    rwa = Decimal("1000000000000.00")
    just_met = OwnFunds(Decimal("80000000000.00"), Decimal(0))
    one_cent_short = OwnFunds(Decimal("79999999999.99"), Decimal(0))
    assert not capital_ratios(just_met, rwa, AS_OF).failing
    short = capital_ratios(one_cent_short, rwa, AS_OF).total
    assert (short.is_met, short.surplus) == (False, -CENT)
    assert round(short.ratio, 4) == Decimal("0.08")


@given(amounts, amounts, amounts, amounts, amounts, st.decimals(1, 10**12, places=2))
def test_ratios_are_ordered_and_surplus_is_capital_above_the_requirement(
    shares: Decimal,
    earnings: Decimal,
    deducted: Decimal,
    at1: Decimal,
    tier2: Decimal,
    rwa: Decimal,
) -> None:
    ratios = capital_ratios(OwnFunds(shares, earnings, deducted, at1, tier2), rwa, AS_OF)
    assert ratios.cet1.ratio <= ratios.tier1.ratio <= ratios.total.ratio
    for ratio in ratios.all:
        assert ratio.surplus + ratio.minimum * rwa == ratio.capital
        assert ratio.rule_id == ratio.measure


def test_a_loss_lowers_cet1_below_zero() -> None:
    funds = OwnFunds(Decimal(10), Decimal(-15))
    assert capital_ratios(funds, Decimal(100), AS_OF).cet1.ratio == Decimal("-0.05")


@pytest.mark.parametrize(
    ("component", "amount"),
    [("cet1_deductions", Decimal(-1)), ("tier2", Decimal("NaN")), ("additional_tier1", 1.5)],
)
def test_a_component_that_is_no_amount_is_named(component: str, amount: Decimal) -> None:
    sound = {"cet1_instruments": Decimal(1), "retained_earnings": Decimal(0)}
    with pytest.raises(RiskInputError, match=component):
        OwnFunds(**(sound | {component: amount}))


def test_ratios_need_rwa_and_known_minimums() -> None:
    funds = OwnFunds(Decimal(1), Decimal(0))
    with pytest.raises(RiskInputError, match="rwa is zero"):
        capital_ratios(funds, Decimal(0), AS_OF)
    with pytest.raises(MissingRuleError, match=r"RBC20\.1"):
        capital_ratios(funds, Decimal(1), date(2012, 1, 1))


@given(amounts, amounts, amounts, st.decimals(1, 10**12, places=2))
def test_rbc30_4_more_cet1_never_means_keeping_more_earnings(
    cet1: Decimal, at1: Decimal, more: Decimal, rwa: Decimal
) -> None:
    less, greater = (
        buffer_position(OwnFunds(amount, Decimal(0), additional_tier1=at1), rwa, AS_OF)
        for amount in (cet1, cet1 + more)
    )
    assert greater.earnings_conserved <= less.earnings_conserved
    assert greater.available >= less.available >= 0


def test_rbc30_9_the_countercyclical_buffer_widens_every_quarter() -> None:
    funds = OwnFunds(Decimal("10.45"), Decimal(0))
    kept = [
        buffer_position(funds, 100, AS_OF, countercyclical=Decimal(extra)).earnings_conserved
        for extra in ("0", "0.01", "0.025")
    ]
    assert kept == [Decimal("0.4"), Decimal("0.6"), Decimal("0.8")]
    with pytest.raises(RiskInputError, match=r"countercyclical is 0\.026"):
        buffer_position(funds, 100, AS_OF, countercyclical=Decimal("0.026"))


def test_a_bank_below_its_minimum_has_no_buffer_and_keeps_all() -> None:
    position = buffer_position(OwnFunds(Decimal(3), Decimal(0)), 100, AS_OF)
    assert (position.available, position.earnings_conserved) == (0, 1)
