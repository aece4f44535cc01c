"""Contracts of the registers of oversight functions: risk, compliance, finance, fraud monitoring.

All are loaded in full: decisions, corrections and recoveries follow long after their day, and loss
data are older than the partitions.
"""

from datetime import date
from typing import Any

import pandera.polars as pa
import polars as pl

from finplatform.contracts.codes import ISO_4217_CURRENCIES
from finplatform.contracts.columns import Identifier, Money, Share, Timestamp, column
from finplatform.contracts.entities import KEY
from finplatform.oltp import codes as oltp

FRAUD_RULES = ("CARD_TESTING", "UNUSUAL_AMOUNT", "FOREIGN_MERCHANT", "NEW_PAYEE", "ODD_HOURS")
FRAUD_SEVERITIES = ("LOW", "MEDIUM", "HIGH")
FRAUD_STATUSES = ("OPEN", "IN_REVIEW", "CLOSED")
FRAUD_OUTCOMES = ("CONFIRMED_FRAUD", "FALSE_POSITIVE", "INCONCLUSIVE")
LEDGER_TYPES = ("ASSET", "LIABILITY", "EQUITY", "INCOME", "EXPENSE")
# OPE25 Table 2, level 1.
LOSS_EVENT_TYPES = (
    "INTERNAL_FRAUD",
    "EXTERNAL_FRAUD",
    "EMPLOYMENT_PRACTICES",
    "CLIENTS_PRODUCTS_PRACTICES",
    "PHYSICAL_DAMAGE",
    "DISRUPTION_SYSTEM_FAILURE",
    "EXECUTION_PROCESS",
)
BUSINESS_LINES = (
    "CORPORATE_FINANCE",
    "TRADING_SALES",
    "RETAIL_BANKING",
    "COMMERCIAL_BANKING",
    "PAYMENT_SETTLEMENT",
    "AGENCY_SERVICES",
    "ASSET_MANAGEMENT",
    "RETAIL_BROKERAGE",
)
_LABEL: dict[str, Any] = {"str_matches": r"^[A-Z][A-Z0-9_]{1,39}$"}


class RiskAssessments(pa.DataFrameModel):
    """One row per assessment of a customer's risk."""

    assessment_id: str = column("Assessment.", **KEY)
    customer_id: str = column("Customer assessed.", **KEY)
    assessment_date: date = column("Day of the assessment.")
    credit_score: pl.Int16 = column(
        "Bureau score at the assessment, 300 to 850.", ge=300, le=850, nullable=True
    )
    risk_category: str = column("Assigned risk category.", isin=oltp.RISK_LEVELS)
    probability_default: Share = column("Estimate for twelve months, as a fraction.", ge=0, le=1)
    assessment_model: str = column("Scorecard or officer that made the assessment.", **_LABEL)
    notes: str = column(
        "Remark of the officer.",
        identifier=Identifier.FREE_TEXT,
        nullable=True,
        str_length={"max_value": 500},
    )


class RegulatoryReports(pa.DataFrameModel):
    """One row per return filed, or to be filed, with an authority."""

    report_id: str = column("Return.", **KEY)
    report_type: str = column("Type of return.", **_LABEL)
    reporting_period: str = column(
        "Reporting period, such as 2025Q4.", str_length={"max_value": 10}
    )
    generation_date: date = column("Day of generation.")
    status: str = column("State of the return.", **_LABEL)
    file_path: str = column("Location of the filed document.", nullable=True)
    submitted_date: date = column("Day of filing.", nullable=True)
    regulatory_body: str = column("Supervisory authority that receives it.", **_LABEL)


class FraudAlerts(pa.DataFrameModel):
    """One row per alert of the fraud monitoring system."""

    alert_id: str = column("Alert.", **KEY)
    transaction_id: str = column("Transaction of the alert.", **KEY)
    account_id: str = column("Account of the transaction.", **KEY)
    transaction_at: Timestamp = column("Instant of the transaction.")
    amount: Money = column("Amount of the transaction in `currency`.", ge=0)
    currency: str = column("Currency of the amount.", isin=ISO_4217_CURRENCIES)
    rule_code: str = column("Rule of the alert.", isin=FRAUD_RULES)
    score: pl.Int16 = column("Score of the suspicion, 0 to 1000.", ge=0, le=1000)
    severity: str = column("Class of the score.", isin=FRAUD_SEVERITIES)
    raised_at: Timestamp = column("Instant of the alert.")
    status: str = column("State of the alert.", isin=FRAUD_STATUSES)
    investigated_at: Timestamp = column("Instant of the decision, once made.", nullable=True)
    outcome: str = column("Outcome of the investigation.", isin=FRAUD_OUTCOMES, nullable=True)


class LedgerBalances(pa.DataFrameModel):
    """One row per account of the general ledger and month end."""

    report_date: date = column("Last day of the month.")
    account_code: str = column("Account in the chart of accounts.", str_matches=r"^\d{4,10}$")
    account_name: str = column("Name in the chart of accounts.")
    account_type: str = column(
        "Account type of the general ledger: asset, liability, equity, income or expense.",
        isin=LEDGER_TYPES,
    )
    account_group: str = column("Line item of the financial statements.", **_LABEL)
    opening_balance: Money = column("Debits less credits before the month.")
    debit_amount: Money = column("Debited in the month.", ge=0)
    credit_amount: Money = column("Credited in the month.", ge=0)
    closing_balance: Money = column("Debits less credits at the month's end.")
    currency: str = column("Currency of the amounts.", isin=ISO_4217_CURRENCIES)


class OperationalLosses(pa.DataFrameModel):
    """One row per operational loss event."""

    loss_id: str = column("Loss event.", **KEY)
    event_type: str = column("Basel event type, level 1.", isin=LOSS_EVENT_TYPES)
    business_line: str = column("Business line of the loss.", isin=BUSINESS_LINES)
    occurrence_date: date = column("Day on which the event occurred or began.")
    discovery_date: date = column("Day of discovery.")
    accounting_date: date = column("Day of booking.")
    gross_loss: Money = column("Loss before recoveries.", ge=0)
    direct_recovery: Money = column("Recovery from parties other than insurers.", ge=0)
    insurance_recovery: Money = column("Recovery from insurers.", ge=0)
    currency: str = column("Currency of the amounts.", isin=ISO_4217_CURRENCIES)
    is_credit_related: bool = column(
        "Whether the loss is already part of credit risk-weighted assets."
    )
