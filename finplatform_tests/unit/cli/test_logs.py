"""`logs`, and what `status` says of runs: the run that was meant, its reasons, its running step."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from finplatform.cli.logs import LAST, find_run, print_progress, progress_of
from finplatform.errors import FinplatformError
from finplatform.orchestration.instance import RunResult, run_job


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as instance:
        yield instance


def _run(instance: dg.DagsterInstance, logs: Path, asset: dg.AssetsDefinition) -> RunResult:
    job = dg.define_asset_job("everything")
    defs = dg.Definitions(assets=[asset], jobs=[job])
    return run_job(instance, defs.resolve_job_def("everything"), {}, logs)


@dg.asset
def fine() -> None:
    pass


@dg.asset
def broken() -> None:
    raise FinplatformError("The [red]file[/red] is gone.", "Put it back.")


def test_the_last_run_and_one_by_its_beginning_are_found(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    first, last = _run(instance, tmp_path, fine).run_id, _run(instance, tmp_path, broken).run_id
    assert find_run(instance, LAST).dagster_run.run_id == last
    for name in (first, first[:8], first[:8].upper()):
        assert find_run(instance, name).dagster_run.run_id == first


def test_a_run_that_is_not_there_or_could_be_several_is_refused(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    with pytest.raises(FinplatformError, match="no run"):
        find_run(instance, LAST)
    _run(instance, tmp_path, fine)
    for name in ("", "0", "zzzzzzzz"):
        with pytest.raises(FinplatformError, match="No run has an id"):
            find_run(instance, name)


def test_of_a_failed_run_the_reasons_are_printed_as_they_are(
    instance: dg.DagsterInstance, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = _run(instance, tmp_path, broken)
    told = progress_of(instance, find_run(instance, LAST).dagster_run)
    print_progress({"run_id": result.run_id, "job": "everything", **told})
    said = capsys.readouterr().out
    assert f"finplatform logs {result.run_id[:8]}" in said
    assert "broken: The [red]file[/red] is gone. Put it back." in said


def test_of_a_run_that_goes_on_the_step_is_printed_and_since_when(
    instance: dg.DagsterInstance, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[dict[str, object]] = []

    @dg.asset
    def slow(context: dg.AssetExecutionContext) -> None:
        record = find_run(context.instance, LAST)
        told.append(
            {"run_id": context.run.run_id, **progress_of(context.instance, record.dagster_run)}
        )

    assert _run(instance, tmp_path, slow).success
    print_progress({"job": "everything", **told[0]})
    said = capsys.readouterr().out
    assert "running" in said
    assert "slow, since " in said


def test_of_a_run_that_succeeded_there_is_no_news(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    _run(instance, tmp_path, fine)
    assert progress_of(instance, find_run(instance, LAST).dagster_run) == {}
