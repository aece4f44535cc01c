"""Running jobs from the command line.

Belongs here: what `demo`, `backfill` and `bench` share: the instance, the partitions of a window,
progress, and the error that a failed run becomes.
"""

from collections.abc import Sequence

import dagster as dg

from finplatform.cli.progress import RunProgress
from finplatform.errors import FinplatformError
from finplatform.orchestration.instance import RunResult, open_instance, run_job
from finplatform.orchestration.partitions import range_tags
from finplatform.settings import Settings
from finplatform.windows import Window


def execute(settings: Settings, jobs: Sequence[str], window: Window) -> list[RunResult]:
    """Runs jobs over the partitions that end in a window, one after the other, and waits.

    A job without partitions in the window is left out, as is what comes after a failed run.

    Raises:
        FinplatformError: If there is no such job.
    """
    results = []
    with open_instance(settings) as instance:
        from finplatform.definitions import defs

        known = {job.name: job for job in defs.resolve_all_job_defs()}
        for name in jobs:
            if name not in known:
                names = ", ".join(sorted(name for name in known if not name.startswith("__")))
                raise FinplatformError(f"There is no job {name}.", f"Jobs: {names}.")
        for name in jobs:
            tags = _tags(known[name], window)
            if tags is None:
                continue
            with RunProgress(f"{name} {window}") as progress:
                results.append(
                    run_job(instance, known[name], tags, settings.logs / "runs", progress.on_event)
                )
            if not results[-1].success:
                break
    return results


def require_success(results: Sequence[RunResult]) -> None:
    """Raises a readable error for a run that failed.

    Raises:
        FinplatformError: With every failed step and check.
    """
    for result in results:
        if not result.success:
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
