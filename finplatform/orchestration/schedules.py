"""Schedules: calendar work.

Belongs here: what runs because of the time. What runs because data arrived is in `sensors`, and
what runs because a month is complete in `automation`.
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from finplatform.orchestration.jobs import DAILY, TRAINING


def build_schedules(
    jobs: Sequence[Any], status: dg.DefaultScheduleStatus, timezone: str
) -> list[Any]:
    """The day after it is over, and the models once a month.

    Args:
        jobs: The platform's jobs.
        status: Whether they run without being turned on in the UI.
        timezone: Zone of the bank's business days, by which the jobs' partitions begin as well.
    """
    by_name = {job.name: job for job in jobs}
    return [
        dg.build_schedule_from_partitioned_job(
            by_name[DAILY],
            name="daily_schedule",
            description="Yesterday, an hour after the bank's midnight.",
            hour_of_day=1,
            default_status=status,
        ),
        dg.ScheduleDefinition(
            name="training_schedule",
            job=by_name[TRAINING],
            cron_schedule="0 4 2 * *",
            execution_timezone=timezone,
            description="The models, on the second day of each month.",
            default_status=status,
        ),
    ]
