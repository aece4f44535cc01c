"""Contracts of the source events: transactions, instalments, prices, indicators, own funds.

Each model has the received columns; a row belongs to the partition of its business date. Entities
with a history are in `entities`.
"""

from datetime import date
from typing import Annotated

import pandera.polars as pa
import polars as pl

from finplatform.contracts.codes import ISO_4217_CURRENCIES
from finplatform.contracts.columns import (
    Identifier,
    Money,
    Price,
    RateOfExchange,
    Timestamp,
    column,
)
from finplatform.contracts.entities import KEY
from finplatform.oltp import codes as oltp

OWN_FUNDS_COMPONENTS = (
    "CET1_INSTRUMENTS",
    "RETAINED_EARNINGS",
    "CET1_DEDUCTIONS",
    "AT1_INSTRUMENTS",
    "T2_INSTRUMENTS",
    "SHARE_PREMIUM",
    "OTHER_COMPREHENSIVE_INCOME",
    "OTHER_RESERVES",
    "CASH_FLOW_HEDGE_RESERVE",
    "OWN_CREDIT_GAINS",
    "GAIN_ON_SALE",
    "OWN_SHARES",
    "GOODWILL",
    "OTHER_INTANGIBLES",
)


class Transactions(pa.DataFrameModel):
    """One row per transaction on an account, posted or attempted."""

    transaction_id: str = column("Transaction.", **KEY)
    account_id: str = column("Account of the transaction.", references="accounts.account_id", **KEY)
    transaction_type: str = column(
        "Transaction type; the type determines the direction.", isin=oltp.TRANSACTION_TYPES
    )
    amount: Money = column("Amount in `currency`, never negative.", ge=0, le=1_000_000_000_000)
    currency: str = column("Currency of the amount.", isin=ISO_4217_CURRENCIES)
    transaction_date: Timestamp = column("Instant of the transaction.")
    description: str = column(
        "Text of the statement line.",
        identifier=Identifier.FREE_TEXT,
        nullable=True,
        str_length={"max_value": 500},
    )
    reference_number: str = column(
        "Reference shared by both legs of a transfer.",
        nullable=True,
        str_length={"max_value": 64},
    )
    counterparty_account: str = column(
        "Counterparty account.", identifier=Identifier.COUNTERPARTY, nullable=True
    )
    merchant_id: str = column("Merchant of a card payment.", nullable=True, **KEY)
    channel: str = column("Channel of the transaction.", isin=oltp.CHANNELS)
    status: str = column("Execution status.", isin=oltp.TRANSACTION_STATUSES)
    fees: Money = column("Fees in the account's currency.", ge=0, le=1_000_000_000)
    exchange_rate: RateOfExchange = column(
        "Units of the account's currency for one unit of `currency`.", gt=0, le=1_000_000_000
    )
    decline_reason: str = column(
        "Reason of the refusal; null for a transaction that was not refused, and if the"
        " source gives none.",
        isin=oltp.DECLINE_REASONS,
        nullable=True,
    )


class LoanPayments(pa.DataFrameModel):
    """One row per instalment of a loan."""

    payment_id: str = column("Instalment.", **KEY)
    loan_id: str = column("Loan.", references="loans.loan_id", **KEY)
    installment_number: pl.Int16 = column("Number of the instalment in the repayment plan.", ge=0)
    due_date: date = column("Due date.")
    payment_date: date = column("Day on which it was paid.", nullable=True)
    scheduled_amount: Money = column("Amount due.", ge=0)
    paid_amount: Money = column("Amount received so far.", ge=0)
    principal_component: Money = column("Principal part of the amount due.")
    interest_component: Money = column("Interest part of the amount due.", ge=0)
    outstanding_principal: Money = column("Outstanding principal after this instalment.", ge=0)
    currency: str = column("Currency of the loan.", isin=ISO_4217_CURRENCIES)
    status: str = column("State of the instalment.", isin=oltp.LOAN_PAYMENT_STATUSES)


class EconomicIndicators(pa.DataFrameModel):
    """One row per indicator, country and date."""

    country: str = column("ISO 3166-1 alpha-2 country.", str_matches=r"^[A-Z]{2}$")
    indicator_code: str = column("Indicator.", **KEY)
    indicator_date: date = column("Last day of the reference period.")
    value: float = column("Value in `unit`.")
    unit: str = column("Unit of the value.")
    source: str = column("Publisher.")


class MarketData(pa.DataFrameModel):
    """One row per symbol and trading day."""

    symbol: str = column("Traded symbol.", str_matches=r"^[A-Z0-9.^=-]{1,16}$")
    data_date: date = column("Trading day.")
    open_price: Price = column("First price of the day.", gt=0)
    high_price: Price = column("Highest price of the day.", gt=0)
    low_price: Price = column("Lowest price of the day.", gt=0)
    close_price: Price = column("Last price of the day.", gt=0)
    volume: int = column("Units traded; null where they are not counted.", ge=0, nullable=True)
    market_cap: Annotated[pl.Decimal, 20, 2] = column(
        "Market value of the issuer.", ge=0, nullable=True
    )
    sector: str = column("Sector of the issuer.")


class OwnFunds(pa.DataFrameModel):
    """One row per component of own funds and report date."""

    report_date: date = column("Reference date of the statement.")
    component: str = column("Component of own funds.", isin=OWN_FUNDS_COMPONENTS)
    amount: Money = column(
        "Stated amount; deductions and filtered gains are positive and are subtracted."
    )
    currency: str = column("Currency of the amount.", isin=ISO_4217_CURRENCIES)
