"""Schedules: daily load, weekly scores, monthly training, retention.

Does not belong here: runs on arriving data (see `sensors`), and month-end tables, which are
requested once their last day is loaded (see `automation`).
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from finplatform.orchestration.jobs import DAILY_JOB, RISK_SCORES_JOB, TRAINING_JOB
from finplatform.orchestration.retention_job import RETENTION


def build_schedules(
    jobs: Sequence[Any],
    months: dg.MonthlyPartitionsDefinition,
    status: dg.DefaultScheduleStatus,
    timezone: str,
) -> list[Any]:
    """The daily load, weekly scores, monthly training, and the retention job.

    Args:
        jobs: The platform's jobs.
        months: Months of the bank's history.
        status: Their default status.
        timezone: Zone of the bank's business days, as in the jobs' partitions.
    """
    by_name = {job.name: job for job in jobs}
    return [
        dg.build_schedule_from_partitioned_job(
            by_name[DAILY_JOB],
            name="daily_schedule",
            description="Yesterday, an hour after the bank's midnight.",
            hour_of_day=1,
            default_status=status,
        ),
        _risk_scores(by_name[RISK_SCORES_JOB], months, status, timezone),
        dg.ScheduleDefinition(
            name="retention_schedule",
            job=by_name[RETENTION],
            cron_schedule="0 3 * * 0",
            execution_timezone=timezone,
            description="Deletes old rows of operational tables, on Sundays.",
            default_status=status,
        ),
        dg.ScheduleDefinition(
            name="training_schedule",
            job=by_name[TRAINING_JOB],
            cron_schedule="0 4 2 * *",
            execution_timezone=timezone,
            description="Trains the models, on the second day of each month.",
            default_status=status,
        ),
    ]


def _risk_scores(
    job: Any,
    months: dg.MonthlyPartitionsDefinition,
    status: dg.DefaultScheduleStatus,
    timezone: str,
) -> dg.ScheduleDefinition:
    @dg.schedule(
        name="risk_scores_schedule",
        job=job,
        cron_schedule="0 5 * * 1",
        execution_timezone=timezone,
        default_status=status,
        description="Scores and grades of the last month, on Mondays, with the data loaded so far.",
    )
    def risk_scores(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        now = context.scheduled_execution_time
        over = months.get_partition_keys(now)
        if not over:
            return dg.SkipReason("No month is over yet.")
        return dg.RunRequest(run_key=now.isoformat(), partition_key=over[-1])

    return risk_scores
