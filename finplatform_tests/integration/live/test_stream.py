"""The stream of the live page: one poll for all, in numbered events that can be taken up again."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from finplatform.api.live.hub import RETRY_MILLISECONDS, Hub
from finplatform.settings import Settings
from finplatform.warehouse.embedded import server_for
from finplatform.warehouse.embedded.ports import free_port
from finplatform_tests.in_process import TrailInMemory
from finplatform_tests.integration.live.bank import LiveBank, served
from finplatform_tests.waiting import LIMIT_S, wait_until

pytestmark = pytest.mark.integration

SESSIONS = """
select count(*) from pg_stat_activity
where datname = current_database() and application_name = 'finplatform live'
"""


@dataclass(frozen=True)
class Event:
    """One event as it came over the wire."""

    name: str
    id: str
    retry: str | None
    body: dict[str, Any]

    @property
    def round(self) -> int:
        return int(self.id.partition(".")[2])

    def shows(self, transaction: str) -> bool:
        """Whether a transaction is among the latest."""
        values = self.body["sections"].get("transactions", {}).get("values")
        return bool(values) and transaction in {one["id"] for one in values["latest"]}


class Listener:
    """One `EventSource`, as far as tests need it."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.iter_lines()

    def next(self) -> Event:
        fields: dict[str, str] = {}
        for line in self._lines:
            if line == "" and "data" in fields:
                return Event(
                    fields["event"], fields["id"], fields.get("retry"), json.loads(fields["data"])
                )
            name, _, value = line.partition(": ")
            fields[name] = value
        raise EOFError

    def __iter__(self) -> Iterator[Event]:
        """What is still to come; ends with the stream."""
        with suppress(EOFError):
            while True:
                yield self.next()

    def until_shown(self, transaction: str) -> Event:
        while True:
            event = self.next()
            if event.shows(transaction):
                return event


@contextmanager
def listening(settings: Settings, **headers: str) -> Iterator[Listener]:
    url = f"http://127.0.0.1:{settings.api_port}/api/live/events"
    with httpx.stream("GET", url, headers=headers, timeout=LIMIT_S, trust_env=False) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-cache"
        yield Listener(response)


def sessions(bank: LiveBank) -> int:
    with psycopg.connect(bank.url) as connection:
        row = connection.execute(SESSIONS).fetchone()
    return int(row[0]) if row else -1


def test_a_stream_begins_with_everything_and_goes_on_with_what_changed(
    empty_bank: LiveBank,
) -> None:
    with served(empty_bank.settings), listening(empty_bank.settings) as listener:
        first = listener.next()
        assert (first.name, first.retry) == ("snapshot", str(RETRY_MILLISECONDS))
        assert set(first.body) == {"at", "bank", "sections"}
        assert first.body["bank"] == "Meridian Bank (simulated)"
        assert {"transactions", "alerts", "payments", "loads", "database"} <= set(
            first.body["sections"]
        )
        key = empty_bank.add_transaction()
        later = listener.until_shown(key)
        assert later.name == "round"
        assert later.round > first.round
        assert "loads" not in listener.next().body["sections"]


def test_ten_watchers_get_the_rounds_of_one_poll_in_one_session(empty_bank: LiveBank) -> None:
    with served(empty_bank.settings) as hub, ExitStack() as stack:
        one = stack.enter_context(listening(empty_bank.settings))
        one.next()
        others = [stack.enter_context(listening(empty_bank.settings)) for _ in range(9)]
        firsts = [listener.next() for listener in others]
        begun = hub.rounds
        assert hub.audience == 10
        assert sessions(empty_bank) == 1
        key = empty_bank.add_transaction()
        shown = [listener.until_shown(key) for listener in (one, *others)]
        # The same round of the same poll shows it to everybody.
        assert len({(event.id, json.dumps(event.body)) for event in shown}) == 1
        assert shown[0].round > max(event.round for event in firsts)
        assert sessions(empty_bank) == 1
        assert hub.rounds >= begun


