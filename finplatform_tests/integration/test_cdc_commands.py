"""`finplatform cdc` shows what an operator must know, and does what it says."""

import json
from pathlib import Path
from typing import Any

import pytest

from finplatform.cli import cdc
from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import load_sources
from finplatform.ingest.load_result import LoadSettings
from finplatform.ingest.loaders import loader_of
from finplatform.settings import get_settings
from finplatform_tests.integration.captured_cases import (
    FIRST_DAY,
    LAST_DAY,
    SCHEMA,
    Bank,
    branch,
)

pytestmark = pytest.mark.integration

CONFIG = """
bank: Test
sources:
  core: {connector: postgres, schema: core, load: cdc}
tables:
  branches: {source: core}
"""


@pytest.fixture
def bank(postgres_url: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bank:
    """A source with a branch, and settings that name it."""
    config = tmp_path / "sources.yaml"
    config.write_text(CONFIG)
    monkeypatch.setenv("FINPLATFORM_SOURCES_FILE", str(config))
    monkeypatch.setenv("FINPLATFORM_DATABASE_URL", postgres_url)
    bank = Bank(postgres_url, tables=("branches",))
    bank.run(SCHEMA, branch(1))
    return bank


def load() -> None:
    """Loads the branches as a run does."""
    settings = get_settings()
    sources = load_sources(settings.sources_file, frozenset(SOURCES))
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    days = LoadSettings(first_day=FIRST_DAY, last_day=LAST_DAY)
    loader_of(SOURCES["branches"], sources, settings, url, days).load(url, None)


def reported(capsys: pytest.CaptureFixture[str]) -> Any:
    """What a command printed as JSON."""
    return json.loads(capsys.readouterr().out)


def test_a_capture_is_set_up_followed_and_ended(
    bank: Bank, capsys: pytest.CaptureFixture[str]
) -> None:
    cdc.status(as_json=True)
    (status,) = reported(capsys)
    assert (status["state"], status["slot_name"], status["waiting"]) == ("not begun", None, [])

    cdc.setup("core", sql=True, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        'create publication "finplatform_core" for table "core"."branches" with (publish ='
        " 'insert, update, delete, truncate', publish_via_partition_root = true);",
        "alter table core.branches replica identity full;",
    ]
    cdc.setup("core", sql=False, as_json=True)
    assert reported(capsys)["run"] is True

    load()
    bank.run(branch(2))
    cdc.capture_now((), as_json=True)
    assert reported(capsys)[0]["changes"] == {"branches": 1}
    cdc.status(as_json=True)
    (status,) = reported(capsys)
    assert (status["state"], status["changes"], status["error"]) == ("captured", 1, None)
    assert status["lag_bytes"] >= 0
    assert status["lag_seconds"] >= 0
    assert [(one["table"], one["changes"]) for one in status["waiting"]] == [("branches", 1)]
    cdc.status(as_json=False)
    assert "waits: branches" in capsys.readouterr().out

    cdc.reload("branches", None, None, as_json=True)
    assert reported(capsys) == {"table": "branches", "reloads": 1}

    cdc.drop("core", forget=False, yes=True, as_json=True)
    assert reported(capsys) == {"source": "core", "slot_dropped": True}
    cdc.status(as_json=True)
    assert reported(capsys)[0]["state"] == "not begun"


def test_a_lost_slot_is_shown_and_exits_with_an_error(
    bank: Bank, capsys: pytest.CaptureFixture[str]
) -> None:
    load()
    bank.run("select pg_drop_replication_slot(slot_name) from ops.captured_sources")
    with pytest.raises(SystemExit):
        cdc.status(as_json=True)
    (status,) = reported(capsys)
    assert status["state"] == "lost"
    assert "the next load reads all again" in status["warnings"][-1]


def test_what_is_not_captured_is_reported(bank: Bank) -> None:
    with pytest.raises(FinplatformError, match="Source feeds is not captured"):
        cdc.capture_now(["feeds"], as_json=True)
    with pytest.raises(FinplatformError, match="customers is not captured"):
        cdc.reload("customers", None, None, as_json=True)
    with pytest.raises(FinplatformError, match="has no days"):
        cdc.reload("branches", FIRST_DAY, LAST_DAY, as_json=True)
