"""The live page shows events and alerts of the stream as they are stored, and how much waits."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
import redis

from finplatform.api.app import live_poll
from finplatform.api.database import Reader
from finplatform.api.live.reading import Reading
from finplatform.settings import Settings
from finplatform.streaming.channel import Channel, GroupMember
from finplatform.streaming.consumer import Place
from finplatform.warehouse.reader_role import open_reader
from finplatform_tests.integration.streaming.conftest import running_server
from finplatform_tests.integration.streaming.examples import Strict, consuming, documents, event
from finplatform_tests.waiting import wait_until

pytestmark = pytest.mark.integration


def look(settings: Settings) -> Mapping[str, Reading]:
    """All sections, read once."""
    open_reader(settings)

    async def read() -> Mapping[str, Reading]:
        async with Reader(settings).session("test") as session:
            return await live_poll(settings).read(session)

    return asyncio.run(read())


def values(settings: Settings, section: str) -> Any:
    found = look(settings)[section]
    assert found.state == "ok", found
    return found.values


def test_what_waits_is_counted_with_the_age_of_the_oldest(
    stream: redis.Redis, stream_settings: Settings, place: Place
) -> None:
    Channel(stream).offer(documents([event(number) for number in range(5)]), 100)
    untouched = values(stream_settings, "stream").lag
    assert (untouched.waiting, untouched.pending, untouched.consumers) == (5, 0, 0)
    assert untouched.oldest_at is not None
    member = GroupMember(stream)
    member.join()
    member.read(2, 10)
    given = values(stream_settings, "stream").lag
    assert (given.waiting, given.pending, given.consumers) == (3, 2, 1)
    assert given.oldest_at == untouched.oldest_at


def test_an_event_and_its_alert_are_shown_once_they_are_stored(
    stream: redis.Redis, stream_settings: Settings, place: Place
) -> None:
    Channel(stream).offer([*documents([event(1), event(2, amount="2500")]), "{"], 100)
    with consuming(stream, place, Strict):
        wait_until(lambda: Channel(stream).length() == 0, "everything is settled")
        shown = values(stream_settings, "stream")
        assert (shown.lag.waiting, shown.lag.pending, shown.lag.oldest_at) == (0, 0, None)
        assert shown.lag.consumers == 1
    assert {one.id for one in shown.latest} == {"test-1", "test-2"}
    assert shown.last_minute == 2
    assert shown.put_away == 1
    alerts = values(stream_settings, "alerts")
    assert (alerts.total, alerts.open) == (1, 0)
    (alert,) = alerts.latest
    assert (alert.rule, alert.severity, alert.status) == ("AMOUNT_OVER_LIMIT", "LOW", "NOTED")
    assert alert.amount == 2500


def test_without_its_server_the_stream_shows_what_was_stored(
    stream_settings: Settings, place: Place
) -> None:
    assert look(stream_settings)["stream"].state == "no_source"
    with running_server(stream_settings) as client:
        Channel(client).offer(documents([event(1)]), 100)
        with consuming(client, place):
            wait_until(lambda: Channel(client).length() == 0, "everything is settled")
    shown = values(stream_settings, "stream")
    assert shown.lag is None
    assert [one.id for one in shown.latest] == ["test-1"]