def test_statements_do_not_grow_with_the_number_of_watchers(
    empty_bank: LiveBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    execute = psycopg.AsyncConnection.execute

    async def counted(self: Any, query: Any, *more: Any, **others: Any) -> Any:
        statements.append(query)
        return await execute(self, query, *more, **others)

    monkeypatch.setattr(psycopg.AsyncConnection, "execute", counted)

    def in_rounds(hub: Hub, rounds: int) -> float:
        """Statements a round, over some whole rounds."""
        begun, before = hub.rounds, len(statements)
        wait_until(lambda: hub.rounds >= begun + rounds, "some rounds are over")
        return (len(statements) - before) / (hub.rounds - begun)

    with served(empty_bank.settings) as hub, ExitStack() as stack:
        # A listener that is let go of leaves.
        listeners = [stack.enter_context(listening(empty_bank.settings))]
        listeners[0].next()
        alone = in_rounds(hub, 40)
        listeners += [stack.enter_context(listening(empty_bank.settings)) for _ in range(9)]
        for listener in listeners:
            listener.next()
        assert hub.audience == 10
        together = in_rounds(hub, 40)
    assert 0 < together < 2 * alone


def test_the_poll_ends_when_nobody_watches_and_begins_with_the_next(empty_bank: LiveBank) -> None:
    with served(empty_bank.settings) as hub:
        assert not hub.is_polling
        with listening(empty_bank.settings) as listener:
            listener.next()
            assert hub.is_polling
        wait_until(lambda: not hub.is_polling, "the poll has ended")
        wait_until(lambda: sessions(empty_bank) == 0, "its session is closed")
        rounds = hub.rounds
        key = empty_bank.add_transaction()
        assert hub.rounds == rounds
        with listening(empty_bank.settings) as listener:
            first = listener.next()
        assert first.shows(key)
        assert {"alerts", "payments", "loads"} <= set(first.body["sections"])


def test_a_watcher_that_comes_back_gets_what_it_missed(empty_bank: LiveBank) -> None:
    with (
        served(empty_bank.settings),
        listening(empty_bank.settings) as staying,
        listening(empty_bank.settings) as leaving,
    ):
        staying.next()
        last = leaving.next()
        key = empty_bank.add_transaction()
        shown = staying.until_shown(key)
        with listening(empty_bank.settings, **{"Last-Event-ID": last.id}) as back:
            events = [back.next()]
            while not events[-1].shows(key):
                events.append(back.next())
        assert {event.name for event in events} == {"round"}
        assert [event.round for event in events] == list(range(last.round + 1, shown.round + 1))


@pytest.mark.parametrize("id_", ["", "0.0", "another.1", "x", "%s.99999999", "%s.-1", "%s.²"])
def test_an_id_that_means_nothing_here_gets_everything(empty_bank: LiveBank, id_: str) -> None:
    with served(empty_bank.settings):
        with listening(empty_bank.settings) as listener:
            life = listener.next().id.partition(".")[0]
        sent = id_.replace("%s", life).encode()
        url = f"http://127.0.0.1:{empty_bank.settings.api_port}/api/live/events"
        with httpx.stream(
            "GET", url, headers=[(b"Last-Event-ID", sent)], timeout=LIMIT_S, trust_env=False
        ) as response:
            assert Listener(response).next().name == "snapshot"


def test_a_server_that_is_stopped_ends_its_streams_and_the_next_one_begins_anew(
    empty_bank: LiveBank,
) -> None:
    with ExitStack() as stack:
        with served(empty_bank.settings):
            listener = stack.enter_context(listening(empty_bank.settings))
            first = listener.next()
        # What comes until the stream ends is the end of it; an empty bank may send nothing more.
        last = [first, *listener][-1]
        with (
            served(empty_bank.settings),
            listening(empty_bank.settings, **{"Last-Event-ID": last.id}) as back,
        ):
            first = back.next()
    assert first.name == "snapshot"
    assert first.id.partition(".")[0] != last.id.partition(".")[0]


def test_a_watcher_too_many_is_refused(
    empty_bank: LiveBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finplatform.api.live.hub.LARGEST_AUDIENCE", 1)
    with served(empty_bank.settings), listening(empty_bank.settings) as listener:
        listener.next()
        url = f"http://127.0.0.1:{empty_bank.settings.api_port}/api/live/events"
        answer = httpx.get(url, timeout=LIMIT_S, trust_env=False)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_session_that_the_server_ends_is_opened_again(empty_bank: LiveBank) -> None:
    with served(empty_bank.settings), listening(empty_bank.settings) as listener:
        listener.next()
        empty_bank.run(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'finplatform live' and datname = current_database()"
        )
        key = empty_bank.add_transaction()
        event = listener.until_shown(key)
        assert event.body["sections"]["transactions"]["state"] == "ok"


def test_without_a_database_no_section_has_a_figure_and_it_is_not_started(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = tmp_path_factory.mktemp("stopped") / "home"
    settings = Settings(
        home=home,
        postgres_port=free_port(),
        api_port=free_port(),
        ui_port=free_port(),
        api_anonymous_role="admin",
    )
    with served(settings, audit=TrailInMemory()), listening(settings) as listener:
        found = listener.next().body["sections"]
        assert server_for(settings).status() is None
    assert {section["state"] for name, section in found.items() if name != "pipeline"} == {"failed"}
    assert {section["values"] for section in found.values()} == {None}
    assert "`finplatform up`" in found["database"]["why"]


def test_no_stream_begins_that_cannot_be_recorded(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path / "home",
        database_url=f"postgresql://nobody@127.0.0.1:{free_port()}/none",
        api_port=free_port(),
        ui_port=free_port(),
        api_anonymous_role="admin",
    )
    with served(settings):
        url = f"http://localhost:{settings.api_port}"
        answer = httpx.get(f"{url}/api/live/events", timeout=LIMIT_S, trust_env=False)
        page = httpx.get(f"{url}/live", timeout=LIMIT_S, trust_env=False)
    assert answer.status_code == 503
    assert answer.json()["detail"] == "The access could not be recorded, so it is refused."
    assert page.status_code == 200


def test_a_database_that_comes_back_is_shown_again(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = tmp_path_factory.mktemp("restarted") / "home"
    settings = Settings(
        home=home,
        postgres_port=free_port(),
        postgres_memory_mb=512,
        api_port=free_port(),
        ui_port=free_port(),
        api_anonymous_role="admin",
    )
    server = server_for(settings)

    def state_of_database(event: Event) -> str | None:
        found = event.body["sections"].get("database")
        return found["state"] if found else None

    with served(settings, audit=TrailInMemory()), listening(settings) as listener:
        assert state_of_database(listener.next()) == "failed"
        starting = threading.Thread(target=server.start, name="start")
        starting.start()
        try:
            while state_of_database(listener.next()) != "ok":
                pass
            starting.join()
            server.stop()
            while state_of_database(listener.next()) != "failed":
                pass
        finally:
            starting.join()
            server.stop()


def test_health_is_good_while_the_database_answers(empty_bank: LiveBank) -> None:
    with served(empty_bank.settings):
        url = f"http://localhost:{empty_bank.settings.api_port}/api/health"
        answer = httpx.get(url, timeout=LIMIT_S, trust_env=False)
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "detail": None}
