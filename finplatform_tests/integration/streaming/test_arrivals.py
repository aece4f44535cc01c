"""Days with new events are given once each, and none of an open transaction is missed."""

from datetime import date

import psycopg
import pytest

from finplatform.streaming.arrivals import START, days_since
from finplatform.streaming.names import CHANNEL
from finplatform.warehouse import bulk, ddl

pytestmark = pytest.mark.integration

NOTE = """
insert into ops.stream_days (channel, business_date, event_count, last_received_at)
values (%s, %s, 1, now())
on conflict (channel, business_date) do update set event_count = 2, xid = excluded.xid
"""
FIRST, SECOND, THIRD = date(2025, 3, 1), date(2025, 3, 2), date(2025, 3, 3)


@pytest.fixture
def warehouse_url(postgres_url: str) -> str:
    with bulk.connect(postgres_url) as connection:
        ddl.create_schemas(connection)
    return postgres_url


def note(connection: psycopg.Connection, day: date) -> None:
    connection.execute(NOTE, (CHANNEL, day))


def test_without_a_stream_nothing_has_arrived(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        found = days_since(connection)
    assert (found.days, found.cursor) == ((), START)


def test_a_day_is_told_once_for_each_time_that_it_gets_events(warehouse_url: str) -> None:
    with psycopg.connect(warehouse_url, autocommit=True) as connection:
        note(connection, FIRST)
        note(connection, SECOND)
        found = days_since(connection)
        assert found.days == [FIRST, SECOND]
        again = days_since(connection, found.cursor)
        assert again.days == []
        note(connection, FIRST)
        assert days_since(connection, again.cursor).days == [FIRST]


def test_a_day_of_an_open_transaction_is_told_after_its_end(warehouse_url: str) -> None:
    with (
        psycopg.connect(warehouse_url) as open_,
        psycopg.connect(warehouse_url, autocommit=True) as connection,
    ):
        note(open_, FIRST)
        note(connection, SECOND)
        told = days_since(connection)
        open_.commit()
        note(connection, THIRD)
        following = days_since(connection, told.cursor)
        days = [*told.days, *following.days]
        assert sorted(days) == [FIRST, SECOND, THIRD]
        assert days_since(connection, following.cursor).days == []


def test_a_cursor_of_another_server_tells_everything_once(warehouse_url: str) -> None:
    with psycopg.connect(warehouse_url, autocommit=True) as connection:
        note(connection, FIRST)
        connection.execute("update ops.stream_days set xid = '9000000000000'")
        note(connection, SECOND)
        found = days_since(connection, "9100000000000")
        assert found.days == [FIRST, SECOND]
        assert days_since(connection, found.cursor).days == []
