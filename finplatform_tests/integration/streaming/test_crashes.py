"""Whatever is killed on the way, each event is stored once and each bad message put away once."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import pytest
import redis

from finplatform.oltp import migrate
from finplatform.settings import Settings
from finplatform.streaming.channel import Channel
from finplatform.streaming.consumer import Place
from finplatform.streaming.names import ALERTS, CHANNEL, DEAD_LETTERS
from finplatform.streaming.outbox import OutboxPlace, Relay
from finplatform_tests.integration.streaming.conftest import answers
from finplatform_tests.integration.streaming.examples import event, rows, value
from finplatform_tests.integration.streaming.worker import NAME
from finplatform_tests.waiting import wait_for_end, wait_until

pytestmark = pytest.mark.integration

SEED = 20250301
WORKING = f"""
select substr(a.application_name, {len(NAME) + 1})::integer
from pg_locks as l inner join pg_stat_activity as a on a.pid = l.pid
where l.locktype = 'advisory' and l.objid = 710042018 and l.granted
and a.application_name like '{NAME}%'
and l.database = (select oid from pg_database where datname = current_database())
"""


@dataclass
class Story:
    """What is sent, and what is killed meanwhile.

    Attributes:
        events: Good events; a hundredth as many bad ones come on top.
        consumer_kills: Kills of the consumer that works.
        server_kills: Kills of the stream's server.
        batch: Messages of a transaction.
    """

    events: int
    consumer_kills: int
    server_kills: int
    batch: int

    @property
    def poison(self) -> int:
        return self.events // 100


class Consumers:
    """Processes of which one works and the others stand by."""

    def __init__(self, settings: Settings, url: str, batch: int) -> None:
        self._arguments = [str(settings.home), url, str(batch)]
        self._url = url
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, count: int) -> None:
        for _ in range(count):
            module = "finplatform_tests.integration.streaming.worker"
            process = subprocess.Popen([sys.executable, "-m", module, *self._arguments])
            self._processes[process.pid] = process

    def kill_the_one_that_works(self) -> None:
        """Kills it, and starts another one, which stands by."""
        wait_until(lambda: value(self._url, WORKING) in self._processes, "a consumer works")
        process = self._processes.pop(value(self._url, WORKING))
        process.kill()
        process.wait()
        self.start(1)

    def end(self) -> None:
        for process in self._processes.values():
            process.kill()
            process.wait()


def write(url: str, numbers: Sequence[int], story: Story) -> None:
    """Puts events, and a bad one among a hundred, into the outbox in one transaction."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        lines = []
        for number in numbers:
            amount = "2500.00" if number % 50 == 0 else "12.30"
            lines.append((f"core-{number}", CHANNEL, json.dumps(event(number, amount=amount))))
            if number % 100 == 7:
                bad = event(number, amount=f"{number} dollars")
                lines.append((f"bad-{number}", CHANNEL, json.dumps(bad)))
        cursor.executemany(
            "insert into oltp.outbox (event_id, channel, event) values (%s, %s, %s)", lines
        )


