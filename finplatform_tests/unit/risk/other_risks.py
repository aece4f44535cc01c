"""Small cases on both sides of every threshold of the risks beside credit, and of all classes."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from finplatform.risk import irb
from finplatform.risk.asset_classes import AssetClass, Characteristics, risk_weight
from finplatform.risk.concentration import large_exposures
from finplatform.risk.ecl.staging import stages
from finplatform.risk.errors import RiskInputError
from finplatform.risk.institutions import BankGrade
from finplatform.risk.leverage import LeverageExposure, leverage_ratio
from finplatform.risk.liquidity.coverage import Inflow, Outflow, coverage_ratio
from finplatform.risk.liquidity.liquid_assets import LiquidAsset, liquid_stock
from finplatform.risk.liquidity.stable_funding import FundedAsset, Funding, stable_funding_ratio
from finplatform.risk.market import simplified
from finplatform.risk.market.backtesting import backtest, multiplier, zone
from finplatform.risk.mitigation import (
    FinancialCollateral,
    haircut,
    matured_protection,
    simple_risk_weight,
)
from finplatform.risk.operational import BusinessYear, OperationalOptions, operational_requirement
from finplatform.risk.operational_losses import counted_events, yearly_losses
from finplatform.risk.own_funds import FundsLine, funds_statement

CHAPTERS = ("OPE", "LEV", "LEX", "LCR", "NSF", "MAR", "IFRS", "CRE22", "CAP30")
PARAGRAPHS = (
    *("CRE20.7", "CRE20.18", "CRE20.21", "CRE20.57", "CRE20.60", "CRE20.85", "CRE20.86"),
    *("CRE20.87", "CRE20.90", "CRE20.91", "CRE20.109", "CRE20.110", "CRE31.7"),
)
NAMES = ("CRE20.43:corporate_rated", "CRE20.89:other_real_estate_sme")
BILLION = Decimal(10) ** 9


def covers(rule_id: str) -> bool:
    paragraph = rule_id.partition(":")[0]
    return rule_id.startswith(CHAPTERS) or paragraph in PARAGRAPHS or rule_id in NAMES


def results() -> list[object]:
    parts: tuple[Callable[[], object], ...] = (
        operational,
        losses,
        funds,
        leverage,
        concentration,
        liquidity,
        market,
        lambda: stages([30, 31, 89.5, 90], 0.01, 0.01),
        classes,
        collateral,
    )
    return [attempt(part) for part in parts]


def attempt(part: Callable[[], object]) -> object:
    try:
        return part()
    except RiskInputError as error:
        return str(error)


def operational() -> list[object]:
    year = BusinessYear(
        interest_income=20 * BILLION,
        interest_earning_assets=400 * BILLION,
        fee_income=40 * BILLION,
    )
    return [
        operational_requirement([year] * 3, [BILLION] * 11),
        operational_requirement([year] * 3, [BILLION] * 4),
        operational_requirement([year] * 3, [0] * 8 + [BILLION] * 2 + [3 * BILLION]),
        operational_requirement([year] * 3, [], options=OperationalOptions(ignores_losses=True)),
    ]


def losses() -> list[object]:
    entries = pl.DataFrame(
        {
            "event_id": ["a", "b", "c"],
            "accounting_date": [date(2012, 5, 1), date(2021, 5, 1), date(2020, 5, 1)],
            "amount": [Decimal(19_900), Decimal(99_700), Decimal(500_000)],
            "event_type": ["external_fraud"] * 3,
        }
    )
    return [
        yearly_losses(entries, 2021),
        counted_events(entries, 2021, has_higher_threshold=True).rows(),
    ]


def funds() -> list[object]:
    lines = {FundsLine.COMMON_SHARES: 1_000, FundsLine.INSIGNIFICANT_HOLDINGS: 150}
    return [
        funds_statement(lines),
        funds_statement(lines | {FundsLine.SIGNIFICANT_HOLDINGS: 200}),
        funds_statement(
            lines
            | {FundsLine.SIGNIFICANT_HOLDINGS: 80, FundsLine.TAX_ASSETS_FROM_TIMING: 90}
            | {FundsLine.MORTGAGE_SERVICING_RIGHTS: 70}
        ),
    ]


def leverage() -> object:
    exposure = LeverageExposure(Decimal(100), replacement_cost=Decimal(10))
    return leverage_ratio(5, exposure, higher_loss_absorbency=Decimal("0.02"))


def concentration() -> object:
    book = pl.DataFrame(
        {
            "group_id": ["a", "b", "c"],
            "amount": [Decimal("9.95"), Decimal("26"), Decimal("16")],
            "is_g_sib_counterparty": [False, False, True],
        }
    )
    return large_exposures(book, 100, is_g_sib=True).rows()


def liquidity() -> list[object]:
    stock = liquid_stock(dict.fromkeys(LiquidAsset, 100))
    return [
        stock,
        stock.total,
        liquid_stock({LiquidAsset.LEVEL_1: 100, LiquidAsset.LEVEL_2B_EQUITY: 90}).total,
        coverage_ratio(stock, dict.fromkeys(Outflow, 100), dict.fromkeys(Inflow, 1_000)),
        stable_funding_ratio(dict.fromkeys(Funding, 100), dict.fromkeys(FundedAsset, 100)),
    ]


def market() -> list[object]:
    months = [0.5, 2, 5, 9, 20, 30, 40, 55, 80, 100, 150, 200, 300, 200, 300, 36]
    coupons = [0.05] * 13 + [0.01, 0.01, 0.0298]
    kinds = ("government", "qualifying", "other")
    debt = pl.DataFrame(
        {
            "currency": [f"C{number}" for number in range(16) for _ in kinds],
            "months": [month for month in months for _ in kinds],
            "coupon": [coupon for coupon in coupons for _ in kinds],
            "amount": [100.0] * 48,
            "issuer": list(kinds) * 16,
        }
    )
    charges = dict.fromkeys(simplified.RiskClass, 100.0)
    exceptions = np.zeros(250)
    exceptions[:3] = -2.0
    shares = pl.DataFrame({"market": ["a", "a"], "amount": [100.0, -40.0]})
    metals = shares.rename({"market": "commodity"})
    offsets = [offsetting(pair) for pair in ((9, 10), (2, 5), (20, 30), (55, 80))]
    zones = [offsetting(pair) for pair in ((9, 20), (20, 80), (9, 80))]
    return [
        simplified.market_requirement(charges),
        simplified.interest_rate_charge(debt),
        [simplified.interest_rate_charge(pair) for pair in (*offsets, *zones)],
        simplified.equity_charge(shares),
        simplified.commodity_charge(metals),
        simplified.foreign_exchange_charge({"EUR": 100.0, "JPY": -30.0}, gold=-5.0),
        [(zone(count), multiplier(count)) for count in range(12)],
        backtest(exceptions, exceptions, np.ones(250)),
    ]


def offsetting(months: tuple[float, float]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "currency": ["USD"] * 2,
            "months": [float(month) for month in months],
            "coupon": [0.05] * 2,
            "amount": [100.0, -60.0],
            "issuer": ["government"] * 2,
        }
    )


def classes() -> list[object]:
    steps = np.arange(7)
    grades = np.arange(len(BankGrade))
    ltv = np.array([0.3, 0.597, 0.6, 0.7, 0.8, 1.2, np.nan])

    def weights(asset_class: AssetClass, **facts: Any) -> list[float]:
        return risk_weight(asset_class, Characteristics(**facts)).tolist()

    commercial = AssetClass.COMMERCIAL_PROPERTY
    return [
        weights(AssetClass.SOVEREIGN, quality_step=steps),
        weights(AssetClass.BANK, quality_step=steps),
        weights(AssetClass.BANK, quality_step=steps, is_short_term=True),
        weights(AssetClass.BANK, bank_grade=grades),
        weights(AssetClass.BANK, bank_grade=grades, is_short_term=True),
        weights(AssetClass.CORPORATE, quality_step=steps),
        weights(AssetClass.EQUITY, is_speculative=np.array([True, False])),
        weights(commercial, ltv=ltv),
        weights(commercial, ltv=ltv, is_split=True),
        weights(commercial, ltv=ltv, is_cash_flow_dependent=True),
        weights(AssetClass.OTHER_PROPERTY, turnover_eur_m=np.array([1.0, 60.0])),
        weights(AssetClass.LAND_DEVELOPMENT, is_presold=np.array([True, False])),
        [risk_weight(member).tolist() for member in list(AssetClass)[-4:]],
        risk_weight(AssetClass.SUBORDINATED_DEBT).tolist(),
        irb.risk_weight(0.01, 0.4, "corporate", is_large_financial=True).tolist(),
    ]


def collateral() -> list[object]:
    years = [0.5, 2.0, 4.0, 7.0, 12.0]
    return [
        [haircut(kind, years, holding_days=20).tolist() for kind in FinancialCollateral],
        haircut(FinancialCollateral.CASH, has_currency_mismatch=True).tolist(),
        simple_risk_weight(100, 50, 1.0, 0.0).tolist(),
        matured_protection(100, [3, 0.5, 0.2], 10, [4, 0.995, 2]).tolist(),
        matured_protection(100, 0.5, 3, [0.995, 1.5]).tolist(),
    ]
