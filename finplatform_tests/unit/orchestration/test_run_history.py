"""Runs, steps and verdicts are reported as the event log has them, and are kept when it forgets."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import dagster as dg
import polars as pl
import pytest

from finplatform.contracts.platform import PLATFORM
from finplatform.orchestration.run_history import ended_runs, frame_of, joined, read_history


@dg.asset(
    key=["gold", "fine"],
    check_specs=[
        dg.AssetCheckSpec("passes", asset=["gold", "fine"]),
        dg.AssetCheckSpec("warns", asset=["gold", "fine"]),
    ],
)
def _fine() -> dg.MaterializeResult:
    return dg.MaterializeResult(
        check_results=[
            dg.AssetCheckResult(check_name="passes", passed=True),
            dg.AssetCheckResult(
                check_name="warns",
                passed=False,
                severity=dg.AssetCheckSeverity.WARN,
                description="two rows are odd",
            ),
        ]
    )


@dg.asset(key=["bronze", "broken"])
def _broken() -> None:
    raise ValueError("no source")


def _run(*assets: dg.AssetsDefinition, instance: dg.DagsterInstance) -> str:
    job = dg.define_asset_job("nightly").resolve(
        asset_graph=dg.Definitions(assets=assets).resolve_asset_graph()
    )
    return job.execute_in_process(instance=instance, raise_on_error=False).run_id


def test_a_run_is_reported_with_its_steps_and_verdicts() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run_id = _run(_fine, instance=instance)
        history = read_history(instance, ())
    (run,) = history.runs
    assert (run["run_id"], run["job_name"], run["status"]) == (run_id, "nightly", "SUCCESS")
    assert (run["step_count"], run["check_count"], run["failed_check_count"]) == (1, 2, 0)
    assert run["started_at"] <= run["ended_at"]
    (step,) = history.steps
    assert (step["step_name"], step["schema_name"]) == ("gold__fine", "gold")
    assert Decimal(0) <= step["step_seconds"] < 60
    assert {c["check_name"]: (c["verdict"], c["description"]) for c in history.checks} == {
        "passes": ("PASSED", None),
        "warns": ("WARNED", "two rows are odd"),
    }
    assert {frame.height for frame in history.frames().values()} == {1, 2}


def test_a_step_that_failed_is_reported_as_failed() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        _run(_broken, instance=instance)
        history = read_history(instance, ())
    assert [step["status"] for step in history.steps] == ["FAILURE"]
    assert [(run["status"], run["failed_step_count"]) for run in history.runs] == [("FAILURE", 1)]


def test_runs_that_ended_are_not_read_again() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        first = _run(_fine, instance=instance)
        stored = read_history(instance, ()).frames()["pipeline_runs"]
        second = _run(_fine, instance=instance)
        found = read_history(instance, ended_runs(stored))
    assert ended_runs(stored) == {first}
    assert [run["run_id"] for run in found.runs] == [second]


@pytest.mark.parametrize("status", ["STARTED", "CANCELING"])
def test_a_run_that_goes_on_is_read_again(status: str) -> None:
    row = {
        "run_id": "a", "job_name": "nightly", "status": status,
        "started_at": datetime(2026, 6, 30, tzinfo=UTC), "ended_at": None, "step_count": 1,
        "failed_step_count": 0, "check_count": 0, "failed_check_count": 0,
    }  # fmt: skip
    runs = frame_of(PLATFORM["pipeline_runs"], [row])
    assert ended_runs(runs) == frozenset()
    again = frame_of(PLATFORM["pipeline_runs"], [{**row, "status": "SUCCESS", "step_count": 7}])
    both = joined(PLATFORM["pipeline_runs"], runs, again)
    assert both.select("status", "step_count").rows() == [("SUCCESS", 7)]


def test_stored_rows_outlive_the_event_log() -> None:
    contract = PLATFORM["check_results"]
    row = {
        "schema_name": "gold", "table_name": "fine", "check_name": "passes", "verdict": "PASSED",
        "evaluated_at": datetime(2026, 6, 30, tzinfo=UTC), "run_id": "a", "description": None,
    }  # fmt: skip
    stored = frame_of(contract, [row])
    assert joined(contract, stored, frame_of(contract, [])).equals(stored)


def test_a_step_of_several_tables_is_reported_as_such() -> None:
    @dg.multi_asset(name="pair", specs=[dg.AssetSpec(["gold", "a"]), dg.AssetSpec(["gold", "b"])])
    def _pair() -> Iterator[dg.MaterializeResult]:
        yield from (dg.MaterializeResult(asset_key=["gold", table]) for table in "ab")

    with dg.DagsterInstance.ephemeral() as instance:
        _run(_pair, instance=instance)
        steps = read_history(instance, ()).frames()["pipeline_steps"]
    assert steps.filter(pl.col("step_name") == "pair")["schema_name"].to_list() == ["several"]
