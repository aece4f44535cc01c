"""Contracts of the capital reports: own funds, risk-weighted assets, floor, leverage, lineage.

Columns of the tables that `finplatform.risk.reports` computes for the capital ratios. Reports of
single risks are in `risk_reports`.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from finplatform.contracts.columns import Money, column
from finplatform.contracts.contract import Contract
from finplatform.contracts.python_made import RatioOfCapital, gold_contract
from finplatform.contracts.report_columns import (
    RULES,
    DatedReport,
    MoneyReport,
    currency_column,
)
from finplatform.risk.asset_classes import AssetClass
from finplatform.risk.exposure_class import ExposureClass
from finplatform.risk.own_funds import FundsLine
from finplatform.risk.reports.own_funds import TIERS
from finplatform.risk.reports.rwa_breakdown import BOOK_CLASSES, RISK_TYPES
from finplatform.risk.reports.standardised import CELL_PREFIX, INTERNAL_PREFIX
from finplatform.risk.reports.trading_book import CLASSES
from finplatform.risk.standardised_checks import SLOTTED_CLASSES

_CELL_CLASSES = [
    *(member.value for member in ExposureClass),
    *BOOK_CLASSES,
    *(f"{CELL_PREFIX}{member.value}" for member in AssetClass),
    *(f"{INTERNAL_PREFIX}{member.value}" for member in (*SLOTTED_CLASSES, AssetClass.EQUITY)),
    *CLASSES,
    "all",
]


class OwnFunds(DatedReport):
    """One row per reporting date and line of own funds."""

    line: str = column("Line of own funds.", isin=[line.value for line in FundsLine])
    tier: str = column("Capital tier of the line.", isin=list(TIERS))
    currency: str = currency_column()
    gross_amount: Money = column("Amount before limits; a deduction is positive.")
    counted_amount: Money = column("Contribution of the line to its tier; a deduction is negative.")
    paragraph: str = column("Basel paragraph of the line.")
    statement_date: date = column(
        "Source statement of the line; null for a line computed from the measured book.",
        nullable=True,
    )


class RwaByClass(DatedReport):
    """One row per reporting date, kind of risk, class and whether it is in default."""

    risk_type: str = column("Kind of risk.", isin=list(RISK_TYPES))
    exposure_class: str = column(
        "Class of the exposures, risk class of market risk, or `all`.", isin=_CELL_CLASSES
    )
    is_defaulted: bool = column("Whether the exposures are in default (CRE20.104).")
    currency: str = currency_column()
    approach: str = column("Approach in use.", isin=["IRB", "SA"])
    exposures: int = column("Number of exposures; 1 for a line of the ledger.", ge=0)
    exposure_amount: Money = column(
        "Exposure at default; positions of market risk, business indicator of operational risk.",
        ge=0,
    )
    sa_exposure_amount: Money = column("RWA by the standardised approach.", ge=0)
    expected_loss: Money = column("Expected loss over 12 months (CRE35.2).", ge=0)
    sa_risk_weighted_assets: Money = column("RWA by the standardised approach.", ge=0)
    risk_weighted_assets: Money = column("RWA by the approach in use, before the floor.", ge=0)
    capital_requirement: Money = column("Capital for the RWA in use, before the floor.", ge=0)
    rules: str = column("Ids of the rules of the cell; exposures list all of their own.")
    source_table: str = column("Source table of the cell.")


class OutputFloor(MoneyReport):
    """One row per reporting date."""

    credit_risk_weighted_assets: Money = column("Credit RWA by the approach in use.", ge=0)
    sa_credit_risk_weighted_assets: Money = column("Credit RWA, standardised.", ge=0)
    market_risk_weighted_assets: Money = column("Market RWA by the approach in use.", ge=0)
    sa_market_risk_weighted_assets: Money = column("Market RWA, standardised.", ge=0)
    operational_risk_weighted_assets: Money = column("Operational RWA (OPE25).", ge=0)
    sa_operational_risk_weighted_assets: Money = column(
        "Operational RWA; there is one approach only (OPE25).", ge=0
    )
    before_floor: Money = column("RWA of the approaches in use.", ge=0)
    floor_base: Money = column("RWA of the standardised approaches (RBC20.11).", ge=0)
    output_floor_rate: RatioOfCapital = column("Calibration of the date (RBC90.1).", ge=0, le=1)
    output_floor_amount: Money = column("Floor: calibration x base.", ge=0)
    is_floor_binding: bool = column("Whether the floor raises RWA (RBC20.4).")
    floor_increase: Money = column("Increase of RWA by the floor.", ge=0)
    risk_weighted_assets: Money = column(
        "RWA after the floor, the denominator of the capital ratios.", ge=0
    )
    rules: str = column(RULES)


class OperationalRisk(MoneyReport):
    """One row per reporting date."""

    months_of_income: int = column(
        "Months of ledger data of the three years; with fewer than 36 the rest is estimated.",
        ge=1,
        le=36,
    )
    interest_leases_dividends: Money = column("Component ILDC, after the cap on interest.", ge=0)
    services: Money = column("Component SC.", ge=0)
    financial: Money = column("Component FC.", ge=0)
    business_indicator: Money = column("Sum of the three components (OPE25.3).", ge=0)
    bucket: pl.Int16 = column("Bucket of the business indicator (OPE25.6).", ge=1, le=3)
    business_indicator_component: Money = column("BIC (OPE25.7).", ge=0)
    loss_years: pl.Int16 = column("Whole years of loss data, at most ten.", ge=0, le=10)
    counted_events: int = column("Loss events above the threshold (OPE25.18).", ge=0)
    average_yearly_loss: Money = column("Average yearly net loss of these events.")
    loss_component: Money = column(
        "15 x the average (OPE25.8); null with fewer than five years.", ge=0, nullable=True
    )
    loss_multiplier: float = column("Internal loss multiplier in use (OPE25.9-25.11).", gt=0)
    capital_requirement: Money = column("BIC x multiplier.", ge=0)
    risk_weighted_assets: Money = column("12.5 x the requirement (OPE25.2).", ge=0)
    rules: str = column(RULES)


class BusinessIndicatorYears(DatedReport):
    """One row per reporting date, twelve-month period and item of the business indicator."""

    year_ended: date = column("Last day of the period.")
    item: str = column("Item of the business indicator (OPE10.2).")
    currency: str = currency_column()
    amount: Money = column("Amount of twelve months; assets at the period's end.")
    booked_amount: Money = column("Sum of the ledger rows before scaling to twelve months.")
    months_of_books: pl.Int16 = column("Months of the period in the ledger.", ge=0, le=12)
    is_estimated: bool = column("Whether the ledger covers less than twelve months of the period.")
    source_lines: str = column("Summed ledger lines; `LOSS_REGISTER` is the loss register.")


class MarketRiskCapital(DatedReport):
    """One row per reporting date and risk class of market risk."""

    risk_class: str = column("Risk class (MAR40.2).", isin=list(CLASSES))
    currency: str = currency_column()
    position_amount: Money = column("Positions of the trading book.", ge=0)
    charge: Money = column("Charge before its scaling (MAR40.3).", ge=0)
    scaling_factor: float = column("Scaling of the class (MAR40.2).", gt=0)
    capital_requirement: Money = column("Charge x scaling.", ge=0)
    risk_weighted_assets: Money = column("12.5 x the requirement (MAR40.1).", ge=0)
    rules: str = column(RULES)


class Leverage(MoneyReport):
    """One row per reporting date."""

    on_balance_amount: Money = column("Assets at book value before provisions.", ge=0)
    specific_provisions: Money = column(
        "Deducted allowance, including the month-end entry (LEV30.9).", ge=0
    )
    tier1_deductions: Money = column("Assets already deducted from Tier 1 (LEV30.3).", ge=0)
    undrawn_amount: Money = column("Undrawn card limits.", ge=0)
    undrawn_exposure: Money = column(
        "Undrawn card limits after credit conversion (CRE20.100).", ge=0
    )
    exposure_measure: Money = column("Exposure measure (LEV20.5).", gt=0)
    tier1_capital: Money = column("Tier 1; null without a statement.", nullable=True)
    leverage_ratio: RatioOfCapital = column("Tier 1 over the measure.", nullable=True)
    minimum_ratio: RatioOfCapital = column("Minimum ratio (LEV20.7).", ge=0)
    surplus: Money = column("Tier 1 above the minimum; negative if short.", nullable=True)
    is_minimum_met: bool = column("Whether the minimum is met.", nullable=True)
    rules: str = column(RULES)


class FigureLineage(DatedReport):
    """One row per reporting date, reported figure and component."""

    figure: str = column("Reported figure: report and column or cell.")
    component: str = column("Component: another figure, or rows of a table.")
    position: pl.Int16 = column("Order among the components.", ge=1)
    relation: str = column(
        "Role in the formula: addend, numerator or denominator.",
        isin=["addend", "numerator", "denominator"],
    )
    figure_value: pl.Float64 = column("Value of the figure.")
    figure_amount: Money = column(
        "Value of the figure as an amount; null for a ratio.", nullable=True
    )
    base_amount: Money = column("Value of the component.")
    factor: float = column("Factor of the component before rounding.")
    contribution: Money = column(
        "Contribution of the component to the figure, rounded to the cent."
    )
    rules: str = column("Ids of the rules of the step; the paragraph if it has no rule id.")
    source_table: str = column("Source table of the component; null for a figure.", nullable=True)
    source_column: str = column("Summed column of the source table.", nullable=True)
    source_filter: str = column("SQL condition that selects the rows.", nullable=True)


CAPITAL_REPORTS: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        gold_contract("own_funds", OwnFunds, ("reporting_date", "line"), "reporting_date"),
        gold_contract(
            "rwa_by_class",
            RwaByClass,
            ("reporting_date", "risk_type", "exposure_class", "is_defaulted"),
            "reporting_date",
        ),
        gold_contract("output_floor", OutputFloor, ("reporting_date",), "reporting_date"),
        gold_contract("operational_risk", OperationalRisk, ("reporting_date",), "reporting_date"),
        gold_contract(
            "business_indicator_years",
            BusinessIndicatorYears,
            ("reporting_date", "year_ended", "item"),
            "reporting_date",
        ),
        gold_contract(
            "market_risk_capital",
            MarketRiskCapital,
            ("reporting_date", "risk_class"),
            "reporting_date",
        ),
        gold_contract("leverage", Leverage, ("reporting_date",), "reporting_date"),
        gold_contract(
            "figure_lineage",
            FigureLineage,
            ("reporting_date", "figure", "component"),
            "reporting_date",
        ),
    )
}
"""Capital reports by name."""
