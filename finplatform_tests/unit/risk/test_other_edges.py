"""Thresholds of all risks but credit, and of own funds: one cent or one unit on either side."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest

from finplatform.risk.buffers import countercyclical_buffer
from finplatform.risk.capital import OwnFunds, buffer_position, capital_ratios
from finplatform.risk.concentration import large_exposures
from finplatform.risk.ecl.staging import stages
from finplatform.risk.errors import RiskInputError
from finplatform.risk.leverage import LeverageExposure, leverage_ratio
from finplatform.risk.liquidity.coverage import Inflow, Outflow, coverage_ratio, stable_part
from finplatform.risk.liquidity.liquid_assets import LiquidAsset, liquid_stock
from finplatform.risk.liquidity.stable_funding import FundedAsset, Funding, stable_funding_ratio
from finplatform.risk.market.backtesting import backtest, is_exception, zone
from finplatform.risk.market.value_at_risk import value_at_risk
from finplatform.risk.operational import (
    BusinessYear,
    OperationalOptions,
    business_indicator,
    business_indicator_component,
    operational_requirement,
)
from finplatform.risk.operational_losses import counted_events
from finplatform.risk.output_floor import FlooredAssets, RiskWeightedAssets, apply_output_floor
from finplatform.risk.own_funds import FundsLine, FundsStatement, funds_statement
from finplatform.risk.provisions import irb_provisions
from finplatform_tests.unit.risk.edges import AS_OF, Edge, sides

BILLION, ZERO = Decimal(10) ** 9, Decimal(0)
LINE = FundsLine
TWO_ITEMS = (LINE.SIGNIFICANT_HOLDINGS, LINE.TAX_ASSETS_FROM_TIMING)


def is_refused(attempt: Callable[[Decimal], object]) -> Callable[[Decimal], bool]:
    def judge(figure: Decimal) -> bool:
        try:
            attempt(figure)
        except RiskInputError:
            return True
        return False

    return judge


def deducted(lines: Mapping[FundsLine, Any]) -> Decimal:
    """What comes off CET1 of 1,000.00 beside the thresholds."""
    statement: FundsStatement = funds_statement({LINE.COMMON_SHARES: 1_000} | dict(lines))
    return sum((item.deducted for item in statement.deductions), ZERO)


def meets(measure: str) -> Callable[[Decimal], bool]:
    """Whether capital meets its minimum on RWA of 100.00; of the others CET1 is 5.00."""

    def judge(capital: Decimal) -> bool:
        funds = {
            "cet1": {"cet1_instruments": capital},
            "tier1": {"cet1_instruments": Decimal(5), "additional_tier1": capital - 5},
            "total": {"cet1_instruments": Decimal(5), "tier2": capital - 5},
        }
        ratios = capital_ratios(OwnFunds(**funds[measure], retained_earnings=ZERO), 100, AS_OF)
        return bool(getattr(ratios, measure).is_met)

    return judge


def kept_of_earnings(cet1: Decimal) -> Decimal:
    """Share of earnings to keep on RWA of 100.00 with a conservation buffer of 2.50."""
    funds = OwnFunds(cet1, ZERO, additional_tier1=Decimal("1.5"), tier2=Decimal(2))
    return buffer_position(funds, 100).earnings_conserved


def with_buffer_of(rate: Decimal) -> object:
    return buffer_position(OwnFunds(Decimal(9), ZERO), 100, countercyclical=rate)


def floored(base: Decimal, before: str = "72.50", day: date = date(2030, 1, 1)) -> FlooredAssets:
    return apply_output_floor(
        RiskWeightedAssets(Decimal(before)),
        RiskWeightedAssets(base),
        day,
        has_transitional_cap=day.year < 2028,
    )


def exposed(name: str, **facts: Any) -> Callable[[Decimal], bool]:
    """A figure of one group of clients beside Tier 1 of 100.00."""

    def judge(amount: Decimal) -> bool:
        book = pl.DataFrame({"group_id": ["a", "a"], "amount": [amount - 1, Decimal(1)]} | facts)
        return bool(large_exposures(book, 100, is_g_sib=bool(facts))[name].item())

    return judge


def bucket(indicator: Decimal) -> int:
    """Bucket of a business indicator of which each component is a third that has no end."""
    third = indicator.quantize(Decimal("0.01"))
    years = [
        BusinessYear(dividend_income=third, fee_income=third, trading_result=third),
        BusinessYear(),
        BusinessYear(),
    ]
    total = business_indicator(years).total
    return business_indicator_component(total)[1]


def operational(count: int, oldest: Decimal = ZERO) -> Any:
    year = BusinessYear(fee_income=5 * BILLION)
    return operational_requirement([year] * 3, [oldest, *[Decimal(1)] * (count - 1)])


def counts(price: str = "1", **options: Any) -> Callable[[Decimal], bool]:
    def judge(loss: Decimal) -> bool:
        entries = pl.DataFrame(
            {
                "event_id": ["a", "a"],
                "accounting_date": [date(2025, 5, 1)] * 2,
                "amount": [loss + 1, Decimal(-1)],
                "event_type": ["external_fraud"] * 2,
            }
        )
        found = counted_events(entries, 2025, eur_per_unit=Decimal(price), **options)
        return not found.is_empty()

    return judge


def stock_beside(better: int, kind: LiquidAsset, limit: str) -> Callable[[Decimal], Decimal]:
    return lambda value: getattr(liquid_stock({LiquidAsset.LEVEL_1: better, kind: value}), limit)


def coverage(stock: Any = 100, inflow: Any = 0) -> Any:
    """Coverage of an outflow of 100.00."""
    return coverage_ratio(
        liquid_stock({LiquidAsset.LEVEL_1: stock}),
        {Outflow.OTHER_WHOLESALE: 100},
        {Inflow.FINANCIAL_REPAYMENT: inflow},
    )


def net_interest(amount: Decimal) -> Decimal:
    year = BusinessYear(
        interest_income=amount + 7, interest_expense=7, interest_earning_assets=1_000
    )
    return business_indicator([year] * 3).total


def funded(amount: Decimal) -> bool:
    assets = {FundedAsset.OTHER_ASSET: 100}
    return stable_funding_ratio({Funding.CAPITAL_AND_LONG_TERM: amount}, assets).is_met


def stage(**facts: Any) -> int:
    given = {"days_past_due": 0, "pd": 0.01, "pd_at_origination": 0.01} | facts
    return int(stages(**given).stage)


def worst_of(count: Decimal) -> float:
    """Value at risk at 99% of losses of 1, 2, 3 and so on."""
    return value_at_risk(-np.arange(1.0, int(count) + 1))


# fmt: off
EDGES = [
    # Own funds, ratios and buffers
    Edge("RBC20.1:minimum_cet1", meets("cet1"), ("4.49", "4.50", "4.51"), (False, True, True)),
    Edge("RBC20.1:minimum_tier1", meets("tier1"), ("5.99", "6.00", "6.01"), (False, True, True)),
    Edge("RBC20.1:minimum_total", meets("total"), ("7.99", "8.00", "8.01"), (False, True, True)),
    Edge("RBC30.2:conservation_buffer", lambda cet1: kept_of_earnings(cet1) == 0,
         ("6.99", "7.00", "7.01"), (False, False, True)),
    Edge("RBC30.9:countercyclical_maximum",
         is_refused(with_buffer_of), ("0.024999", "0.025", "0.025001"), (False, False, True)),
    Edge("RBC30.9:countercyclical_maximum",
         lambda rate: countercyclical_buffer({"DE": 3, "FR": 0}, {"DE": rate}),
         ("0.024999", "0.025", "0.025001"),
         (Decimal("0.024999"), Decimal("0.025"), Decimal("0.025")), "of a country"),
    Edge("RBC90.1:output_floor", lambda base: floored(base).is_binding,
         ("99.99", "100.00", "100.01"), (False, False, True)),
    Edge("RBC90.2:output_floor_cap", lambda base: floored(base, "100", date(2023, 6, 30)).is_capped,
         ("249.99", "250.00", "250.01"), (False, False, True)),
    Edge("CAP10.19:excess_provision_limit",
         lambda held: irb_provisions(100, held, 1_000, AS_OF).tier2_addition,
         ("105.99", "106.00", "106.01"), (Decimal("5.99"), Decimal(6), Decimal(6))),
    Edge("CAP30.13", lambda held: irb_provisions(100, held, 1_000, AS_OF).cet1_deduction,
         ("99.99", "100.00", "100.01"), (Decimal("0.01"), ZERO, ZERO)),
    Edge("CAP30.26:insignificant_holdings",
         lambda held: deducted({LINE.INSIGNIFICANT_HOLDINGS: held}),
         ("99.99", "100.00", "100.01"), (ZERO, ZERO, Decimal("0.01"))),
    *(Edge("CAP30.32:threshold_item", lambda held, line=line: deducted({line: held}),
           ("99.99", "100.00", "100.01"), (ZERO, ZERO, Decimal("0.01")), line)
      for line in (LINE.SIGNIFICANT_HOLDINGS, LINE.MORTGAGE_SERVICING_RIGHTS,
                   LINE.TAX_ASSETS_FROM_TIMING)),
    Edge("CAP30.34:threshold_items_together",
         lambda held: deducted(dict(zip(TWO_ITEMS, (75, held), strict=True))) > 0,
         ("74.99", "75.00", "75.01"), (False, False, True)),
    # Leverage and large exposures
    Edge("LEV20.7:minimum_leverage_ratio",
         lambda tier1: leverage_ratio(tier1, LeverageExposure(Decimal(100))).is_met,
         ("2.99", "3.00", "3.01"), (False, True, True)),
    Edge("LEX10.8:large_exposure", exposed("is_large"), ("9.99", "10.00", "10.01"),
         (False, True, True)),
    Edge("LEX20.1:large_exposure_limit", exposed("is_breach"), ("24.99", "25.00", "25.01"),
         (False, False, True)),
    Edge("LEX40.1:systemic_limit", exposed("is_breach", is_g_sib_counterparty=True),
         ("14.99", "15.00", "15.01"), (False, False, True)),
    # Operational risk
    Edge("OPE25.4:interest_margin_cap", net_interest, ("22.49", "22.50", "22.51"),
         (Decimal("22.49"), Decimal("22.5"), Decimal("22.5"))),
    Edge("OPE25.5:years_averaged",
         is_refused(lambda count: business_indicator([BusinessYear()] * int(count))),
         ("2", "3", "4"), (True, False, True)),
    Edge("OPE25.7:marginal_coefficient", bucket,
         ("999999999.99", "1000000000.00", "1000000000.01"), (1, 1, 2), "first bucket"),
    Edge("OPE25.7:marginal_coefficient", bucket,
         ("29999999999.99", "30000000000.00", "30000000000.01"), (2, 2, 3), "second bucket"),
    Edge("OPE25.7:marginal_coefficient",
         lambda total: business_indicator_component(total, eur_per_unit=Decimal("1.1"))[1],
         ("909090909.08", "909090909.09", "909090909.10"), (1, 1, 2), "another currency"),
    Edge("OPE25.8:loss_years", lambda count: operational(int(count), BILLION).loss_component > 100,
         ("9", "10", "11"), (True, True, False)),
    Edge("OPE25.10:least_loss_years", lambda count: operational(int(count)).loss_component is None,
         ("4", "5", "6"), (True, False, False)),
    Edge("OPE25.11:neutral_multiplier",
         is_refused(lambda asked: operational_requirement(
             [BusinessYear(fee_income=5 * BILLION)] * 3, [],
             options=OperationalOptions(has_good_loss_data=False, supervisory_multiplier=asked))),
         ("0.99", "1.00", "1.01"), (True, False, False)),
    Edge("OPE25.18:loss_threshold_eur", counts(), ("19999.99", "20000.00", "20000.01"),
         (False, True, True)),
    Edge("OPE25.18:loss_threshold_eur", counts(has_higher_threshold=True),
         ("99999.99", "100000.00", "100000.01"), (False, True, True), "option"),
    Edge("OPE25.18:loss_threshold_eur", counts("1.1"), ("18181.81", "18181.82", "18181.83"),
         (False, True, True), "another currency"),
    # Liquidity
    Edge("LCR20.4:minimum_coverage", lambda held: coverage(stock=held).is_met,
         ("99.99", "100.00", "100.01"), (False, True, True)),
    Edge("LCR30.31:level_2_share", stock_beside(51, LiquidAsset.LEVEL_2A, "above_level_2_limit"),
         ("39.99", "40.00", "40.02"), (ZERO, ZERO, Decimal("0.017"))),
    Edge("LCR30.33:level_2b_share", stock_beside(85, LiquidAsset.LEVEL_2B_EQUITY, "above_2b_limit"),
         ("29.99", "30.00", "30.01"), (ZERO, ZERO, Decimal("0.005"))),
    Edge("LCR40.77:inflow_cap", lambda due: coverage(inflow=due).counted_inflows,
         ("74.99", "75.00", "75.01"), (Decimal("74.99"), Decimal(75), Decimal(75))),
    Edge("NSF20.2:minimum_stable_funding", funded, ("99.99", "100.00", "100.01"),
         (False, True, True)),
    Edge("BANK.DEPOSITS:insured_limit", lambda held: float(stable_part(held, 250_000)),
         ("249999.99", "250000.00", "250000.01"), (249_999.99, 250_000.0, 250_000.0)),
    # Market risk
    Edge("MAR32.5", lambda loss: bool(is_exception([-loss], [Decimal(100)]).item()),
         ("99.99", "100.00", "100.01"), (False, False, True)),
    Edge("MAR32.9:days", is_refused(lambda days: backtest(*[np.ones(int(days))] * 3)),
         ("249", "250", "251"), (True, False, True)),
    Edge("MAR32.9:last_of_zone", lambda count: zone(int(count)).value, ("3", "4", "5"),
         ("green", "green", "amber"), "green"),
    Edge("MAR32.9:last_of_zone", lambda count: zone(int(count)).value, ("8", "9", "10"),
         ("amber", "amber", "red"), "amber"),
    Edge("BANK.VAR:confidence", worst_of, ("99", "100", "101"), (99.0, 99.0, 100.0)),
    # Stages of impairment
    Edge("IFRS9.B5.5.37:default_days", lambda days: stage(days_past_due=days), ("89", "90", "91"),
         (2, 3, 3)),
    Edge("IFRS9.5.5.11:backstop_days", lambda days: stage(days_past_due=days), ("29", "30", "31"),
         (1, 1, 2)),
    Edge("staging.StagingPolicy", lambda pd: stage(pd=pd, pd_at_origination=Decimal("0.0151")),
         ("0.030199", "0.0302", "0.030201"), (1, 2, 2), "pd_ratio"),
    Edge("staging.StagingPolicy", lambda pd: stage(pd=pd, pd_at_origination=Decimal("0.0008")),
         ("0.005799", "0.0058", "0.005801"), (1, 2, 2), "pd_rise"),
    Edge("staging.StagingPolicy", lambda grade: stage(grade=grade, grade_at_origination=4),
         ("6", "7", "8"), (1, 2, 2), "notches"),
]
# fmt: on


@pytest.mark.parametrize(("judge", "figure", "expected"), sides(EDGES))
def test_each_side_of_a_threshold(
    judge: Callable[[Decimal], object], figure: Decimal, expected: object
) -> None:
    assert judge(figure) == expected


def test_cap30_34_items_of_exactly_15_percent_are_not_deducted_whatever_the_size() -> None:
    for part in range(1, 2_000):
        # A thousand parts of CET1 before the items, of which each of the two has 75.
        whole, item = Decimal(part * 1_000).scaleb(-2), Decimal(part * 75).scaleb(-2)
        lines = {LINE.COMMON_SHARES: whole} | dict.fromkeys(TWO_ITEMS, item)
        statement = funds_statement(lines)
        assert statement.own_funds.cet1 == whole
        assert {item.paragraph for item in statement.deductions} == {"CAP30.32"}
