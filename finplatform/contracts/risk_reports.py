"""Contracts of the reports of single risks: liquidity, losses, concentration, market, stress.

Columns of the tables that `finplatform.risk.reports` and `finplatform.ml.monitoring` compute in
addition to the capital ratios, whose contracts are in `capital_reports`.
"""

from collections.abc import Mapping
from datetime import date

import pandera.polars as pa
import polars as pl

from finplatform.contracts.columns import Money, column
from finplatform.contracts.contract import Contract
from finplatform.contracts.entities import KEY
from finplatform.contracts.python_made import RatioOfCapital, gold_contract
from finplatform.contracts.report_columns import (
    DATE_KEY,
    RULES,
    DatedReport,
    MoneyReport,
    ScoresReport,
    currency_column,
)
from finplatform.ml.monitoring import GRADES
from finplatform.risk.ecl.staging import REASONS
from finplatform.risk.exposure_class import ExposureClass
from finplatform.risk.market.backtesting import Zone
from finplatform.risk.reports import market, stress
from finplatform.risk.reports.liquidity import LCR, NSFR, SECTIONS
from finplatform.risk.reports.portfolio import DIMENSIONS

_CLASSES = [member.value for member in ExposureClass]
_SCENARIOS = [*stress.SCENARIOS, stress.REVERSE]


class LiquidityCoverage(MoneyReport):
    """One row per reporting date."""

    liquid_assets: Money = column("Stock of high-quality liquid assets (LCR30).", ge=0)
    outflows: Money = column("Outflows of 30 days after run-off rates (LCR40).", ge=0)
    inflows: Money = column("Inflows of 30 days after inflow rates, before the cap.", ge=0)
    counted_inflows: Money = column("Inflows up to 75% of outflows (LCR40.77).", ge=0)
    net_outflow: Money = column("Outflows less counted inflows (LCR40.1).", gt=0)
    coverage_ratio: RatioOfCapital = column("Liquid assets over net outflow.", ge=0)
    minimum_ratio: RatioOfCapital = column("Minimum ratio (LCR20.4).", ge=0)
    surplus: Money = column("Liquid assets above the minimum; negative if short.")
    is_minimum_met: bool = column("Whether the minimum is met.")
    rules: str = column(RULES)


class NetStableFunding(MoneyReport):
    """One row per reporting date."""

    available_funding: Money = column("Available stable funding (NSF30.10-30.14).", ge=0)
    required_funding: Money = column("Required stable funding (NSF30.25-30.37).", gt=0)
    stable_funding_ratio: RatioOfCapital = column("Available over required funding.", ge=0)
    minimum_ratio: RatioOfCapital = column("Minimum ratio (NSF20.2).", ge=0)
    surplus: Money = column("Funding above the requirement; negative if short.")
    is_minimum_met: bool = column("Whether the minimum is met.")
    rules: str = column(RULES)


class LiquidityLines(DatedReport):
    """One row per reporting date, liquidity ratio, section and kind of amount."""

    ratio: str = column("Liquidity ratio of the line.", isin=[LCR, NSFR])
    section: str = column("Section of the ratio.", isin=list(SECTIONS))
    kind: str = column("Kind of asset, outflow, inflow or funding.")
    currency: str = currency_column()
    amount: Money = column("Amount before the rate or factor.", ge=0)
    rate: float = column("Rate or factor; a haircut for liquid assets.", ge=0, le=1)
    weighted_amount: Money = column("Weighted amount in the ratio.", ge=0)
    rule_id: str = column("Rule of the rate or factor.")


class ExpectedCreditLoss(DatedReport):
    """One row per exposure and reporting date."""

    exposure_id: str = column("Loan or card account.", **KEY)
    exposure_class: str = column("Basel exposure class (CRE20, CRE30).", isin=_CLASSES)
    currency: str = currency_column()
    stage: pl.Int16 = column("Stage of impairment (IFRS 9 5.5.3, 5.5.5).", ge=1, le=3)
    stage_reason: str = column("Reason of the stage.", isin=list(REASONS))
    days_past_due: pl.Int32 = column("Days since the oldest unpaid instalment.", ge=0)
    probability_default: float = column("Point-in-time PD of 12 months.", ge=0, le=1)
    pd_at_origination: float = column(
        "PD at initial recognition: the first PD of the model.", ge=0, le=1
    )
    long_run_pd: float = column(
        "Average PD of the class over the month ends so far, to which PD reverts beyond"
        " the forecast horizon (IFRS 9 B5.5.50).",
        ge=0,
        le=1,
    )
    loss_given_default: float = column("Loss given default.", ge=0, le=1)
    exposure_amount: Money = column("Drawn, and undrawn limits expected to be drawn.", ge=0)
    remaining_years: float = column("Remaining life in years.", gt=0)
    effective_rate: float = column(
        "Discount rate of losses: the effective interest rate.", ge=-1, le=1
    )
    ecl_12_months: Money = column("Loss of defaults within 12 months (5.5.5).", ge=0)
    ecl_lifetime: Money = column("Loss of defaults of the remaining life (5.5.3).", ge=0)
    allowance: Money = column(
        "Allowance of the stage: ECL of 12 months in stage 1, lifetime ECL in stages 2 and 3.", ge=0
    )


