"""The commands of Dagster, dbt and the platform, as people type them in the project's folders."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from finplatform.orchestration.jobs import DAILY_JOB, MONTH_END_JOB
from finplatform.settings import PROJECT_ROOT, Settings
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.dbt import (
    PROJECT_DIR,
    compile_models,
    dbt_environment,
    models,
)
from finplatform.windows import Window

pytestmark = pytest.mark.integration


def typed(folder: Path, *command: str, **variables: str) -> str:
    """Runs a command of this Python environment in a folder; returns what it printed."""
    program = Path(sys.executable).with_name(command[0])
    done = subprocess.run(
        [str(program), *command[1:]],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def refused(tmp_path: Path, url: str, *command: str, **variables: str) -> str:
    """Runs a command of the platform that is to fail; returns what it says, without its breaks."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("finplatform")), *command],
        env={
            **os.environ,
            "FINPLATFORM_HOME": str(tmp_path / "home"),
            "FINPLATFORM_DATABASE_URL": url,
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_dg_finds_nothing_wrong_with_the_definitions() -> None:
    assert "All definitions loaded successfully" in typed(PROJECT_ROOT, "dg", "check", "defs")


def test_dg_lists_the_assets_and_jobs_of_the_graph() -> None:
    listed = json.loads(typed(PROJECT_ROOT, "dg", "list", "defs", "--json"))
    assert {"gold/fact_transactions", "gold/capital_adequacy", "models/pd_model"} <= {
        asset["asset_key"] for asset in listed["assets"]
    }
    assert {DAILY_JOB, MONTH_END_JOB} <= {job["name"] for job in listed["jobs"]}


def test_dbt_builds_a_model_in_its_folder_with_the_variables_of_the_profile_alone(
    postgres_url: str, tmp_path: Path
) -> None:
    environment = dbt_environment(Settings(home=tmp_path), make_url(postgres_url))
    connection = {k: v for k, v in environment.items() if k.startswith("FINPLATFORM_PG_")}
    files = {"DBT_TARGET_PATH": str(tmp_path / "target"), "DBT_LOG_PATH": str(tmp_path / "logs")}
    typed(PROJECT_DIR, "dbt", "build", "--select", "+dim_date", **connection, **files)
    with psycopg.connect(postgres_url) as session:
        row = session.execute("select count(*) from gold.dim_date").fetchone()
    assert row is not None
    assert row[0] > 10_000


def test_models_are_compiled_for_the_window_given(postgres_url: str, tmp_path: Path) -> None:
    empty = Warehouse(make_url(postgres_url))
    settings = Settings(home=tmp_path, database_url=postgres_url)
    target = compile_models(settings, empty, Window.through(date(2025, 1, 1), date(2025, 1, 31)))
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    compiled = models(manifest)["gold.fact_payments"]["compiled_code"]
    assert "2025-01-01" in compiled
    assert "2025-02-01" in compiled


@pytest.mark.parametrize(
    "query",
    [
        "set transaction read write; delete from gold.facts",
        "commit; delete from gold.facts",
        "rollback; set session characteristics as transaction read write; begin;"
        " delete from gold.facts; commit",
        "copy (select 1) to program 'id'",
    ],
)
def test_sql_that_would_write_is_refused_and_the_rows_stay(
    postgres_url: str, tmp_path: Path, query: str
) -> None:
    with psycopg.connect(postgres_url) as session:
        session.execute("create schema gold")
        session.execute("create table gold.facts as select 1 as id")
    assert "The query failed" in refused(tmp_path, postgres_url, "sql", query)
    with psycopg.connect(postgres_url) as session:
        assert session.execute("select id from gold.facts").fetchall() == [(1,)]
    assert (tmp_path / "home" / "keys").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2025-01-31", "2025-02-02", "the history ends on 2025-01-31"),
        ("2024-12-31", "2025-01-02", "the history starts on 2025-01-01"),
        ("2025-01-20", "2025-01-10", "--from 2025-01-20, is after the last, --to 2025-01-10"),
    ],
)
def test_a_backfill_outside_the_history_is_refused_before_anything_is_done(
    postgres_url: str, tmp_path: Path, first: str, last: str, words: str
) -> None:
    history = {
        "FINPLATFORM_HISTORY_START": "2025-01-01",
        "FINPLATFORM_HISTORY_END": "2025-01-31",
    }
    days = ("--from", first, "--to", last)
    said = refused(tmp_path, postgres_url, "backfill", "--job", "warehouse", *days, **history)
    assert words in said
    assert not (tmp_path / "home").exists()
    with psycopg.connect(postgres_url) as session:
        row = session.execute("select count(*) from pg_namespace where nspname = 'gold'").fetchone()
    assert row == (0,)


def test_a_database_that_does_not_answer_is_said_in_two_sentences(tmp_path: Path) -> None:
    said = refused(tmp_path, "postgresql://a:Canary@127.0.0.1:1/b", "status")
    assert "does not answer" in said or "went away" in said
    assert "Canary" not in said
    assert len(said.strip().splitlines()) == 2
