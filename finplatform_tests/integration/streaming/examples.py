"""Events of tests, and a consumer that runs while a block lasts."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl
import psycopg
import redis

from finplatform.streaming.channel import GroupMember
from finplatform.streaming.consumer import Consumer, Pace, Place
from finplatform.streaming.evaluator import VERDICTS, Evaluator, EvaluatorFactory, NoRules
from finplatform.streaming.transport import Member
from finplatform_tests.waiting import wait_for_end

SWIFT = Pace(block_ms=20, retry_ms=20, trim_s=0.0, pause_s=0.02)


def event(number: int, **given: Any) -> dict[str, Any]:
    """A card payment, but for what is given."""
    return {
        "event_id": f"test-{number}",
        "source": "test",
        "transaction_id": str(number),
        "account_id": "A1",
        "transaction_type": "CARD_PAYMENT",
        "amount": "12.30",
        "currency": "USD",
        "transaction_date": "2025-03-01T12:00:00Z",
        "reference_number": None,
        "merchant_id": "M1",
        "channel": "POS",
        "status": "COMPLETED",
        "fees": "0.00",
        "exchange_rate": "1",
        "decline_reason": None,
    } | given


def documents(events: Sequence[dict[str, Any]]) -> list[str]:
    """Events as messages hold them."""
    return [json.dumps(one) for one in events]


class Strict:
    """Alerts on amounts over 2,000, and blocks those over 10,000."""

    def evaluate(self, events: pl.DataFrame) -> pl.DataFrame:
        over = pl.col("amount") > 2000
        name = pl.when(over).then(pl.lit("AMOUNT_OVER_LIMIT"))
        return events.select(
            rules=pl.concat_list(name).list.drop_nulls(),
            rule_code=name,
            rule_points=pl.when(over).then(25),
            severity=pl.when(over).then(pl.lit("LOW")),
            is_alert=over,
            is_blocked=pl.col("amount") > 10_000,
            fraud_probability=None,
            combined_score=None,
            is_model_alert=None,
        ).cast(VERDICTS)


@contextmanager
def consuming(
    client: redis.Redis | Member,
    place: Place,
    make_evaluator: EvaluatorFactory = NoRules,
    pace: Pace = SWIFT,
) -> Iterator[None]:
    """A consumer in a thread of its own."""
    stopping = threading.Event()
    member = GroupMember(client) if isinstance(client, redis.Redis) else client
    consumer = Consumer(member, place, make_evaluator, pace)
    thread = threading.Thread(target=consumer.run, args=(stopping,), name="consumer")
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        wait_for_end(thread)


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query; none while its table does not exist."""
    try:
        with psycopg.connect(url) as connection:
            return connection.execute(query.encode()).fetchall()
    except psycopg.errors.UndefinedTable:
        return []


def value(url: str, query: str) -> Any:
    """First value of a query; None without rows."""
    found = rows(url, query)
    return found[0][0] if found else None


__all__ = ["SWIFT", "Evaluator", "Strict", "consuming", "documents", "event", "rows", "value"]
