"""Running jobs from the command line.

Belongs here: what `demo`, `backfill` and `bench` share: the instance, the partitions of a window,
progress, and the error that a failed run becomes.
"""

import logging
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import dagster as dg
import psycopg

from finplatform.cli.faults import recognised
from finplatform.cli.output import stdout_as_stderr
from finplatform.cli.progress import RunProgress
from finplatform.cli.window_hold import held
from finplatform.errors import FinplatformError
from finplatform.logs import bound
from finplatform.orchestration.instance import RunResult, open_instance, run_job
from finplatform.orchestration.partitions import range_tags
from finplatform.orchestration.resources.held_tables import HeldTables
from finplatform.orchestration.sensors.incidents import follow_events
from finplatform.settings import Settings
from finplatform.warehouse.access import prepare_access
from finplatform.warehouse.database import open_warehouse
from finplatform.windows import Window

LOGGER = logging.getLogger(__name__)


def execute(settings: Settings, jobs: Sequence[str], window: Window) -> list[RunResult]:
    """Runs jobs over the partitions that end in a window, one after the other, and waits.

    A job without partitions in the window is left out, as is what comes after a failed run. While
    another command runs jobs on a month of the window, this one waits and names that run. Failures
    become incidents, which are sent at the end, whether or not the daemon runs. Output of libraries
    goes to standard error.

    Raises:
        FinplatformError: If there is no such job.
    """
    results = []
    with stdout_as_stderr(), open_instance(settings) as instance:
        from finplatform.definitions import defs

        known = {job.name: job for job in defs.resolve_all_job_defs()}
        for name in jobs:
            if name not in known:
                names = ", ".join(sorted(name for name in known if not name.startswith("__")))
                raise FinplatformError(f"There is no job {name}.", f"Jobs: {names}.")
        prepare_access(settings)
        with held(open_warehouse(settings), window) as hold:
            for name in jobs:
                tags = _tags(known[name], window)
                if tags is None:
                    continue
                run_id = str(uuid.uuid4())
                hold.name_run(run_id, name)
                results.append(_run(instance, known[name], tags, settings, window, run_id))
                if not results[-1].success:
                    break
        # Tables that the jobs have made are as closed as they were made until now.
        prepare_access(settings)
        _follow(instance, defs, settings)
    return results


def _follow(instance: dg.DagsterInstance, defs: dg.Definitions, settings: Settings) -> None:
    """Makes incidents of what failed; what keeps it from that is no failure of the runs."""
    held: HeldTables = (defs.resources or {})["held"]
    try:
        follow_events(instance, held.graph, settings, datetime.now(UTC))
    except (FinplatformError, psycopg.Error) as error:
        LOGGER.warning("Incidents could not be followed: %s", type(error).__name__)


def _run(
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    tags: Mapping[str, str],
    settings: Settings,
    window: Window,
    run_id: str,
) -> RunResult:
    about = bound(run=run_id, partition=str(window))
    with RunProgress(f"{job.name} {window}") as progress, about:
        logs = settings.logs / "runs"
        return run_job(instance, job, tags, logs, progress.on_event, run_id)


def require_success(results: Sequence[RunResult]) -> None:
    """Raises a readable error for a run that failed.

    Raises:
        FinplatformError: With every failed step and check.
    """
    for result in results:
        if not result.success:
            fault = next(filter(None, map(recognised, result.errors)), None)
            if fault is not None:
                raise FinplatformError(
                    f"Run {result.run_id} failed. {fault.message}", fault.hint
                ) from None
            raise FinplatformError(
                f"Run {result.run_id} of {result.job} failed{_reasons(result)}",
                f"`finplatform logs {result.run_id[:8]}` shows this again; the run is in the"
                " Dagster UI, too (`finplatform up`).",
            )


def _reasons(result: RunResult) -> str:
    """Failed steps first, each with its message, then failed checks; warnings fail nothing."""
    reasons = [*result.errors, *result.checks_failed]
    return ": " + reasons[0] if len(reasons) == 1 else ":" + "".join(f"\n  {r}" for r in reasons)


def _tags(job: dg.JobDefinition, window: Window) -> dict[str, str] | None:
    """Tags of the job's partitions in a window; None if it has partitions but none there."""
    definition = job.partitions_def
    if not isinstance(definition, dg.TimeWindowPartitionsDefinition):
        return {}
    return range_tags(definition, window) or None
