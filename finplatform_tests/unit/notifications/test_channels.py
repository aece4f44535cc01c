"""Messages reach real servers over each channel, and settings that are wrong are named."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from finplatform.errors import FinplatformError
from finplatform.notifications.channels import (
    Message,
    Recipient,
    recipients,
    send,
)
from finplatform.notifications.incident import Severity
from finplatform.settings import Settings
from finplatform_tests.listeners import Mailbox, Received, http_server, mail_server

MESSAGE = Message(
    "incident 1 opened", "[finplatform] error: x fails", "x fails.\n\nSee http://x", Severity.ERROR,
    values={"incident": 1, "count": 3},
)  # fmt: skip


def settings_of(folder: Path, **given: Any) -> Settings:
    return Settings(home=folder, **given)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def hook() -> Iterator[Received]:
    with http_server() as received:
        yield received


def test_mail_is_plain_text_from_the_sender_with_its_files(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html>page</html>")
    settings = settings_of(tmp_path, smtp_url=mailbox.url, mail_from="platform@bank.example")
    message = Message("k", "subject", "line one\nline two", attachments=[page])
    assert send(message, "email", "operator@bank.example", settings)
    (mail,) = mailbox.mails
    assert mail["From"] == "finplatform <platform@bank.example>"
    assert mail["X-Finplatform-Notification"] == "k"
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == ["line one", "line two"]
    (attached,) = mail.iter_attachments()
    assert attached.get_content() == b"<html>page</html>" or "<html>" in attached.get_content()


def test_a_webhook_gets_values_path_query_and_key(tmp_path: Path, hook: Received) -> None:
    settings = settings_of(tmp_path, webhook_url=f"{hook.url}/a/b?team=data&x=1")
    assert send(MESSAGE, "webhook", "", settings)
    assert hook.paths == ["/a/b?team=data&x=1"]
    assert hook.headers[0]["Idempotency-Key"] == "incident 1 opened"
    body = hook.bodies[0]
    assert (body["title"], body["count"]) == ("[finplatform] error: x fails", 3)
    assert body["type"] == "failure"


def test_a_channel_that_does_not_answer_has_not_taken_the_message(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        webhook_url="http://127.0.0.1:9/hook",
        smtp_url="smtp://127.0.0.1:9",
        mail_from="platform@bank.example",
    )
    assert not send(MESSAGE, "webhook", "", settings)
    assert not send(MESSAGE, "email", "operator@bank.example", settings)


def test_the_log_takes_every_message_at_its_level(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "finplatform.alerts"):
        assert send(MESSAGE, "log", "", settings_of(tmp_path))
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [
        (logging.ERROR, MESSAGE.subject)
    ]


@pytest.mark.parametrize(
    ("channel", "given"),
    [
        ("slack", {"slack_url": "https://example.com/no/slack"}),
        ("email", {"smtp_url": "imap://mail.example", "mail_from": "a@bank.example"}),
        ("email", {}),
        ("teams", {}),
    ],
)
def test_settings_that_a_channel_does_not_take_are_an_error_without_them(
    tmp_path: Path, channel: str, given: dict[str, Any]
) -> None:
    with pytest.raises(FinplatformError) as caught:
        send(MESSAGE, channel, "operator@bank.example", settings_of(tmp_path, **given))
    assert "no/slack" not in str(caught.value)


def test_who_gets_what_follows_from_the_settings(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        smtp_url="smtp://localhost",
        mail_from="a@bank.example",
        alert_emails=("b@bank.example", "c@bank.example"),
        slack_url=f"https://hooks.slack.com/services/T00000000/B00000000/{24 * 'X'}",
        alert_level="error",
    )
    assert recipients(settings) == (
        Recipient("log"),
        Recipient("email", "b@bank.example", Severity.ERROR),
        Recipient("email", "c@bank.example", Severity.ERROR),
        Recipient("slack", "", Severity.ERROR),
    )


def test_addresses_are_given_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINPLATFORM_ALERT_EMAILS", "a@bank.example, b@bank.example")
    monkeypatch.setenv("FINPLATFORM_SMTP_URL", "smtp://localhost")
    monkeypatch.setenv("FINPLATFORM_MAIL_FROM", "p@bank.example")
    assert Settings().alert_emails == ("a@bank.example", "b@bank.example")


def test_mail_without_a_server_or_with_a_bad_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="FINPLATFORM_SMTP_URL"):
        settings_of(tmp_path, alert_emails=("a@bank.example",))
    with pytest.raises(ValueError, match="alert_emails"):
        settings_of(
            tmp_path,
            smtp_url="smtp://localhost",
            mail_from="p@bank.example",
            alert_emails=("a@bank.example\nBcc: x@y.example",),
        )
