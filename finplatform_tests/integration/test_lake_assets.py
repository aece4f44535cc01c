"""The lake's assets and commands on a built bank: by day, checked, and as typed."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from finplatform.orchestration.build import build_definitions
from finplatform.settings import Settings
from finplatform_tests.integration.bank import BuiltBank

pytestmark = pytest.mark.integration

DAY = date(2025, 2, 14)
ASSET = dg.AssetKey(["lake", "fact_transactions"])


@pytest.fixture
def settings(built_bank: BuiltBank, tmp_path: Path) -> Settings:
    return built_bank.settings.model_copy(update={"lake_root": str(tmp_path / "lake")})


def test_a_day_of_a_fact_is_written_and_both_checks_pass(
    settings: Settings, built_bank: BuiltBank
) -> None:
    defs = build_definitions(settings=settings)
    with dg.DagsterInstance.ephemeral() as instance:
        result = defs.resolve_job_def("lake").execute_in_process(
            instance=instance, partition_key=DAY.isoformat(), asset_selection=[ASSET]
        )
    assert result.success
    verdicts = {one.check_name: one.passed for one in result.get_asset_check_evaluations()}
    assert verdicts == {"contract": True, "totals_agree_with_the_warehouse": True}
    (made,) = result.asset_materializations_for_node("lake__fact_transactions")
    with psycopg.connect(built_bank.url) as connection:
        row = connection.execute(
            "select count(*) from gold.fact_transactions where transaction_date = %s", (DAY,)
        ).fetchone()
    assert row == (made.metadata["dagster/partition_row_count"].value,)
    folder = Path(str(settings.lake_root)) / "fact_transactions"
    assert [path.name for path in folder.glob("date=*")] == [f"date={DAY}"]


def test_the_commands_sync_compare_and_query(built_bank: BuiltBank) -> None:
    days = ("--from", "2025-01-01", "--to", "2025-03-31")
    (synced,) = json.loads(built_bank.run("lake", "sync", "fact_payments", *days, "--json"))
    (status,) = json.loads(built_bank.run("lake", "status", "fact_payments", "--json"))
    assert status["rows"] >= synced["rows"] > 0
    assert (status["different_days"], status["damaged_files"], status["left_files"]) == (0, 0, 0)
    text = "select sum(net_amount) as total from fact_payments"
    answers = [
        json.loads(built_bank.run(*command, text, "--json"))
        for command in (("sql",), ("sql", "--engine", "lake"), ("lake", "query"))
    ]
    totals = {Decimal(answer[0]["total"]) for answer in answers}
    assert len(totals) == 1
