"""Channels: e-mail, Slack, Teams, a webhook by Apprise, and always the log.

Belongs here: the recipients of the settings, and handing one message to one channel. Does not
belong here: its text (see `wording`), when and how often it is sent (see `delivery`).
"""

import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from finplatform.errors import FinplatformError
from finplatform.notifications.incident import Severity
from finplatform.settings import Settings

LOGGER = logging.getLogger("finplatform.alerts")

LOG, EMAIL, SLACK, TEAMS, WEBHOOK = "log", "email", "slack", "teams", "webhook"

_LEVELS = {
    Severity.INFO: logging.INFO,
    Severity.WARNING: logging.WARNING,
    Severity.ERROR: logging.ERROR,
    Severity.CRITICAL: logging.CRITICAL,
}
_NOTICES = {
    Severity.INFO: "info",
    Severity.WARNING: "warning",
    Severity.ERROR: "failure",
    Severity.CRITICAL: "failure",
}
_MODES = {"smtp": "insecure", "smtp+starttls": "starttls", "smtps": "ssl"}
_SECONDS = 5.0
"""Longest wait for a connection, and for an answer."""


@dataclass(frozen=True)
class Recipient:
    """Where incidents go.

    Attributes:
        channel: Name of the channel.
        target: Address in it; empty where the channel is one place.
        least: Least severity that goes there.
    """

    channel: str
    target: str = ""
    least: Severity = Severity.INFO


@dataclass(frozen=True)
class Message:
    """What is sent.

    Attributes:
        key: What it may be recognised by when it comes twice.
        subject: One line.
        body: Plain text.
        severity: How bad it is.
        has_ended: Whether it is about an end.
        values: The same for programs, which a webhook gets.
        attachments: Files that go with it.
    """

    key: str
    subject: str
    body: str
    severity: Severity = Severity.INFO
    has_ended: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)
    attachments: Sequence[Path] = ()


def recipients(settings: Settings) -> tuple[Recipient, ...]:
    """Where incidents go by the settings."""
    least = Severity(settings.alert_level)
    found = [Recipient(LOG)]
    found += [Recipient(EMAIL, address, least) for address in settings.alert_emails]
    urls = {SLACK: settings.slack_url, TEAMS: settings.teams_url, WEBHOOK: settings.webhook_url}
    found += [Recipient(name, least=least) for name, url in urls.items() if url is not None]
    return tuple(found)


def send(message: Message, channel: str, target: str, settings: Settings) -> bool:
    """Hands a message to a channel, and waits for its answer.

    Args:
        message: The message.
        channel: Name of the channel.
        target: Address in it.
        settings: Name the channels' servers.

    Returns:
        Whether it was taken.

    Raises:
        FinplatformError: If the settings of the channel are not valid.
    """
    if channel == LOG:
        level = logging.INFO if message.has_ended else _LEVELS[message.severity]
        LOGGER.log(level, "%s", message.subject, extra={"incident": message.values.get("incident")})
        return True
    with warnings.catch_warnings():
        # Apprise reads a module of Python that 3.13 has no more, unless it has to do without.
        warnings.filterwarnings("ignore", "'imghdr' is deprecated", DeprecationWarning)
        import apprise

        service = apprise.Apprise.instantiate(
            _service(message, channel, target, settings),
            asset=apprise.AppriseAsset(app_id="finplatform", secure_logging=True),
        )
    if service is None:
        raise FinplatformError(
            f"The settings of channel {channel} are not valid.", "See docs/alerts.md."
        )
    notice = "success" if message.has_ended else _NOTICES[message.severity]
    files = apprise.AppriseAttachment([str(path) for path in message.attachments] or None)
    return bool(
        service.notify(
            body=message.body,
            title=message.subject,
            notify_type=apprise.NotifyType(notice),
            attach=files if message.attachments else None,
        )
    )


def _service(
    message: Message, channel: str, target: str, settings: Settings
) -> str | dict[str, Any]:
    """What Apprise makes the service of a channel from."""
    if channel == EMAIL:
        return _mail(message, target, settings)
    secrets = {SLACK: settings.slack_url, TEAMS: settings.teams_url, WEBHOOK: settings.webhook_url}
    secret = secrets[channel]
    if secret is None:
        raise FinplatformError(f"Channel {channel} is not set.", "See docs/alerts.md.")
    if channel != WEBHOOK:
        return secret.get_secret_value()
    url = urlsplit(secret.get_secret_value())
    return {
        "schema": "jsons" if url.scheme == "https" else "json",
        "host": url.hostname,
        "port": url.port,
        "user": unquote(url.username) if url.username else None,
        "password": unquote(url.password) if url.password else None,
        "fullpath": url.path or "/",
        "params": dict(pair.partition("=")[::2] for pair in url.query.split("&") if pair),
        "headers": {"Idempotency-Key": message.key},
        "payload": dict(message.values),
        **_waits(),
    }


def _mail(message: Message, target: str, settings: Settings) -> dict[str, Any]:
    if settings.smtp_url is None or settings.mail_from is None:
        raise FinplatformError(
            "E-mail is not set.", "Set FINPLATFORM_SMTP_URL and FINPLATFORM_MAIL_FROM."
        )
    url = urlsplit(settings.smtp_url.get_secret_value())
    if url.scheme not in _MODES or not url.hostname:
        raise FinplatformError(
            "FINPLATFORM_SMTP_URL is not the URL of a mail server.",
            "It looks like smtp+starttls://user:password@mail.example.com:587.",
        )
    return {
        "schema": "mailto" if url.scheme == "smtp" else "mailtos",
        "host": url.hostname,
        "smtp_host": url.hostname,
        "port": url.port,
        "user": unquote(url.username) if url.username else None,
        "password": unquote(url.password) if url.password else None,
        "secure_mode": _MODES[url.scheme],
        "from_addr": f"finplatform <{settings.mail_from}>",
        "targets": [target],
        "headers": {"X-Finplatform-Notification": message.key},
        "format": "text",
        **_waits(),
    }


def _waits() -> dict[str, float]:
    return {"cto": _SECONDS, "rto": _SECONDS}
