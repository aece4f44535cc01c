"""SQL of people, taken over from the server's log: each statement once, whatever happens to it."""

import json
import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from finplatform.settings import Settings
from finplatform.warehouse import statement_log
from finplatform.warehouse.audit_log import Search, find, trail
from finplatform.warehouse.database import Warehouse, open_warehouse
from finplatform.warehouse.embedded import server_for
from finplatform.warehouse.embedded.layout import Layout
from finplatform.warehouse.embedded.ports import free_port
from finplatform_tests.waiting import wait_until

pytestmark = pytest.mark.integration

WATCHED = "finplatform_p_anna"
NOT_WATCHED = "finplatform_p_ben"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A home with a server of its own, and two people."""
    made = Settings(
        home=tmp_path_factory.mktemp("log"), postgres_port=free_port(), postgres_memory_mb=512
    )
    try:
        with trail(open_warehouse(made)) as connection:
            for name in (WATCHED, NOT_WATCHED):
                connection.execute(f"create role {name} login password '{name}'".encode())
            statement_log.watch(connection, WATCHED)
            connection.commit()
        yield made
    finally:
        server_for(made).stop()


@pytest.fixture
def warehouse(settings: Settings) -> Warehouse:
    """The database, with all that was said before taken over."""
    found = open_warehouse(settings)
    statement_log.collect(settings, found)
    return found


def _session(warehouse: Warehouse, name: str = WATCHED) -> psycopg.Connection:
    location = warehouse.location.set(username=name, password=name, drivername="postgresql")
    return psycopg.connect(location.render_as_string(hide_password=False), autocommit=True)


def _events(warehouse: Warehouse) -> list[dict[str, object]]:
    with trail(warehouse) as connection:
        return find(connection, Search(action="sql", most=10_000))


def _texts(settings: Settings, warehouse: Warehouse, at_least: int) -> list[str]:
    """Statements in the trail, once so many are there: the server writes its log on its own."""

    def is_there() -> bool:
        statement_log.collect(settings, warehouse)
        return len(_events(warehouse)) >= at_least

    wait_until(is_there, "the statements are in the trail")
    return [str(row["detail"].get("statement", "")) for row in reversed(_events(warehouse))]


def test_every_statement_of_a_watched_role_is_recorded_once(
    settings: Settings, warehouse: Warehouse
) -> None:
    before = len(_events(warehouse))
    with _session(warehouse) as connection:
        for number in range(25):
            connection.execute(f"select {number} as watched".encode())
            connection.execute("select %s::int as bound", (number,))
    with _session(warehouse, NOT_WATCHED) as connection:
        connection.execute("select 'of ben'")
    texts = _texts(settings, warehouse, before + 50)
    statement_log.collect(settings, warehouse)
    assert len(_events(warehouse)) == before + 50
    assert {f"select {number} as watched" for number in range(25)} <= set(texts)
    assert not any("of ben" in text for text in texts)


def test_what_a_role_may_not_is_recorded_as_denied(
    settings: Settings, warehouse: Warehouse
) -> None:
    before = len(_events(warehouse))
    with _session(warehouse) as connection:
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("select * from audit.event_log")
        with pytest.raises(errors.DivisionByZero):
            connection.execute("select 1 / 0")
    _texts(settings, warehouse, before + 4)
    outcomes = [row["outcome"] for row in _events(warehouse)[:4]]
    assert sorted(outcomes) == ["denied", "failed", "ok", "ok"]


@pytest.mark.parametrize(
    "statement",
    ["set log_statement = 'none'", "alter role current_user set log_statement = 'none'"],
)
def test_a_watched_role_cannot_stop_being_watched(warehouse: Warehouse, statement: str) -> None:
    with _session(warehouse) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(statement.encode())


@pytest.mark.parametrize(
    "statement",
    [
        "alter role {0} password 'Canary'",
        "ALTER ROLE {0} WITH PASSWORD E'Ca\\'Canary'",
        "alter role {0} password $$Canary$$",
    ],
)
def test_a_password_in_a_statement_is_not_recorded(
    settings: Settings, warehouse: Warehouse, statement: str
) -> None:
    before = len(_events(warehouse))
    with _session(warehouse) as connection, connection.transaction(force_rollback=True):
        connection.execute(statement.format(WATCHED).encode())
    texts = _texts(settings, warehouse, before + 3)
    assert not any("Canary" in text for text in texts)


def _entry(text: str, at: datetime, **more: object) -> bytes:
    entry = {
        "timestamp": f"{at:%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC", "user": WATCHED,
        "dbname": "finplatform", "error_severity": "LOG", "message": f"statement: {text}",
        "session_id": "x", "line_num": 1, **more,
    }  # fmt: skip
    return json.dumps(entry).encode() + b"\n"


@pytest.fixture
def log(settings: Settings) -> Iterator[Path]:
    """A file of the log that the server does not write."""
    path = Layout(settings.home).log / f"postgresql-{uuid.uuid4().hex}.json"
    yield path
    path.unlink(missing_ok=True)


def test_a_file_that_is_begun_anew_is_read_from_its_start(
    settings: Settings, warehouse: Warehouse, log: Path
) -> None:
    week_ago = datetime.now(UTC) - timedelta(days=7)
    log.write_bytes(b"".join(_entry(f"select 'old {n}'", week_ago) for n in range(3)))
    statement_log.collect(settings, warehouse)
    log.write_bytes(_entry("select 'new'", datetime.now(UTC)))
    statement_log.collect(settings, warehouse)
    texts = [str(row["detail"].get("statement")) for row in _events(warehouse)]
    assert [texts.count(f"select 'old {n}'") for n in range(3)] == [1, 1, 1]
    assert texts.count("select 'new'") == 1
    with trail(warehouse) as connection:
        assert not find(connection, Search(action=statement_log.GAP, object=log.name))


def test_a_file_that_is_begun_anew_before_its_end_was_read_is_called_a_gap(
    settings: Settings, warehouse: Warehouse, log: Path
) -> None:
    today = datetime.now(UTC)
    log.write_bytes(_entry("select 'early'", today))
    statement_log.collect(settings, warehouse)
    log.write_bytes(_entry("select 'late'", today + timedelta(days=7)))
    statement_log.collect(settings, warehouse)
    with trail(warehouse) as connection:
        (gap,) = find(connection, Search(action=statement_log.GAP, object=log.name))
    assert gap["outcome"] == "failed"


def test_a_line_that_is_being_written_waits_for_its_end(
    settings: Settings, warehouse: Warehouse, log: Path
) -> None:
    whole = _entry("select 'in two parts'", datetime.now(UTC))
    log.write_bytes(_entry("select 'first'", datetime.now(UTC)) + whole[:20])
    assert statement_log.collect(settings, warehouse) == 1
    with log.open("ab") as file:
        file.write(whole[20:])
        file.flush()
        os.fsync(file.fileno())
    assert statement_log.collect(settings, warehouse) == 1
    assert statement_log.collect(settings, warehouse) == 0


def test_lines_that_are_none_are_passed_over(
    settings: Settings, warehouse: Warehouse, log: Path
) -> None:
    noise = b"\n".join([b"{", b"[]", b"\xff\xfe", b'"text"', b"{}"]) + b"\n"
    log.write_bytes(_entry("select 'x'", datetime.now(UTC)) + noise)
    assert statement_log.collect(settings, warehouse) == 1


def test_another_server_has_no_log_here(warehouse: Warehouse, tmp_path: Path) -> None:
    elsewhere = Settings(home=tmp_path, database_url="postgresql://nobody@127.0.0.1:1/none")
    assert statement_log.collect(elsewhere, warehouse) == 0
