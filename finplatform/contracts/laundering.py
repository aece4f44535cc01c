"""Contracts of transaction monitoring: money-laundering alerts, cash reports, reviews.

Cases and reports to the authority are written by people and are not assets
(`finplatform.warehouse.laundering_ddl`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandera.polars as pa
import polars as pl

from finplatform.compliance.aml.typologies import KEY_SIGNALS
from finplatform.contracts.columns import Money, Timestamp, column
from finplatform.contracts.contract import Contract, Kind
from finplatform.contracts.entities import KEY

SCHEMA = "compliance"

_ALERT: dict[str, Any] = {"str_matches": r"^AML-[0-9a-f]{16}$"}
_REPORT: dict[str, Any] = {"str_matches": r"^CTR-[0-9a-f]{16}$"}
_KINDS = [
    "CASH_IN", "CASH_OUT", "FROM_OUTSIDE", "TO_OUTSIDE", "FROM_CUSTOMER", "TO_CUSTOMER",
    "OWN_TRANSFER", "OTHER",
]  # fmt: skip


class AmlAlerts(pa.DataFrameModel):
    """One row per customer, typology and month in which signals of laundering reach the limit."""

    alert_id: str = column("Alert: hash of customer, typology and month.", **_ALERT)
    customer_id: str = column("Customer of the alert.", **KEY)
    typology: str = column("Typology.", isin=list(KEY_SIGNALS))
    signal_count: pl.Int16 = column("Number of matched signals.", ge=1)
    reason: str = column("Evidence in words, highest weight first.")
    amount_usd: Money = column("Sum of its transactions on the day, in USD.", ge=0)
    transaction_count: pl.Int32 = column("Number of its transactions on the day.", ge=1)
    party_count: pl.Int32 = column("Number of customers of these transactions.", ge=1)
    first_at: Timestamp = column("Instant of the first of these transactions.")
    last_at: Timestamp = column("Instant of the last of these transactions.")
    alert_date: date = column("First day of the month on which the score reaches the limit.")
    score: pl.Int16 = column("Sum of the weights of the signals.", ge=0, le=100)


class AmlAlertSignals(pa.DataFrameModel):
    """One row per alert and matched signal."""

    alert_id: str = column("Alert, in `aml_alerts`.", **_ALERT)
    signal: str = column("Signal: a rule of `finplatform aml rules`.")
    weight: pl.Int16 = column("Weight of the signal in the typology.", ge=0, le=100)
    measured: float = column("Observed value of the rule's measure.")
    words: str = column("Evidence in words.")
    alert_date: date = column("Day of the alert.")


class AmlAlertTransactions(pa.DataFrameModel):
    """One row per alert and transaction of it, including those added in the same month."""

    alert_id: str = column("Alert, in `aml_alerts`.", **_ALERT)
    transaction_id: str = column("Transaction, in `fact_transactions`.", **KEY)
    account_id: str = column("Account of the transaction.", **KEY)
    noted_date: date = column("Day of addition to the alert: that of the alert, or a later one.")
    transaction_at: Timestamp = column("Instant of the transaction.")
    amount_usd: Money = column("Amount in USD.", ge=0)
    direction: pl.Int16 = column("1 for incoming, -1 for outgoing amounts.", isin=[-1, 1])
    kind: str = column("Kind of flow.", isin=_KINDS)
    customer_id: str = column("Customer of the transaction.", **KEY)
    is_subject: bool = column("Whether the customer is the subject of the alert.")


class CtrReports(pa.DataFrameModel):
    """One row per person, business day and direction whose cash is over the reporting limit."""

    report_id: str = column("Report: hash of person, day and direction.", **_REPORT)
    filing_id: str = column(
        "Filing group: the same for all persons of the same transactions.",
        str_matches=r"^CTF-[0-9a-f]{16}$",
    )
    customer_id: str = column(
        "Person that conducted the cash transactions, or on whose behalf they were conducted.",
        **KEY,
    )
    business_date: date = column("Business day of aggregation (31 CFR 1010.313).")
    direction: pl.Int16 = column("1 cash in, -1 cash out.", isin=[-1, 1])
    amount_usd: Money = column("Total cash of the day, in USD.", gt=0)
    transaction_count: pl.Int32 = column("Transactions.", ge=1)
    account_count: pl.Int32 = column("Number of accounts.", ge=1)
    is_exempt: bool = column("Whether the person is exempt on the day, so that no report is filed.")
    due_date: date = column("Filing deadline (31 CFR 1010.306).")


class CtrReportTransactions(pa.DataFrameModel):
    """One row per cash report and transaction."""

    report_id: str = column("Report, in `ctr_reports`.", **_REPORT)
    transaction_id: str = column("Transaction, in `fact_transactions`.", **KEY)
    account_id: str = column("Account of the transaction.", **KEY)
    business_date: date = column("Business day of aggregation.")
    amount_usd: Money = column("Amount in USD.", ge=0)


class LargeTransactionReviews(pa.DataFrameModel):
    """One row per customer and day with large transactions to review."""

    customer_id: str = column("Customer.", **KEY)
    review_date: date = column("Day of a large transaction.")
    large_transaction_count: pl.Int32 = column(
        "Number of large transactions of the day and the thirty days before.", ge=1
    )
    total_amount_usd: Money = column("Sum of these transactions in USD.", gt=0)
    avg_amount_usd: Money = column("Average of these transactions in USD.", gt=0)
    max_amount_usd: Money = column("Largest of these transactions in USD.", gt=0)
    transaction_types: str = column("Types of these transactions.")
    compliance_status: str = column("Required action.", isin=["REVIEW_REQUIRED"])


def _contract(
    table: str, model: type[pa.DataFrameModel], key: tuple[str, ...], date_column: str
) -> Contract:
    return Contract(
        schema_name=SCHEMA,
        table=table,
        grain=(model.__doc__ or "").strip().rstrip(".").lower(),
        kind=Kind.EVENT,
        fields=model.to_schema().columns,
        key=key,
        date_column=date_column,
    )


LAUNDERING: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        _contract("aml_alerts", AmlAlerts, ("alert_id",), "alert_date"),
        _contract("aml_alert_signals", AmlAlertSignals, ("alert_id", "signal"), "alert_date"),
        _contract(
            "aml_alert_transactions", AmlAlertTransactions, ("alert_id", "transaction_id"),
            "noted_date",
        ),
        _contract("ctr_reports", CtrReports, ("report_id",), "business_date"),
        _contract(
            "ctr_report_transactions", CtrReportTransactions, ("report_id", "transaction_id"),
            "business_date",
        ),
        _contract(
            "large_transaction_reviews", LargeTransactionReviews, ("customer_id", "review_date"),
            "review_date",
        ),
    )
}  # fmt: skip
"""Tables by name."""
