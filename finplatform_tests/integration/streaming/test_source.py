"""The stream as a source: each transaction once, as its last event has it, of its own days."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import ReadRequest
from finplatform.ingest.connectors.config import StreamSource, TableConfig
from finplatform.ingest.connectors.stream import StreamConnector
from finplatform.ingest.vault_key import vault_master_key
from finplatform.settings import Settings
from finplatform.streaming.consumer import Place
from finplatform.streaming.evaluator import NoRules
from finplatform.streaming.events import decode
from finplatform.streaming.landing import Landing
from finplatform.streaming.tables import create_tables
from finplatform.streaming.transport import Message
from finplatform.warehouse import bulk
from finplatform.windows import Window
from finplatform_tests.integration.streaming.examples import documents, event

pytestmark = pytest.mark.integration

DAY = Window.day(date(2025, 3, 1))


@pytest.fixture
def place(tmp_path: Any, postgres_url: str) -> Place:
    settings = Settings(home=tmp_path / "home", database_url=postgres_url)
    return Place(postgres_url, vault_master_key(postgres_url, settings), date(2024, 1, 1))


def store(place: Place, *events: dict[str, Any]) -> None:
    """Stores events as messages that follow one another."""
    at = datetime(2025, 4, 1, tzinfo=UTC)
    messages = [
        Message(f"9{number // 3}-{number % 3}", body.encode())
        for number, body in enumerate(documents(events))
    ]
    with bulk.connect(place.url) as connection:
        create_tables(connection)
        Landing(connection, place.master).store(
            decode(messages, place.validation_context(at)), NoRules(), at
        )


def read(place: Place, table: str = "transactions", **given: Any) -> list[dict[str, Any]]:
    """Rows of the day as a load reads them."""
    connector = StreamConnector(StreamSource(connector="stream", **given), place.url)
    request = ReadRequest(table, TableConfig(source="stream"), window=DAY)
    return [row for batch in connector.read(request) for row in batch.frame.to_dicts()]


def test_the_last_event_of_a_transaction_counts(place: Place) -> None:
    store(
        place,
        event(1, event_id="a", status="PENDING"),
        event(2),
        event(1, event_id="b", status="COMPLETED", amount="12.31"),
        event(3, transaction_date="2025-03-02T00:00:00Z"),
    )
    found = {row["transaction_id"]: row for row in read(place)}
    assert set(found) == {"1", "2"}
    assert (found["1"]["status"], found["1"]["amount"]) == ("COMPLETED", "12.31")
    assert "event_id" not in found["1"]


def test_systems_that_deliver_in_another_way_are_left_out(place: Place) -> None:
    store(place, event(1, source="core"), event(2, source="cards"))
    assert [row["transaction_id"] for row in read(place)] == ["2"]
    assert sorted(row["transaction_id"] for row in read(place, without=[])) == ["1", "2"]


def test_before_the_first_consumer_there_is_nothing(place: Place) -> None:
    assert read(place) == []


def test_no_other_table_comes_from_the_stream(place: Place) -> None:
    with pytest.raises(FinplatformError, match="cannot come from the stream"):
        read(place, "payments")
