"""Log lines have the run, the asset and the partition that they are about, as text and as JSON."""

import json
import logging
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from finplatform import logs
from finplatform.errors import FinplatformError
from finplatform.orchestration.partitions import RANGE_END_TAG, RANGE_START_TAG
from finplatform.settings import get_settings

LOGGER = logging.getLogger("finplatform.of_a_test")
DAYS = dg.DailyPartitionsDefinition("2025-01-01", end_date="2025-02-01")


@pytest.fixture
def as_json(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINPLATFORM_LOG_FORMAT", "json")
    get_settings.cache_clear()


@pytest.fixture
def handler() -> Iterator[logging.Handler]:
    configured = logs.configure("test", is_all=False)
    yield configured
    logging.getLogger().removeHandler(configured)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@dg.asset(key=["gold", "readings"], partitions_def=DAYS)
def readings(context: dg.AssetExecutionContext) -> None:
    LOGGER.warning("the platform says so")


def materialize(**given: Any) -> str:
    """A run on an instance that is set up as the platform's is."""
    path = files("finplatform.orchestration").joinpath("dagster.yaml")
    settings = {"python_logs": yaml.safe_load(path.read_text("utf-8"))["python_logs"]}
    with dg.DagsterInstance.ephemeral(settings=settings) as instance:
        result = dg.materialize([readings], instance=instance, **given)
    assert result.success
    return result.run_id


def test_a_line_of_a_run_has_run_asset_and_partition_once(
    as_json: None, handler: logging.Handler, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = materialize(partition_key="2025-01-03")
    own = [line for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    (line,) = map(json.loads, own)
    assert (line["event"], line["level"]) == ("the platform says so", "warning")
    assert (line["run"], line["asset"]) == (run_id, "gold.readings")
    assert (line["partition"], line["process"]) == ("2025-01-03", "test")


def test_a_range_of_partitions_is_reported_by_its_ends(
    as_json: None, capsys: pytest.CaptureFixture[str]
) -> None:
    record = logging.makeLogRecord(
        {
            "dagster_meta": {
                "run_id": "r1",
                "step_key": "dbt_daily",
                "job_tags": {RANGE_START_TAG: "2025-01-01", RANGE_END_TAG: "2025-01-31"},
                "orig_message": "built",
            }
        }
    )
    line = json.loads(logs.LineFormatter("run", logs.FULL).format(record))
    assert line["partition"] == "2025-01-01..2025-01-31"
    assert (line["asset"], line["event"]) == ("dbt_daily", "built")


def test_a_line_outside_of_runs_has_what_was_bound_or_nothing(
    as_json: None, handler: logging.Handler, capsys: pytest.CaptureFixture[str]
) -> None:
    LOGGER.warning("before")
    with logs.bound(run="r1", partition="2025-01-01"):
        LOGGER.warning("inside")
    before, inside = lines(capsys)
    assert (before["run"], before["asset"], before["partition"]) == (None, None, None)
    assert (inside["run"], inside["asset"], inside["partition"]) == ("r1", None, "2025-01-01")


def test_text_says_the_same(
    home: Path, handler: logging.Handler, capsys: pytest.CaptureFixture[str]
) -> None:
    with logs.bound(run="r1", asset="gold.readings"):
        LOGGER.warning("inside %s", "a run")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("inside a run [run=r1 asset=gold.readings]")


def test_an_error_of_a_step_does_not_bring_its_values_into_the_line() -> None:
    record = logging.makeLogRecord(
        {
            "msg": "job - r1 - Execution of step failed.\n\nValueError: jane.doe@example.com",
            "dagster_meta": {"run_id": "r1", "orig_message": "Execution of step failed."},
        }
    )
    assert "jane.doe" not in logs.LineFormatter("run", logs.SHORT).format(record)


def test_a_level_that_there_is_not_is_named() -> None:
    with pytest.raises(FinplatformError, match="FINPLATFORM_LOG_LEVEL"):
        logs.set_level("LOUD")
