"""Checks and runs as incidents, taken from Dagster's event log.

A failed check opens one incident over its business days, which ends when the check passes over all
of them. Until then a blocking check holds its table. A failed step opens one incident, which ends
when the step succeeds over its days. A step that failed because of a check or a held table opens
none. Does not belong here: reading the log (see `run_events`) and blocking downstream steps of held
tables (see `resources.held_tables`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import dagster as dg
import psycopg

from finplatform.notifications import links
from finplatform.notifications.channels import recipients
from finplatform.notifications.incident import (
    CHECK,
    RUN,
    Severity,
    Signal,
    fingerprint_of,
    plain_name,
)
from finplatform.notifications.store import IncidentStore
from finplatform.orchestration.run_events import RunEvent, days_of, new_events
from finplatform.settings import Settings
from finplatform.windows import Window

HELD = "held_table"
"""Metadata of the failure of a step with a held upstream table."""

_TALLIED = {
    dg.DagsterEventType.RUN_SUCCESS: "SUCCESS",
    dg.DagsterEventType.RUN_FAILURE: "FAILURE",
    dg.DagsterEventType.RUN_CANCELED: "CANCELED",
}
_COUNT = """
insert into ops.run_tallies as t (job_name, status, run_count, last_ended_at)
values (%(job)s, %(status)s, 1, %(at)s)
on conflict (job_name, status) do update set
    run_count = t.run_count + 1, last_ended_at = greatest(t.last_ended_at, excluded.last_ended_at)
"""

_WILL_RETRY = "dagster/will_retry"
_CHOSEN_ASSETS = "chosen_assets"
_DAGSTERS_COUNT = "dagster_dbt/failed_row_count"


@dataclass(frozen=True)
class CheckedGraph:
    """Lookups on the graph for the interpretation of events.

    Attributes:
        partitions: Partitions definition of each partitioned asset.
        checks: All asset checks.
        steps: Assets of each step.
    """

    partitions: Mapping[dg.AssetKey, dg.PartitionsDefinition]
    checks: frozenset[dg.AssetCheckKey]
    steps: Mapping[str, Sequence[dg.AssetKey]]

    @classmethod
    def of_assets(
        cls,
        assets: Sequence[dg.AssetsDefinition],
        checks: Sequence[dg.AssetChecksDefinition],
    ) -> "CheckedGraph":
        """The graph of some assets and checks."""
        partitions = {
            key: asset.partitions_def
            for asset in assets
            for key in asset.keys
            if asset.partitions_def is not None
        }
        specs = [spec for part in (*assets, *checks) for spec in part.check_specs]
        steps = {asset.op.name: tuple(asset.keys) for asset in assets if asset.is_executable}
        return cls(partitions, frozenset(spec.key for spec in specs), steps)


def take_events(
    connection: psycopg.Connection,
    instance: dg.DagsterInstance,
    graph: CheckedGraph,
    settings: Settings,
    at: datetime,
) -> None:
    """Processes new check results and ended runs.

    Args:
        connection: Session on the warehouse, whose transaction the caller commits.
        instance: The Dagster instance.
        graph: Lookups on the graph.
        settings: Recipients of incidents.
        at: Present instant.
    """
    store = IncidentStore(connection, recipients(settings))
    failed: dict[str, dict[str, dg.DagsterEvent]] = {}
    for found in new_events(connection, instance, at):
        _tally(connection, found)
        run, event, step = found.run, found.event, found.event.step_key or ""
        match event.event_type:
            case dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                _take_verdict(store, found, graph, settings)
            case dg.DagsterEventType.STEP_SUCCESS:
                mark = fingerprint_of(RUN, _step_name(step))
                store.mend(mark, found.at, _days(run, step, graph))
            case dg.DagsterEventType.STEP_FAILURE:
                failed.setdefault(run.run_id, {})[step] = event
            case dg.DagsterEventType.RUN_SUCCESS:
                mark = fingerprint_of(RUN, _job_subject(run))
                store.mend(mark, found.at, _days(run, "", graph))
            # A run that is retried has not failed yet.
            case dg.DagsterEventType.RUN_FAILURE if run.tags.get(_WILL_RETRY) != "true":
                steps = failed.get(run.run_id, {})
                for signal, step in _failures(instance, run, steps, settings):
                    store.report(signal, found.at, _days(run, step, graph))
    known = {_subject(key) for key in graph.checks}
    gone = [
        number
        for fingerprint, number in store.open_incidents(CHECK).items()
        if fingerprint.removeprefix(f"{CHECK}:") not in known
    ]
    store.end(gone, at)


def _tally(connection: psycopg.Connection, found: RunEvent) -> None:
    """Counts an ended run."""
    if found.event.event_type in _TALLIED:
        status = _TALLIED[found.event.event_type]
        connection.execute(_COUNT, {"job": _job(found.run), "status": status, "at": found.at})


def _take_verdict(
    store: IncidentStore, found: RunEvent, graph: CheckedGraph, settings: Settings
) -> None:
    verdict = found.event.asset_check_evaluation_data
    if verdict.asset_check_key not in graph.checks:
        return
    days = days_of(found.run, graph.partitions.get(verdict.asset_key))
    if verdict.passed:
        fingerprint = fingerprint_of(CHECK, _subject(verdict.asset_check_key))
        store.mend(fingerprint, found.at, days)
    else:
        store.report(_failed_check(verdict, found.run.run_id, settings), found.at, days)


def _subject(check: dg.AssetCheckKey) -> str:
    asset = ".".join(check.asset_key.path)
    return f"{asset}:{check.name}"


def _failed_check(verdict: dg.AssetCheckEvaluation, run_id: str, settings: Settings) -> Signal:
    asset = plain_name(".".join(verdict.asset_key.path))
    check = plain_name(verdict.check_name)
    is_error = verdict.severity is dg.AssetCheckSeverity.ERROR
    is_blocking = is_error and bool(verdict.blocking)
    return Signal(
        CHECK,
        _subject(verdict.asset_check_key),
        Severity.ERROR if is_error else Severity.WARNING,
        f"Check {check} of {asset} fails",
        failing_count(verdict.metadata),
        links.asset_page(settings, verdict.asset_key.path, verdict.check_name),
        run_id,
        asset if is_blocking else None,
    )


def failing_count(metadata: Mapping[str, dg.MetadataValue]) -> int | None:
    """Number of failing values or rows in a check's metadata; None if there is none."""
    failures = metadata.get("failures")
    if isinstance(failures, dg.JsonMetadataValue) and isinstance(failures.value, dict):
        return sum(int(count) for count in failures.value.values())
    rows = metadata.get(_DAGSTERS_COUNT)
    return int(rows.value) if isinstance(rows, dg.IntMetadataValue) and rows.value else None


