"""Report pages by e-mail, each to each recipient once a time.

Belongs here: one mailing. When it is due is for the schedules (see
`finplatform.orchestration.report_mails`).
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import psycopg

from finplatform.errors import FinplatformError
from finplatform.mailing import ReportMail
from finplatform.notifications import links
from finplatform.notifications.channels import EMAIL, Message, send
from finplatform.security.audit.events import Event, Outcome
from finplatform.settings import Settings
from finplatform.warehouse import audit_log
from finplatform.warehouse.database import Warehouse

_CALL = """
insert into ops.notifications (message_key, event, channel, target, due_at)
select %(key)s, 'report', %(channel)s, to_.target, %(at)s
from unnest(%(targets)s::text[]) as to_ (target)
on conflict (message_key, channel, target) do nothing
"""

_PENDING = """
select notification_id, target from ops.notifications
where message_key = %s and channel = %s and target = any(%s) and state = 'pending'
order by notification_id
for update
"""

_MARK = """
update ops.notifications set
    attempts = attempts + 1,
    state = case when %(is_taken)s then 'sent' else state end,
    sent_at = case when %(is_taken)s then %(at)s end,
    subject = %(subject)s,
    body = %(body)s
where notification_id = %(id)s
"""


def mail_reports(
    warehouse: Warehouse, settings: Settings, mail: ReportMail, due: datetime, at: datetime
) -> int:
    """Sends the pages of a mailing to those who have not got them yet.

    Args:
        warehouse: The database, where it is noted what was sent.
        settings: Name the mail server and the folder of the pages.
        mail: The mailing.
        due: Time for which it is; another one is another mailing.
        at: Now.

    Returns:
        Number of messages that were sent.

    Raises:
        FinplatformError: If a page has not been made, or a recipient was not reached; what is
            missing is sent when it is called again.
    """
    files = _files(settings.reports, mail.pages)
    message = _message(settings, mail, due, files)
    given = {"key": message.key, "channel": EMAIL, "targets": list(mail.to), "at": at}
    unreached = []
    sent = 0
    with warehouse.connect() as connection:
        connection.autocommit = True
        connection.execute(_CALL, given)
        for number, target in _pending(connection, message.key, mail.to):
            is_taken = send(message, EMAIL, target, settings)
            text = {"subject": message.subject, "body": message.body, "at": at}
            connection.execute(_MARK, {"id": number, "is_taken": is_taken, **text})
            sent += is_taken
            if not is_taken:
                unreached.append(target)
    _record(warehouse, mail, sent, is_whole=not unreached)
    if unreached:
        raise FinplatformError(
            f"The mail server did not take {mail.name} for {len(unreached)} of {len(mail.to)}.",
            "Run the job again; `finplatform incidents test` tries the server.",
        )
    return sent


def _pending(
    connection: psycopg.Connection, key: str, targets: Sequence[str]
) -> list[tuple[int, str]]:
    rows = connection.execute(_PENDING, (key, EMAIL, list(targets))).fetchall()
    return [(number, target) for number, target in rows]


def _files(folder: Path, pages: Sequence[str]) -> list[Path]:
    files = [folder / f"{page}.html" for page in pages]
    missing = [path.stem for path in files if not path.is_file()]
    if missing:
        raise FinplatformError(
            f"There is no report page {', '.join(missing)}.",
            "Materialize it, or take it out of FINPLATFORM_REPORT_MAILS.",
        )
    return files


def _message(settings: Settings, mail: ReportMail, due: datetime, files: Sequence[Path]) -> Message:
    listed = [f"{_title(page)}\n  {links.report_page(settings, page)}" for page in mail.pages]
    return Message(
        key=f"report {mail.name} {due:%Y-%m-%dT%H:%M%z}",
        subject=f"[finplatform] {_title(mail.name)}, {due:%Y-%m-%d}",
        body="\n".join(["The pages are attached; as they are now they are here:", "", *listed]),
        attachments=files,
    )


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _record(warehouse: Warehouse, mail: ReportMail, sent: int, *, is_whole: bool) -> None:
    """Records in the audit trail that pages have left the platform."""
    detail = {"mailing": mail.name, "recipients": sent}
    outcome = Outcome.OK if is_whole else Outcome.FAILED
    with audit_log.trail(warehouse) as connection:
        audit_log.record(
            connection,
            Event("dagster", "-", "report mail", ", ".join(mail.pages), outcome, detail),
        )
