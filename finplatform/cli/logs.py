"""`finplatform logs`: what failed in a run, and why; what still goes on.

Belongs here: finding the run and printing it, also for `finplatform status`. Does not belong here:
reading events (see `finplatform.orchestration.run_failures`).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from rich.padding import Padding

from finplatform.cli.output import OUT, print_json, styled
from finplatform.errors import FinplatformError
from finplatform.orchestration.instance import open_instance
from finplatform.orchestration.partitions import PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG
from finplatform.orchestration.run_failures import run_events
from finplatform.settings import get_settings

LAST = "last"
_LOOKED_THROUGH = 1_000
_SHORTEST = 4
_REASONS_IN_STATUS = 5

_UNFINISHED = (
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.CANCELING,
)


def run(name: str, *, as_json: bool) -> None:
    """Prints a run.

    Args:
        name: Its id, the beginning of it, or `last`.
        as_json: Print JSON.

    Raises:
        FinplatformError: If there is no such run, or more than one.
    """
    settings = get_settings()
    with open_instance(settings) as instance:
        record = find_run(instance, name)
        events = run_events(instance, record.dagster_run.run_id)
    summary = {
        "run_id": record.dagster_run.run_id,
        "job": record.dagster_run.job_name,
        "partitions": _partitions(record.dagster_run),
        "status": record.dagster_run.status.value,
        "started": _instant(record.start_time),
        "ended": _instant(record.end_time),
        "failed_steps": [vars(failed) for failed in events.failed_steps],
        "failed_checks": events.failed_checks,
        "reason": events.run_reason or None,
        "warnings": events.warnings,
        "checks_passed": events.checks_passed,
        "running": events.running if record.dagster_run.status in _UNFINISHED else {},
        "printed": str(settings.logs / "runs" / f"{record.dagster_run.job_name}.log"),
    }
    if as_json:
        print_json(summary)
    else:
        _print(summary)


def find_run(instance: dg.DagsterInstance, name: str) -> dg.RunRecord:
    """The run of a name.

    Args:
        instance: Where it is recorded.
        name: Its id, the beginning of it, or `last`.

    Raises:
        FinplatformError: If there is no such run, or more than one.
    """
    records = instance.get_run_records(limit=1 if name == LAST else _LOOKED_THROUGH)
    if name == LAST:
        if not records:
            raise FinplatformError("There has been no run.", "Run one: `finplatform backfill`.")
        return records[0]
    same = [r for r in records if r.dagster_run.run_id.startswith(name.lower())]
    if not same or len(name) < _SHORTEST:
        raise FinplatformError(
            f"No run has an id that begins with {name}.",
            f"Give {_SHORTEST} or more of its digits; `finplatform status` lists the last runs.",
        )
    if len(same) > 1:
        ids = ", ".join(r.dagster_run.run_id for r in same[:3])
        raise FinplatformError(f"{len(same)} runs begin with {name}.", f"Such as {ids}.")
    return same[0]


def progress_of(instance: dg.DagsterInstance, dagster_run: dg.DagsterRun) -> dict[str, Any]:
    """What a run is doing, or why it failed; nothing of others.

    Args:
        instance: Where it is recorded.
        dagster_run: The run.
    """
    if dagster_run.status in _UNFINISHED:
        return {"running": run_events(instance, dagster_run.run_id).running}
    if dagster_run.status is dg.DagsterRunStatus.FAILURE:
        return {"reasons": run_events(instance, dagster_run.run_id).reasons}
    return {}


def print_progress(summary: Mapping[str, Any]) -> None:
    """Prints the failures and the running steps of a run in a few lines.

    Args:
        summary: `run_id` and `job`, with the result of `progress_of`.
    """
    about = f" run {summary['run_id'][:8]} of {summary['job']}"
    for step, since in summary.get("running", {}).items():
        OUT.print(styled(("running", "green"), about, f": {step}, {_since(since)}"))
    reasons = summary.get("reasons", [])
    if not reasons:
        return
    OUT.print(styled(("failed", "red"), about, f" (`finplatform logs {summary['run_id'][:8]}`)"))
    for reason in reasons[:_REASONS_IN_STATUS]:
        OUT.print(_indented(reason))
    if len(reasons) > _REASONS_IN_STATUS:
        OUT.print(_indented(f"and {len(reasons) - _REASONS_IN_STATUS:,} more"))


def _partitions(dagster_run: dg.DagsterRun) -> str | None:
    tags = dagster_run.tags
    if RANGE_START_TAG in tags:
        return f"{tags[RANGE_START_TAG]}..{tags.get(RANGE_END_TAG)}"
    return tags.get(PARTITION_TAG)


def _instant(timestamp: float | None) -> datetime | None:
    return datetime.fromtimestamp(timestamp, UTC).replace(microsecond=0) if timestamp else None


def _since(begun: datetime) -> str:
    seconds = int((datetime.now(UTC) - begun).total_seconds())
    minutes = f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"
    return f"since {begun:%H:%M:%S} UTC ({minutes})"


def _print(summary: Mapping[str, Any]) -> None:
    partitions = f" {summary['partitions']}" if summary["partitions"] else ""
    style = {"SUCCESS": "green", "FAILURE": "red"}.get(summary["status"], "yellow")
    times = f", {summary['started'] or '-'} to {summary['ended'] or 'now'} (UTC)"
    OUT.print(
        styled(
            f"Run {summary['run_id']} of {summary['job']}{partitions}: ",
            (summary["status"], style),
            times.replace("+00:00", ""),
        )
    )
    for step in summary["failed_steps"]:
        OUT.print(styled(("failed step", "red"), f" {step['step']}"))
        OUT.print(_indented(step["reason"]))
    for check in summary["failed_checks"]:
        OUT.print(styled(("failed check", "red"), f" {check}"))
    if summary["reason"] and not summary["failed_steps"]:
        OUT.print(styled(("failed", "red"), f" {summary['reason']}"))
    for step, since in summary["running"].items():
        OUT.print(styled(("running", "green"), f" {step}, {_since(since)}"))
    for warning in summary["warnings"]:
        OUT.print(styled(("warning", "yellow"), f" {warning}"))
    counts = f"{summary['checks_passed']} checks passed, {len(summary['failed_checks'])} failed"
    OUT.print(styled(f"{counts}, {len(summary['warnings'])} with a warning."))
    OUT.print(styled(f"What its steps printed: {summary['printed']}, of the job's last run here."))


def _indented(text: str) -> Padding:
    return Padding(styled(text), (0, 0, 0, 2))
