"""The Dagster instance of a home, and running jobs on it.

Belongs here: Dagster's files, the environment of its processes, and executing a job in this
process. Does not belong here: the jobs.
"""

import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from finplatform.home import close_home
from finplatform.orchestration.run_failures import RunEvents
from finplatform.settings import Settings, export, exported
from finplatform.warehouse.database import open_dagster_storage

REPOSITORY_TAG = ".dagster/repository"
LOCATION = "finplatform"

_RUNS_WITH_CHECKS = 20

_EVENT_BATCHES = {
    # Events of a step's partitions are written in one batch instead of a transaction each.
    "DAGSTER_EVENT_BATCH_SIZE": "1000",
}
_RANGE_RUN = {
    # One planned event for the partitions of a range instead of one each. Only for runs in this
    # process: if a range run fails before a step begins, the UI may not show its partitions as
    # failed.
    "DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS": "true",
}


@dataclass
class RunResult:
    """Result of a run.

    Attributes:
        run_id: Dagster's id of the run.
        job: Name of its job.
        success: Whether it succeeded.
        rows: Row count per materialized asset, where one is known.
        checks_passed: Number of checks that passed.
        checks_failed: Failed checks as `asset: check: description`, without warnings.
        checks_warned: Checks that failed with a warning, in the same form.
        errors: Failed steps, in their order, as `step: reason`.
        step_seconds: Seconds per finished step.
    """

    run_id: str
    job: str
    success: bool = False
    rows: dict[str, int] = field(default_factory=dict)
    checks_passed: int = 0
    checks_failed: list[str] = field(default_factory=list)
    checks_warned: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    step_seconds: dict[str, float] = field(default_factory=dict)


def dagster_home(settings: Settings) -> Path:
    """Folder of the instance's files."""
    return settings.home / "dagster"


def prepare(settings: Settings) -> None:
    """Creates the instance's folders and database, and exports the variables of Dagster."""
    close_home(settings.home)
    home = dagster_home(settings)
    home.mkdir(parents=True, exist_ok=True)
    if settings.landing_dir is None:
        settings.landing.mkdir(exist_ok=True)
    shutil.copyfile(Path(__file__).with_name("dagster.yaml"), home / "dagster.yaml")
    storage = open_dagster_storage(settings).location
    export(
        {
            **_EVENT_BATCHES,
            "DAGSTER_HOME": str(home),
            # psycopg2 is explicit, since SQLAlchemy's default driver is another one, which Dagster
            # does not depend on. Commits of the event log are asynchronous: a crash of the server
            # may lose its last events, never a row of the warehouse.
            "FINPLATFORM_DAGSTER_PG_URL": storage.set(drivername="postgresql+psycopg2")
            .update_query_dict({"options": "-c synchronous_commit=off"}, append=True)
            .render_as_string(hide_password=False),
        }
    )


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance of the settings' home."""
    prepare(settings)
    with dg.DagsterInstance.get() as instance:
        yield instance


def run_job(
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    tags: Mapping[str, str],
    logs: Path,
    on_event: Callable[[dg.DagsterEvent], None] | None = None,
    run_id: str | None = None,
) -> RunResult:
    """Executes a job in this process, as a run that the UI shows.

    Args:
        instance: The instance.
        job: The job.
        tags: Tags of the run, among them its partitions (see `partitions.range_tags`).
        logs: Folder of the log files of the steps' output, one per job.
        on_event: Called with each event as it happens.
        run_id: Id of the run; default: a new one.
    """
    result = RunResult(run_id or str(uuid.uuid4()), job.name)

    events = RunEvents()

    def listen(entry: dg.EventLogEntry) -> None:
        if entry.dagster_event is not None:
            _note(entry.dagster_event, result)
            events.take(entry.dagster_event, datetime.fromtimestamp(entry.timestamp, UTC))
            if on_event is not None:
                on_event(entry.dagster_event)

    instance.add_event_listener(result.run_id, listen)
    log_file = logs / f"{job.name}.log"
    log_file.parent.mkdir(parents=True, exist_ok=True)
    # Output of dbt, and Dagster's messages about its storage, go to the log; the terminal shows
    # progress.
    with (
        log_file.open("w", encoding="utf-8") as log,
        redirect_stdout(log),
        redirect_stderr(log),
        exported(_RANGE_RUN),
    ):
        outcome = job.execute_in_process(
            run_id=result.run_id,
            instance=instance,
            tags={REPOSITORY_TAG: f"__repository__@{LOCATION}", **tags},
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    result.success = outcome.success
    _conclude(events, result)
    return result


def _note(event: dg.DagsterEvent, result: RunResult) -> None:
    kind = event.event_type
    if kind is dg.DagsterEventType.ASSET_MATERIALIZATION and event.asset_key is not None:
        metadata = event.materialization.metadata
        for name in ("dagster/partition_row_count", "dagster/row_count"):
            if name in metadata:
                result.rows[event.asset_key.to_user_string()] = int(str(metadata[name].value))
    elif kind is dg.DagsterEventType.STEP_SUCCESS:
        milliseconds = event.step_success_data.duration_ms
        result.step_seconds[event.step_key or ""] = round(milliseconds / 1000, 2)


def _conclude(events: RunEvents, result: RunResult) -> None:
    result.checks_passed = events.checks_passed
    result.checks_failed = events.failed_checks
    result.checks_warned = events.warnings
    result.errors = [f"{failed.step}: {failed.reason}" for failed in events.failed_steps]
    if not result.success and not events.reasons:
        result.errors = ["no reason was recorded"]
    elif not result.success and not result.errors and not result.checks_failed:
        result.errors = events.reasons


def latest_check_failures(instance: dg.DagsterInstance) -> dict[str, Any]:
    """Latest result of each check over the last runs.

    Returns:
        `passed`, a number, and the names of the checks that `failed` and `warned`.
    """
    latest: dict[str, str] = {}
    for record in instance.get_run_records(limit=_RUNS_WITH_CHECKS):
        events = instance.get_records_for_run(
            record.dagster_run.run_id, of_type={dg.DagsterEventType.ASSET_CHECK_EVALUATION}
        ).records
        for event in reversed(events):
            entry = event.event_log_entry.dagster_event
            if entry is not None:
                verdict = entry.asset_check_evaluation_data
                name = f"{verdict.asset_key.to_user_string()}: {verdict.check_name}"
                is_error = verdict.severity is dg.AssetCheckSeverity.ERROR
                found = "passed" if verdict.passed else "failed" if is_error else "warned"
                latest.setdefault(name, found)
    named = {
        kind: sorted(name for name, found in latest.items() if found == kind)
        for kind in ("failed", "warned")
    }
    return {"passed": list(latest.values()).count("passed"), **named}
