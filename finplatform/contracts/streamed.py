"""Contracts of the tables of the stream consumers: received events, and alerts on them.

Both tables are append-only; a message delivered twice is stored once. Messages and consumers are in
`finplatform.streaming`, alerts of the bank's monitoring system in `oversight`.
"""

from collections.abc import Mapping
from typing import Any

import pandera.polars as pa
import polars as pl

from finplatform.contracts.codes import ISO_4217_CURRENCIES
from finplatform.contracts.columns import Money, Timestamp, column
from finplatform.contracts.contract import Contract, Kind, SourceContract
from finplatform.contracts.entities import KEY
from finplatform.contracts.events import Transactions
from finplatform.contracts.oversight import FRAUD_SEVERITIES

SCHEMA = "bronze"

EVENT_ID: dict[str, Any] = {"str_matches": r"^[A-Za-z0-9_.:-]{1,60}$"}
"""Ids of events, which are made of that of the transaction and more."""

ALERT_ID: dict[str, Any] = {"str_matches": r"^R-[A-Za-z0-9_.:-]{1,40}$"}
"""Ids of alerts: that of the transaction, as the rules' alerts on loaded days have it."""

MESSAGE_ID: dict[str, Any] = {"str_matches": r"^\d{1,20}-\d{1,60}$"}
"""Ids that the stream's server gives to messages."""

RULE: dict[str, Any] = {"str_matches": r"^[A-Za-z][A-Za-z0-9_]{0,39}$"}


class _Envelope(pa.DataFrameModel):
    event_id: str = column("Event id, equal for repeated deliveries.", **EVENT_ID)
    source: str = column(
        "Sending system; `core` is the bank's own, through its outbox.",
        str_matches=r"^[a-z][a-z0-9_]{0,39}$",
    )


class _Receipt(pa.DataFrameModel):
    message_id: str = column("Stream message of the first delivery.", **MESSAGE_ID)
    received_at: Timestamp = column("Instant at which the event was stored.")


class StreamFraudAlerts(pa.DataFrameModel):
    """One row per streamed transaction with an alert of the fraud rules."""

    alert_id: str = column("Alert: the transaction's id after `R-`.", **ALERT_ID)
    event_id: str = column("First event of the alert, in `transaction_events`.", **EVENT_ID)
    message_id: str = column("Stream message of the event.", **MESSAGE_ID)
    transaction_id: str = column("Transaction of the event.", **KEY)
    account_id: str = column("Account of the transaction.", **KEY)
    transaction_at: Timestamp = column("Instant of the transaction.")
    amount: Money = column("Amount of the transaction in `currency`.", ge=0)
    currency: str = column("Currency of the amount.", isin=ISO_4217_CURRENCIES)
    rule_code: str = column(
        "Rule of highest severity; MODEL for an alert of the model alone.", **RULE
    )
    rules: str = column("All matched rules, and MODEL, separated by commas.")
    fraud_probability: float = column(
        "Probability of fraud by the model; null without a model.", ge=0, le=1, nullable=True
    )
    score: pl.Int16 = column("Score of the suspicion by rules and model, 0 to 1000.", ge=0, le=1000)
    severity: str = column("Class of the alert.", isin=FRAUD_SEVERITIES)
    is_blocked: bool = column("Whether the payment is blocked.")
    raised_at: Timestamp = column("Instant of the alert.")


def _received() -> pa.DataFrameSchema:
    """A transaction without personal identifiers, which no message contains.

    Accounts and merchants may be newer than their last load, so references are resolved when the
    day is loaded.
    """
    columns = dict(_Envelope.to_schema().columns)
    for name, received in Transactions.to_schema().columns.items():
        if (received.metadata or {}).get("identifier") is None:
            received.metadata = None
            columns[name] = received
    return pa.DataFrameSchema(columns)


_RECEIVED = _received()

TRANSACTION_EVENTS = SourceContract(
    received=_RECEIVED,
    stored=Contract(
        schema_name=SCHEMA,
        table="transaction_events",
        grain="one row per event of the transaction stream",
        kind=Kind.STREAM,
        fields={**_RECEIVED.columns, **_Receipt.to_schema().columns},
        key=("event_id",),
        date_column="transaction_date",
        arrival_column="received_at",
    ),
    products=(("amount", "exchange_rate"),),
)
"""Events of the channel `financial_transactions`."""

STREAM_FRAUD_ALERTS = Contract(
    schema_name=SCHEMA,
    table="stream_fraud_alerts",
    grain=(StreamFraudAlerts.__doc__ or "").strip().rstrip(".").lower(),
    kind=Kind.STREAM,
    fields=StreamFraudAlerts.to_schema().columns,
    key=("alert_id",),
    arrival_column="raised_at",
)

STREAMED: Mapping[str, Contract] = {
    contract.table: contract for contract in (TRANSACTION_EVENTS.stored, STREAM_FRAUD_ALERTS)
}
"""Tables that the stream's consumers fill, by name."""
