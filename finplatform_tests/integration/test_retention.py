"""Old rows of operational tables are deleted, and none that says what holds by now."""

import psycopg
import pytest

from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.retention import delete_old_rows

pytestmark = pytest.mark.integration

LOAD = """
insert into ops.load_log (table_name, window_start, window_end, rows_out, load_seconds, loaded_at)
values ('bronze.x', %s, %s, 1, 1, now() - make_interval(days => %s))
"""
INCIDENT = """
insert into ops.incidents (fingerprint, kind, severity, subject, title, link, days, opened_at,
    last_seen_at, ended_at)
values (%s, 'k', 'info', 's', 't', '', '{(,)}', now(), now(), now() - make_interval(days => %s))
returning incident_id
"""
MESSAGE = """
insert into ops.notifications (message_key, incident_id, event, channel, target, due_at)
values (%s, %s, 'opened', 'log', '', now())
"""


@pytest.fixture
def connection(postgres_url: str) -> psycopg.Connection:
    with bulk.connect(postgres_url) as made:
        ddl.create_schemas(made)
    return psycopg.connect(postgres_url, autocommit=True)


def test_of_old_loads_the_last_of_each_window_stays(connection: psycopg.Connection) -> None:
    with connection:
        for window, age in ((("2025-01-01", "2025-01-02"), 500), ((None, None), 500)):
            for days in (age + 1, age):
                connection.execute(LOAD, (*window, days))
        connection.execute(LOAD, (None, None, 1))
        assert delete_old_rows(connection, 400)["ops.load_log"] == 3
        left = connection.execute("select window_start from ops.load_log").fetchall()
    assert len(left) == 2


def test_incidents_that_go_on_or_have_just_ended_stay(connection: psycopg.Connection) -> None:
    with connection:
        for name, age in (("old", 500), ("recent", 1), ("open", None)):
            row = connection.execute(INCIDENT, (name, age)).fetchone()
            assert row is not None
            connection.execute(MESSAGE, (name, row[0]))
        deleted = delete_old_rows(connection, 400)
        assert (deleted["ops.notifications"], deleted["ops.incidents"]) == (1, 1)
        left = connection.execute("select fingerprint from ops.incidents order by 1").fetchall()
    assert left == [("open",), ("recent",)]


def test_an_empty_database_has_nothing_old(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as empty:
        assert delete_old_rows(empty, 400) == {}
