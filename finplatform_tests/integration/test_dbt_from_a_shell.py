"""The commands of docs/runbook.md, typed in `dbt_project/` on a built bank, work."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from finplatform.settings import PROJECT_ROOT
from finplatform.warehouse.dbt import PROJECT_DIR
from finplatform_tests.integration.bank import BuiltBank

pytestmark = [pytest.mark.integration, pytest.mark.graph]

RUNBOOK = (PROJECT_ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
SECTION = RUNBOOK.partition("## dbt from a shell")[2]
TYPED = re.findall(r"^(dbt [^#\n]+)", re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)[0], re.M)


def shell(bank: BuiltBank, text: str) -> str:
    """Runs lines as somebody types them, with the bank's settings."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", f'eval "$(finplatform env)"\ncd {PROJECT_DIR}\n{text}'],
        env={**os.environ, **bank.environment, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{text}: {done.stdout[-3000:]}{done.stderr[-2000:]}"
    return done.stdout


def test_the_runbook_has_the_commands() -> None:
    assert {"dbt run", "dbt test", "dbt docs generate"} <= {one.strip() for one in TYPED}
    assert any("--select fact_transactions+" in one for one in TYPED)


def test_each_command_works_and_leaves_the_history_as_it_was(own_bank: BuiltBank) -> None:
    before = own_bank.fingerprints("gold")["gold.fact_transactions"]
    for command in TYPED:
        printed = shell(own_bank, command.replace("2026-", "2025-"))
        assert "ERROR=" not in printed or "ERROR=0" in printed
    # Yesterday's window has no rows, and those of January are as they were.
    assert own_bank.fingerprints("gold")["gold.fact_transactions"] == before
    target = own_bank.home / "dbt" / "shell"
    assert (target / "catalog.json").is_file()
    assert (
        target / "compiled" / "finplatform" / "analyses" / "spending_per_customer.sql"
    ).is_file()
    with psycopg.connect(own_bank.url) as connection:
        found = connection.execute("select count(*) from gold.dim_date").fetchone()
    assert found is not None
    assert found[0] > 10_000


def test_the_target_prod_stops_without_its_variables() -> None:
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("FINPLATFORM_", "DBT_"))}
    done = subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), "debug", "--target", "prod"],
        cwd=PROJECT_DIR,
        env={**plain, "DBT_LOG_PATH": "/tmp", "DBT_TARGET_PATH": "/tmp"},  # noqa: S108
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "FINPLATFORM_PG_HOST" in done.stdout
