"""Landing: a batch of events in the warehouse, in one transaction, each event once.

Events go to `bronze.transaction_events`, alerts on them to `bronze.stream_fraud_alerts`, messages
that are no events to quarantine. A redelivered message has the same outcome, as long as it is the
first message of its event: the next consumer settles the messages of a killed one. Belongs here:
the transaction. Does not belong here: parsing messages (see `events`), and settling them (see
`channel`).
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import polars as pl
from adbc_driver_postgresql import dbapi

from finplatform.contracts.streamed import STREAM_FRAUD_ALERTS, TRANSACTION_EVENTS
from finplatform.security.keys import MasterKey
from finplatform.streaming.dead_letters import DeadLetters
from finplatform.streaming.evaluator import VERDICTS, Evaluator
from finplatform.streaming.events import Decoded
from finplatform.streaming.names import ALERT, CHANNEL
from finplatform.streaming.transport import Message, Outcome
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import literal

_TABLE = TRANSACTION_EVENTS.stored
_STAGE, _ALERT_STAGE = "stream_events", "stream_alerts"
_COLUMNS = bulk.column_list(_TABLE.columns)
_ALERTS = pl.Schema(STREAM_FRAUD_ALERTS.dtypes)

_LAND = f"""
    with landed as (
        insert into {_TABLE.name} ({_COLUMNS}) select {_COLUMNS} from pg_temp.{_STAGE}
        on conflict (event_id) do nothing
        returning event_id, transaction_date, received_at
    ),
    noted as (
        insert into ops.stream_days (channel, business_date, event_count, last_received_at)
        select {literal(CHANNEL)}, transaction_date::date, count(*), max(received_at)
        from landed group by 2 order by 2
        on conflict (channel, business_date) do update set
            event_count = stream_days.event_count + excluded.event_count,
            last_received_at = excluded.last_received_at,
            xid = excluded.xid
    )
    select event_id from landed
"""
"""Days are noted in their order, so that two consumers cannot wait for each other."""

_RAISED_BEFORE = f"""
    select {bulk.column_list(STREAM_FRAUD_ALERTS.columns, "alerts.")}
    from pg_temp.{_STAGE} as staged
    inner join {STREAM_FRAUD_ALERTS.name} as alerts
        on alerts.alert_id = 'R-' || staged.transaction_id
        and alerts.message_id = staged.message_id
"""

_RAISE = f"""
    insert into {STREAM_FRAUD_ALERTS.name} ({bulk.column_list(STREAM_FRAUD_ALERTS.columns)})
    select {bulk.column_list(STREAM_FRAUD_ALERTS.columns)} from pg_temp.{_ALERT_STAGE}
    on conflict (alert_id) do nothing
    returning alert_id
