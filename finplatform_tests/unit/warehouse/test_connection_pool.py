"""Idle connections: used again, never in a state that the next user would notice."""

import psycopg
import pytest

from finplatform.warehouse import bulk
from finplatform.warehouse.connection_pool import POOL

pytestmark = pytest.mark.integration

BACKEND = "select pg_backend_pid()"


def _backend(url: str) -> object:
    with bulk.connect(url) as connection:
        return bulk.fetch_value(connection, BACKEND)


def test_a_second_user_gets_the_first_one_s_connection(postgres_url: str) -> None:
    assert _backend(postgres_url) == _backend(postgres_url)


def test_two_users_at_once_have_a_connection_each(postgres_url: str) -> None:
    with bulk.connect(postgres_url) as connection:
        assert bulk.fetch_value(connection, BACKEND) != _backend(postgres_url)


def test_settings_of_a_session_end_with_its_user(postgres_url: str) -> None:
    with bulk.connect(postgres_url) as connection:
        bulk.execute(connection, "set search_path to pg_catalog")
    with bulk.connect(postgres_url) as connection:
        assert "public" in str(
            bulk.fetch_value(connection, "select current_setting('search_path')")
        )
        assert bulk.fetch_value(connection, "select current_setting('timezone')") == "UTC"


def test_a_connection_that_failed_is_not_used_again(postgres_url: str) -> None:
    before = _backend(postgres_url)
    with pytest.raises(Exception, match="division"), bulk.connect(postgres_url) as connection:
        bulk.execute(connection, "select 1 / 0")
    assert _backend(postgres_url) != before


def test_a_connection_that_died_while_idle_is_replaced(postgres_url: str) -> None:
    before = _backend(postgres_url)
    with psycopg.connect(postgres_url) as admin:
        admin.execute("select pg_terminate_backend(%s)", (before,))
    assert _backend(postgres_url) != before


def test_nothing_is_held_at_the_server_while_idle(postgres_url: str) -> None:
    backend = _backend(postgres_url)
    with psycopg.connect(postgres_url) as admin:
        row = admin.execute(
            "select state, xact_start from pg_stat_activity where pid = %s", (backend,)
        ).fetchone()
    assert row == ("idle", None)


def test_closing_ends_the_sessions(postgres_url: str) -> None:
    before = _backend(postgres_url)
    POOL.close()
    assert _backend(postgres_url) != before
