"""One new business day on a built bank, to facts, scores and reports, and the shares of its time.

    python -m benchmarks.new_day [--day 2026-03-10] [--months] [--repeats 3]

Runs `daily` on one day of the bank of `FINPLATFORM_HOME`, the last one unless another is given;
with `--months` also `month_end` on the month that it closes, with its reports. A day is replaced
as a whole, so that each run costs the same. The bank is as large as it was built:
`finplatform demo --transactions 10000000` first for ten million.

The time is split into loading the graph, the server's work on statements (`active_time` of
`pg_stat_database`, which counts sessions that work side by side twice), what dbt's steps take
without their models, Dagster without its steps, and Python in steps. The delays of
sensors and of the run queue are not included.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

import psycopg

_ACTIVE = "select active_time from pg_stat_database where datname = current_database()"
_MODELS = """
select coalesce(sum(load_seconds), 0) from ops.load_log
where run_id = any(%s) and rows_in is null and table_name not like 'bronze.%%'
"""


@dataclass(frozen=True)
class Measured:
    """Seconds of one day.

    Attributes:
        total: From the start of the run to its end, without loading the graph.
        sql: The server's work on statements.
        dbt: dbt's steps without their models.
        dagster: The run without its steps.
        python: Steps without the server's work and dbt.
    """

    total: float
    sql: float
    dbt: float
    dagster: float
    python: float


def run_day(url: str, jobs: Sequence[str], day: date) -> Measured:
    """Runs jobs on one day.

    Args:
        url: libpq URL of the warehouse.
        jobs: Names of the jobs.
        day: The day.
    """
    from finplatform.cli.running import execute, require_success
    from finplatform.settings import get_settings
    from finplatform.windows import Window

    with psycopg.connect(url, autocommit=True) as connection:
        before = _number(connection, _ACTIVE)
        begun = time.monotonic()
        results = execute(get_settings(), jobs, Window.day(day))
        total = time.monotonic() - begun
        require_success(results)
        # Open sessions report their statistics when they become idle, a moment later.
        connection.execute("select pg_stat_force_next_flush()")
        sql = (_number(connection, _ACTIVE) - before) / 1_000
        models = _number(connection, _MODELS, [result.run_id for result in results])
    steps = {name: took for result in results for name, took in result.step_seconds.items()}
    of_dbt = sum(took for name, took in steps.items() if name.startswith("dbt_"))
    dbt = max(of_dbt - models, 0.0)
    dagster = max(total - sum(steps.values()), 0.0)
    return Measured(total, sql, dbt, dagster, max(total - sql - dbt - dagster, 0.0))


def _number(connection: psycopg.Connection, query: str, *given: object) -> float:
    row = connection.execute(query.encode(), given).fetchone()
    return float(row[0]) if row is not None else 0.0


def main() -> None:
    """Prints the median of some runs."""
    options = argparse.ArgumentParser(description="One new business day on a built bank.")
    options.add_argument("--day", type=date.fromisoformat)
    options.add_argument("--months", action="store_true")
    options.add_argument("--repeats", type=int, default=3)
    given = options.parse_args()

    begun = time.monotonic()
    from finplatform.cli.backfill import history
    from finplatform.definitions import defs
    from finplatform.orchestration.jobs import DAILY_JOB, MONTH_END_JOB
    from finplatform.settings import get_settings
    from finplatform.warehouse.database import open_warehouse

    defs.resolve_all_job_defs()
    loaded = time.monotonic() - begun
    settings = get_settings()
    url = open_warehouse(settings).url
    day = given.day or history(settings)[1]
    jobs = (DAILY_JOB, MONTH_END_JOB) if given.months else (DAILY_JOB,)
    with psycopg.connect(url) as connection:
        rows = _number(connection, "select count(*) from gold.fact_transactions")
        of_day = _number(
            connection,
            "select count(*) from gold.fact_transactions where transaction_date = %s",
            day,
        )
    found = [run_day(url, jobs, day) for _ in range(given.repeats)]
    sys.stdout.write(
        f"{' and '.join(jobs)} of {day}: {of_day:,.0f} of {rows:,.0f} transactions,"
        f" median of {len(found)}\n  loading the graph  {loaded:7.1f} s\n"
    )
    total = statistics.median(one.total for one in found)
    for field in fields(Measured):
        seconds = statistics.median(getattr(one, field.name) for one in found)
        sys.stdout.write(f"  {field.name:<17}  {seconds:7.1f} s  {seconds / total:4.0%}\n")


if __name__ == "__main__":
    main()
