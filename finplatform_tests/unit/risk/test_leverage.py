"""Properties of the leverage ratio."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.errors import RiskInputError
from finplatform.risk.leverage import LeverageExposure, exposure_measure, leverage_ratio
from finplatform.risk.off_balance import OffBalanceKind

amounts = st.integers(1, 10**12).map(Decimal)


def test_each_part_enters_by_its_rule() -> None:
    exposure = LeverageExposure(
        on_balance=Decimal(1_000),
        specific_provisions=Decimal(30),
        tier1_deductions=Decimal(20),
        replacement_cost=Decimal(10),
        potential_future_exposure=Decimal(40),
        securities_financing=Decimal(50),
        off_balance={
            OffBalanceKind.UNCONDITIONALLY_CANCELLABLE: Decimal(100),
            OffBalanceKind.OTHER_COMMITMENT: Decimal(100),
        },
    )
    assert exposure_measure(exposure) == 950 + 70 + 50 + 10 + 40


@given(amounts, amounts, amounts)
def test_more_exposure_never_raises_the_ratio(tier1: Decimal, one: Decimal, more: Decimal) -> None:
    less = leverage_ratio(tier1, LeverageExposure(one))
    wider = leverage_ratio(tier1, LeverageExposure(one, securities_financing=more))
    assert wider.ratio <= less.ratio
    assert wider.surplus <= less.surplus


@pytest.mark.parametrize(("tier1", "is_met"), [("3.00", True), ("2.99", False)])
def test_lev20_7_the_minimum_itself_is_met(tier1: str, is_met: bool) -> None:
    assert leverage_ratio(Decimal(tier1), LeverageExposure(Decimal(100))).is_met is is_met


@pytest.mark.parametrize(
    ("exposure", "message"),
    [
        (LeverageExposure(Decimal(0)), "exposure measure is zero"),
        (LeverageExposure(Decimal(1), specific_provisions=Decimal(2)), "More is deducted"),
        (LeverageExposure(Decimal(-1)), "on_balance is negative"),
        (LeverageExposure(Decimal(1), off_balance={"promise": Decimal(1)}), "Unknown off-balance"),
    ],
)
def test_what_cannot_be_taken_is_named(exposure: LeverageExposure, message: str) -> None:
    with pytest.raises(RiskInputError, match=message):
        leverage_ratio(1, exposure)
