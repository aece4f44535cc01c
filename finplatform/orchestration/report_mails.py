"""Schedules that send report pages by e-mail, one for each mailing of the settings.

Does not belong here: the message (see
`finplatform.notifications.report_mail`).
"""

import logging
from datetime import UTC, datetime

import dagster as dg

from finplatform.mailing import ReportMail
from finplatform.notifications.report_mail import mail_reports
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.warehouse import bulk, ddl

LOGGER = logging.getLogger(__name__)

JOB = "report_mail"
_RETRIES = dg.RetryPolicy(max_retries=3, delay=60, backoff=dg.Backoff.EXPONENTIAL)


class Mailing(dg.Config):
    """One mailing.

    Attributes:
        name: Its name in the settings.
        due: Scheduled time, in ISO form.
    """

    name: str
    due: str


@dg.op(name="send_pages", retry_policy=_RETRIES)
def send_pages(config: Mailing, warehouse: WarehouseResource) -> None:
    """Sends the pages of a mailing to recipients that have not received them."""
    settings = warehouse.settings
    mail = next((each for each in settings.report_mails if each.name == config.name), None)
    if mail is None:
        raise dg.Failure(
            f"FINPLATFORM_REPORT_MAILS has no mailing {config.name}.", allow_retries=False
        )
    with bulk.connect(warehouse.url) as connection:
        ddl.create_schemas(connection)
    due = datetime.fromisoformat(config.due)
    sent = mail_reports(warehouse.warehouse, settings, mail, due, datetime.now(UTC))
    LOGGER.info("Sent %s messages of %s.", sent, mail.name)


def build_report_mail_job() -> dg.JobDefinition:
    """The job that sends one mailing."""

    @dg.job(name=JOB, description="One mailing of report pages.")
    def report_mail() -> None:
        send_pages()

    return report_mail


def build_report_mail_schedules(
    mails: tuple[ReportMail, ...], status: dg.DefaultScheduleStatus, timezone: str
) -> list[dg.ScheduleDefinition]:
    """One schedule a mailing.

    Args:
        mails: The mailings of the settings.
        status: Their default status.
        timezone: Zone of the bank's business days.
    """
    return [_schedule(mail, status, timezone) for mail in mails]


def _schedule(
    mail: ReportMail, status: dg.DefaultScheduleStatus, timezone: str
) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=f"{JOB}_{mail.name}",
        job_name=JOB,
        cron_schedule=mail.cron,
        execution_timezone=timezone,
        default_status=status,
        description=f"Sends {', '.join(mail.pages)} to {len(mail.to)} addresses.",
    )
    def mailing(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        due = context.scheduled_execution_time.isoformat()
        config = Mailing(name=mail.name, due=due)
        return dg.RunRequest(run_key=due, run_config=dg.RunConfig(ops={"send_pages": config}))

    return mailing