"""

MODEL = "MODEL"
"""What an alert of the model alone is named by."""


class Landing:
    """Stores batches over one connection.

    Args:
        connection: Open Arrow connection of one consumer, whose sessions run in the bank's zone.
        master: Master key of the vault, which seals what goes to quarantine.
    """

    def __init__(self, connection: dbapi.Connection, master: MasterKey) -> None:
        self._connection = connection
        for statement in (
            f"drop table if exists pg_temp.{_STAGE}, pg_temp.{_ALERT_STAGE}",
            f"create temporary table {_STAGE} (like {_TABLE.name}) on commit delete rows",
            f"create temporary table {_ALERT_STAGE} (like {STREAM_FRAUD_ALERTS.name})"
            " on commit delete rows",
        ):
            bulk.execute(connection, statement)
        self._letters = DeadLetters(connection, master)
        connection.commit()

    def store(self, batch: Decoded, evaluator: Evaluator, at: datetime) -> list[Outcome]:
        """Stores a batch.

        Args:
            batch: Messages, read.
            evaluator: Evaluates the events that were not stored before.
            at: The present.

        Returns:
            The outcome of each message.
        """
        stored = [
            *self._land(batch.good, evaluator, at),
            *self._letters.put_away(batch, at),
        ]
        self._connection.commit()
        outcomes = {message.id: Outcome(message.id) for message in batch.messages}
        outcomes |= {one.message_id: one for one in stored}
        return list(outcomes.values())

    def give_up(self, message: Message, reason: str, at: datetime) -> list[Outcome]:
        """Puts away a message that is an event, and cannot be handled all the same.

        Args:
            message: The message.
            reason: Why, in words without values.
            at: The present.
        """
        outcome = self._letters.give_up(message, reason, at)
        self._connection.commit()
        return outcome or [Outcome(message.id)]

    def undo(self) -> None:
        """Undoes what a batch has begun."""
        self._connection.rollback()

    def _land(self, good: pl.DataFrame, evaluator: Evaluator, at: datetime) -> Iterator[Outcome]:
        events = good.unique("event_id", keep="first", maintain_order=True)
        if events.is_empty():
            return
        staged = events.with_columns(received_at=_instant(at))
        bulk.append_temporary(self._connection, _STAGE, staged.select(_TABLE.columns))
        landed = bulk.read_frame(self._connection, _LAND)["event_id"]
        if len(landed) < events.height:
            before = bulk.read_frame(self._connection, _RAISED_BEFORE).cast(_ALERTS)
            yield from _outcomes(before)
        fresh = events.filter(pl.col("event_id").is_in(landed.implode()))
        if fresh.height:
            yield from _outcomes(self._raise(alerts_of(fresh, evaluator.evaluate(fresh), at)))

    def _raise(self, alerts: pl.DataFrame) -> pl.DataFrame:
        """Stores alerts; returns those on transactions that had none."""
        if alerts.is_empty():
            return alerts
        bulk.append_temporary(self._connection, _ALERT_STAGE, alerts)
        raised = bulk.read_frame(self._connection, _RAISE)["alert_id"]
        return alerts.filter(pl.col("alert_id").is_in(raised.implode()))


def alerts_of(events: pl.DataFrame, verdicts: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Rows of `bronze.stream_fraud_alerts`, one per transaction.

    Args:
        events: Stored events with their `message_id`.
        verdicts: Verdict on each of them, in this order.
        at: Instant of the verdicts.
    """
    evaluated = events.hstack(verdicts.select(VERDICTS.names()).cast(VERDICTS))
    by_model = pl.col("is_model_alert").fill_null(value=False)
    raised = evaluated.filter(pl.col("is_alert") | by_model).unique(
        "transaction_id", keep="first", maintain_order=True
    )
    named = pl.col("rules").fill_null([])
    by_rules = 10 * pl.col("rule_points").cast(pl.Float64)
    return raised.with_columns(
        alert_id="R-" + pl.col("transaction_id"),
        transaction_at="transaction_date",
        rule_code=pl.coalesce("rule_code", pl.lit(MODEL)),
        rules=pl.when(by_model)
        .then(pl.concat_list(named, pl.lit(MODEL)))
        .otherwise(named)
        .list.join(","),
        score=pl.when(pl.col("is_alert"))
        .then(by_rules)
        .otherwise(1000 * pl.col("combined_score"))
        .fill_null(0)
        .round(),
        severity=pl.coalesce("severity", pl.lit("MEDIUM")),
        # An event of a clock that is ahead of this one is evaluated at its own time.
        raised_at=pl.max_horizontal("transaction_date", _instant(at)),
    ).select(pl.col(name).cast(kind) for name, kind in _ALERTS.items())


def _outcomes(alerts: pl.DataFrame) -> Iterator[Outcome]:
    for alert in alerts.iter_rows(named=True):
        yield Outcome(alert["message_id"], ALERT, json.dumps(alert, default=_as_text))


def _instant(at: datetime) -> pl.Expr:
    return pl.lit(at).cast(pl.Datetime("us", "UTC"))


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
