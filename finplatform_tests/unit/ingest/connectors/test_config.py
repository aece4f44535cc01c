"""`sources.yaml`: what it may say, and how its mistakes are reported."""

from pathlib import Path

import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import FilesSource, PostgresSource, load_sources
from finplatform.ingest.connectors.files import FilesConnector
from finplatform.ingest.connectors.postgres import PostgresConnector
from finplatform.ingest.connectors.registry import connector_for, files_root
from finplatform.settings import PROJECT_ROOT, Settings

TABLES = frozenset(SOURCES)
GOOD = """
bank: B
sources:
  core: {connector: postgres, schema: core, url: "postgresql://reader@host/bank"}
  feeds: {connector: files, root: "{landing}/daily"}
tables:
  customers: {source: core, read: clients, columns: {_changed_at: modified}}
  transactions: {source: feeds, read: "tx_{date:%Y%m%d}.csv"}
"""


def _load(tmp_path: Path, text: str) -> object:
    path = tmp_path / "sources.yaml"
    path.write_text(text)
    return load_sources(path, TABLES)


@pytest.mark.parametrize(
    "path", ["sources.yaml", *sorted(p.as_posix() for p in PROJECT_ROOT.glob("examples/*/*.yaml"))]
)
def test_the_configurations_that_come_with_the_platform_are_valid(path: str) -> None:
    assert load_sources(PROJECT_ROOT / path, TABLES).tables


@pytest.mark.parametrize(
    ("change", "reported"),
    [
        (("customers:", "clients:"), "no bronze table clients"),
        (("source: core", "source: kore"), "kore, which is not defined"),
        (("connector: postgres", "connector: oracle"), "sources.core"),
        (("schema: core", "shema: core"), "shema"),
        (("{landing}/daily", "{landing}/daily\", delimiter: \";;"), "delimiter"),
        (("tx_{date:%Y%m%d}", "tx_{day}"), "only a date"),
        (("bank: B", "bank: [B"), "cannot be read as YAML"),
        (("bank: B", "bank: {name: B, timezone: Mars/Phobos}"), "bank.timezone.*no time zone"),
        (
            ("bank: B", "bank: {name: B, legal_entity_identifier: SHORT}"),
            "bank.legal_entity_identifier",
        ),
        (("{landing}/daily", "{landing}/daily\", timezone: \"CETT"), "no time zone"),
        (("{landing}/daily", "{landing}/daily\", encoding: \"utf-9"), "no text encoding"),
        (("{landing}/daily", "{landing}/daily\", thousands: \"."), "the same character"),
        (("{landing}/daily", "{landing}/daily\", decimal: \";"), "decimal"),
        ((GOOD, ""), "the file"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_its_place(
    tmp_path: Path, change: tuple[str, str], reported: str
) -> None:
    text = GOOD.replace(*change)
    assert text != GOOD
    with pytest.raises(FinplatformError, match=reported):
        _load(tmp_path, text)


@pytest.mark.parametrize(
    ("table", "reported"),
    [
        ("{source: feeds, load: cdc}", "feeds is no PostgreSQL source"),
        ("{source: core, load: sometimes}", "load"),
        ("{source: core, load: cdc, select: SELECT * FROM source}", "captured .* and has select"),
        ("{source: core, load: cdc, also: [{source: core}]}", "captured .* and has also"),
        ("{source: core, load: cdc, columns: {_changed_at: modified}}", "columns._changed_at"),
    ],
)
def test_a_way_of_loading_that_a_table_cannot_have_is_reported(
    tmp_path: Path, table: str, reported: str
) -> None:
    with pytest.raises(FinplatformError, match=reported):
        _load(tmp_path, f"{GOOD}  branches: {table}\n")


def test_a_table_is_loaded_as_it_says_and_else_as_its_source_says(tmp_path: Path) -> None:
    text = GOOD.replace("schema: core", "schema: core, load: full").replace(
        "customers: {source: core, read: clients, columns: {_changed_at: modified}}",
        "customers: {source: core, load: cdc}\n  branches: {source: core}",
    )
    path = tmp_path / "sources.yaml"
    path.write_text(text)
    sources = load_sources(path, TABLES)
    assert {name: sources.load_of(table) for name, table in sources.tables.items()} == {
        "customers": "cdc",
        "branches": "full",
        "transactions": None,
    }


def test_a_missing_file_is_reported() -> None:
    with pytest.raises(FinplatformError, match="FINPLATFORM_SOURCES_FILE"):
        load_sources(Path("/nowhere/sources.yaml"), TABLES)


def test_each_source_gets_its_connector(settings: Settings) -> None:
    postgres = PostgresSource.model_validate({"connector": "postgres", "url": "postgresql:///x"})
    assert isinstance(connector_for(postgres, settings, "postgresql:///w"), PostgresConnector)
    files = FilesSource(connector="files", root="{landing}/in")
    assert isinstance(connector_for(files, settings, ""), FilesConnector)
    assert files_root(files, settings) == settings.landing / "in"
    beside = FilesSource(connector="files", root="data")
    assert files_root(beside, settings) == settings.sources_file.parent / "data"


def test_a_password_is_not_shown() -> None:
    source = PostgresSource.model_validate(
        {"connector": "postgres", "url": "postgresql://reader:sEsame@host/bank"}
    )
    assert "sEsame" not in repr(source)
    assert "sEsame" not in source.model_dump_json()
