"""What failed in a run: every step with its own message, and no warning for a reason."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from finplatform.errors import FinplatformError
from finplatform.orchestration.instance import RunResult, latest_check_failures, run_job
from finplatform.orchestration.run_failures import RunEvents, reason_of, run_events

WARNING, ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR


@dg.asset
def no_file() -> None:
    raise FinplatformError("There is no file for a day.", "Put it back.") from ValueError("row 7")


@dg.asset
def no_column() -> None:
    raise KeyError("amount")


@dg.asset
def fine() -> None:
    pass


@dg.asset(deps=[fine])
def after() -> None:
    pass


def _check(
    name: str, severity: dg.AssetCheckSeverity, *, blocking: bool
) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=fine, name=name, blocking=blocking)
    def check() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False, severity=severity, description=f"{name} is off")

    return check


@dg.asset_check(asset=fine)
def passes() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


LATE = _check("late", WARNING, blocking=False)
DOUBLED = _check("doubled", ERROR, blocking=True)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as instance:
        yield instance


def _run(instance: dg.DagsterInstance, logs: Path, *parts: object) -> RunResult:
    job = dg.define_asset_job("everything", dg.AssetSelection.all())
    assets = [part for part in parts if not isinstance(part, dg.AssetChecksDefinition)]
    checks = [part for part in parts if isinstance(part, dg.AssetChecksDefinition)]
    defs = dg.Definitions(assets=assets, asset_checks=checks, jobs=[job])  # type: ignore[arg-type]
    return run_job(instance, defs.resolve_job_def("everything"), {}, logs)


def test_every_failed_step_has_its_own_message(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    result = _run(instance, tmp_path, no_file, no_column, fine)
    assert not result.success
    assert sorted(result.errors) == [
        "no_column: 'amount'",
        "no_file: There is no file for a day. Put it back.",
    ]
    recorded = run_events(instance, result.run_id)
    assert [f"{one.step}: {one.reason}" for one in recorded.failed_steps] == result.errors
    assert recorded.reasons == result.errors


def test_a_warning_is_no_failed_check_and_no_reason(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    result = _run(instance, tmp_path, no_file, fine, LATE, passes)
    assert result.checks_failed == []
    assert result.checks_warned == ["fine: late: late is off"]
    assert result.checks_passed == 1
    recorded = run_events(instance, result.run_id)
    assert recorded.warnings == result.checks_warned
    assert all("late" not in reason for reason in recorded.reasons)
    assert latest_check_failures(instance) == {
        "passed": 1, "failed": [], "warned": ["fine: late"]
    }  # fmt: skip


def test_a_check_that_stops_a_run_is_a_reason(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    result = _run(instance, tmp_path, fine, after, DOUBLED, LATE)
    assert not result.success
    assert result.checks_failed == ["fine: doubled: doubled is off"]
    assert "fine: doubled: doubled is off" in run_events(instance, result.run_id).reasons
    assert latest_check_failures(instance)["failed"] == ["fine: doubled"]


def test_a_step_is_running_until_it_ends(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    seen: list[RunEvents] = []

    @dg.asset
    def slow(context: dg.AssetExecutionContext) -> None:
        seen.append(run_events(context.instance, context.run.run_id))

    before = datetime.now(UTC)
    result = _run(instance, tmp_path, slow, no_column)
    assert list(seen[0].running) == ["slow"]
    assert before <= seen[0].running["slow"] <= datetime.now(UTC)
    assert run_events(instance, result.run_id).running == {}


def test_a_run_that_succeeds_has_no_reasons(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    result = _run(instance, tmp_path, fine, LATE)
    assert result.success
    assert (result.errors, run_events(instance, result.run_id).reasons) == ([], [])


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("finplatform.errors.FinplatformError: It is gone. Look.\n", "It is gone. Look."),
        ("KeyError: 'a'\n", "'a'"),
        ("Table accounts: it is gone.", "Table accounts: it is gone."),
        ("ValueError: bad\n\nTraceback (most recent call last):\n  File x\n", "bad"),
        ("", "no reason was recorded"),
        ("dagster_dbt.errors.DagsterDbtCliRuntimeError: a\n\nb\n", "a\nb"),
    ],
)
def test_a_reason_is_the_message_without_class_and_trace(message: str, reason: str) -> None:
    assert reason_of(message) == reason
