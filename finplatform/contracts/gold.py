"""Contracts of the gold tables built by Python: scores, risk metrics, capital.

Contracts of the other gold tables are in the YAML of the dbt models.
"""

from collections.abc import Mapping
from datetime import date

import pandera.polars as pa
import polars as pl

from finplatform.contracts.analytics import ANALYTICS
from finplatform.contracts.capital_reports import CAPITAL_REPORTS
from finplatform.contracts.codes import ISO_4217_CURRENCIES
from finplatform.contracts.columns import Money, column
from finplatform.contracts.contract import Contract
from finplatform.contracts.default_model import DEFAULT_MODEL
from finplatform.contracts.entities import KEY
from finplatform.contracts.fraud import FRAUD
from finplatform.contracts.inferential import INFERENCE
from finplatform.contracts.loan_ledger import LOAN_LEDGER
from finplatform.contracts.python_made import RatioOfCapital, gold_contract
from finplatform.contracts.rating import RATING
from finplatform.contracts.risk_reports import RISK_REPORTS
from finplatform.contracts.standardised import STANDARDISED
from finplatform.contracts.subsidiaries import MINORITY_INTERESTS
from finplatform.contracts.supervisory import SUPERVISORY
from finplatform.contracts.value import VALUE
from finplatform.ml.rating import DEFAULT_GRADE, GRADES
from finplatform.risk.estimates import CCF_SOURCES, LGD_SOURCES, PD_SOURCES
from finplatform.risk.exposure_class import ExposureClass

_CLASSES = [member.value for member in ExposureClass]


class PdScores(pa.DataFrameModel):
    """One row per exposure and observation date."""

    exposure_id: str = column("Loan or card account.", **KEY)
    observation_date: date = column("Month-end up to which data enter the score.")
    probability_default: float = column("Probability of default within 12 months.", gt=0, lt=1)
    score: pl.Int16 = column("PD as score points; a higher score is safer.", ge=300, le=850)
    model_version: str = column("Model version of the score; `prior-` marks an expert prior.")


class FactRiskMetrics(pa.DataFrameModel):
    """One row per exposure and reporting date."""

    risk_key: int = column("Surrogate key: hash of exposure and date.")
    date_key: pl.Int32 = column("Reporting date as YYYYMMDD, in `dim_date`.")
    customer_key: int = column("Borrower's version on the date, in `dim_customer`.")
    account_key: int = column("Account's version on the date, in `dim_account`.")
    product_key: int = column("Product, in `dim_product`.")
    exposure_id: str = column("Loan or card account.", **KEY)
    reporting_date: date = column("Month-end of the figures.")
    exposure_class: str = column("Basel exposure class (CRE20, CRE30).", isin=_CLASSES)
    product_type: str = column("Product of the exposure.")
    currency: str = column("Currency of the amounts.", isin=ISO_4217_CURRENCIES)
    credit_score: pl.Int16 = column("Bureau score on the date.", ge=300, le=850, nullable=True)
    is_defaulted: bool = column("Whether the exposure is in default (CRE20.104).")
    drawn_amount: Money = column("Amount drawn.", ge=0)
    undrawn_amount: Money = column("Undrawn part of the limit.", ge=0)
    exposure_amount: Money = column("Exposure at default under IRB.", ge=0)
    probability_default: float = column(
        "Point-in-time PD of the next 12 months, for IFRS 9; 1 in default.",
        ge=0,
        le=1,
    )
    grade: str = column(
        "Rating grade, in `rating_scale`; D in default, null without a grade.",
        isin=[*GRADES, DEFAULT_GRADE],
        nullable=True,
    )
    capital_pd: float = column(
        "Regulatory PD for IRB: PD of the grade, with margin and floors (CRE32.4, CRE32.58).",
        ge=0,
        le=1,
    )
    pd_source: str = column(
        "Source of the regulatory PD: grade, model without a grade, or default.",
        isin=list(PD_SOURCES),
    )
    loss_given_default: float = column("Downturn LGD for IRB, before floors.", ge=0, le=1)
    lgd_source: str = column(
        "Source of the downturn LGD: own estimate, foundation value of a corporate, or "
        "expert value of retail.",
        isin=list(LGD_SOURCES),
    )
    average_lgd: float = column(
        "LGD for IFRS 9: average over all defaults, or its fallback; in default the "
        "best estimate of the remaining loss, or the specific provision (IFRS 9 "
        "B5.5.33).",
        ge=0,
        le=1,
    )
    ccf_source: str = column(
        "Source of the credit conversion factor; null without an undrawn amount.",
        isin=list(CCF_SOURCES),
        nullable=True,
    )
    loan_to_value: float = column("Drawn over collateral value.", ge=0, nullable=True)
    expected_loss: Money = column("PD x LGD x exposure, with floors.", ge=0)
    sa_exposure_amount: Money = column("Exposure, standardised approach.", ge=0)
    sa_risk_weight: float = column("Risk weight, standardised approach, as a fraction.", ge=0)
    sa_risk_weighted_assets: Money = column("RWA, standardised approach.", ge=0)
    irb_risk_weight: float = column("Risk weight, IRB approach, as a fraction.", ge=0)
    irb_risk_weighted_assets: Money = column("RWA, IRB approach.", ge=0)
    risk_weighted_assets: Money = column("RWA by the approach in use, before the floor.", ge=0)
    capital_requirement: Money = column(
        "Capital requirement: 8% of the RWA by the approach in use (RBC20.1).", ge=0
    )
    sa_rules: str = column("Ids of the rules of the standardised approach.")
    irb_rules: str = column("Ids of the rules of the IRB approach.")
    notes: str = column("Fallbacks used for the row.", nullable=True)
    model_version: str = column("Version of the PD model.")


