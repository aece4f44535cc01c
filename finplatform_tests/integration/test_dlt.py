"""A CRM over REST fills bronze by `examples/crm/sources.yaml` alone, and quarantine too."""

import json
import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import load_sources
from finplatform.ingest.connectors.registry import table_sources_of
from finplatform.ingest.load import LoadResult, TableLoader
from finplatform.settings import PROJECT_ROOT, get_settings
from finplatform.windows import Window
from finplatform_tests.integration.ingest_cases import MASTER, SETTINGS, query

pytest.importorskip("dlt")

pytestmark = pytest.mark.integration

PAGE = 100
BAD: dict[int, tuple[str, Any]] = {
    17: ("properties.country", "Narnia"),
    150: ("properties.born", "yesterday"),
    201: ("id", None),
}
DAY = date(2025, 1, 15)


def contact(number: int) -> dict[str, Any]:
    """A contact as the CRM has it; a few break the contract."""
    made: dict[str, Any] = {
        "id": f"C{number:05d}",
        "updatedAt": "2025-01-10T08:00:00Z",
        "properties": {
            "firstname": f"Given{number}", "lastname": "Family", "email": f"c{number}@crm.example",
            "phone": "+1 555 0100", "address": "1 Main St", "city": "Springfield", "country": "US",
            "born": "1980-05-17", "became_customer": "2020-01-01",
        },
    }  # fmt: skip
    if number in BAD:
        path, value = BAD[number]
        *way, name = path.split(".")
        (made["properties"] if way else made)[name] = value
    return made


CONTACTS = [contact(number) for number in range(250)]


def activity(number: int, day: date) -> dict[str, Any]:
    """A contact with a customer on a day; the API answers for the days that it is asked for."""
    return {
        "id": f"A{number}", "contact": {"id": "C00001"}, "startedAt": f"{day}T09:{number:02d}:00Z",
        "channel": "PHONE", "direction": "INBOUND", "topic": "CARD", "seconds": 60 + number,
        "resolution": "RESOLVED", "survey": {"score": 1 + number % 5},
    }  # fmt: skip


class Crm(BaseHTTPRequestHandler):
    """The CRM's API: pages with a link to the next, for who brings the token."""

    server: "Server"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = dict(parse_qsl(parts.query))
        self.server.asked.append((parts.path, asked))
        if self.headers["Authorization"] != "Bearer secret-token":
            self.send_error(403)
            return
        rows = CONTACTS
        if parts.path.endswith("activities"):
            rows = [activity(n, date.fromisoformat(asked["from"])) for n in range(7)]
        start = int(asked.get("offset", 0))
        following = start + PAGE
        link = f"{self.server.url}{parts.path[1:]}?offset={following}"
        answer = {
            "results": rows[start:following],
            "paging": {"next": link if following < len(rows) else None},
        }
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Nothing on the console."""


class Server(ThreadingHTTPServer):
    """The CRM, and what it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Crm)
        self.asked: list[tuple[str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


@pytest.fixture
def crm(home: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("FINPLATFORM_CRM_URL", server.url)
        monkeypatch.setenv("FINPLATFORM_CRM_TOKEN", "secret-token")
        yield server
        server.shutdown()
        thread.join()


def load(url: str, name: str, window: Window | None = None) -> LoadResult:
    """Loads a table as the graph does, by the example's configuration."""
    config = load_sources(PROJECT_ROOT / "examples/crm/sources.yaml", frozenset(SOURCES))
    places = table_sources_of(config.tables[name], config, get_settings(), url)
    return TableLoader(SOURCES[name], places, MASTER, SETTINGS).load(url, window)


def test_contacts_fill_the_table_and_bad_ones_quarantine(crm: Server, postgres_url: str) -> None:
    report = load(postgres_url, "customers")
    assert (report.rows_loaded, report.rows_rejected) == (len(CONTACTS) - len(BAD), len(BAD))
    assert len(crm.asked) == 3
    stored = query(postgres_url, "select count(distinct customer_id) from bronze.customers")
    assert stored == [(len(CONTACTS) - len(BAD),)]
    rejected = query(
        postgres_url,
        "select column_name, count(*) from quarantine.rejected_rows"
        " where table_name = 'customers' group by 1 order by 1",
    )
    assert rejected == [("country", 1), ("customer_id", 1), ("date_of_birth", 1)]
    # Names are sealed at ingest, as those of every other source are.
    clear = query(postgres_url, "select c::text from bronze.customers as c limit 5")
    assert not [row for (row,) in clear if "Given" in row or "crm.example" in row]


def test_a_second_load_of_the_same_contacts_changes_nothing(crm: Server, postgres_url: str) -> None:
    load(postgres_url, "customers")
    assert load(postgres_url, "customers").rows_loaded == 0
    assert query(postgres_url, "select count(*) from bronze.customers") == [
        (len(CONTACTS) - len(BAD),)
    ]


def test_activities_are_asked_for_by_the_window_and_a_rerun_replaces_it(
    crm: Server, postgres_url: str
) -> None:
    load(postgres_url, "customers")
    for _ in range(2):
        load(postgres_url, "customer_interactions", Window.through(DAY, DAY))
    assert crm.asked[-1] == ("/crm/activities", {"from": "2025-01-15", "before": "2025-01-16"})
    found = query(
        postgres_url,
        "select count(*), sum(duration_seconds) from bronze.customer_interactions",
    )
    assert found == [(7, Decimal(sum(60 + n for n in range(7))))]


def test_a_refusal_changes_nothing_and_holds_no_secret(
    crm: Server, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINPLATFORM_CRM_TOKEN", "wrong-token")
    with pytest.raises(FinplatformError, match="answers 403") as caught:
        load(postgres_url, "customers")
    assert "wrong-token" not in str(caught.value)
