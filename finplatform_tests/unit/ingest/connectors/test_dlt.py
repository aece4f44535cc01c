"""Any shape that a dlt resource yields becomes the same rows, and faults hold no values."""

import socket
from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import ReadRequest
from finplatform.ingest.connectors.config import DltSource, TableConfig
from finplatform.windows import Window

pytest.importorskip("dlt")

from finplatform.ingest.connectors.dlt import DltConnector

MODULE = "finplatform_tests.unit.ingest.connectors.dlt_sources"
WINDOW = Window(date(2025, 1, 30), date(2025, 2, 1))


@pytest.fixture(autouse=True)
def nothing_leaves(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Every address that is connected to."""
    reached: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: reached.append(address))
    yield reached
    assert reached == []


def source(name: str, **arguments: Any) -> DltSource:
    return DltSource(connector="dlt", source=f"{MODULE}:{name}", arguments=arguments)


def rows(made: DltSource, read: str, window: Window | None = None) -> pl.DataFrame:
    request = ReadRequest(read, TableConfig(source=""), window=window, batch_rows=2)
    batches = [batch.frame for batch in DltConnector(made).read(request)]
    assert all(batch.height <= 2 for batch in batches)
    return pl.concat(batches)


@pytest.mark.parametrize("shape", ["documents", "arrow", "pandas", "polars"])
def test_every_shape_gives_the_same_rows(shape: str) -> None:
    found = rows(source("shapes"), shape)
    assert found.sort("id").rows() == [(str(number), f"N{number}") for number in range(5)]


def test_documents_and_tables_of_one_resource_lose_no_row() -> None:
    assert sorted(rows(source("shapes"), "mixed")["id"]) == list("01234")


def test_a_lookup_is_read_whole() -> None:
    assert DltConnector(source("shapes")).read_lookup("documents").height == 5


def test_arguments_take_variables_and_the_days_of_the_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CRM_TOKEN", "t")
    days = {"since": "{start}", "until": "{end:%Y%m%d}", "left": "{resources.a.b}", "n": 3}
    made = source("alone", login="${CRM_TOKEN}", days=days)
    found = rows(made, "alone", WINDOW)
    assert found.row(0, named=True) == {
        "login": "t", "since": "2025-01-30", "until": "20250201", "left": "{resources.a.b}",
        "n": "3",
    }  # fmt: skip


def test_only_a_source_with_a_window_in_its_arguments_cuts() -> None:
    assert source("alone", days=["{start}"]).is_cut
    assert not source("alone", days=["{resources.a.start}"]).is_cut


def test_a_window_that_there_is_not_is_refused() -> None:
    with pytest.raises(FinplatformError, match="ask for a window"):
        rows(source("alone", login="s", days={"since": "{start}"}), "alone")


def test_a_resource_that_fails_is_reported_without_its_values() -> None:
    with pytest.raises(FinplatformError, match="ValueError") as caught:
        rows(source("shapes"), "broken")
    assert "Canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("made", "read", "said"),
    [
        (source("shapes"), "gone", "has no resource gone"),
        (source("gone"), "documents", "There is no gone"),
        (source("nothing"), "nothing", "is no source or resource"),
        (DltSource(connector="dlt", source="nowhere.at_all:x"), "x", "nowhere.at_all"),
        (source("alone", wrong=1), "alone", "could not be read"),
    ],
)
def test_what_does_not_exist_is_named(made: DltSource, read: str, said: str) -> None:
    with pytest.raises(FinplatformError, match=said):
        rows(made, read)


def test_an_unknown_short_name_is_refused_when_the_configuration_is_read() -> None:
    with pytest.raises(ValidationError, match="rest_api or sql_database"):
        DltSource(connector="dlt", source="hubspot")