class CapitalAdequacy(pa.DataFrameModel):
    """One row per reporting date."""

    reporting_date: date = column("Month-end of the figures.")
    date_key: pl.Int32 = column("Reporting date as YYYYMMDD, in `dim_date`.")
    currency: str = column("Currency of the amounts.", isin=ISO_4217_CURRENCIES)
    exposures: int = column("Exposures measured.", ge=0)
    exposure_amount: Money = column("Exposure at default, IRB.", ge=0)
    expected_loss: Money = column("Expected loss over 12 months.", ge=0)
    defaulted_amount: Money = column("Drawn amount in default.", ge=0)
    sa_risk_weighted_assets: Money = column("Credit RWA, standardised approach.", ge=0)
    irb_risk_weighted_assets: Money = column("Credit RWA, IRB approach.", ge=0)
    other_assets_risk_weighted_assets: Money = column(
        "RWA of exposures other than loans: ledger assets and the standardised book.", ge=0
    )
    credit_risk_weighted_assets: Money = column("Credit RWA by the approaches in use.", ge=0)
    market_risk_weighted_assets: Money = column("Market RWA (MAR40).", ge=0)
    operational_risk_weighted_assets: Money = column("Operational RWA (OPE25).", ge=0)
    output_floor_rate: RatioOfCapital = column("Calibration of the output floor (RBC90.1).")
    output_floor_amount: Money = column("Floor: calibration x standardised RWA of all risks.", ge=0)
    is_floor_binding: bool = column("Whether the floor raises RWA (RBC20.4).")
    risk_weighted_assets: Money = column(
        "RWA after the floor, the denominator of the capital ratios.", ge=0
    )
    own_funds_date: date = column("Statement of own funds in use.", nullable=True)
    provision_shortfall: Money = column(
        "Expected loss above provisions, deducted from CET1 (CAP30.13).", ge=0, nullable=True
    )
    cet1_capital: Money = column("Common Equity Tier 1 after deductions.", nullable=True)
    tier1_capital: Money = column("Tier 1.", nullable=True)
    total_capital: Money = column("Tier 1 and Tier 2.", nullable=True)
    cet1_ratio: RatioOfCapital = column("CET1 over RWA.", nullable=True)
    tier1_ratio: RatioOfCapital = column("Tier 1 over RWA.", nullable=True)
    total_ratio: RatioOfCapital = column("Total capital over RWA.", nullable=True)
    cet1_surplus: Money = column("CET1 above the minimum; negative if short.", nullable=True)
    tier1_surplus: Money = column("Tier 1 above the minimum.", nullable=True)
    total_surplus: Money = column("Total capital above the minimum.", nullable=True)
    is_minimum_met: bool = column(
        "Whether all minimum ratios are met; the buffers come on top.", nullable=True
    )
    countercyclical_rate: RatioOfCapital = column(
        "Bank-specific countercyclical buffer: average of the countries' buffers, "
        "weighted by RWA (RBC30.7).",
        ge=0,
        nullable=True,
    )
    buffer_required_rate: RatioOfCapital = column(
        "Conservation and countercyclical buffer over RWA (RBC30.2).", ge=0, nullable=True
    )
    buffer_available_rate: RatioOfCapital = column(
        "CET1 remaining after all minimums, over RWA.", ge=0, nullable=True
    )
    is_buffer_met: bool = column(
        "Whether the remaining CET1 covers the buffers; otherwise distributions are "
        "restricted (RBC30.4).",
        nullable=True,
    )
    earnings_conserved_rate: RatioOfCapital = column(
        "Minimum capital conservation ratio: share of earnings that may not be "
        "distributed (RBC30.4).",
        ge=0,
        le=1,
        nullable=True,
    )
    rules: str = column("Ids of the rules of the figures.")


GOLD: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        gold_contract(
            "pd_scores", PdScores, ("exposure_id", "observation_date"), "observation_date"
        ),
        gold_contract("fact_risk_metrics", FactRiskMetrics, ("risk_key",), "reporting_date"),
        gold_contract("capital_adequacy", CapitalAdequacy, ("reporting_date",), "reporting_date"),
        LOAN_LEDGER,
        *RATING.values(),
        *DEFAULT_MODEL.values(),
        *STANDARDISED.values(),
        *SUPERVISORY.values(),
        MINORITY_INTERESTS,
        *CAPITAL_REPORTS.values(),
        *RISK_REPORTS.values(),
        *ANALYTICS.values(),
        *INFERENCE.values(),
        *FRAUD.values(),
        *VALUE.values(),
    )
}
"""Python-made gold tables by name."""
