"""Report pages by e-mail: each recipient gets each mailing once, with its pages."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from finplatform.errors import FinplatformError
from finplatform.mailing import ReportMail
from finplatform.notifications.report_mail import mail_reports
from finplatform.orchestration.report_mails import (
    build_report_mail_job,
    build_report_mail_schedules,
)
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.settings import Settings
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.database import open_warehouse
from finplatform_tests.listeners import Mailbox, mail_server

pytestmark = pytest.mark.integration

MONDAY = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
WEEKLY = ReportMail(
    name="weekly",
    pages=("capital_adequacy", "liquidity"),
    cron="0 7 * * 1",
    to=("cfo@bank.example", "cro@bank.example"),
)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def settings(postgres_url: str, tmp_path: Path, mailbox: Mailbox) -> Settings:
    made = Settings(
        home=tmp_path, database_url=postgres_url, smtp_url=mailbox.url,
        mail_from="platform@bank.example", report_mails=(WEEKLY,),
    )  # fmt: skip
    made.reports.mkdir()
    for page in WEEKLY.pages:
        (made.reports / f"{page}.html").write_text(f"<html>{page}</html>")
    with bulk.connect(postgres_url) as connection:
        ddl.create_schemas(connection)
    return made


def send(settings: Settings, due: datetime = MONDAY) -> int:
    return mail_reports(open_warehouse(settings), settings, WEEKLY, due, due)


def test_each_gets_the_pages_once_a_time(settings: Settings, mailbox: Mailbox) -> None:
    assert send(settings) == 2
    assert send(settings) == 0
    assert [mail["To"] for mail in mailbox.mails] == ["cfo@bank.example", "cro@bank.example"]
    first = mailbox.mails[0]
    assert first["Subject"] == "[finplatform] Weekly, 2026-03-02"
    assert [part.get_filename() for part in first.iter_attachments()] == [
        "capital_adequacy.html",
        "liquidity.html",
    ]
    assert send(settings, MONDAY.replace(day=9)) == 2


def test_who_was_not_reached_is_reached_later_and_the_others_not_again(
    settings: Settings, mailbox: Mailbox
) -> None:
    mailbox.refuses = True
    with pytest.raises(FinplatformError, match="2 of 2"):
        send(settings)
    mailbox.refuses = False
    assert send(settings) == 2
    assert len(mailbox.mails) == 2


def test_a_page_that_was_not_made_is_named_and_nothing_is_sent(
    settings: Settings, mailbox: Mailbox
) -> None:
    (settings.reports / "liquidity.html").unlink()
    with pytest.raises(FinplatformError, match="liquidity"):
        send(settings)
    assert mailbox.mails == []


def test_pages_that_leave_are_in_the_audit_trail(settings: Settings, postgres_url: str) -> None:
    send(settings)
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute(
            "select object, detail ->> 'mailing' from audit.event_log where action = 'report mail'"
        ).fetchall()
    assert rows == [("capital_adequacy, liquidity", "weekly")]


def test_the_schedule_starts_the_run_that_sends(settings: Settings, mailbox: Mailbox) -> None:
    (schedule,) = build_report_mail_schedules(
        settings.report_mails, dg.DefaultScheduleStatus.RUNNING, "Europe/Berlin"
    )
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 7 * * 1", "Europe/Berlin")
    request = schedule(dg.build_schedule_context(scheduled_execution_time=MONDAY))
    assert isinstance(request, dg.RunRequest)
    with dg.DagsterInstance.ephemeral() as instance:
        result = build_report_mail_job().execute_in_process(
            run_config=request.run_config,
            instance=instance,
            resources={"warehouse": WarehouseResource(settings=settings)},
        )
    assert result.success
    assert len(mailbox.mails) == 2
