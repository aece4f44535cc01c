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
from finplatform.risk.equity import internal_equity, standardised_equity
from finplatform.risk.errors import RiskInputError
from finplatform.risk.guarantees import recognised_protection
from finplatform.risk.institutions import BankGrade
from finplatform.risk.leverage import LeverageExposure, leverage_ratio
from finplatform.risk.liquidity.coverage import Inflow, Outflow, coverage_ratio
from finplatform.risk.liquidity.liquid_assets import LiquidAsset, liquid_stock
from finplatform.risk.liquidity.stable_funding import FundedAsset, Funding, stable_funding_ratio
from finplatform.risk.market import simplified
from finplatform.risk.market.backtesting import backtest, multiplier, zone
from finplatform.risk.minority_interests import Subsidiary, recognised_interests
from finplatform.risk.mitigation import (
    TRANSACTIONS,
    FinancialCollateral,
    haircut,
    holding_period,
    matured_protection,
)
from finplatform.risk.operational import BusinessYear, OperationalOptions, operational_requirement
from finplatform.risk.operational_losses import counted_events, yearly_losses
from finplatform.risk.own_funds import FundsLine, funds_statement
from finplatform.risk.protection import cut
from finplatform.risk.specialised import LendingKind, SlottingCategory, slotting

CHAPTERS = (
    *("OPE", "LEV", "LEX", "LCR", "NSF", "MAR", "IFRS", "CRE22", "CRE33", "CRE90", "CAP30"),
)
PARAGRAPHS = (
    *("CRE20.7", "CRE20.18", "CRE20.21", "CRE20.57", "CRE20.60", "CRE20.85", "CRE20.86"),
    *("CRE20.87", "CRE20.90", "CRE20.91", "CRE20.109", "CRE20.110", "CRE31.7"),
    *("CRE20.8", "CRE20.10", "CRE20.11", "CRE20.13", "CRE20.14", "CRE20.38", "CRE20.51"),
    *("CRE20.52", "CRE20.59", "CAP10.21", "CAP10.23", "CAP10.25"),
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
        public_classes,
        collateral,
        guarantees,
        slotted,
        holdings,
        minorities,
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
        [
            risk_weight(member).tolist()
            for member in (AssetClass.CASH, AssetClass.COLLECTION_ITEM, AssetClass.OTHER_ASSET)
        ],
        risk_weight(AssetClass.SUBORDINATED_DEBT).tolist(),
        irb.risk_weight(0.01, 0.4, "corporate", is_large_financial=True).tolist(),
    ]


def public_classes() -> list[object]:
    steps = np.arange(7)

    def weights(asset_class: AssetClass, **facts: Any) -> list[float]:
        return risk_weight(asset_class, Characteristics(**facts)).tolist()

    public, kinds = AssetClass.PUBLIC_SECTOR, np.arange(len(LendingKind))
    issuers = np.array([0.199, 0.2, 0.299, 0.3, 0.399, 0.4, 0.499, 0.5, 0.749, 0.75, 0.999, 1.0])
    return [
        weights(AssetClass.SOVEREIGN, is_own_currency=True),
        weights(AssetClass.INTERNATIONAL_ORGANISATION),
        weights(public, sovereign_step=steps, is_by_sovereign=True),
        weights(public, quality_step=steps),
        weights(AssetClass.MULTILATERAL_BANK, quality_step=steps),
        weights(AssetClass.MULTILATERAL_BANK, is_listed_multilateral=True),
        weights(AssetClass.COVERED_BOND, quality_step=steps, counterparty_weight=0.2),
        weights(AssetClass.COVERED_BOND, counterparty_weight=np.append(issuers, 1.5)),
        weights(AssetClass.SPECIALISED_LENDING, lending_kind=kinds),
        weights(AssetClass.SPECIALISED_LENDING, lending_kind=3, is_high_quality=True),
        weights(AssetClass.EQUITY, is_legislated=True),
    ]


def guarantees() -> list[object]:
    return [
        recognised_protection(50, 100, is_derivative=True, covers_restructuring=False).tolist(),
        protected_parts(),
    ]


def protected_parts() -> list[object]:
    exposures = pl.DataFrame(
        {"exposure_id": ["1"], "amount": [100.0], "risk_weight": [1.0], "rule": ["x"]}
    ).with_columns(years=pl.lit(2.0))
    pledged = pl.DataFrame(
        {
            "protection_id": ["p", "q"],
            "exposure_id": ["1", "1"],
            "protection_kind": ["sovereign_high", "issuer_high"],
            "amount": [50.0, 20.0],
            "provider_class": ["sovereign", "corporate"],
            "provider_rating": ["AAA", "AAA"],
        }
    )
    foreign = pledged.head(1).with_columns(has_currency_mismatch=True)
    guaranteed = pl.DataFrame(
        {
            "protection_id": ["g"],
            "exposure_id": ["1"],
            "protection_kind": ["guarantee"],
            "amount": [50.0],
            "provider_class": ["bank"],
            "provider_rating": ["AA"],
            "first_loss_amount": [1.0],
        }
    )
    as_of = date(2026, 6, 30)
    return [
        cut(exposures, pledged, as_of, is_simple=True).rows(),
        cut(exposures, foreign, as_of, is_simple=True).rows(),
        cut(exposures, guaranteed, as_of).rows(),
    ]


def slotted() -> list[object]:
    names = list(SlottingCategory)
    return [
        (found.weight.tolist(), found.expected_loss.tolist())
        for volatile in (False, True)
        for granted in (False, True)
        for years in (2.0, 2.49, 2.5, 9.0)
        for found in [
            slotting(
                names,
                is_volatile_property=volatile,
                maturity=years,
                has_preferential_weights=granted,
            )
        ]
    ]


def holdings() -> list[object]:
    speculative = np.array([True, False])
    return [
        found.weight.tolist()
        for year in range(2023, 2029)
        for granted in (False, True)
        for listed in (False, True)
        for found in (
            standardised_equity(speculative, has_phase_in=granted, as_of=date(year, 6, 30)),
            internal_equity(speculative, listed, has_phase_in=granted, as_of=date(year, 6, 30)),
        )
    ]


def minorities() -> object:
    return recognised_interests(Subsidiary(10, 15, 23, 3, 4, 10, 100, 120))


def collateral() -> list[object]:
    years = [0.5, 2.0, 4.0, 7.0, 12.0]
    return [
        [haircut(kind, years, holding_days=20).tolist() for kind in FinancialCollateral],
        haircut(FinancialCollateral.CASH, has_currency_mismatch=True).tolist(),
        holding_period(list(TRANSACTIONS)).tolist(),
        matured_protection(100, [3, 0.5, 0.2], 10, [4, 0.995, 2]).tolist(),
        matured_protection(100, 0.5, 3, [0.995, 1.5]).tolist(),
    ]
