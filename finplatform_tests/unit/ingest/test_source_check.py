"""Checking sources: all problems at once, as a load would find them, and no name among them."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.ingest.findings import Effect, TableFindings
from finplatform.ingest.load_result import LoadSettings
from finplatform.ingest.source_check import LIGHT, Extent, SourceCheck
from finplatform.settings import Settings
from finplatform_tests.integration.ingest_cases import (
    COLUMNS,
    DEFECTS,
    Row,
    accounts,
    broken_file,
    customers,
    line,
    transactions,
    write,
)

Check = Callable[..., TableFindings]

BANK = {
    "customers": {"source": "s", "read": "customers.csv"},
    "accounts": {"source": "s", "read": "accounts.csv"},
    "branches": {"source": "s", "read": "branches.csv"},
    "transactions": {"source": "s", "read": "transactions.csv"},
}
BRANCH = {
    "branch_id": "BR001", "branch_name": "First", "city": "Prague", "country": "CZ",
    "region": "Bohemia", "timezone": "Europe/Prague", "opened_date": "1990-01-01",
}  # fmt: skip


def _files(root: Path) -> None:
    write(root / "customers.csv", customers(3))
    write(root / "accounts.csv", accounts())
    write(root / "branches.csv", [BRANCH])
    write(root / "transactions.csv", transactions(500))


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Checks a table of a small good bank, whose files a test may spoil before."""
    _files(tmp_path)

    def checked(table: str, extent: Extent | None = None, **tables: object) -> TableFindings:
        return _checking(tmp_path, extent, **tables).check(table)

    return checked


def _checking(
    root: Path, extent: Extent | None = None, zone: str | None = "UTC", **tables: object
) -> SourceCheck:
    source = {"connector": "files", "root": str(root), "timezone": zone}
    sources = SourcesConfig.model_validate(
        {"bank": "Test", "sources": {"s": source}, "tables": {**BANK, **tables}}
    )
    settings = Settings(home=root / "home", sources_file=root / "sources.yaml")
    load = LoadSettings(first_day=date(2025, 1, 1), last_day=date(2025, 3, 31))
    return SourceCheck(sources, settings, load, extent=extent)


def _spoilt(rows: list[Row], column: str, value: str, count: int = 1) -> list[Row]:
    return [{**row, column: value} if n < count else row for n, row in enumerate(rows)]


def _rules(findings: TableFindings) -> dict[tuple[str | None, str], int | None]:
    return {(problem.column, problem.rule): problem.rows for problem in findings.problems}


@pytest.mark.parametrize("table", sorted(BANK))
def test_nothing_is_wrong_with_good_files(check: Check, table: str) -> None:
    findings = check(table)
    assert findings.problems == []
    assert findings.effect is Effect.NONE
    assert findings.rows > 0


def test_all_missing_columns_are_listed_beside_the_bad_values_of_the_others(
    check: Check, tmp_path: Path
) -> None:
    rows = _spoilt(transactions(100), "currency", "XXX", 3)
    for row in rows:
        del row["amount"], row["transaction_type"]
        row["Account ID"] = row.pop("account_id")
    write(tmp_path / "transactions.csv", rows)
    findings = check("transactions")
    rules = _rules(findings)
    assert {
        ("amount", "no column amount"),
        ("transaction_type", "no column transaction_type"),
        ("account_id", "no column account_id"),
    } <= set(rules)
    assert [count for (column, _), count in rules.items() if column == "currency"] == [3]
    assert findings.effect is Effect.STOPS
    hints = {problem.column: problem.hint for problem in findings.problems}
    assert hints["account_id"] == "It has Account ID: map it by `columns`."


def test_a_mapped_column_that_the_source_lacks_is_missing(check: Check) -> None:
    mapped = {**BANK["accounts"], "columns": {"status": "state", "credit_limit": "limit"}}
    assert {("status", "no column state"), ("credit_limit", "no column limit")} <= set(
        _rules(check("accounts", accounts=mapped))
    )


