"""Properties of the liquidity coverage ratio and of its stock."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.errors import RiskInputError
from finplatform.risk.liquidity.coverage import Inflow, Outflow, coverage_ratio, stable_part
from finplatform.risk.liquidity.liquid_assets import LiquidAsset, Unwinding, liquid_stock

amounts = st.integers(0, 10**12)
holdings = st.dictionaries(st.sampled_from(LiquidAsset), amounts)
outflows = st.dictionaries(
    st.sampled_from([kind for kind in Outflow if "level_1" not in kind and "term" not in kind]),
    st.integers(1, 10**12),
    min_size=1,
)
inflows = st.dictionaries(st.sampled_from(Inflow), amounts)


@given(holdings)
def test_the_limits_hold_on_the_stock_that_is_left(held: dict[LiquidAsset, int]) -> None:
    stock = liquid_stock(held)
    counted_2b = stock.level_2b - stock.above_2b_limit
    assert counted_2b <= Decimal("0.15") * stock.total + Decimal("1e-9") or counted_2b <= 0
    level_2 = stock.total - stock.level_1
    assert level_2 <= Decimal("0.4") * stock.total + Decimal("1e-9")


@given(holdings, st.sampled_from(LiquidAsset), amounts)
def test_more_assets_never_shrink_the_stock(
    held: dict[LiquidAsset, int], kind: LiquidAsset, more: int
) -> None:
    grown = held | {kind: held.get(kind, 0) + more}
    assert liquid_stock(grown).total >= liquid_stock(held).total - Decimal("1e-9")


@given(outflows, inflows)
def test_at_least_a_quarter_of_outflows_must_be_covered(
    leaving: dict[Outflow, int], coming: dict[Inflow, int]
) -> None:
    ratio = coverage_ratio(liquid_stock({LiquidAsset.LEVEL_1: 1}), leaving, coming)
    outflow = sum(line.weighted for line in ratio.outflows)
    assert outflow / 4 <= ratio.net_outflow <= outflow
    assert ratio.is_met is (ratio.ratio >= 1)


def test_every_line_carries_its_rate_and_its_rule() -> None:
    ratio = coverage_ratio(liquid_stock({}), {Outflow.STABLE_DEPOSIT: 200}, {})
    (line,) = ratio.outflows
    assert (line.kind, line.rule_id) == ("STABLE_DEPOSIT", "LCR40.7:stable_deposit")
    assert (line.amount, line.rate, line.weighted) == (200, Decimal("0.05"), 10)


def test_what_cannot_be_taken_is_named() -> None:
    stock = liquid_stock({LiquidAsset.LEVEL_1: 1})
    with pytest.raises(RiskInputError, match="Nothing flows out"):
        coverage_ratio(stock, {Outflow.TERM_DEPOSIT: 5}, {})
    with pytest.raises(RiskInputError, match="STABLE_DEPOSIT is negative"):
        coverage_ratio(stock, {Outflow.STABLE_DEPOSIT: -1}, {})
    with pytest.raises(RiskInputError, match="Unknown kind: 'gold'"):
        liquid_stock({"gold": 1})
    with pytest.raises(RiskInputError, match="unwinding of level_1"):
        liquid_stock({}, unwinding=Unwinding(level_1=Decimal("NaN")))
    with pytest.raises(RiskInputError, match="balance is negative"):
        stable_part([-1.0], 100)
