"""The channel is bounded, and gives up nothing that a group has not settled."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import redis

from finplatform.settings import Settings
from finplatform.streaming.channel import Channel, GroupMember
from finplatform.streaming.client import connect
from finplatform.streaming.names import ALERTS, CHANNEL
from finplatform.streaming.transport import Outcome
from finplatform_tests.integration.streaming.conftest import answers, running_server
from finplatform_tests.integration.streaming.examples import documents, event
from finplatform_tests.waiting import wait_until

pytestmark = pytest.mark.integration


def settle(member: GroupMember, count: int) -> None:
    """Takes messages and settles them."""
    member.settle([Outcome(message.id) for message in member.read(count, 10)])


def test_only_what_there_is_room_for_is_taken(stream: redis.Redis) -> None:
    channel = Channel(stream)
    events = documents([event(number) for number in range(8)])
    assert channel.offer(events, 5) == 5
    assert channel.offer(events[5:], 5) == 0
    assert [fields[b"event"].decode() for _, fields in stream.xrange(CHANNEL)] == events[:5]


def test_what_one_group_has_not_settled_stays_for_it(stream: redis.Redis) -> None:
    channel, member = Channel(stream), GroupMember(stream)
    channel.offer(documents([event(number) for number in range(6)]), 100)
    member.join()
    stream.xgroup_create(CHANNEL, "others", id="0")
    settle(member, 6)
    assert channel.trim() == 0
    ((_, given),) = stream.xreadgroup("others", "one", {CHANNEL: ">"}, count=2)
    stream.xack(CHANNEL, "others", given[0][0])
    assert channel.trim() == 1
    assert channel.length() == 5
    assert {group.name: group.pending for group in channel.groups()} == {
        "others": 1,
        "warehouse": 0,
    }


def test_what_was_given_and_not_settled_stays(stream: redis.Redis) -> None:
    channel, member = Channel(stream), GroupMember(stream)
    channel.offer(documents([event(number) for number in range(6)]), 100)
    member.join()
    (first, *rest) = member.read(4, 10)
    member.settle([Outcome(message.id) for message in rest])
    assert channel.trim() == 0
    member.settle([Outcome(first.id)])
    assert channel.trim() == 4


def test_an_alert_is_put_on_its_stream_with_the_acknowledgement(stream: redis.Redis) -> None:
    channel, member = Channel(stream), GroupMember(stream)
    channel.offer(documents([event(1), event(2)]), 100)
    member.join()
    one, two = member.read(2, 10)
    outcomes = [Outcome(one.id, "alert", '{"of": 1}'), Outcome(two.id)]
    assert member.settle(outcomes) == 2
    assert member.settle(outcomes) == 0
    assert [fields for _, fields in stream.xrange(ALERTS)] == [{b"alert": b'{"of": 1}'}]


def test_a_consumer_that_leaves_with_messages_is_not_forgotten(stream: redis.Redis) -> None:
    channel, one, two = Channel(stream), GroupMember(stream), GroupMember(stream)
    channel.offer(documents([event(1), event(2)]), 100)
    one.join()
    one.read(1, 10)
    settle(two, 1)
    for member in (one, two):
        member.leave()
    (left,) = stream.xinfo_consumers(CHANNEL, "warehouse")
    assert left["name"].decode() == one.name
    (again,) = next(two.abandoned(10, 0))
    assert again.deliveries == 2


def test_what_was_sent_survives_the_server_and_its_watcher(stream_settings: Settings) -> None:
    """A server whose watcher was killed is ended by the next one, and its data are read again."""
    environment = os.environ | {"FINPLATFORM_HOME": str(stream_settings.home)}
    command = [str(Path(sys.executable).with_name("finplatform")), "stream", "serve"]
    watcher = subprocess.Popen(command, env=environment)
    with connect(stream_settings) as client:
        wait_until(lambda: answers(client), "the server answers")
        Channel(client).offer(documents([event(1), event(2)]), 100)
        orphan = psutil.Process(client.info("server")["process_id"])
        watcher.send_signal(signal.SIGKILL)
        watcher.wait()
        assert answers(client)
    with running_server(stream_settings) as client:
        wait_until(lambda: not _lives(orphan), "the orphan has ended")
        wait_until(lambda: answers(client), "the other server answers")
        assert Channel(client).length() == 2


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
