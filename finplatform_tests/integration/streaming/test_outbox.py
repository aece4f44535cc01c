"""The relay sends what was committed, in order, and never too much at once."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import redis

from finplatform.oltp import migrate
from finplatform.streaming.channel import Channel, GroupMember
from finplatform.streaming.names import CHANNEL
from finplatform.streaming.outbox import OutboxPlace, Relay
from finplatform.streaming.transport import Outcome
from finplatform_tests.integration.streaming.examples import event, value
from finplatform_tests.waiting import wait_for_end, wait_until

pytestmark = pytest.mark.integration

WAITING = "select count(*) from oltp.outbox"


@pytest.fixture
def outbox(postgres_url: str) -> OutboxPlace:
    migrate.upgrade(postgres_url)
    return OutboxPlace(postgres_url, "oltp")


@contextmanager
def relaying(place: OutboxPlace, client: redis.Redis, capacity: int = 1_000) -> Iterator[None]:
    stopping = threading.Event()
    relay = Relay(place, Channel(client), capacity, batch=7)
    thread = threading.Thread(target=relay.run, args=(stopping,), name="relay")
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        wait_for_end(thread)


def write(connection: psycopg.Connection, *numbers: int) -> None:
    """Writes events into the outbox, in the connection's transaction."""
    for number in numbers:
        connection.execute(
            "insert into oltp.outbox (event_id, channel, event) values (%s, %s, %s)",
            (f"core-{number}", CHANNEL, json.dumps(event(number))),
        )


def sent(client: redis.Redis) -> list[str]:
    """Ids of the events in the stream."""
    return [json.loads(fields[b"event"])["event_id"] for _, fields in client.xrange(CHANNEL)]


def test_committed_events_are_sent_in_their_order_and_others_are_not(
    stream: redis.Redis, outbox: OutboxPlace
) -> None:
    with psycopg.connect(outbox.url) as open_, psycopg.connect(outbox.url) as other:
        write(open_, 1)
        write(other, *range(2, 30))
        other.commit()
        with relaying(outbox, stream):
            wait_until(lambda: stream.xlen(CHANNEL) == 28, "what is committed is sent")
            assert sent(stream) == [f"core-{number}" for number in range(2, 30)]
            open_.commit()
            wait_until(lambda: value(outbox.url, WAITING) == 0, "the last one is sent")
    assert sent(stream)[-1] == "core-1"
    (_, fields) = stream.xrange(CHANNEL)[0]
    document = json.loads(fields[b"event"])
    assert document["source"] == "core"
    assert document["amount"] == "12.30"


def test_a_relay_that_was_killed_sends_again_what_it_had_not_deleted(
    stream: redis.Redis, outbox: OutboxPlace
) -> None:
    with psycopg.connect(outbox.url) as connection:
        write(connection, *range(10))
    with psycopg.connect(outbox.url) as connection:
        # Without a commit: as if it were killed after sending.
        assert Relay(outbox, Channel(stream), 1_000).send(connection) == 10
        connection.rollback()
    with relaying(outbox, stream):
        wait_until(lambda: value(outbox.url, WAITING) == 0, "everything is sent")
    numbers = [f"core-{number}" for number in range(10)]
    assert sent(stream) == [*numbers, *numbers]


def test_events_wait_while_the_stream_is_full_and_none_is_cut_off(
    stream: redis.Redis, outbox: OutboxPlace
) -> None:
    with psycopg.connect(outbox.url) as connection:
        write(connection, *range(50))
    channel, member = Channel(stream), GroupMember(stream)
    member.join()
    taken = []
    with relaying(outbox, stream, capacity=10):
        while len(taken) < 50:
            wait_until(lambda: channel.length() > 0, "the stream has events")
            assert channel.length() <= 10
            messages = member.read(4, 10)
            taken += [json.loads(message.body or b"")["event_id"] for message in messages]
            member.settle([Outcome(message.id) for message in messages])
            channel.trim()
    assert taken == [f"core-{number}" for number in range(50)]


def test_of_two_relays_one_works_and_the_other_takes_over(
    stream: redis.Redis, outbox: OutboxPlace
) -> None:
    with relaying(outbox, stream):
        with relaying(outbox, stream), psycopg.connect(outbox.url) as connection:
            write(connection, *range(20))
            connection.commit()
            wait_until(lambda: value(outbox.url, WAITING) == 0, "everything is sent")
        with psycopg.connect(outbox.url) as connection:
            write(connection, 20)
            connection.commit()
        wait_until(lambda: value(outbox.url, WAITING) == 0, "the last one is sent")
    assert sent(stream) == [f"core-{number}" for number in range(21)]
