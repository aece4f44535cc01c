"""Schedules: calendar work.

Belongs here: what runs because of the time. What runs because data arrived is in `sensors`.
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from finplatform.orchestration.jobs import DAILY, TRAINING


def build_schedules(jobs: Sequence[Any]) -> list[Any]:
    """The day after it is over, and the model once a month.

    Args:
        jobs: The platform's jobs.
    """
    by_name = {job.name: job for job in jobs}
    return [
        dg.build_schedule_from_partitioned_job(
            by_name[DAILY],
            name="daily_schedule",
            description="Brings yesterday through the graph, an hour after midnight UTC.",
            hour_of_day=1,
        ),
        dg.ScheduleDefinition(
            name="training_schedule",
            job=by_name[TRAINING],
            cron_schedule="0 4 2 * *",
            execution_timezone="UTC",
            description="Trains the default model on the second day of each month.",
        ),
    ]
