"""`finplatform backfill`: jobs over a range of days, one run a job.

Belongs here: the command.
"""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from finplatform.cli.output import OUT, print_json
from finplatform.cli.running import execute, require_success
from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import load_sources
from finplatform.orchestration.jobs import (
    DAILY_JOB,
    HISTORY_BY_DAY_JOB,
    HISTORY_BY_MONTH_JOB,
    MONTH_END_JOB,
)
from finplatform.orchestration.partitions import history_end, history_start, last_complete_day
from finplatform.settings import Settings, get_settings
from finplatform.warehouse.audit_log import record_command
from finplatform.warehouse.database import open_warehouse
from finplatform.windows import Window


def run(first: date, last: date, jobs: Sequence[str], *, as_json: bool) -> None:
    """Runs the jobs and prints rows and checks of each run.

    Args:
        first: First day.
        last: Last day.
        jobs: Jobs in their order; none for those that build days and months.
        as_json: Print JSON.

    Raises:
        FinplatformError: If a run fails, or the days are not those of the bank's history.
    """
    settings = get_settings()
    window = asked_window(first, last)
    check_history(window, *history(settings))
    chosen = jobs or default_jobs(is_trained(settings))
    days = {"from": first.isoformat(), "to": last.isoformat()}
    record_command(settings, "backfill", ", ".join(chosen), days)
    results = execute(settings, chosen, window)
    if as_json:
        print_json([vars(result) for result in results])
    else:
        for result in (one for one in results if one.success):
            OUT.print(
                f"Run {result.run_id} of {result.job}: {len(result.rows)} tables,"
                f" {result.checks_passed} checks passed, {len(result.checks_failed)} failed,"
                f" {len(result.checks_warned)} with a warning."
            )
    require_success(results)


def default_jobs(trained: bool) -> tuple[str, str]:
    """Jobs that build days and months; those that train on the way where nothing was trained yet.

    Args:
        trained: Whether the tables that training makes are there for month-end tables to read.
    """
    return (DAILY_JOB, MONTH_END_JOB) if trained else (HISTORY_BY_DAY_JOB, HISTORY_BY_MONTH_JOB)


def is_trained(settings: Settings) -> bool:
    """Whether the last of the tables that training makes has been made."""
    with open_warehouse(settings).connect() as connection:
        found = connection.execute("select to_regclass('gold.rating_scale')").fetchone()
    return found is not None and found[0] is not None


def asked_window(first: date, last: date) -> Window:
    """The window of the requested days.

    Raises:
        FinplatformError: If the first is after the last.
    """
    if first > last:
        raise FinplatformError(
            f"The first day, --from {first}, is after the last, --to {last}.",
            "Give the earlier day to --from; a single day is given to both.",
        )
    return Window.through(first, last)


def history(settings: Settings) -> tuple[date, date, bool]:
    """First and last business day that can be run, and whether the history is open."""
    sources = load_sources(settings.sources_file, frozenset(SOURCES))
    end = history_end(settings, sources)
    last = last_complete_day(datetime.now(ZoneInfo(sources.bank.day_zone)), end)
    return history_start(settings, sources), last, end is None or last < end


def check_history(window: Window, start: date, last: date, is_open: bool) -> None:
    """Refuses days that the history does not have, before anything is run.

    Args:
        window: The requested days.
        start: First day of the history.
        last: Last day of it that is over.
        is_open: Whether more days follow.

    Raises:
        FinplatformError: If a day lies outside.
    """
    if window.last > last:
        ends = f"the last day that is over is {last}" if is_open else f"the history ends on {last}"
        raise FinplatformError(
            f"There is nothing to run for --to {window.last}: {ends}.",
            f"Give days from {start} to {last}." if is_open else _span_hint(start, last),
        )
    if window.start < start:
        raise FinplatformError(
            f"There is nothing to run for --from {window.start}: the history starts on {start}.",
            _span_hint(start, last),
        )


def _span_hint(start: date, last: date) -> str:
    return (
        f"Give days from {start} to {last}, or change the history: `history` in sources.yaml, else"
        " FINPLATFORM_HISTORY_START and _END."
    )
