"""Events through Kinesis arrive once, whoever is killed and whatever is sent twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import boto3
import psycopg
import pytest
from pydantic import ValidationError

from finplatform.settings import Settings
from finplatform.streaming.consumer import Pace, Place
from finplatform.streaming.kinesis import KinesisMember
from finplatform.streaming.kinesis_stream import KinesisSender, KinesisStream, is_active
from finplatform.streaming.opening import open_member, open_sender
from finplatform.streaming.state import server_state
from finplatform.streaming.transport import Outcome, StreamUnavailableError
from finplatform.warehouse import bulk, ddl
from finplatform_tests.integration.aws import REGION, aws_server
from finplatform_tests.integration.streaming.examples import (
    Strict,
    consuming,
    documents,
    event,
    rows,
    value,
)
from finplatform_tests.integration.streaming.worker import NAME
from finplatform_tests.waiting import wait_until

pytestmark = pytest.mark.integration

WORKER = "finplatform_tests.integration.streaming.worker"
STREAM = "financial_transactions"
EVENTS = 600
PACE = Pace(batch=50, block_ms=50, retry_ms=50, trim_s=0.0, pause_s=0.05)
STORED = "select count(*) from bronze.transaction_events"
WORKING = f"""
select substr(application_name, {len(NAME) + 1})::integer from pg_stat_activity
where application_name like '{NAME}%' and datname = current_database()
"""


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with aws_server(monkeypatch) as url:
        client = boto3.client("kinesis", endpoint_url=url, region_name=REGION)
        client.create_stream(StreamName=STREAM, ShardCount=2)
        yield url


@pytest.fixture
def stream(endpoint: str) -> KinesisStream:
    return KinesisStream(STREAM, REGION, endpoint)


@pytest.fixture
def member(stream: KinesisStream, postgres_url: str) -> KinesisMember:
    with bulk.connect(postgres_url) as connection:
        ddl.create_schemas(connection)
        connection.commit()
    return KinesisMember(stream, postgres_url)


def payments(count: int = EVENTS) -> list[dict[str, Any]]:
    """Payments of eleven accounts, each amount another one."""
    return [event(n, account_id=f"A{n % 11}", amount=f"{n}.01") for n in range(count)]


def totals(url: str) -> tuple[int, int, Decimal]:
    return rows(
        url,
        "select count(*), count(distinct event_id), sum(amount) from bronze.transaction_events",
    )[0]


def expected(count: int = EVENTS) -> tuple[int, int, Decimal]:
    return count, count, sum((Decimal(f"{n}.01") for n in range(count)), Decimal(0))


def test_events_and_their_duplicates_are_stored_once(
    stream: KinesisStream, member: KinesisMember, place: Place
) -> None:
    sender, sent = KinesisSender(stream), documents(payments())
    assert sender.offer(sent, 1) == EVENTS
    sender.offer(sent[::3], 1)
    with consuming(member, place, pace=PACE):
        wait_until(lambda: value(place.url, STORED) == EVENTS, "all are stored")
        sender.offer(sent[:50], 1)
        sender.offer(documents([event(EVENTS, amount=f"{EVENTS}.01")]), 1)
        wait_until(lambda: value(place.url, STORED) == EVENTS + 1, "the last is stored")
    assert totals(place.url) == expected(EVENTS + 1)
    settled = rows(place.url, "select shard, settled = given from ops.stream_positions order by 1")
    assert settled == [(0, True), (1, True)]


def test_bad_messages_are_put_away_once_and_alerts_are_in_the_database(
    stream: KinesisStream, member: KinesisMember, place: Place
) -> None:
    sender = KinesisSender(stream)
    sender.offer(
        ["{", "{", *documents([event(1), event(2, amount="2500"), event(3, amount="x")])], 1
    )
    with consuming(member, place, Strict, PACE):
        wait_until(lambda: value(place.url, STORED) == 2, "the good ones are stored")
        put_away = "select count(*) from ops.dead_letters"
        wait_until(lambda: value(place.url, put_away) == 2, "the bad ones are put away")
    assert value(place.url, "select count(*) from bronze.stream_fraud_alerts") == 1


def test_a_consumer_that_is_killed_loses_and_doubles_nothing(
    endpoint: str, stream: KinesisStream, place: Place, tmp_path: Any
) -> None:
    """Consumers in processes of their own are killed in the middle, three times."""
    url = f"kinesis://{STREAM}?region={REGION}&endpoint={endpoint}"
    sender, sent = KinesisSender(stream), documents(payments())
    third = EVENTS // 3
    home = str(tmp_path / "home")
    for start in range(0, EVENTS, third):
        before = value(place.url, STORED) or 0
        sender.offer(sent[start : start + third], 1)
        sender.offer(sent[: start + third : 7], 1)
        process = subprocess.Popen(
            [sys.executable, "-m", WORKER, home, place.url, "20", url], start_new_session=True
        )
        try:
            wait_until(lambda before=before: (value(place.url, STORED) or 0) > before, "some came")
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        wait_until(lambda: not rows(place.url, WORKING), "the server has seen its end")
    with consuming(KinesisMember(stream, place.url), place, pace=PACE):
        wait_until(lambda: value(place.url, STORED) == EVENTS, "all are stored")
    assert totals(place.url) == expected()


def test_what_was_given_and_not_settled_comes_again_and_is_counted(
    stream: KinesisStream, member: KinesisMember, postgres_url: str
) -> None:
    KinesisSender(stream).offer(documents([event(n, account_id="A1") for n in range(5)]), 1)
    member.join()
    given = member.read(10, 2_000)
    assert [one.deliveries for one in given] == [1] * 5
    member.settle([Outcome(one.id) for one in (given[0], given[1], given[3])])
    other = KinesisMember(stream, postgres_url)
    other.join()
    # The fourth was settled behind one that was not, and so comes again too.
    again = other.read(10, 2_000)
    assert [one.id for one in again] == [one.id for one in given[2:]]
    assert [one.deliveries for one in again] == [2] * 3
    assert other.settle([Outcome(one.id) for one in again]) == 3
    third = KinesisMember(stream, postgres_url)
    third.join()
    assert third.read(10, 0) == []


def test_a_message_that_fails_is_given_again_by_the_same_consumer(
    stream: KinesisStream, member: KinesisMember
) -> None:
    KinesisSender(stream).offer(documents([event(1), event(2)]), 1)
    member.join()
    given = member.read(10, 2_000)
    member.settle([Outcome(given[1].id)])
    assert [[(one.id, one.deliveries) for one in some] for some in member.abandoned(10, 0)] == [
        [(given[0].id, 2)]
    ]
    assert member.attempts(given[0]) == 1
    assert member.attempts(given[0]) == 2
    member.settle([Outcome(given[0].id)])
    assert list(member.abandoned(10, 0)) == []


def test_a_shard_that_is_split_is_read_to_its_end_before_its_children(
    endpoint: str, stream: KinesisStream, member: KinesisMember, place: Place
) -> None:
    client = boto3.client("kinesis", endpoint_url=endpoint, region_name=REGION)
    sender, sent = KinesisSender(stream), documents(payments(60))
    sender.offer(sent[:30], 1)
    client.update_shard_count(StreamName=STREAM, TargetShardCount=4, ScalingType="UNIFORM_SCALING")
    sender.offer(sent[30:], 1)
    with consuming(member, place, pace=PACE):
        wait_until(lambda: value(place.url, STORED) == 60, "all are stored")
    assert totals(place.url) == expected(60)


def test_the_setting_chooses_the_stream(
    endpoint: str, stream: KinesisStream, postgres_url: str, tmp_path: Any
) -> None:
    url = f"kinesis://{STREAM}?region={REGION}&endpoint={endpoint}"
    settings = Settings(home=tmp_path, kinesis_url=url)
    with open_sender(settings) as sender, open_member(settings, postgres_url) as member:
        assert isinstance(sender, KinesisSender)
        assert isinstance(member, KinesisMember)
    assert server_state(settings).is_running
    gone = Settings(home=tmp_path, kinesis_url=url.replace(STREAM, "gone"))
    assert not server_state(gone).is_running
    assert is_active(stream)
    with pytest.raises(ValidationError, match="exclude each other"):
        Settings(home=tmp_path, kinesis_url=url, redis_url="redis://127.0.0.1:1/0")


def test_a_stream_that_is_gone_is_told_in_words(endpoint: str) -> None:
    with pytest.raises(StreamUnavailableError, match="ResourceNotFoundException"):
        KinesisSender(KinesisStream("gone", REGION, endpoint)).offer(["{}"], 1)


def test_positions_of_another_stream_are_its_own(
    endpoint: str, stream: KinesisStream, member: KinesisMember, postgres_url: str
) -> None:
    client = boto3.client("kinesis", endpoint_url=endpoint, region_name=REGION)
    client.create_stream(StreamName="other", ShardCount=1)
    other = KinesisStream("other", REGION, endpoint)
    for one, taker in ((stream, member), (other, KinesisMember(other, postgres_url))):
        KinesisSender(one).offer(documents([event(1)]), 1)
        taker.join()
        assert len(taker.read(10, 2_000)) == 1
    with psycopg.connect(postgres_url) as connection:
        found = connection.execute("select count(distinct channel) from ops.stream_positions")
        assert found.fetchone() == (2,)