class EclRollForward(DatedReport):
    """One row per reporting date and stage."""

    opened_on: date = column("Month-end that opens the period; null for the first.", nullable=True)
    currency: str = currency_column()
    stage: pl.Int16 = column("Stage of impairment.", ge=1, le=3)
    opening: Money = column("Allowance at the start.", ge=0)
    originated: Money = column("Allowance of new loans.")
    derecognised: Money = column("Release of allowance of repaid loans; negative.")
    transferred_in: Money = column("Opening allowance of loans transferred from another stage.")
    transferred_out: Money = column(
        "Opening allowance of loans transferred to another stage; negative."
    )
    remeasured_on_transfer: Money = column("Remeasurement on transfer between stages.")
    remeasured: Money = column("Remeasurement without a transfer.")
    written_off: Money = column("Write-offs; negative.", le=0)
    closing: Money = column("Allowance at the end of the period: sum of the other columns.", ge=0)


class CreditRiskPortfolio(DatedReport):
    """One row per reporting date, risk profile and product category."""

    risk_profile: str = column("Risk profile of the borrower on the date.")
    product_category: str = column("Category of the product.")
    currency: str = currency_column()
    account_count: int = column("Accounts with an exposure.", ge=1)
    exposure_count: int = column("Exposures.", ge=1)
    total_exposure: Money = column("Amount drawn.", ge=0)
    avg_default_probability: float = column("Average PD of the exposures.", ge=0, le=1)
    expected_loss: Money = column("Drawn amount x PD, with an LGD of 100%.", ge=0)
    regulatory_expected_loss: Money = column(
        "PD x LGD x exposure at default, with floors (CRE35.2).", ge=0
    )
    loss_rate_percentage: float = column(
        "Expected loss over exposure, in per cent; null where nothing is drawn.",
        ge=0,
        nullable=True,
    )


class LargeExposures(DatedReport):
    """One row per reporting date and group of connected clients."""

    rank: pl.Int32 = column("Rank by size; the largest twenty are always listed.", ge=1)
    group_id: str = column("Group; a customer is a group of its own.")
    currency: str = currency_column()
    exposure_amount: Money = column("Exposure of the group.", ge=0)
    tier1_share: float = column("Exposure over Tier 1.", ge=0)
    is_large: bool = column("Whether it is a large exposure (LEX10.8).")
    limit_amount: Money = column("Large exposure limit (LEX20.1).", ge=0)
    excess_amount: Money = column("Exposure above the limit.", ge=0)
    is_breach: bool = column("Whether the limit is exceeded.")


class Concentration(DatedReport):
    """One row per reporting date and dimension of the book."""

    dimension: str = column("Dimension of the portfolio.", isin=list(DIMENSIONS))
    members: int = column("Number of members of the dimension.", ge=1)
    herfindahl_index: float = column(
        "Herfindahl-Hirschman index: sum of squared shares.", gt=0, le=1.000001
    )
    effective_number: float = column("Effective number of members: 1 over the index.", gt=0)
    top_share: float = column(
        "Share of the largest member; for debtors, of the twenty largest.", gt=0, le=1.000001
    )
    granularity_rate: float = column(
        "Granularity adjustment: capital for name concentration over exposure (Gordy "
        "and Luetkebohmert 2013); debtors only.",
        nullable=True,
    )


class MarketRisk(DatedReport):
    """One row per reporting date, portfolio and method."""

    portfolio: str = column("Security, or the trading book.")
    method: str = column("Historical or filtered simulation.", isin=list(market.METHODS))
    currency: str = currency_column()
    days: pl.Int16 = column("Number of daily returns.", ge=1)
    value_at_risk_rate: float = column("One-day value at risk at 99%, over value.")
    expected_shortfall_rate: float = column("One-day expected shortfall at 97.5%, over value.")
    value_at_risk: Money = column(
        "One-day value at risk at 99%, as an amount; trading book only.", nullable=True
    )
    expected_shortfall: Money = column(
        "One-day expected shortfall at 97.5%, as an amount; trading book only.", nullable=True
    )
    lookback_days: pl.Int16 = column(
        "Lookback in days of a backtested forecast; null with too little history for a backtest.",
        ge=1,
        nullable=True,
    )
    exceptions: pl.Int16 = column(
        "Backtesting exceptions: days of the last 250 with a loss above the value at risk.",
        ge=0,
        nullable=True,
    )
    zone: str = column("Backtesting zone (MAR32.9).", isin=[z.value for z in Zone], nullable=True)
    multiplier: float = column("Multiplier of the zone (MAR32.9).", ge=1.5, nullable=True)
    kupiec_statistic: float = column(
        "Likelihood ratio of the proportion-of-failures test (Kupiec 1995).", ge=0, nullable=True
    )
    kupiec_p_value: float = column(
        "P-value of the proportion-of-failures test.", ge=0, le=1, nullable=True
    )