def test_what_breaks_rules_is_counted_by_rule_as_a_load_counts_it(
    check: Check, tmp_path: Path
) -> None:
    rows = transactions(200)
    rows = _spoilt(rows, "amount", "twelve", 2)
    rows[10]["fees"] = "-1.00"
    rows[11]["transaction_date"] = "2199-01-01T00:00:00Z"
    rows[12]["transaction_id"] = rows[13]["transaction_id"]
    write(tmp_path / "transactions.csv", rows)
    findings = check("transactions")
    assert _rules(findings) == {
        ("amount", "type(numeric(18,2))"): 2,
        ("fees", "greater_than_or_equal_to(0)"): 1,
        ("transaction_date", "not_in_the_future"): 1,
        ("transaction_id", "unique(transaction_id)"): 1,
    }
    assert findings.rejected == 5
    assert findings.effect is Effect.REJECTS


def test_every_kind_of_bad_row_that_quarantine_knows_is_found(tmp_path: Path) -> None:
    _files(tmp_path)
    broken_file(tmp_path / "transactions.csv", 1_000, share=0.1)
    findings = _checking(tmp_path, Extent(rows=5_000)).check("transactions")
    found = {(problem.column, problem.rule) for problem in findings.problems}
    for defect in DEFECTS:
        assert any(
            rule is not None and rule.startswith(defect.rule.split("(")[0]) for _, rule in found
        ), defect.name


def test_times_without_a_zone_are_reported_by_their_rule(tmp_path: Path) -> None:
    _files(tmp_path)
    rows = [{**r, "transaction_date": r["transaction_date"][:-1]} for r in transactions(50)]
    write(tmp_path / "transactions.csv", rows)
    findings = _checking(tmp_path, zone=None).check("transactions")
    assert _rules(findings)[("transaction_date", "timezone")] == 50
    assert findings.effect is Effect.STOPS


def test_references_are_compared_with_every_row_of_the_other_table(
    check: Check, tmp_path: Path
) -> None:
    many = [f"AC{number:05d}" for number in range(3_000)]
    write(tmp_path / "accounts.csv", accounts(many))
    rows = _spoilt(transactions(100), "account_id", "AC02999", 5)
    rows[50]["account_id"] = "AC99999"
    write(tmp_path / "transactions.csv", rows)
    assert _rules(check("transactions")) == {("account_id", "known(accounts.account_id)"): 1}


def test_references_to_a_table_that_is_read_in_part_reject_nothing(
    check: Check, tmp_path: Path
) -> None:
    write(tmp_path / "transactions.csv", _spoilt(transactions(100), "account_id", "AC99999"))
    findings = check("transactions", Extent(keys=10))
    assert findings.effect is Effect.NONE
    assert [problem.column for problem in findings.problems] == ["account_id"]


def test_references_to_a_table_without_a_source_are_unknown(tmp_path: Path) -> None:
    _files(tmp_path)
    (tmp_path / "accounts.csv").unlink()
    findings = _checking(tmp_path).check("transactions")
    assert "cannot be read" in findings.problems[0].rule
    source = {"connector": "files", "root": str(tmp_path), "timezone": "UTC"}
    alone = SourcesConfig.model_validate(
        {"bank": "T", "sources": {"s": source}, "tables": {"transactions": BANK["transactions"]}}
    )
    settings = Settings(home=tmp_path / "home", sources_file=tmp_path / "sources.yaml")
    load = LoadSettings(first_day=date(2025, 1, 1), last_day=date(2025, 3, 31))
    unknown = SourceCheck(alone, settings, load).check("transactions")
    assert _rules(unknown)[("account_id", "known(accounts.account_id)")] == 500


@pytest.mark.parametrize("spoil", ["file", "folder", "select", "mapping", "garbage"])
def test_what_ends_a_load_is_a_finding_and_not_an_error(tmp_path: Path, spoil: str) -> None:
    _files(tmp_path)
    config: dict[str, object] = dict(BANK["accounts"])
    match spoil:
        case "file":
            config["read"] = "absent_*.csv"
        case "folder":
            config["source"] = "gone"
        case "select":
            config["select"] = "select nothing from source"
        case "mapping":
            config["columns"] = {"no_such_column": "status"}
        case "garbage":
            (tmp_path / "accounts.parquet").write_bytes(b"PAR1 and no more")
            config["read"] = "accounts.parquet"
    source = {"connector": "files", "root": str(tmp_path)}
    sources = SourcesConfig.model_validate(
        {
            "bank": "T",
            "sources": {"s": source, "gone": {**source, "root": str(tmp_path / "gone")}},
            "tables": {"accounts": config},
        }
    )
    settings = Settings(home=tmp_path / "home", sources_file=tmp_path / "sources.yaml")
    load = LoadSettings(first_day=date(2025, 1, 1), last_day=date(2025, 3, 31))
    findings = SourceCheck(sources, settings, load).check("accounts")
    assert findings.effect is Effect.STOPS
    assert any(problem.hint for problem in findings.problems)


