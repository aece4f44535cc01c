"""Properties of own funds from ledger lines."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.errors import RiskInputError
from finplatform.risk.own_funds import FundsLine, funds_statement

money = st.integers(0, 10_000)
SIGNED = (
    "retained_earnings",
    "credit_loss_entry",
    "other_comprehensive_income",
    "other_reserves",
)
ledgers = st.fixed_dictionaries(
    {
        line.value: st.integers(-5_000, 5_000) if line in SIGNED else money
        for line in FundsLine
        if line not in ("cash_flow_hedge_reserve", "own_credit_gains")
    }
)


@given(ledgers)
def test_cet1_is_instruments_and_reserves_less_what_each_line_takes(ledger: dict[str, int]) -> None:
    statement = funds_statement(ledger)
    gross = sum(
        ledger[name] for name in ("common_shares", "share_premium", "minority_interest", *SIGNED)
    )
    lower = ledger["at1_instruments"] + ledger["at1_minority_interest"] - ledger["at1_deductions"]
    tier2 = sum(ledger[f"t2_{name}"] for name in ("instruments", "minority_interest", "provisions"))
    lower += min(tier2 - ledger["t2_deductions"], 0)
    taken = sum(item.deducted for item in statement.deductions) - min(lower, 0)
    assert round(statement.own_funds.cet1 - (gross - taken), 6) == 0


@given(ledgers)
def test_no_line_takes_more_than_it_has_and_none_gives(ledger: dict[str, int]) -> None:
    statement = funds_statement(ledger)
    for item in statement.deductions:
        assert 0 <= round(item.deducted, 9) <= item.gross
        assert item.paragraph.startswith("CAP30.")
    assert statement.own_funds.additional_tier1 >= 0
    assert statement.own_funds.tier2 >= 0


@given(ledgers, st.sampled_from(["goodwill", "provision_shortfall", "significant_holdings"]))
def test_a_larger_deduction_never_raises_cet1(ledger: dict[str, int], line: str) -> None:
    more = ledger | {line: ledger[line] + 100}
    assert funds_statement(more).own_funds.cet1 <= funds_statement(ledger).own_funds.cet1 + Decimal(
        "1e-9"
    )


def test_small_threshold_items_stay_and_weigh_250_percent() -> None:
    statement = funds_statement({"common_shares": 1_000, "tax_assets_from_timing": 90})
    assert statement.own_funds.cet1 == 1_000
    assert statement.threshold_rwa == 225


def test_gains_on_own_credit_come_off_and_losses_come_back() -> None:
    gain = funds_statement({"common_shares": 100, "own_credit_gains": 5})
    loss = funds_statement({"common_shares": 100, "own_credit_gains": -5})
    assert (gain.own_funds.cet1, loss.own_funds.cet1) == (95, 105)


def test_what_tier_2_cannot_bear_comes_off_at1_and_then_cet1() -> None:
    funds = funds_statement(
        {"common_shares": 100, "at1_instruments": 10, "t2_instruments": 5, "t2_deductions": 20}
    ).own_funds
    assert (funds.cet1, funds.additional_tier1, funds.tier2) == (95, 0, 0)


def test_unknown_and_negative_lines_are_named() -> None:
    with pytest.raises(RiskInputError, match="Unknown line of own funds: treasure"):
        funds_statement({"treasure": 1})
    with pytest.raises(RiskInputError, match="goodwill is negative"):
        funds_statement({"goodwill": -1})
    with pytest.raises(RiskInputError, match=r"common_shares is 1\.5"):
        funds_statement({"common_shares": 1.5})