class StressResults(pa.DataFrameModel):
    """One row per quarter end and scenario."""

    reporting_date: date = column("Quarter end of the portfolio.")
    date_key: pl.Int32 = column(DATE_KEY)
    scenario: str = column("Scenario; `reverse` scales the severe one.", isin=_SCENARIOS)
    severity: float = column(
        "Multiple of the scenario; null if no multiple up to four breaches a minimum.",
        ge=0,
        nullable=True,
    )
    currency: str = currency_column()
    unemployment_rise: float = column("Increase of unemployment, percentage points.", ge=0)
    property_fall: float = column("Fall of property values, as a fraction.", ge=0, lt=1)
    lgd_factor: float = column("Factor of LGD.", gt=0)
    expected_loss: Money = column("Expected loss before stress.", ge=0)
    stressed_loss: Money = column("Expected loss under stress.", ge=0)
    credit_loss: Money = column("Deduction from CET1: the increase of expected loss.")
    risk_weighted_assets: Money = column("RWA before stress, after the floor.", ge=0)
    stressed_risk_weighted_assets: Money = column("RWA under stress, after the floor.", ge=0)
    cet1_ratio: RatioOfCapital = column("CET1 ratio before stress.")
    tier1_ratio: RatioOfCapital = column("Tier 1 ratio before stress.")
    total_ratio: RatioOfCapital = column("Total ratio before stress.")
    stressed_cet1_ratio: RatioOfCapital = column("CET1 ratio under stress.")
    stressed_tier1_ratio: RatioOfCapital = column("Tier 1 ratio under stress.")
    stressed_total_ratio: RatioOfCapital = column("Total ratio under stress.")
    is_minimum_met: bool = column("Whether all minimum ratios are met under stress.")
    broken_minimums: str = column("Rules of the breached minimums.", nullable=True)


class ModelMonitoring(ScoresReport):
    """One row per observation date of the default model."""

    model_version: str = column("Model version of the scores.")
    scored: int = column("Number of scored exposures.", ge=1)
    mean_pd: float = column("Mean PD.", ge=0, le=1)
    stability_index: float = column(
        "Drift of the grades since the first month (PSI).", ge=0, nullable=True
    )
    observed: int = column("Scores with a known outcome.", ge=0)
    defaults: int = column("Defaults within 12 months of these scores.", ge=0)
    default_rate: float = column(
        "Observed default rate; null until the outcome is known.", ge=0, le=1, nullable=True
    )
    auc: float = column("Area under the ROC curve.", ge=0, le=1, nullable=True)
    gini: float = column("Gini coefficient: 2 AUC - 1.", ge=-1, le=1, nullable=True)
    ks: float = column("Kolmogorov-Smirnov distance.", ge=0, le=1, nullable=True)
    brier: float = column("Brier score: mean squared error of the PD.", ge=0, le=1, nullable=True)
    overridden: int = column("Scored exposures with an overridden grade.", ge=0)
    override_rate: float = column("Share of scored exposures with an overridden grade.", ge=0, le=1)


class ModelCalibration(ScoresReport):
    """One row per observation date of the default model and grade."""

    grade: pl.Int16 = column("Grade by PD; 1 is the safest.", ge=1, le=GRADES)
    scored: int = column("Number of scored exposures.", ge=1)
    mean_pd: float = column("Mean PD of the grade.", ge=0, le=1)
    observed: int = column("Scores with a known outcome.", ge=0)
    defaults: int = column("Defaults within 12 months of these scores.", ge=0)
    expected_defaults: float = column("Expected defaults: sum of the PDs.", ge=0)
    default_rate: float = column(
        "Observed default rate; null until the outcome is known.", ge=0, le=1, nullable=True
    )
    z_score: float = column(
        "Z-score of observed less expected defaults; an absolute value above 1.96 "
        "rejects the PD at 5%.",
        nullable=True,
    )


def _on_date(table: str, model: type[pa.DataFrameModel], *more: str) -> Contract:
    return gold_contract(table, model, ("reporting_date", *more), "reporting_date")


RISK_REPORTS: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        _on_date("liquidity_coverage", LiquidityCoverage),
        _on_date("net_stable_funding", NetStableFunding),
        _on_date("liquidity_lines", LiquidityLines, "ratio", "section", "kind"),
        _on_date("expected_credit_loss", ExpectedCreditLoss, "exposure_id"),
        _on_date("ecl_roll_forward", EclRollForward, "stage"),
        _on_date("credit_risk_portfolio", CreditRiskPortfolio, "risk_profile", "product_category"),
        _on_date("large_exposures", LargeExposures, "group_id"),
        _on_date("concentration", Concentration, "dimension"),
        _on_date("market_risk", MarketRisk, "portfolio", "method"),
        _on_date("stress_results", StressResults, "scenario"),
        _on_date("model_monitoring", ModelMonitoring),
        _on_date("model_calibration", ModelCalibration, "grade"),
    )
}
"""Reports of single risks by name."""
