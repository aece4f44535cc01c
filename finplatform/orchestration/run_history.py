"""Runs, steps and check results from Dagster's event log, as frames of their tables.

Belongs here: reading runs and their events, and merging them with the stored rows. Does not belong
here: storing (see `assets.platform`), and reasons of failures (see `run_failures`).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import dagster as dg
import polars as pl

from finplatform.contracts.contract import Contract
from finplatform.contracts.platform import PLATFORM

_KINDS = {
    dg.DagsterEventType.STEP_START,
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
}
_MOST_RUNS = 200
"""Most runs read, the newest first; runs stored as ended are not read again."""

_ENDED = ("SUCCESS", "FAILURE", "CANCELED")


@dataclass
class History:
    """Rows of the tables of runs, steps and checks.

    Attributes:
        runs: Rows of `ops.pipeline_runs`.
        steps: Rows of `ops.pipeline_steps`.
        checks: Rows of `ops.check_results`; the last result of a check that ran twice.
    """

    runs: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)

    def frames(self) -> dict[str, pl.DataFrame]:
        """The rows as frames, by table."""
        return {
            "pipeline_runs": frame_of(PLATFORM["pipeline_runs"], self.runs),
            "pipeline_steps": frame_of(PLATFORM["pipeline_steps"], self.steps),
            "check_results": frame_of(PLATFORM["check_results"], self.checks),
        }


def ended_runs(runs: pl.DataFrame) -> frozenset[str]:
    """Ended runs of `ops.pipeline_runs`."""
    return frozenset(runs.filter(pl.col("status").is_in(_ENDED))["run_id"])


def read_history(instance: dg.DagsterInstance, known: Collection[str]) -> History:
    """Runs of the instance, the oldest first.

    Args:
        instance: The Dagster instance.
        known: Runs to skip.
    """
    history = History()
    for record in reversed(instance.get_run_records(limit=_MOST_RUNS)):
        run = record.dagster_run
        if run.run_id in known or record.start_time is None:
            continue
        events = instance.get_records_for_run(run.run_id, of_type=_KINDS).records
        entries = [event.event_log_entry for event in events]
        steps = list(_steps(run.run_id, entries))
        checks = list(_checks(run.run_id, entries))
        history.steps += steps
        history.checks += checks
        history.runs.append(
            {
                "run_id": run.run_id,
                # Dagster's name of the implicit job of selected assets.
                "job_name": "chosen_assets" if run.job_name.startswith("__") else run.job_name,
                "status": run.status.value,
                "started_at": _instant(record.start_time),
                "ended_at": None if record.end_time is None else _instant(record.end_time),
                "step_count": len(steps),
                "failed_step_count": sum(step["status"] == "FAILURE" for step in steps),
                "check_count": len(checks),
                "failed_check_count": sum(check["verdict"] == "FAILED" for check in checks),
            }
        )
    return history


def joined(contract: Contract, stored: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Stored and new rows; the last row of a key wins."""
    return pl.concat([stored.select(contract.columns), found]).unique(
        list(contract.key), keep="last", maintain_order=True
    )


def frame_of(contract: Contract, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows as a frame with the columns of a contract."""
    return pl.DataFrame(rows, schema=pl.Schema(contract.dtypes))


def _steps(run_id: str, entries: Iterable[dg.EventLogEntry]) -> Iterable[dict[str, Any]]:
    """Ended steps, in the order of their ends."""
    begun: dict[str, float] = {}
    for entry in entries:
        event = entry.dagster_event
        step = event.step_key if event is not None else None
        if event is None or step is None:
            continue
        if event.event_type is dg.DagsterEventType.STEP_START:
            begun[step] = entry.timestamp
        elif event.event_type is not dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            is_success = event.event_type is dg.DagsterEventType.STEP_SUCCESS
            start = begun.get(step, entry.timestamp)
            yield {
                "run_id": run_id,
                "step_name": step,
                "schema_name": _schema(step),
                "status": "SUCCESS" if is_success else "FAILURE",
                "started_at": _instant(start),
                "step_seconds": _seconds(max(entry.timestamp - start, 0.0)),
            }


def _checks(run_id: str, entries: Iterable[dg.EventLogEntry]) -> Iterable[dict[str, Any]]:
    for entry in entries:
        event = entry.dagster_event
        if event is None or event.event_type is not dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            continue
        found = event.asset_check_evaluation_data
        is_error = found.severity is dg.AssetCheckSeverity.ERROR
        yield {
            "schema_name": found.asset_key.path[0],
            "table_name": found.asset_key.path[-1],
            "check_name": found.check_name,
            "verdict": "PASSED" if found.passed else "FAILED" if is_error else "WARNED",
            "evaluated_at": _instant(entry.timestamp),
            "run_id": run_id,
            "description": found.description,
        }


def _schema(step: str) -> str:
    """Schema of a step's table, from the name of the step."""
    if step.startswith("dbt_"):
        return "dbt"
    schema, mark, _ = step.partition("__")
    return schema if mark else "several"


def _seconds(value: float) -> Decimal:
    return Decimal(str(round(value, 3)))


def _instant(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)
