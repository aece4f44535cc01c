"""Settings of outgoing data: alerts, report pages by e-mail, lineage.

Belongs here: these fields, which `finplatform.settings` reads with all others. Does not belong
    here:
sending (`finplatform.notifications`, `finplatform.lineage`).
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

from finplatform.mailing import Address, ReportMail


class OutwardSettings(BaseSettings):
    """Destinations of outgoing data, and the least severity."""

    webhook_url: SecretStr | None = Field(
        default=None, description="Receives each incident's opening and end as JSON."
    )
    slack_url: SecretStr | None = Field(
        default=None, description="Incoming webhook of a Slack channel that incidents go to."
    )
    teams_url: SecretStr | None = Field(
        default=None, description="Workflow URL of a Teams channel that incidents go to."
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="Mail server: smtp://, smtp+starttls:// or smtps://user:password@host:port.",
    )
    mail_from: Address | None = Field(default=None, description="Sender of e-mail.")
    alert_emails: Annotated[tuple[Address, ...], NoDecode] = Field(
        default=(), description="Who gets incidents by e-mail, separated by commas."
    )
    alert_level: Literal["info", "warning", "error", "critical"] = Field(
        default="warning", description="Least severity that is sent; the log has all."
    )
    alert_fraud_score: int = Field(
        default=900, ge=0, le=1000, description="Score from which open fraud alerts are sent."
    )
    alert_lag_mb: int = Field(
        default=512, gt=0, description="Log that a capture has not read from which it is sent."
    )
    alert_lag_minutes: int = Field(
        default=15, gt=0, description="Age of what was captured last from which it is sent."
    )
    alert_disk_free_pct: float = Field(
        default=10, ge=0, le=100, description="Free share of the home's disk below which it is."
    )
    report_mails: tuple[ReportMail, ...] = Field(
        default=(), description="Report pages by e-mail: name, pages, cron and to, as JSON."
    )
    openlineage_url: str | None = Field(
        default=None, description="OpenLineage server that lineage of runs goes to."
    )
    openlineage_api_key: SecretStr | None = Field(
        default=None, description="Its key, sent as a bearer token."
    )
    openlineage_file: Path | None = Field(
        default=None, description="File that the events are appended to, one a line."
    )
    openlineage_namespace: str = Field(
        default="finplatform", description="Namespace of the jobs in these events."
    )

    @field_validator("alert_emails", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @model_validator(mode="after")
    def _can_mail(self) -> Self:
        is_mailed = self.alert_emails or self.report_mails
        if is_mailed and (self.smtp_url is None or self.mail_from is None):
            raise ValueError("e-mail needs FINPLATFORM_SMTP_URL and FINPLATFORM_MAIL_FROM")
        return self