def _failures(
    instance: dg.DagsterInstance,
    run: dg.DagsterRun,
    failed: Mapping[str, dg.DagsterEvent],
    settings: Settings,
) -> Iterator[tuple[Signal, str]]:
    """Failures of a run with their step, without consequences of other failures."""
    job, page = plain_name(_job(run)), links.run_page(settings, run.run_id)
    if not failed:
        title = f"Job {job} failed before any step did"
        yield Signal(RUN, _job_subject(run), Severity.ERROR, title, None, page, run.run_id), ""
    failed_by_checks = _steps_with_failed_checks(instance, run) if failed else set()
    for step, event in failed.items():
        if step not in failed_by_checks and not _was_held(event):
            name = _step_name(step)
            title = f"Step {plain_name(name)} of job {job} failed"
            yield Signal(RUN, name, Severity.ERROR, title, None, page, run.run_id), step


def _steps_with_failed_checks(instance: dg.DagsterInstance, run: dg.DagsterRun) -> set[str]:
    kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION
    found = set()
    for record in instance.get_records_for_run(run.run_id, of_type=kind).records:
        event = record.event_log_entry.dagster_event
        if event is not None and event.step_key:
            verdict = event.asset_check_evaluation_data
            if verdict.severity is dg.AssetCheckSeverity.ERROR and not verdict.passed:
                found.add(event.step_key)
    return found


def _was_held(event: dg.DagsterEvent) -> bool:
    failure = event.step_failure_data.user_failure_data
    return failure is not None and HELD in failure.metadata


def _days(run: dg.DagsterRun, step: str, graph: CheckedGraph) -> Window | None:
    """Business days of a run for the assets of a step, or for any asset."""
    assets = graph.steps.get(step, ()) or list(graph.partitions)
    return days_of(run, next(filter(None, map(graph.partitions.get, assets)), None))


def _step_name(step: str) -> str:
    """Display name of a step: its table, if it has one."""
    return step.replace("__", ".", 1)


def _job_subject(run: dg.DagsterRun) -> str:
    return f"job {_job(run)}"


def _job(run: dg.DagsterRun) -> str:
    return _CHOSEN_ASSETS if run.job_name.startswith("__") else run.job_name
