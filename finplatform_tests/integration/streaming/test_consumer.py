"""A consumer stores each event once, loses none, and puts away what no consumer can handle."""

import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
import redis

from finplatform.streaming.channel import Channel, GroupMember
from finplatform.streaming.consumer import Place
from finplatform.streaming.events import decode
from finplatform.streaming.landing import Landing
from finplatform.streaming.names import ALERTS, CHANNEL, DEAD_LETTERS
from finplatform.streaming.tables import create_tables
from finplatform.streaming.transport import Outcome
from finplatform.warehouse import bulk
from finplatform_tests.integration.streaming.examples import (
    Strict,
    consuming,
    documents,
    event,
    rows,
    value,
)
from finplatform_tests.waiting import wait_until

pytestmark = pytest.mark.integration

STORED = "select count(*) from bronze.transaction_events"


def settled(client: redis.Redis) -> bool:
    """Whether the group has settled everything, and it is trimmed."""
    return Channel(client).length() == 0


def letters(client: redis.Redis, stream: str) -> list[dict[str, Any]]:
    """Documents of a stream of alerts or dead letters."""
    return [json.loads(next(iter(fields.values()))) for _, fields in client.xrange(stream)]


def test_events_are_stored_as_they_were_sent(stream: redis.Redis, place: Place) -> None:
    sent = [event(1), event(2, amount=1234567.89, status="FAILED", decline_reason="TECHNICAL")]
    Channel(stream).offer(documents(sent), 10)
    with consuming(stream, place):
        wait_until(lambda: settled(stream), "everything is settled")
    found = rows(
        place.url,
        "select event_id, source, transaction_id, amount::text, status, decline_reason,"
        " transaction_date at time zone 'UTC' from bronze.transaction_events order by 1",
    )
    assert [row[:6] for row in found] == [
        ("test-1", "test", "1", "12.30", "COMPLETED", None),
        ("test-2", "test", "2", "1234567.89", "FAILED", "TECHNICAL"),
    ]
    assert found[0][6].isoformat() == "2025-03-01T12:00:00"
    days = rows(place.url, "select channel, business_date::text, event_count from ops.stream_days")
    assert days == [(CHANNEL, "2025-03-01", 2)]


def test_an_event_that_is_sent_again_is_stored_and_alerted_once(
    stream: redis.Redis, place: Place
) -> None:
    big = [event(number, amount="2500.00") for number in range(5)]
    Channel(stream).offer(documents([*big, *big[:3], event(9)]), 100)
    Channel(stream).offer(documents(big), 100)
    with consuming(stream, place, Strict):
        wait_until(lambda: settled(stream), "everything is settled")
        Channel(stream).offer(documents(big), 100)
        wait_until(lambda: settled(stream), "what was sent again is settled")
    assert value(place.url, STORED) == 6
    assert value(place.url, "select count(*) from bronze.stream_fraud_alerts") == 5
    told = letters(stream, ALERTS)
    assert sorted(alert["event_id"] for alert in told) == [f"test-{number}" for number in range(5)]
    assert told[0]["rule_code"] == "AMOUNT_OVER_LIMIT"
    assert told[0]["score"] == 250
    assert value(place.url, "select sum(event_count) from ops.stream_days") == 6


def test_what_is_no_event_is_put_away_once_and_blocks_nothing(
    stream: redis.Redis, place: Place
) -> None:
    poison = [
        "{",
        '"text"',
        '{"amount": NaN}',
        "\udcff".encode("utf-8", "surrogateescape"),
        json.dumps(event(50, amount="12.305")),
        json.dumps(event(51, transaction_type="GIFT")),
        json.dumps(event(52, account_id=None)),
        json.dumps(event(53, amount={"value": 1})),
        json.dumps(event(54, transaction_date="2025-03-01T12:00:00")),
        json.dumps(event(55, transaction_date="2199-03-01T12:00:00Z")),
        json.dumps(event(56, source="\ud800")),
        json.dumps(event(57, reference_number="a\u0000b")),
        "[" * 60_000,
        json.dumps(event(58)) + " " * 70_000,
    ]
    good = documents([event(number) for number in range(20)])
    stream.xadd(CHANNEL, {"other": "field"})
    Channel(stream).offer([*good[:10], *poison, *good[10:]], 100)
    with consuming(stream, place, Strict):
        wait_until(lambda: settled(stream), "everything is settled")
        Channel(stream).offer(poison, 100)
        wait_until(lambda: settled(stream), "what was sent again is settled")
    assert value(place.url, STORED) == 20
    put_away = rows(place.url, "select reason, event_id from ops.dead_letters order by noted_at")
    assert len(put_away) == len(poison) + 1
    assert ("amount: type(numeric(18,2))", "test-50") in put_away
    assert ("field(event)", None) in put_away
    kept = rows(
        place.url,
        "select origin, column_name, rule, identity_id from quarantine.rejected_rows"
        " where table_name = 'transaction_events'",
    )
    assert len(kept) == len(poison) + 1
    assert {row[0] for row in kept} == {CHANNEL}
    assert all(row[3] for row in kept)
    told = letters(stream, DEAD_LETTERS)
    assert len(told) == len({letter["letter_id"] for letter in told}) == len(poison) + 1


