"""MongoDB as a source, over the wire: merchants as documents that have drifted apart.

The server is a process of its own that speaks MongoDB's protocol (SecantusDB).
"""

import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import Batch, ReadRequest
from finplatform.ingest.connectors.config import MongoSource
from finplatform.ingest.connectors.mongo import MongoConnector
from finplatform.ingest.load import LoadResult, LoadSettings
from finplatform.warehouse.embedded.ports import free_port
from finplatform.windows import Window
from finplatform_tests.integration.ingest_cases import (
    FIRST_DAY,
    LAST_DAY,
    digest,
    load,
    load_accounts,
    query,
)
from finplatform_tests.waiting import wait_until

pymongo = pytest.importorskip("pymongo")
pytest.importorskip("secantus")

pytestmark = pytest.mark.integration

COUNT = 5_000
COLUMNS = {
    "merchant_id": "_id",
    "merchant_name": "name",
    "city": "address.city",
    "country": "address.country",
    "commission_rate": "fee_plans.0.rate",
    "onboarded_date": "onboarded",
}
SMALL = LoadSettings(first_day=FIRST_DAY, last_day=LAST_DAY, batch_rows=500)


class Server:
    """A MongoDB server in a folder, which a test may kill and start again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"mongodb://127.0.0.1:{self.port}/"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        arguments = ["--host", "127.0.0.1", "--port", str(self.port), "--standalone"]
        storage = ["--storage-path", str(self._folder / "data"), "--log-level", "ERROR"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "secantus", *arguments, *storage],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._answers, "the server answers")

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def is_up(self) -> bool:
        return self._process is not None

    def fill(self, collection: str, documents: list[dict[str, Any]]) -> None:
        with pymongo.MongoClient(self.url) as client:
            client.drop_database("bank")
            client["bank"][collection].insert_many(documents)

    def connector(self, **options: object) -> MongoConnector:
        settings = {"connector": "mongo", "url": self.url, "database": "bank", "timeout_s": 60}
        return MongoConnector(MongoSource.model_validate(settings | options))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("mongo"))
    started.start()
    yield started
    started.kill()


def merchants(count: int = COUNT) -> list[dict[str, Any]]:
    return [
        {
            "_id": f"M{number:05d}",
            "name": f"Shop {number}",
            "category": "GROCERY",
            "mcc": "5411",
            "business_type": "retail",
            "address": {"street": f"Main {number}", "city": "Brno", "country": "CZ"},
            "opening_hours": [{"day": "MON", "from": "08:00", "to": "18:00"}],
            "fee_plans": [{"name": "card", "rate": 0.0125}, {"name": "wallet", "rate": 0.02}],
            "risk_level": "LOW",
            "onboarded": datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=number % 1000),
            "is_active": True,
        }
        for number in range(count)
    ]


def _load(url: str, connector: MongoConnector) -> LoadResult:
    return load(url, "merchants", connector, settings=SMALL, columns=COLUMNS)


def test_documents_become_the_first_rows_of_a_log_and_then_only_changes(
    postgres_url: str, server: Server
) -> None:
    documents = merchants()
    server.fill("merchants", documents)
    assert _load(postgres_url, server.connector()).rows_loaded == COUNT
    assert query(
        postgres_url,
        "select merchant_name, city, country, commission_rate::text, onboarded_date, is_active, _op"
        " from bronze.merchants where merchant_id = 'M00007'",
    ) == [("Shop 7", "Brno", "CZ", "0.012500", date(2020, 1, 8), True, "r")]
    documents[7]["address"]["city"] = "Praha"
    documents[8]["opening_hours"] = "never"
    server.fill("merchants", documents[:-1])
    report = _load(postgres_url, server.connector())
    assert (report.rows_loaded, report.rows_vanished) == (2, 1)
    assert query(
        postgres_url,
        "select merchant_id, _op, city from bronze.merchants where _op <> 'r' order by 1",
    ) == [("M00007", "u", "Praha"), (f"M{COUNT - 1:05d}", "d", "Brno")]


def test_drifted_documents_are_loaded_or_rejected_one_by_one(
    postgres_url: str, server: Server
) -> None:
    documents = merchants()
    documents[0]["address"]["zip"] = "602 00"  # a new field
    documents[1]["mcc"] = 5411.0  # a number as JavaScript writes it
    documents[2]["onboarded"] = "2021-05-01"  # a day as text
    del documents[3]["address"]["city"]
    documents[4]["fee_plans"][0]["rate"] = "a little"
    documents[5]["is_active"] = 17
    documents[6]["address"] = "Main Street 6, Brno"
    documents[7]["fee_plans"] = {"rate": 0.01}
    documents[8]["risk_level"] = ["LOW", "HIGH"]
    documents[9]["onboarded"] = datetime(2021, 5, 1, 13, 30, tzinfo=UTC)  # no day
    server.fill("merchants", documents)
    report = _load(postgres_url, server.connector())
    assert report.rows_loaded == COUNT - 7
    assert report.reasons == {
        "city not_nullable": 1,
        "commission_rate type(numeric(9,6))": 1,
        "commission_rate not_nullable": 1,
        "is_active type(boolean)": 1,
        "field(address.city)": 1,
        "risk_level isin(HIGH, LOW, MEDIUM)": 1,
        "onboarded_date type(date)": 1,
    }
    stored = dict(
        query(
            postgres_url,
            "select merchant_id, mcc || ' ' || onboarded_date from bronze.merchants"
            " where merchant_id < 'M00010'",
        )
    )
    assert stored == {
        "M00000": "5411 2020-01-01",
        "M00001": "5411 2020-01-02",
        "M00002": "5411 2021-05-01",
    }
    assert query(postgres_url, "select count(*) from quarantine.rejected_rows") == [(7,)]


def test_a_field_that_most_documents_lack_fails_the_load_and_changes_nothing(
    postgres_url: str, server: Server
) -> None:
    documents = merchants(200)
    server.fill("merchants", documents)
    _load(postgres_url, server.connector())
    before = digest(postgres_url, "bronze.merchants")
    server.fill("merchants", [{**each, "mcc": None} for each in documents])
    with pytest.raises(FinplatformError, match="mcc"):
        _load(postgres_url, server.connector())
    assert digest(postgres_url, "bronze.merchants") == before


class _Dying(MongoConnector):
    """Kills its server after the third batch."""

    victim: Server

    def read(self, request: ReadRequest) -> Iterator[Batch]:
        for number, batch in enumerate(super().read(request)):
            yield batch
            if number == 2:
                self.victim.kill()


def test_a_server_killed_midway_leaves_nothing_behind_and_a_rerun_loads_all(
    postgres_url: str, tmp_path: Path
) -> None:
    server = Server(tmp_path)
    server.start()
    try:
        server.fill("merchants", merchants())
        dying = _Dying(server.connector(timeout_s=15)._source)
        dying.victim = server
        with pytest.raises(
            FinplatformError, match=r"bank\.merchants could not be read"
        ) as reported:
            _load(postgres_url, dying)
        assert "Nothing was changed" in reported.value.hint
        assert not server.is_up
        assert query(postgres_url, "select count(*) from bronze.merchants") == [(0,)]
        with pytest.raises(FinplatformError, match="no server answers"):
            _load(postgres_url, server.connector(timeout_s=1))
        server.start()
        server.fill("merchants", merchants())
        assert _load(postgres_url, server.connector()).rows_loaded == COUNT
    finally:
        server.kill()


def _payments() -> list[dict[str, Any]]:
    return [
        {
            "_id": f"T{day:02d}-{number}",
            "account": {"id": "AC00001"},
            "type": "DEPOSIT",
            "amount": 12.5,
            "currency": "USD",
            "updated_at": datetime(2025, 1, day, 23, 59, 59, 999000, tzinfo=UTC),
            "channel": "ATM",
            "status": "COMPLETED",
        }
        for day in range(1, 32)
        for number in range(3)
    ]


def test_a_window_of_events_is_cut_by_the_server_and_undated_ones_are_found(
    postgres_url: str, server: Server, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    payments = _payments()
    payments[0]["updated_at"] = "2025-01-10T23:30:00-05:00"  # the 11th in UTC
    payments[1]["updated_at"] = "some day"
    del payments[2]["updated_at"]
    payments[3]["updated_at"] = "2025-01-20T10:00:00Z"
    server.fill("payments", payments)
    mapping: dict[str, object] = {
        "read": "payments",
        "columns": {
            "transaction_id": "_id",
            "account_id": "account.id",
            "transaction_type": "type",
            "transaction_date": "updated_at",
        },
        "defaults": {"fees": 0, "exchange_rate": 1},
    }
    window = Window(date(2025, 1, 11), date(2025, 1, 13))
    report = load(
        postgres_url,
        "transactions",
        server.connector(),
        window,
        settings=LoadSettings(first_day=FIRST_DAY, last_day=LAST_DAY, reject_limit=0.5),
        **mapping,
    )
    assert (report.rows_loaded, report.rows_rejected, report.rows_elsewhere) == (7, 2, 0)
    assert query(
        postgres_url,
        "select transaction_date::date, count(*) from bronze.transactions group by 1 order by 1",
    ) == [(date(2025, 1, 11), 4), (date(2025, 1, 12), 3)]


def test_a_collection_that_is_not_there_is_reported(server: Server) -> None:
    server.fill("merchants", merchants(1))
    request = ReadRequest("shops", config=_config())
    with pytest.raises(FinplatformError, match="no collection shops") as reported:
        list(server.connector().read(request))
    assert "It has: merchants" in reported.value.hint


def test_a_document_that_is_not_valid_is_said_without_its_text(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = pytest.importorskip("bson.errors")

    def find(*_: object, **__: object) -> None:
        raise errors.InvalidBSON("'utf-8' codec can't decode byte 0xff of Canary")

    server.fill("merchants", merchants(1))
    monkeypatch.setattr(pymongo.collection.Collection, "find", find)
    request = ReadRequest("merchants", config=_config())
    with pytest.raises(FinplatformError, match="not valid BSON") as said:
        list(server.connector().read(request))
    assert "Canary" not in str(said.value)


def _config() -> Any:
    from finplatform.ingest.connectors.config import TableConfig

    return TableConfig(source="s")
