"""Contracts of what rules and model say about fraud.

Belongs here: the tables of verdicts and scores. Does not belong here: alerts, which are a fact that
dbt makes.
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
    """One row per transaction that meets a fraud rule, live or in the shadow."""

    transaction_id: str = column("Transaction.", **KEY)
    transaction_date: date = column("Day of the transaction.")
    transaction_at: Timestamp = column("Instant of the transaction.")
    account_id: str = column("Account that it moves.", **KEY)
    customer_id: str = column("Owner of the account; the account itself if that is unknown.", **KEY)
    amount_usd: Money = column(
        "Amount in dollars at the rate of the day; null where none is known.", ge=0, nullable=True
    )
    rules: str = column("Live rules that it meets, by comma; empty for none.", **_CODES)
    shadow_rules: str = column(
        "Shadow rules that it meets, by comma: recorded, and of no effect.", **_CODES
    )
    rule_code: str = column(
        "The live rule that the alert is named after, the most severe; null without an alert.",
        nullable=True,
        str_matches=r"^[A-Z][A-Z0-9_]*$",
    )
    rule_points: pl.Int16 = column(
        "Weights of the live fraud rules that it meets, at most 100.", ge=0, le=100
    )
    severity: str = column(
        "The highest severity of the live rules that it meets; null without an alert.",
        isin=["LOW", "MEDIUM", "HIGH"],
        nullable=True,
    )
    is_alert: bool = column("Whether it meets a live rule.")
    is_blocked: bool = column(
        "Whether a live fraud rule asks for the payment to be refused; a laundering rule never"
        " does."
    )


class FraudScores(pa.DataFrameModel):
    """One row per card payment, transfer or withdrawal that the model has not learned from."""

    transaction_key: int = column("Payment, in `fact_transactions`.")
    transaction_id: str = column("The same as the source names it.", **KEY)
    transaction_date: date = column("Day of the payment.")
    date_key: pl.Int32 = column("Day as YYYYMMDD, in `dim_date`.")
    account_id: str = column("Account that was to pay.", **KEY)
    customer_id: str = column("Its owner.", **KEY)
    transaction_type: str = column(
        "What it is.", isin=["CARD_PAYMENT", "TRANSFER_OUT", "WITHDRAWAL"]
    )
    channel: str = column("How it was asked for.")
    currency: str = column("Currency of the amounts: the account's.")
    amount: Money = column("Amount.", ge=0)
    fraud_probability: float = column(
        "Chance that an investigation confirms a fraud, by what was known at the moment of the"
        " payment.",
        gt=0,
        lt=1,
    )
    expected_loss: Money = column("That chance of the amount.", ge=0)
    is_alert: bool = column(
        "Whether the chance reaches the threshold at which reviews and missed frauds cost least."
    )
    rule_points: pl.Int16 = column(
        "Weights of the live fraud rules that it meets, at most 100.", ge=0, le=100
    )
    combined_score: float = column(
        "The chance with the rules' points, of which 50 add one to the log-odds: what payments are"
        " ranked by.",
        gt=0,
        lt=1,
    )
    anomaly_score: float = column(
        "How soon an Isolation Forest, which knows no label, sets the payment apart: near 1 at"
        " once, 0.5 on average.",
        gt=0,
        le=1,
    )
    risk_score: pl.Int16 = column(
        "Points for size and habit, as in `fact_transactions`, to compare.", ge=0, le=100
    )
    model_version: str = column("Model behind the scores.", str_matches=r"^fraud-[0-9a-f]{16}$")


FRAUD: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        gold_contract("fraud_verdicts", FraudVerdicts, ("transaction_id",), "transaction_date"),
        gold_contract("fraud_scores", FraudScores, ("transaction_key",), "transaction_date"),
    )
}
"""What rules and model say about fraud, by name."""
