"""Running a job from the command line.

Belongs here: what `demo` and `backfill` share: the instance, progress, and the error that a failed
run becomes.
"""

from finplatform import garbage
from finplatform.cli.progress import RunProgress
from finplatform.errors import FinplatformError
from finplatform.orchestration.instance import RunResult, open_instance, run_job
from finplatform.settings import Settings
from finplatform.windows import Window


def execute(settings: Settings, job_name: str, window: Window) -> RunResult:
    """Runs one of the platform's jobs over a window and waits.

    Raises:
        FinplatformError: If there is no such job.
    """
    with open_instance(settings) as instance:
        with garbage.held_off():
            from finplatform.definitions import defs

            jobs = defs.resolve_all_job_defs()
        known = {job.name for job in jobs}
        if job_name not in known:
            names = ", ".join(sorted(name for name in known if not name.startswith("__")))
            raise FinplatformError(f"There is no job {job_name}.", f"Jobs: {names}.")
        with RunProgress(f"{job_name} {window}") as progress:
            return run_job(instance, defs.resolve_job_def(job_name), window, progress.on_event)


def require_success(result: RunResult) -> None:
    """Raises a readable error for a run that failed.

    Raises:
        FinplatformError: With the first reason, and where to find the rest.
    """
    if result.success:
        return
    reasons = result.checks_failed + result.errors
    raise FinplatformError(
        f"Run {result.run_id} failed: {reasons[0] if reasons else 'no reason was recorded'}",
        "See the run in the Dagster UI (`finplatform up`).",
    )
