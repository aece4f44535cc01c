"""`sources check`, `sources forget` and what `doctor` says of sources, as commands."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from finplatform.cli import doctor
from finplatform.cli.app import app
from finplatform.errors import FinplatformError
from finplatform.settings import Settings, get_settings
from finplatform_tests.integration.ingest_cases import accounts, customers, transactions, write

Typed = Callable[..., Result]

SOURCES = """
bank: Test
history: {start: 2025-01-01, end: 2025-03-31}
sources:
  s: {connector: files, root: ".", timezone: UTC}
tables:
  customers: {source: s, read: customers.csv}
  accounts: {source: s, read: accounts.csv}
  transactions: {source: s, read: transactions.csv}
"""


@pytest.fixture
def bank(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a small good bank of files, which the settings name."""
    folder = tmp_path / "bank"
    write(folder / "customers.csv", customers(3))
    write(folder / "accounts.csv", accounts())
    write(folder / "transactions.csv", transactions(100))
    (folder / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    monkeypatch.setenv("FINPLATFORM_SOURCES_FILE", str(folder / "sources.yaml"))
    monkeypatch.setenv("FINPLATFORM_DATABASE_URL", "postgresql://nowhere.invalid/none")
    get_settings.cache_clear()
    assert home.name == "home"
    return folder


@pytest.fixture
def typed() -> Typed:
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def _finding() -> doctor.Finding:
    return doctor.examine_sources(get_settings())


def _spoil(folder: Path, column: str, value: str, rows: int) -> None:
    found = transactions(100)
    for row in found[:rows]:
        row[column] = value
    write(folder / "transactions.csv", found)


def test_good_sources_end_with_0_and_a_count(bank: Path, typed: Typed) -> None:
    assert bank.is_dir()
    done = typed("sources", "check")
    assert done.exit_code == 0, done.output
    assert "3 tables, 153 rows read: 3 would load" in done.output


@pytest.mark.parametrize("rows", [1, 50])
def test_rows_that_a_load_would_reject_end_with_1(bank: Path, typed: Typed, rows: int) -> None:
    _spoil(bank, "currency", "XXX", rows)
    done = typed("sources", "check")
    assert done.exit_code == 1
    assert "transactions: " in done.output
    assert ("does not load" in done.output) is (rows == 50)


def test_as_json_every_problem_is_an_object(bank: Path, typed: Typed) -> None:
    _spoil(bank, "currency", "XXX", 2)
    (bank / "accounts.csv").unlink()
    done = typed("sources", "check", "--json")
    assert done.exit_code == 1
    by_table = {one["table"]: one for one in json.loads(done.stdout)}
    assert by_table["customers"] == {
        "table": "customers", "verdict": "loads", "rows_read": 3, "rows_rejected": 0,
        "problems": [],
    }  # fmt: skip
    assert by_table["accounts"]["verdict"] == "does not load"
    currency = [p for p in by_table["transactions"]["problems"] if p["column"] == "currency"]
    assert [(p["effect"], p["rows"], p["example"]) for p in currency] == [("rejects", 2, "XXX")]


def test_only_the_tables_asked_for_are_looked_at(bank: Path, typed: Typed) -> None:
    _spoil(bank, "currency", "XXX", 50)
    assert typed("sources", "check", "customers", "accounts").exit_code == 0


@pytest.mark.parametrize("table", ["branches", "no_such_table"])
def test_a_table_that_is_not_configured_is_refused(bank: Path, typed: Typed, table: str) -> None:
    assert bank.is_dir()
    assert isinstance(typed("sources", "check", table).exception, FinplatformError)


def test_doctor_is_content_with_files_that_load(bank: Path) -> None:
    assert bank.is_dir()
    assert _finding().verdict == "ok"


@pytest.mark.parametrize("spoil", ["gone", "header", "values", "reference"])
def test_doctor_never_says_ok_of_a_file_that_could_not_load(bank: Path, spoil: str) -> None:
    match spoil:
        case "gone":
            (bank / "accounts.csv").unlink()
        case "header":
            text = (bank / "customers.csv").read_text(encoding="utf-8")
            (bank / "customers.csv").write_text(text.replace("email", "mail"), encoding="utf-8")
            text = text.replace("risk_profile", "risk")
            (bank / "customers.csv").write_text(text, encoding="utf-8")
        case "values":
            _spoil(bank, "transaction_date", "01/02/2025", 50)
        case "reference":
            _spoil(bank, "account_id", "AC99999", 50)
    finding = _finding()
    assert finding.verdict == "error"
    assert "sources check" in finding.hint


def test_doctor_warns_of_a_few_bad_rows(bank: Path) -> None:
    _spoil(bank, "currency", "XXX", 1)
    assert _finding().verdict == "warning"


def test_doctor_says_that_the_simulated_bank_has_not_been_made(
    home: Path, settings: Settings
) -> None:
    assert not (home / "feeds").exists()
    finding = doctor.examine_sources(settings)
    assert (finding.verdict, finding.hint) == ("warning", "`finplatform demo` makes them.")
