"""The trail in the database: in order and without gaps, by the one door, and safe from kills."""

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors
from sqlalchemy.engine import make_url

from finplatform.security.audit.events import Event, Outcome
from finplatform.settings import Settings
from finplatform.warehouse import audit_log
from finplatform.warehouse.audit_log import Search, find, record, rows, size, trail
from finplatform.warehouse.audit_seals import verify_trail
from finplatform.warehouse.database import Warehouse
from finplatform_tests.waiting import wait_for_end, wait_until

pytestmark = pytest.mark.integration

SECRET = "x"  # noqa: S105 - of a role that lives as long as a test

WRITER = """
    import sys
    import psycopg
    from finplatform.security.audit.events import Event
    from finplatform.warehouse.audit_log import record

    with psycopg.connect(sys.argv[1], application_name="writer") as connection:
        for batch in range(10_000):
            events = [Event("writer", "-", "write", f"{batch}.{n}") for n in range(20)]
            last = record(connection, *events)
            connection.commit()
            print(last, flush=True)
"""


@pytest.fixture
def settings(tmp_path: Path, postgres_url: str) -> Settings:
    return Settings(home=tmp_path / "home", database_url=postgres_url)


@pytest.fixture
def warehouse(postgres_url: str) -> Warehouse:
    return Warehouse(make_url(postgres_url))


@pytest.fixture
def connection(warehouse: Warehouse) -> psycopg.Connection:
    with trail(warehouse) as opened:
        yield opened


def _event(on: str, **values: object) -> Event:
    return Event("anna", "auditor", "GET /api/v1/accounts", on, detail=values)


def _rows(connection: psycopg.Connection) -> list[int]:
    return [row.seq for row in rows(connection)]


def test_an_event_is_found_as_it_was_recorded(connection: psycopg.Connection) -> None:
    at = datetime(2026, 3, 4, 5, 6, 7, 890123, UTC)
    event = Event("anna", "auditor", "export", "gold.dim_date", Outcome.DENIED, {"rows": 12}, at)
    assert record(connection, event) == 1
    (found,) = find(connection, Search(actor="anna"))
    kept = {name: found[name] for name in ("actor", "role", "action", "object", "outcome", "at")}
    assert kept == {
        "actor": "anna", "role": "auditor", "action": "export", "object": "gold.dim_date",
        "outcome": "denied", "at": at,
    }  # fmt: skip
    assert found["detail"] == {"rows": 12}
    assert found["recorded_by"] == connection.info.user


@pytest.mark.parametrize(
    ("search", "found"),
    [
        (Search(), [3, 2, 1]),
        (Search(most=2), [3, 2]),
        (Search(actor="anna"), [3, 1]),
        (Search(action="SQL"), [2]),
        (Search(object="50%_off"), [3]),
        (Search(object="50"), [3]),
        (Search(outcome=Outcome.FAILED), [2]),
        (Search(since=datetime(2026, 1, 2, tzinfo=UTC)), [3, 2]),
        (Search(until=datetime(2026, 1, 2, tzinfo=UTC)), [1]),
        (Search(actor="anna", action="sql"), []),
    ],
)
def test_a_search_finds_what_keeps_all_its_conditions(
    connection: psycopg.Connection, search: Search, found: list[int]
) -> None:
    days = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
    record(
        connection,
        Event("anna", "-", "export", "gold.dim_date", at=days[0]),
        Event("ben", "-", "sql", "warehouse", Outcome.FAILED, at=days[1]),
        Event("anna", "-", "export", "50%_off", at=days[2]),
    )
    assert [row["seq"] for row in find(connection, search)] == found


@given(
    text=st.text(max_size=40),
    detail=st.recursive(
        st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=6,
    ),
)
def test_the_database_hashes_a_row_as_the_verifier_does(
    postgres_server: object, hashing: psycopg.Connection, text: str, detail: object
) -> None:
    with hashing.transaction(force_rollback=True):
        record(hashing, Event(text, text, text, text, detail={"told": detail}))
        (row,) = rows(hashing)
        assert row.leaf == row.hash


@pytest.fixture(scope="module")
def hashing(postgres_server: object) -> psycopg.Connection:
    from finplatform_tests.databases import new_databases

    with (
        new_databases(postgres_server, "hashing") as (url,),
        trail(Warehouse(make_url(url))) as opened,
    ):
        yield opened


def test_an_event_that_the_database_cannot_hold_is_recorded_nearly(
    connection: psycopg.Connection,
) -> None:
    record(connection, Event("a\x00b", "\ud800", "x" * 5_000, "", detail={"\x00": "\udfff"}))
    (found,) = find(connection, Search())
    assert (found["actor"], found["role"], found["object"]) == ("a\ufffdb", "\ufffd", "-")
    assert len(found["action"]) == 2_000
    assert found["detail"] == {"\ufffd": "\ufffd"}


def test_many_writers_leave_no_gap_and_no_row_before_another_commits(
    settings: Settings, warehouse: Warehouse
) -> None:
    writers, transactions = 8, 40
    committed = [0] * writers
    gaps = []

    def write(number: int) -> None:
        choice = random.Random(number)  # noqa: S311 - tries the same each time
        with trail(warehouse) as connection:
            for turn in range(transactions):
                events = [_event(f"{number}.{turn}.{n}") for n in range(choice.randint(1, 5))]
                record(connection, *events)
                if choice.random() < 0.3:
                    connection.rollback()
                else:
                    connection.commit()
                    committed[number] += len(events)

    def watch(ended: threading.Event) -> None:
        with trail(warehouse) as connection:
            while not ended.is_set():
                seen = _rows(connection)
                connection.commit()
                if seen != list(range(1, len(seen) + 1)):
                    gaps.append(seen)

    ended = threading.Event()
    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    watcher = threading.Thread(target=watch, args=(ended,))
    for thread in (watcher, *threads):
        thread.start()
    wait_for_end(*threads)
    ended.set()
    wait_for_end(watcher)
    assert not gaps
    report = verify_trail(settings, warehouse)
    assert report.holds
    assert report.rows == sum(committed)