class Fragile(Strict):
    """Cannot evaluator one event."""

    def evaluate(self, events: pl.DataFrame) -> pl.DataFrame:
        if "test-7" in events["event_id"].to_list():
            raise ZeroDivisionError
        return super().evaluate(events)


def test_an_event_that_cannot_be_handled_is_tried_again_and_then_put_away(
    stream: redis.Redis, place: Place
) -> None:
    Channel(stream).offer(documents([event(number) for number in range(40)]), 100)
    with consuming(stream, place, Fragile):
        wait_until(lambda: settled(stream), "everything is settled")
    assert value(place.url, STORED) == 39
    (letter,) = letters(stream, DEAD_LETTERS)
    assert letter["reason"] == "handling it fails: ZeroDivisionError"
    assert letter["deliveries"] == 5
    assert value(place.url, "select count(*) from quarantine.rejected_rows") == 1
    assert stream.hlen(f"{CHANNEL}.attempts") == 0


class Broken:
    """Evaluates nothing, until it is mended."""

    is_mended = False

    def evaluate(self, events: pl.DataFrame) -> pl.DataFrame:
        if not Broken.is_mended:
            raise ZeroDivisionError
        return Strict().evaluate(events)


def test_a_fault_of_all_events_puts_none_away(stream: redis.Redis, place: Place) -> None:
    Channel(stream).offer(documents([event(number) for number in range(40)]), 100)
    Broken.is_mended = False
    with consuming(stream, place, Broken):
        wait_until(lambda: stream.hlen(f"{CHANNEL}.attempts") > 0, "events were tried")
        Broken.is_mended = True
        wait_until(lambda: settled(stream), "everything is settled")
    assert value(place.url, STORED) == 40
    assert letters(stream, DEAD_LETTERS) == []


def test_what_a_consumer_stored_and_did_not_settle_the_next_one_settles(
    stream: redis.Redis, place: Place
) -> None:
    """As if the first were killed after its transaction."""
    sent = documents([event(1, amount="3000"), event(2)])
    Channel(stream).offer([*sent, "{"], 10)
    killed = GroupMember(stream)
    killed.join()
    given = killed.read(10, 10)
    with bulk.connect(place.url) as connection:
        create_tables(connection)
        at = datetime.now(UTC)
        Landing(connection, place.master).store(
            decode(given, place.validation_context(at)), Strict(), at
        )
    assert stream.xlen(ALERTS) == stream.xlen(DEAD_LETTERS) == 0
    with consuming(stream, place, Strict):
        wait_until(lambda: settled(stream), "everything is settled")
    assert [alert["event_id"] for alert in letters(stream, ALERTS)] == ["test-1"]
    assert [letter["reason"] for letter in letters(stream, DEAD_LETTERS)] == ["json"]
    assert value(place.url, "select count(*) from bronze.stream_fraud_alerts") == 1
    assert value(place.url, "select count(*) from quarantine.rejected_rows") == 1


def test_a_message_is_settled_once_whoever_settles_it(stream: redis.Redis) -> None:
    Channel(stream).offer(documents([event(1)]), 10)
    first, second = GroupMember(stream), GroupMember(stream)
    first.join()
    (message,) = first.read(10, 10)
    (claimed,) = next(second.abandoned(10, 0))
    assert claimed.id == message.id
    assert claimed.deliveries == 2
    outcome = Outcome(message.id, "letter", "{}")
    assert [first.settle([outcome]), second.settle([outcome]), first.settle([outcome])] == [1, 0, 0]
    assert stream.xlen(DEAD_LETTERS) == 1
