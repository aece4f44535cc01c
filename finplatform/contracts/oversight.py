"""Contracts of what oversight functions deliver: risk, compliance, finance and fraud monitoring.

All are taken whole at every load: decisions, corrections and recoveries come long after the day
they belong to, and loss data reaches back further than the partitions. Belongs here: the registers
of those functions. Customers, accounts and their movements are in `entities` and `events`.
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
    credit_score: pl.Int16 = column("Bureau score seen, 300 to 850.", ge=300, le=850, nullable=True)
    risk_category: str = column("Class that was given.", isin=oltp.RISK_LEVELS)
    probability_default: Share = column("Estimate for twelve months, as a fraction.", ge=0, le=1)
    assessment_model: str = column("Scorecard or person that assessed.", **_LABEL)
    notes: str = column(
        "Remark of the officer.",
        identifier=Identifier.FREE_TEXT,
        nullable=True,
        str_length={"max_value": 500},
    )


class RegulatoryReports(pa.DataFrameModel):
    """One row per return filed, or to be filed, with an authority."""

    report_id: str = column("Return.", **KEY)
    report_type: str = column("Kind of return.", **_LABEL)
    reporting_period: str = column(
        "Period it covers, such as 2025Q4.", str_length={"max_value": 10}
    )
    generation_date: date = column("Day on which it was made.")
    status: str = column("State of the return.", **_LABEL)
    file_path: str = column("Where the filed document is kept.", nullable=True)
    submitted_date: date = column("Day of filing.", nullable=True)
    regulatory_body: str = column("Authority it is for.", **_LABEL)


class FraudAlerts(pa.DataFrameModel):
    """One row per alert of the fraud monitoring system."""

    alert_id: str = column("Alert.", **KEY)
    transaction_id: str = column("Transaction that raised it.", **KEY)
    account_id: str = column("Account that the transaction moves.", **KEY)
    transaction_at: Timestamp = column("Instant of the transaction.")
    amount: Money = column("Amount of the transaction in `currency`.", ge=0)
    currency: str = column("Currency of the amount.", isin=ISO_4217_CURRENCIES)
    rule_code: str = column("Rule that fits the transaction best.", isin=FRAUD_RULES)
    score: pl.Int16 = column("Suspicion, 0 to 1000.", ge=0, le=1000)
    severity: str = column("Class of the score.", isin=FRAUD_SEVERITIES)
    raised_at: Timestamp = column("Instant of the alert.")
    status: str = column("State of the alert.", isin=FRAUD_STATUSES)
    investigated_at: Timestamp = column("Instant of the decision, once made.", nullable=True)
    outcome: str = column("What investigators decided.", isin=FRAUD_OUTCOMES, nullable=True)


class LedgerBalances(pa.DataFrameModel):
    """One row per account of the general ledger and month end."""

    report_date: date = column("Last day of the month.")
    account_code: str = column("Account in the chart of accounts.", str_matches=r"^\d{4,10}$")
    account_name: str = column("Name in the chart of accounts.")
    account_type: str = column("Side of the books.", isin=LEDGER_TYPES)
    account_group: str = column("Line of the financial statements.", **_LABEL)
    opening_balance: Money = column("Debits less credits before the month.")
    debit_amount: Money = column("Debited in the month.", ge=0)
    credit_amount: Money = column("Credited in the month.", ge=0)
    closing_balance: Money = column("Debits less credits at the month's end.")
    currency: str = column("Currency of the amounts.", isin=ISO_4217_CURRENCIES)


class OperationalLosses(pa.DataFrameModel):
    """One row per operational loss event."""

    loss_id: str = column("Loss event.", **KEY)
    event_type: str = column("Basel event type, level 1.", isin=LOSS_EVENT_TYPES)
    business_line: str = column("Business line that bore it.", isin=BUSINESS_LINES)
    occurrence_date: date = column("Day on which it happened or began.")
    discovery_date: date = column("Day on which the bank learned of it.")
    accounting_date: date = column("Day on which it was booked.")
    gross_loss: Money = column("Loss before recoveries.", ge=0)
    direct_recovery: Money = column("Received from others than insurers.", ge=0)
    insurance_recovery: Money = column("Received from insurers.", ge=0)
    currency: str = column("Currency of the amounts.", isin=ISO_4217_CURRENCIES)
    is_credit_related: bool = column("Whether credit risk-weighted assets hold it already.")