def repeat(client: redis.Redis, numbers: Sequence[int], rng: np.random.Generator) -> None:
    """Sends a twentieth of the events again, as a relay does that was killed."""
    again = rng.choice(numbers, len(numbers) // 20, replace=False).tolist()
    amounts = {number: "2500.00" if number % 50 == 0 else "12.30" for number in again}
    documents = [
        json.dumps(event(number, event_id=f"core-{number}", source="core", amount=amounts[number]))
        for number in again
    ]
    while True:
        with suppress(redis.RedisError):
            Channel(client).offer(documents, 1_000_000)
            return


@contextmanager
def relaying(url: str, client: redis.Redis) -> Iterator[None]:
    stopping = threading.Event()
    relay = Relay(OutboxPlace(url, "oltp"), Channel(client), 50_000)
    thread = threading.Thread(target=relay.run, args=(stopping,), name="relay")
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        wait_for_end(thread)


def kill_the_server(client: redis.Redis) -> None:
    """Kills the stream's server, which is started again by what watches it."""
    wait_until(lambda: answers(client), "the server answers")
    os.kill(client.info("server")["process_id"], signal.SIGKILL)


def play(story: Story, client: redis.Redis, settings: Settings, url: str) -> None:
    """Sends everything in pieces, and kills something within each."""
    rng = np.random.default_rng(SEED)
    consumers = Consumers(settings, url, story.batch)
    victims = ["consumer"] * story.consumer_kills + ["server"] * story.server_kills
    victims = rng.permutation(victims).tolist()
    size = -(-story.events // len(victims))
    consumers.start(3)
    try:
        with relaying(url, client):
            for place, victim in enumerate(victims):
                numbers = range(place * size, min((place + 1) * size, story.events))
                before = stored(url)
                write(url, numbers, story)
                repeat(client, numbers, rng)
                wait_until(lambda before=before: stored(url) > before, "a piece has begun")
                if victim == "server":
                    kill_the_server(client)
                else:
                    consumers.kill_the_one_that_works()
            wait_until(lambda: value(url, "select count(*) from oltp.outbox") == 0, "all is sent")
            wait_until(lambda: _is_drained(client), "everything is settled")
    finally:
        consumers.end()


def stored(url: str) -> int:
    """Events in the warehouse."""
    return value(url, "select count(*) from bronze.transaction_events") or 0


def _is_drained(client: redis.Redis) -> bool:
    with suppress(redis.RedisError):
        return Channel(client).length() == 0
    return False


def told(client: redis.Redis, stream: str, key: str) -> list[Any]:
    """One value of each document of a stream, in order."""
    documents = [json.loads(next(iter(fields.values()))) for _, fields in client.xrange(stream)]
    return sorted(document[key] for document in documents)


def judge(story: Story, client: redis.Redis, url: str) -> None:
    """Each event once, each alert once, each bad message once."""
    ids = rows(url, "select event_id from bronze.transaction_events")
    assert len(ids) == len(set(ids)) == story.events
    assert {name for (name,) in ids} == {f"core-{number}" for number in range(story.events)}
    large = sorted(f"core-{number}" for number in range(0, story.events, 50))
    raised = rows(url, "select event_id from bronze.stream_fraud_alerts")
    assert sorted(name for (name,) in raised) == large
    assert told(client, ALERTS, "event_id") == large
    bad = sorted(f"bad-{number}" for number in range(story.events) if number % 100 == 7)
    noted = rows(url, "select event_id from ops.dead_letters")
    assert sorted(name for (name,) in noted) == bad
    assert told(client, DEAD_LETTERS, "event_id") == bad
    kept = "select count(*), count(distinct row_text) from quarantine.rejected_rows"
    assert rows(url, kept) == [(story.poison, story.poison)]
    assert value(url, "select sum(event_count) from ops.stream_days") == story.events


def test_each_event_is_stored_once_whatever_is_killed(
    stream: redis.Redis, stream_settings: Settings, place: Place
) -> None:
    story = Story(events=3_000, consumer_kills=6, server_kills=2, batch=40)
    migrate.upgrade(place.url)
    play(story, stream, stream_settings, place.url)
    judge(story, stream, place.url)


@pytest.mark.soak
def test_a_hundred_thousand_events_are_stored_once_whatever_is_killed(
    stream: redis.Redis, stream_settings: Settings, place: Place
) -> None:
    story = Story(events=100_000, consumer_kills=20, server_kills=3, batch=500)
    migrate.upgrade(place.url)
    play(story, stream, stream_settings, place.url)
    judge(story, stream, place.url)
    sys.stdout.write(
        f"\nstream: {story}, seed {SEED}: {stored(place.url):,} events stored, each once;"
        f" {story.poison:,} messages put away, each once\n"
    )
