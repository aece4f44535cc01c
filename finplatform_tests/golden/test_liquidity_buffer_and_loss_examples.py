"""Published examples on buffers, liquidity and expected credit losses."""

from datetime import date
from decimal import Decimal

import polars as pl

from finplatform.risk.buffers import countercyclical_buffer
from finplatform.risk.ecl.allowance import expected_credit_losses
from finplatform.risk.leverage import LeverageExposure, leverage_ratio
from finplatform.risk.liquidity.coverage import Inflow, Outflow, coverage_ratio, stable_part
from finplatform.risk.liquidity.liquid_assets import LiquidAsset, Unwinding, liquid_stock
from finplatform.risk.own_funds import FundsLine, funds_statement

AS_OF = date(2025, 12, 31)


def test_lcr40_7_footnote_the_insured_part_of_a_deposit_is_stable() -> None:
    assert stable_part(150, 100) == 100
    assert stable_part(150, 100, is_fully_insured=False) == 0
    assert stable_part(150, 100, is_established=False) == 0


def test_lcr30_35_level_2_is_capped_at_two_thirds_of_level_1() -> None:
    market_value = Decimal(50) / Decimal("0.85")
    stock = liquid_stock({LiquidAsset.LEVEL_1: 60, LiquidAsset.LEVEL_2A: market_value})
    assert round(stock.level_2a, 10) == 50
    assert round(stock.total, 10) == 100
    assert round(stock.above_level_2_limit, 10) == 10


def test_lcr30_36_level_2b_is_at_most_15_percent_of_the_stock() -> None:
    held = {
        LiquidAsset.LEVEL_1: 85,
        LiquidAsset.LEVEL_2B_EQUITY: 100,
    }
    assert liquid_stock(held).total == 100
    assert liquid_stock(held).above_2b_limit == 35


def test_lcr30_36_level_2b_is_a_quarter_of_level_1_where_both_limits_bind() -> None:
    held = {
        LiquidAsset.LEVEL_1: 60,
        LiquidAsset.LEVEL_2A: 100,
        LiquidAsset.LEVEL_2B_EQUITY: 100,
    }
    stock = liquid_stock(held)
    assert (stock.above_2b_limit, stock.total) == (35, 100)


def test_lcr30_36_undone_financing_moves_the_limits_but_not_the_stock() -> None:
    held = {LiquidAsset.LEVEL_1: 100, LiquidAsset.LEVEL_2B_EQUITY: 30}
    undone = liquid_stock(held, unwinding=Unwinding(level_1=Decimal(-40)))
    assert liquid_stock(held).total == 115
    assert round(undone.total, 10) == round(115 - (15 - Decimal(60) * 15 / 85), 10)


def test_lcr40_77_inflows_count_up_to_three_quarters_of_outflows() -> None:
    stock = liquid_stock({LiquidAsset.LEVEL_1: 25})
    ratio = coverage_ratio(
        stock, {Outflow.OTHER_WHOLESALE: 100}, {Inflow.FINANCIAL_REPAYMENT: 1_000}
    )
    assert (ratio.counted_inflows, ratio.net_outflow, ratio.ratio) == (75, 25, 1)
    assert ratio.is_met


def test_rbc30_7_the_countercyclical_rate_is_weighted_by_where_exposures_are() -> None:
    rate = countercyclical_buffer(
        {"DE": 600, "NO": 300, "US": 100}, {"DE": Decimal("0.0075"), "NO": Decimal("0.025")}
    )
    assert rate == Decimal("0.012")


def test_rbc30_9_only_two_and_a_half_percent_must_be_followed() -> None:
    assert countercyclical_buffer({"XX": 1}, {"XX": Decimal("0.04")}) == Decimal("0.025")


def test_lev40_2_a_g_sib_of_2_percent_has_a_leverage_buffer_of_1_percent() -> None:
    ratio = leverage_ratio(
        4, LeverageExposure(Decimal(100)), higher_loss_absorbency=Decimal("0.02")
    )
    assert (ratio.ratio, ratio.buffer, ratio.surplus) == (Decimal("0.04"), Decimal("0.01"), 0)


def test_cap30_34_recognised_items_are_15_percent_of_the_cet1_that_is_left() -> None:
    statement = funds_statement(
        {
            FundsLine.COMMON_SHARES: 1_000,
            FundsLine.SIGNIFICANT_HOLDINGS: 100,
            FundsLine.MORTGAGE_SERVICING_RIGHTS: 100,
            FundsLine.TAX_ASSETS_FROM_TIMING: 100,
        }
    )
    # Without the items CET1 is 700, of which 15/85 may be recognised.
    recognised = Decimal(700) * 15 / 85
    assert round(statement.own_funds.cet1, 10) == round(700 + recognised, 10)
    assert round(recognised / statement.own_funds.cet1, 10) == Decimal("0.15")
    assert round(statement.threshold_rwa, 8) == round(Decimal("2.5") * recognised, 8)


def test_ifrs9_illustrative_example_8_twelve_month_loss_of_1_250() -> None:
    loan = pl.DataFrame(
        {
            "exposure_id": ["loan"],
            "stage": [1],
            "exposure_amount": [1_000_000.0],
            "pd": [0.005],
            "lgd": [0.25],
            "effective_rate": [0.0],
            "remaining_years": [4.0],
        }
    )
    assert expected_credit_losses(loan)["allowance"].to_list() == [Decimal(1_250)]


def test_ifrs9_b5_5_50_beyond_the_forecast_pd_goes_back_to_its_average() -> None:
    loan = pl.DataFrame(
        {
            "exposure_id": ["loan"],
            "stage": [2],
            "exposure_amount": [1_000_000.0],
            "pd": [0.10],
            "long_run_pd": [0.02],
            "lgd": [0.25],
            "effective_rate": [0.0],
            "remaining_years": [4.0],
        }
    )
    # 10% in the year of the forecast, then 6%, 2%, 2%: 0.90 x 0.94 x 0.98 x 0.98 survive.
    defaults = 1 - Decimal("0.90") * Decimal("0.94") * Decimal("0.98") ** 2
    found = expected_credit_losses(loan, reversion_years=2.0)["allowance"].to_list()
    assert found == [Decimal(1_000_000) * Decimal("0.25") * defaults]