def test_no_personal_value_is_shown_whatever_column_it_slips_into(
    check: Check, tmp_path: Path
) -> None:
    canary = "Zdislava"
    header = ",".join(customers(1)[0]).encode()
    for column in customers(1)[0]:
        write(tmp_path / "customers.csv", _spoilt(customers(40), column, f"{canary} Canary", 2))
        shown = json.dumps([vars(problem) for problem in check("customers").problems])
        assert canary not in shown, column
    body = b"".join(line(row) for row in customers(40, lambda _: canary))
    cut = body.split(b"\n")[0].rpartition(b",")[0]
    for spoilt in (body, header + b"\n" + cut + b"\n"):
        (tmp_path / "customers.csv").write_bytes(spoilt)
        shown = json.dumps([vars(problem) for problem in check("customers").problems])
        assert canary not in shown
        assert shown != "[]"


def test_of_a_dated_name_the_newest_day_is_read_and_held_to_its_file(
    check: Check, tmp_path: Path
) -> None:
    days = {day: [r for r in transactions(500) if r["transaction_date"].startswith(day)]
            for day in ("2025-01-10", "2025-01-11")}  # fmt: skip
    write(tmp_path / "t_20250110.csv", _spoilt(days["2025-01-10"], "amount", "x"))
    late = _spoilt(days["2025-01-11"], "transaction_date", "2025-01-12T00:00:00Z")
    write(tmp_path / "t_20250111.csv", late)
    dated = {**BANK["transactions"], "read": "t_{date:%Y%m%d}.csv"}
    findings = check("transactions", transactions=dated)
    assert findings.rows == len(late)
    assert set(_rules(findings)) >= {("transaction_date", "day_of_file(2025-01-11)")}
    none_yet = {**BANK["transactions"], "read": "later_{date:%Y%m%d}.csv"}
    assert check("transactions", transactions=none_yet).effect is Effect.NONE


def test_each_file_of_a_glob_is_read_but_no_more_than_its_first_rows(
    check: Check, tmp_path: Path
) -> None:
    write(tmp_path / "many_1.csv", transactions(300))
    bad = transactions(300, seed=8)
    for row in bad:
        del row["currency"]
    write(tmp_path / "many_2.csv", bad)
    globbed = {**BANK["transactions"], "read": "many_*.csv"}
    findings = check("transactions", Extent(rows=100), transactions=globbed)
    assert findings.rows == 200
    missing = [p for p in findings.problems if p.rule == "no column currency"]
    assert [problem.origin for problem in missing] == ["many_2.csv"]


def test_the_light_form_leaves_servers_alone(tmp_path: Path) -> None:
    _files(tmp_path)
    sources = SourcesConfig.model_validate(
        {
            "bank": "T",
            "sources": {
                "s": {"connector": "files", "root": str(tmp_path), "timezone": "UTC"},
                "db": {"connector": "postgres", "url": "postgresql://nowhere.invalid/none"},
            },
            "tables": {**BANK, "accounts": {"source": "db"}},
        }
    )
    settings = Settings(home=tmp_path / "home", sources_file=tmp_path / "sources.yaml")
    load = LoadSettings(first_day=date(2025, 1, 1), last_day=date(2025, 3, 31))
    checking = SourceCheck(sources, settings, load, extent=LIGHT)
    assert set(checking.tables) == set(BANK) - {"accounts"}
    assert checking.check("transactions").effect is Effect.NONE


def test_the_columns_of_the_cases_are_those_of_the_contract() -> None:
    assert tuple(SOURCES["transactions"].dtypes) == COLUMNS
    assert isinstance(SOURCES["transactions"].dtypes["amount"], pl.Decimal)
