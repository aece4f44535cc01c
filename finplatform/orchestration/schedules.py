"""Schedules: calendar work.

A month's tables are not among it: they are requested once their last day is in. Belongs here: what
runs because of the time. What runs because data arrived is in `sensors`, and
what runs because a month is complete in `automation`.
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
    """The day after it is over, scores once a week, the models once a month, and old rows' end.

    Args:
        jobs: The platform's jobs.
        months: Months of the bank's history.
        status: Whether they run without being turned on in the UI.
        timezone: Zone of the bank's business days, by which the jobs' partitions begin as well.
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
            description="Old rows of operational tables, on Sundays.",
            default_status=status,
        ),
        dg.ScheduleDefinition(
            name="training_schedule",
            job=by_name[TRAINING_JOB],
            cron_schedule="0 4 2 * *",
            execution_timezone=timezone,
            description="The models, on the second day of each month.",
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
        description="Scores and grades of the last month, on Mondays, with what is known by now.",
    )
    def risk_scores(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        now = context.scheduled_execution_time
        over = months.get_partition_keys(now)
        if not over:
            return dg.SkipReason("No month is over yet.")
        return dg.RunRequest(run_key=now.isoformat(), partition_key=over[-1])

    return risk_scores