@pytest.mark.parametrize("after_batches", [1, 7, 30])
def test_a_writer_that_is_killed_leaves_all_that_it_was_promised_and_a_trail_that_holds(
    settings: Settings, warehouse: Warehouse, after_batches: int
) -> None:
    with trail(warehouse):
        pass
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), warehouse.url],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for _ in range(after_batches):
        promised = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    promised = max([promised, *map(int, process.communicate()[0].split())])

    def is_gone() -> bool:
        with warehouse.connect() as connection:
            row = connection.execute(
                "select count(*) from pg_stat_activity where application_name = 'writer'"
                " and datname = current_database()"
            ).fetchone()
        return row == (0,)

    wait_until(is_gone, "the server has seen that the writer is gone")
    report = verify_trail(settings, warehouse)
    assert report.holds
    assert report.rows >= promised
    assert report.rows % 20 == 0, "a batch is there whole or not at all"


CHANGES = (
    "update audit.event_log set actor = 'nobody'",
    "delete from audit.event_log",
    "truncate audit.event_log",
    "insert into audit.event_log select * from audit.event_log",
    "update audit.log_size set size = 0",
    "alter table audit.event_log disable trigger all",
    "drop table audit.event_log",
    "create or replace function audit.append_events(jsonb) returns bigint"
    " language sql as 'select 1::bigint'",
)


@pytest.fixture
def api_login(warehouse: Warehouse) -> str:
    """libpq URL of a login that may append events and read them, and nothing else."""
    name = f"{warehouse.location.database}_api"[:63]
    with trail(warehouse) as connection:
        record(connection, _event("first"))
        connection.execute(f"create role {name} login password '{SECRET}'".encode())
        connection.execute(f"grant usage on schema audit to {name}".encode())
        connection.execute(f"grant select on audit.event_log to {name}".encode())
        connection.execute(f"grant execute on function audit.append_events to {name}".encode())
        connection.commit()
        plain = warehouse.location.set(username=name, password=SECRET)
    return plain.render_as_string(hide_password=False)


def test_a_login_that_may_append_appends_under_its_own_name(
    connection: psycopg.Connection, api_login: str
) -> None:
    with psycopg.connect(api_login) as api:
        assert record(api, _event("second")) == 2
    names = [row["recorded_by"] for row in find(connection, Search())]
    assert names == [make_url(api_login).username, connection.info.user]


@pytest.mark.parametrize("statement", CHANGES)
def test_a_login_that_may_append_changes_nothing_else(api_login: str, statement: str) -> None:
    with (
        psycopg.connect(api_login) as api,
        pytest.raises((errors.InsufficientPrivilege, errors.InvalidSchemaName)),
    ):
        api.execute(statement.encode())


def test_a_login_that_was_granted_nothing_does_not_append(
    connection: psycopg.Connection, api_login: str
) -> None:
    name = make_url(api_login).username
    connection.execute(f"revoke execute on function audit.append_events from {name}".encode())
    connection.commit()
    with psycopg.connect(api_login) as api, pytest.raises(errors.InsufficientPrivilege):
        record(api, _event("second"))


@pytest.mark.parametrize("statement", CHANGES[:3])
def test_even_the_owner_does_not_change_rows_by_mistake(
    connection: psycopg.Connection, statement: str
) -> None:
    record(connection, _event("first"))
    with pytest.raises(errors.InsufficientPrivilege, match="only grows"):
        connection.execute(statement.encode())


@pytest.mark.parametrize(
    "events",
    [
        [{"actor": "anna"}],
        [{**_event("x").as_json(), "outcome": "perhaps"}],
        [{**_event("x").as_json(), "at": "infinity"}],
        [{**_event("x").as_json(), "at": "yesterday at noon"}],
        ["text"],
        {"actor": "anna"},
    ],
)
def test_what_is_no_event_is_refused_and_leaves_no_gap(
    connection: psycopg.Connection, events: object
) -> None:
    with pytest.raises(psycopg.Error), connection.transaction():
        connection.execute(audit_log.APPEND, (json.dumps(events),))
    assert size(connection) == 0
    assert record(connection, _event("first")) == 1


def test_a_command_is_recorded_with_the_account_that_ran_it(
    settings: Settings, connection: psycopg.Connection
) -> None:
    audit_log.record_command(settings, "export", "gold.dim_date", {"rows": 3})
    (found,) = find(connection, Search())
    assert found["role"] == audit_log.OPERATOR
    assert found["actor"]


def test_a_reveal_is_recorded_before_clear_text_leaves(
    warehouse: Warehouse, connection: psycopg.Connection
) -> None:
    witness = audit_log.reveal_witness(warehouse, "anna", "compliance_officer", "case 7")
    witness("C-1")
    (found,) = find(connection, Search(action="reveal"))
    assert (found["actor"], found["object"], found["detail"]) == (
        "anna", "C-1", {"reason": "case 7"}
    )  # fmt: skip
