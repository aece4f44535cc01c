"""Scheduled backups: job, schedules and the sensor of the write-ahead log.

They are active once a backup exists or the folder of backups is set. The sensor archives the
write-ahead log in its tick, without a run; a job creates a backup every night. Drills are an asset
with a job of their own (see `jobs`). Does not belong here: the backup (`finplatform.backup`).
"""

import logging

import dagster as dg
import psycopg

from finplatform.backup.age import is_on
from finplatform.backup.creation import create, keep_written
from finplatform.errors import FinplatformError
from finplatform.orchestration.jobs import RESTORE_DRILL_JOB
from finplatform.settings import Settings

LOGGER = logging.getLogger(__name__)

JOB = "backup"
_SECONDS = 30
_EVERY_NIGHT = "30 3 * * *"
_EVERY_SUNDAY = "30 4 * * 0"
_OFF = "No backups are configured: `finplatform backup create` makes the first one."


@dg.op(name="make_backup")
def make_backup(settings: dg.ResourceParam[Settings]) -> None:
    """Creates a backup, incremental where possible."""
    made = create(settings)
    LOGGER.info("Made backup %s; removed %s.", made.backup.backup_id, len(made.removed))


def build_backup_job() -> dg.JobDefinition:
    """The job that makes a backup."""

    @dg.job(name=JOB, description="One backup of the embedded server and the home's files.")
    def backup() -> None:
        make_backup()

    return backup


def build_backup_schedules(
    status: dg.DefaultScheduleStatus, timezone: str
) -> list[dg.ScheduleDefinition]:
    """A backup every night, and a drill every week.

    Args:
        status: Whether they run without being turned on in the UI.
        timezone: Zone of the bank's business days.
    """
    return [
        _schedule(JOB, _EVERY_NIGHT, status, timezone, "A backup every night."),
        _schedule(
            RESTORE_DRILL_JOB, _EVERY_SUNDAY, status, timezone, "A restore drill on Sundays."
        ),
    ]


def build_wal_sensor(status: dg.DefaultSensorStatus) -> dg.SensorDefinition:
    """The sensor that archives the write-ahead log.

    Args:
        status: Whether it runs without being turned on in the UI.
    """

    @dg.sensor(
        name="write_ahead_log",
        minimum_interval_seconds=_SECONDS,
        default_status=status,
        description="Moves new write-ahead log of the embedded server into the folder of backups.",
    )
    def write_ahead_log(settings: dg.ResourceParam[Settings]) -> dg.SkipReason:
        if not _is_on(settings):
            return dg.SkipReason(_OFF)
        try:
            archived = keep_written(settings)
        except FinplatformError as error:
            LOGGER.warning("%s", error)
            return dg.SkipReason(error.message)
        except psycopg.Error as error:
            LOGGER.warning("The write-ahead log could not be archived: %s.", type(error).__name__)
            return dg.SkipReason("The server did not respond.")
        return dg.SkipReason(f"The log is kept up to {archived.at:%Y-%m-%d %H:%M:%S} UTC.")

    return write_ahead_log


def _schedule(
    job: str, cron: str, status: dg.DefaultScheduleStatus, timezone: str, description: str
) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=f"{job}_schedule",
        job_name=job,
        cron_schedule=cron,
        execution_timezone=timezone,
        default_status=status,
        description=description,
    )
    def scheduled(
        context: dg.ScheduleEvaluationContext, settings: dg.ResourceParam[Settings]
    ) -> dg.RunRequest | dg.SkipReason:
        if not _is_on(settings):
            return dg.SkipReason(_OFF)
        return dg.RunRequest(run_key=context.scheduled_execution_time.isoformat())

    return scheduled


def _is_on(settings: Settings) -> bool:
    return settings.database_url is None and is_on(settings)
