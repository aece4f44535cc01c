"""Contracts of acquiring: payments to merchants, and their settlement.

Each model has the columns of the acquiring system. A row belongs to the business day of its
creation and is delivered again under the same key when its state changes. Transactions on accounts
are in `events`, merchants in `entities`.
"""

from datetime import date
from typing import Annotated

import pandera.polars as pa
import polars as pl

from finplatform.contracts.codes import ISO_4217_CURRENCIES
from finplatform.contracts.columns import Money, Share, Timestamp, column
from finplatform.contracts.entities import KEY

PAYMENT_METHODS = ("CREDIT_CARD", "DEBIT_CARD", "DIGITAL_WALLET", "BANK_TRANSFER")
PAYMENT_STATUSES = ("SUCCESS", "FAILED", "PENDING", "REFUNDED")
FAILURE_REASONS = (
    "INSUFFICIENT_FUNDS",
    "DECLINED_BY_ISSUER",
    "EXPIRED_CARD",
    "AUTHENTICATION_FAILED",
    "LIMIT_EXCEEDED",
    "NETWORK_TIMEOUT",
    "SUSPECTED_FRAUD",
)
SLA_CLASSES = ("PRIORITY", "STANDARD", "EXTENDED")
SETTLEMENT_STATUSES = ("PENDING", "SETTLED", "ON_HOLD")
DELAY_REASONS = ("BANK_HOLIDAY", "INCOMPLETE_DETAILS", "PROCESSING_ERROR", "MANUAL_REVIEW")

Score = Annotated[pl.Decimal, 5, 2]
"""A risk score from 0 to 100."""


class Payments(pa.DataFrameModel):
    """One row per payment of a customer to a merchant, completed or attempted."""

    payment_id: str = column("Payment.", **KEY)
    customer_id: str = column("Paying customer.", **KEY)
    merchant_id: str = column("Merchant that is paid.", **KEY)
    settlement_id: str = column(
        "Settlement that pays it out to the merchant; null before the batch is closed, "
        "and for unsuccessful payments.",
        nullable=True,
        **KEY,
    )
    amount: Money = column("Amount in `currency`.", gt=0, le=1_000_000_000)
    currency: str = column("Currency of the amount.", isin=ISO_4217_CURRENCIES)
    payment_method: str = column("Payment method.", isin=PAYMENT_METHODS)
    status: str = column("State of the payment.", isin=PAYMENT_STATUSES)
    failure_reason: str = column("Reason of the failure.", isin=FAILURE_REASONS, nullable=True)
    risk_score: Score = column("Score of the acquiring system, 0 to 100.", ge=0, le=100)
    is_fraud_flagged: bool = column("Whether the acquiring system flagged it as fraud.")
    payment_at: Timestamp = column("Instant at which the payment was initiated.")
    completed_at: Timestamp = column("Instant of completion.", nullable=True)
    refunded_at: Timestamp = column("Instant of the refund.", nullable=True)
    commission_rate: Share = column(
        "Commission rate of the bank, as a fraction of the amount.", ge=0, le=1
    )
    commission_amount: Money = column(
        "Commission in `currency`; 0 unless the payment succeeded.", ge=0, le=1_000_000_000
    )


class Settlements(pa.DataFrameModel):
    """One row per settlement: payments of a merchant that are paid out together."""

    settlement_id: str = column("Settlement.", **KEY)
    merchant_id: str = column("Merchant that receives the payout.", **KEY)
    period_start_date: date = column("First day of the payments.")
    period_end_date: date = column("Last day of the payments.")
    cutoff_date: date = column("Business day on which the batch was closed.")
    payment_count: pl.Int32 = column("Payments in the batch.", gt=0)
    gross_amount: Money = column("Sum of the payments.", ge=0)
    commission_amount: Money = column("Sum of their commissions.", ge=0)
    net_amount: Money = column("Amount paid out: gross less commission.")
    currency: str = column("Currency of the amounts.", isin=ISO_4217_CURRENCIES)
    sla_class: str = column("Class of the service agreement.", isin=SLA_CLASSES)
    sla_days: pl.Int16 = column("Business days from closing to payout, as agreed.", ge=0, le=60)
    settlement_due_date: date = column("Due day of the payout.")
    settlement_date: date = column("Day on which it was paid out.", nullable=True)
    status: str = column("State of the settlement.", isin=SETTLEMENT_STATUSES)
    delay_reason: str = column("Reason of the delay.", isin=DELAY_REASONS, nullable=True)
