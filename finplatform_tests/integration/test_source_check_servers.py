"""Checking sources in a database: the first rows, of the days that a load would read."""

from datetime import date
from pathlib import Path

import psycopg
import pytest

from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.ingest.findings import Effect
from finplatform.ingest.load_result import LoadSettings
from finplatform.ingest.source_check import SourceCheck
from finplatform.oltp import migrate
from finplatform.settings import Settings

pytestmark = pytest.mark.integration


def _write(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _checking(url: str, home: Path, *, journal: bool = False, **tables: object) -> SourceCheck:
    core = {"connector": "postgres", "schema": "oltp" if journal else "public", "journal": journal}
    sources = SourcesConfig.model_validate(
        {"bank": "Test", "sources": {"core": {**core, "url": url}}, "tables": tables}
    )
    load = LoadSettings(first_day=date(2025, 1, 1), last_day=date(2025, 3, 31))
    return SourceCheck(sources, Settings(home=home), load)


BRANCHES = (
    "create table branches as select n::text as branch_id, 'Branch ' || n as branch_name,"
    " 'Brno' as city, null::text as state, 'CZ' as country, 'Moravia' as region,"
    " 'Europe/Prague' as timezone, date '1990-01-01' as opened_date"
    " from generate_series(1, 100000) as n"
)


def test_no_more_than_the_first_rows_are_read(postgres_url: str, tmp_path: Path) -> None:
    _write(
        postgres_url, BRANCHES, "update branches set country = 'Cesko' where branch_id = '99999'"
    )
    findings = _checking(postgres_url, tmp_path, branches={"source": "core"}).check("branches")
    assert (findings.rows, findings.problems) == (1_000, [])
    _write(postgres_url, "drop table branches")


def test_all_missing_columns_are_listed_of_a_table(postgres_url: str, tmp_path: Path) -> None:
    _write(postgres_url, BRANCHES, "alter table branches drop column city, drop column country")
    findings = _checking(postgres_url, tmp_path, branches={"source": "core"}).check("branches")
    assert {problem.rule for problem in findings.problems} == {
        "no column city", "no column country"
    }  # fmt: skip


def test_days_outside_the_history_are_left_out_as_a_load_leaves_them_out(
    postgres_url: str, tmp_path: Path
) -> None:
    _write(
        postgres_url,
        "create table market_data as select 'AAA' as symbol, day::date as data_date,"
        " 1.0::numeric(18,4) as close_price"
        " from generate_series(date '2024-12-01', date '2025-01-10', interval '1 day') as day",
    )
    checking = _checking(postgres_url, tmp_path, market_data={"source": "core"})
    findings = checking.check("market_data")
    assert findings.rows == 10
    assert not any(problem.column == "data_date" for problem in findings.problems)


def test_a_table_or_server_that_is_not_there_is_a_finding(
    postgres_url: str, tmp_path: Path
) -> None:
    gone = _checking(postgres_url, tmp_path, branches={"source": "core", "read": "nothing"})
    assert gone.check("branches").effect is Effect.STOPS
    nowhere = _checking(
        "postgresql://127.0.0.1:1/none", tmp_path, branches={"source": "core"}
    ).check("branches")
    assert nowhere.effect is Effect.STOPS


def test_a_journal_is_judged_by_its_first_changes(postgres_url: str, tmp_path: Path) -> None:
    migrate.upgrade(postgres_url)
    _write(
        postgres_url,
        "insert into oltp.branches (branch_id, branch_name, city, state, country, region, timezone,"
        " opened_date) values ('B1', 'Main', 'Brno', 'JM', 'CZ', 'Moravia', 'Europe/Prague',"
        " '1990-01-01')",
        "update oltp.branches set city = 'Praha'",
    )
    checking = _checking(postgres_url, tmp_path, journal=True, branches={"source": "core"})
    findings = checking.check("branches")
    assert (findings.rows, findings.problems) == (2, [])
