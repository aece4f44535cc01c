"""Contracts of fraud verdicts and fraud scores.

Alerts are a fact built by dbt.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandera.polars as pa
import polars as pl

from finplatform.contracts.columns import Money, Timestamp, column
from finplatform.contracts.contract import Contract
from finplatform.contracts.entities import KEY
from finplatform.contracts.python_made import gold_contract

_CODES: dict[str, Any] = {"str_matches": r"^([A-Z][A-Z0-9_]*(,[A-Z][A-Z0-9_]*)*)?$"}


class FraudVerdicts(pa.DataFrameModel):
    """One row per transaction that matches a fraud rule, live or shadow."""

    transaction_id: str = column("Transaction.", **KEY)
    transaction_date: date = column("Day of the transaction.")
    transaction_at: Timestamp = column("Instant of the transaction.")
    account_id: str = column("Account of the transaction.", **KEY)
    customer_id: str = column(
        "Owner of the account; the account id if the owner is unknown.", **KEY
    )
    amount_usd: Money = column(
        "Amount in US dollars at the rate of the day; null without a rate.", ge=0, nullable=True
    )
    rules: str = column("Matched live rules, separated by commas; empty without a match.", **_CODES)
    shadow_rules: str = column(
        "Matched shadow rules, separated by commas: recorded without effect.", **_CODES
    )
    rule_code: str = column(
        "Most severe matched live rule; null without an alert.",
        nullable=True,
        str_matches=r"^[A-Z][A-Z0-9_]*$",
    )
    rule_points: pl.Int16 = column(
        "Sum of the weights of matched live fraud rules, at most 100.", ge=0, le=100
    )
    severity: str = column(
        "Highest severity of the matched live rules; null without an alert.",
        isin=["LOW", "MEDIUM", "HIGH"],
        nullable=True,
    )
    is_alert: bool = column("Whether it matches a live rule.")
    is_blocked: bool = column(
        "Whether a matched live fraud rule refuses the payment; laundering rules never refuse."
    )


class FraudScores(pa.DataFrameModel):
    """One row per card payment, transfer or withdrawal outside of the training data."""

    transaction_key: int = column("Payment, in `fact_transactions`.")
    transaction_id: str = column("Payment id of the source.", **KEY)
    transaction_date: date = column("Day of the payment.")
    date_key: pl.Int32 = column("Day as YYYYMMDD, in `dim_date`.")
    account_id: str = column("Debited account.", **KEY)
    customer_id: str = column("Owner of the debited account.", **KEY)
    transaction_type: str = column(
        "Transaction type.", isin=["CARD_PAYMENT", "TRANSFER_OUT", "WITHDRAWAL"]
    )
    channel: str = column("Channel of the payment.")
    currency: str = column("Currency of the amounts: the account's.")
    amount: Money = column("Amount.", ge=0)
    fraud_probability: float = column(
        "Probability that an investigation confirms fraud, from data known at the time "
        "of the payment.",
        gt=0,
        lt=1,
    )
    expected_loss: Money = column("Expected fraud loss: probability times amount.", ge=0)
    is_alert: bool = column("Whether the probability reaches the cost-minimising threshold.")
    rule_points: pl.Int16 = column(
        "Sum of the weights of matched live fraud rules, at most 100.", ge=0, le=100
    )
    combined_score: float = column(
        "Ranking score: log-odds of the probability plus rule points over 50, as a probability.",
        gt=0,
        lt=1,
    )
    anomaly_score: float = column(
        "Anomaly score of an unsupervised Isolation Forest: near 1 is anomalous, 0.5 is average.",
        gt=0,
        le=1,
    )
    risk_score: pl.Int16 = column(
        "Rule-based risk score of `fact_transactions`, for comparison.", ge=0, le=100
    )
    model_version: str = column("Model version of the scores.", str_matches=r"^fraud-[0-9a-f]{16}$")


FRAUD: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        gold_contract("fraud_verdicts", FraudVerdicts, ("transaction_id",), "transaction_date"),
        gold_contract("fraud_scores", FraudScores, ("transaction_key",), "transaction_date"),
    )
}
"""Contracts of fraud verdicts and scores, by name."""
