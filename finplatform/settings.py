"""Settings: the only module that reads and writes the environment.

Every setting is a field of `Settings`, named `FINPLATFORM_<FIELD>` in the environment or in `.env`,
or `finplatform_<field>` as a file in the folder FINPLATFORM_SECRETS_DIR. Does not belong here: the
configuration of a bank's sources, which is in `sources.yaml`.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote_plus

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from finplatform.errors import FinplatformError
from finplatform.outward import OutwardSettings
from finplatform.stream_settings import StreamSettings

_PACKAGE = Path(__file__).resolve().parent

PROJECT_ROOT = _PACKAGE / "project" if (_PACKAGE / "project").is_dir() else _PACKAGE.parent
"""Folder of `dbt_project` and `sources.yaml`: the checkout, or its part in a wheel."""

SECRETS_DIR = "FINPLATFORM_SECRETS_DIR"
"""Variable of the folder of secret files, as mounted by Docker and Kubernetes."""

PersonsRole = Literal[
    "admin",
    "engineer",
    "risk_analyst",
    "compliance_analyst",
    "compliance_officer",
    "bi_analyst",
    "auditor",
    "service",
]
"""Roles of people and services of `finplatform.security.rights`."""


class Settings(StreamSettings, OutwardSettings):
    """Settings of the platform; see `.env.example` for the list with examples."""

    model_config = SettingsConfigDict(
        env_prefix="FINPLATFORM_", env_file=".env", extra="ignore", frozen=True
    )

    home: Path = Field(
        default=Path(".finplatform"),
        description="Everything the platform writes: databases, logs, reports, models, keys.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="A PostgreSQL 16+ to use instead of the embedded one (postgresql://...).",
    )
    dagster_database_url: SecretStr | None = Field(
        default=None,
        description="Where Dagster keeps runs; default: database `dagster` on the same server.",
    )
    reader_database_url: SecretStr | None = Field(
        default=None,
        description="A login that can only read; default: one that the platform makes.",
    )
    postgres_port: int = Field(
        default=5434, description="Loopback port of the embedded server for BI tools."
    )
    postgres_memory_mb: int | None = Field(
        default=None, description="Memory the embedded server may plan with; default: measured."
    )
    sources_file: Path = Field(
        default=PROJECT_ROOT / "sources.yaml", description="Which source feeds which table."
    )
    fraud_rules_file: Path = Field(
        default=_PACKAGE / "streaming" / "fraud" / "rules.yaml",
        description="The fraud rules of payments.",
    )
    history_start: date = Field(
        default=date(2024, 1, 1), description="First business day the graph has a partition for."
    )
    history_end: date | None = Field(
        default=None, description="Last business day of a closed history; default: open-ended."
    )
    landing_dir: Path | None = Field(
        default=None, description="Folder watched for arriving files; default: HOME/landing."
    )
    master_key: SecretStr | None = Field(
        default=None, description="Base64 of 32 bytes that wrap customer keys; default: HOME/keys."
    )
    backup_dir: Path | None = Field(
        default=None, description="Folder of backups, best on another disk; default: HOME/backups."
    )
    backup_key: SecretStr | None = Field(
        default=None, description="Base64 of 32 bytes that seal backups; default: HOME/keys."
    )
    backup_keep: int = Field(
        default=14, gt=0, description="Backups, and dumps, that are kept with what they build on."
    )
    backup_max_age_hours: float = Field(
        default=30, gt=0, description="Age of the newest backup from which it is warned of."
    )
    reject_limit: float = Field(
        default=0.05, ge=0, le=1, description="Share of bad rows above which a load fails."
    )
    batch_rows: int = Field(
        default=200_000, gt=0, description="Rows held in memory at a time by bulk steps."
    )
    max_columns: int = Field(
        default=2_000, gt=0, description="Columns above which a file or an answer is refused."
    )
    max_header_kb: int = Field(
        default=1_024, gt=0, description="Size above which a CSV file's first line is refused."
    )
    max_depth: int = Field(
        default=100, gt=0, description="Levels of nesting above which XML or JSON is refused."
    )
    max_element_mb: int = Field(
        default=4, gt=0, description="Size above which an XML record or Parquet value is refused."
    )
    max_unpacked_mb: int = Field(
        default=4_096, gt=0, description="Size that a compressed file may unpack to."
    )
    max_unpacked_ratio: int = Field(
        default=100, gt=0, description="Times its size that a file may unpack to, from 128 MiB on."
    )
    max_answer_mb: int = Field(
        default=32, gt=0, description="Size above which one answer of an API is refused."
    )
    max_rejected_rows: int = Field(
        default=100_000, ge=0, description="Lines that are no rows above which a file is refused."
    )
    captured_mb: int = Field(
        default=2_048, gt=0, description="Size of captured changes that may wait to be loaded."
    )
    lake_root: str | None = Field(
        default=None,
        description="Where facts and events are as Parquet: a folder, or a URL such as"
        " s3://bucket/prefix; default: HOME/lake.",
    )
    lake_daily: bool = Field(
        default=False,
        description="Whether loads of days write the lake, too; else the job `lake` does.",
    )
    lake_memory_mb: int = Field(
        default=2_048, gt=0, description="Memory that DuckDB may take; beyond, it writes to disk."
    )
    dbt_threads: int = Field(default=2, gt=0, description="Parallel dbt models.")
    executor: Literal["in_process", "multiprocess", "docker", "k8s"] = Field(
        default="in_process",
        description="Dagster executor of runs; docker and k8s need the extra `deploy`.",
    )
    automation: bool = Field(
        default=True, description="Whether schedules and sensors run after `finplatform up`."
    )
    retention_days: int = Field(
        default=400, ge=30, description="Days that operational tables keep what is over."
    )
    ui_port: int = Field(default=3000, description="Port of the Dagster UI.")
    api_port: int = Field(
        default=8001, description="Loopback port of the live page, the reports and the API."
    )
    api_session_hours: float = Field(
        default=12, gt=0, le=720, description="Longest that a login lasts without another."
    )
    api_anonymous_role: PersonsRole | None = Field(
        default=None,
        description="Role of requests from this machine without a login; default: refused.",
    )
    openid_issuer: str | None = Field(
        default=None, description="OpenID provider at which people may log in, as its issuer's URL."
    )
    openid_client_id: str | None = Field(
        default=None, description="What the OpenID provider calls the platform."
    )
    openid_client_secret: SecretStr | None = Field(
        default=None, description="The platform's secret at the OpenID provider."
    )
    openid_name_claim: str = Field(
        default="preferred_username", description="Claim that holds a person's name at login."
    )
    webserver_port: int = Field(
        default=4266, description="Loopback port of the Dagster webserver behind the UI's login."
    )
    webserver_read_only_port: int = Field(
        default=4267, description="Loopback port of the webserver for those who only look."
    )
    tls_certificate: Path | None = Field(
        default=None, description="Certificate chain (PEM) of UI and API; default: plain HTTP."
    )
    tls_key: Path | None = Field(
        default=None, description="Private key (PEM) of that certificate, without a passphrase."
    )
    public_name: str | None = Field(
        default=None,
        description="Name of UI and API on other machines; default: reached on this one alone.",
    )
    log_level: str = Field(default="INFO", description="Level of the platform's own log.")
    log_format: Literal["text", "json"] = Field(
        default="text", description="Form of the platform's own log lines."
    )

    @field_validator(
        "home", "sources_file", "fraud_rules_file", "landing_dir", "tls_certificate", "tls_key",
        "openlineage_file", "backup_dir", mode="after",
    )  # fmt: skip
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().resolve() if value is not None else None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("FINPLATFORM_TLS_CERTIFICATE and FINPLATFORM_TLS_KEY go together")
        if self.public_name is not None and self.tls_certificate is None:
            raise ValueError("FINPLATFORM_PUBLIC_NAME needs FINPLATFORM_TLS_CERTIFICATE")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then `.env`, secret files, and `settings.toml` of the home."""
        folder = os.environ.get(SECRETS_DIR)
        if folder:
            file_secret_settings = SecretsSettingsSource(settings_cls, secrets_dir=folder)
        ahead = (init_settings, env_settings, dotenv_settings, file_secret_settings)
        home = next((s()["home"] for s in ahead if s().get("home")), ".finplatform")
        noted = Path(str(home)).expanduser() / "settings.toml"
        return (*ahead, TomlConfigSettingsSource(settings_cls, toml_file=noted))

    @property
    def scheme(self) -> str:
        """Scheme of the URLs of UI and API."""
        return "http" if self.tls_certificate is None else "https"

    def url_of(self, port: int) -> str:
        """External URL of a port of UI or API."""
        return f"{self.scheme}://{self.public_name or 'localhost'}:{port}"

    @property
    def ui_url(self) -> str:
        """URL of the Dagster UI."""
        return self.url_of(self.ui_port)

    @property
    def api_url(self) -> str:
        """URL of the live page, the reports and the API."""
        return self.url_of(self.api_port)

    @property
    def landing(self) -> Path:
        """Landing zone of arriving files."""
        return self.landing_dir or self.home / "landing"

    @property
    def logs(self) -> Path:
        """Folder of log files."""
        return self.home / "logs"

    @property
    def models(self) -> Path:
        """Folder of trained models, one subfolder each."""
        return self.home / "models"

    @property
    def reports(self) -> Path:
        """Folder of generated pages and exports."""
        return self.home / "reports"

    @property
    def filings(self) -> Path:
        """Folder of regulatory report files, which no server publishes."""
        return self.home / "filings"

    @property
    def privacy(self) -> Path:
        """Folder of the ledger of erasures, and of responses to data subject requests."""
        return self.home / "privacy"

    @property
    def keys(self) -> Path:
        """Folder of key material; never backed up with the databases."""
        return self.home / "keys"

    @property
    def backups(self) -> Path:
        """Folder of the backups."""
        return self.backup_dir or self.home / "backups"

    @property
    def stream(self) -> Path:
        """Folder of the embedded stream server's data."""
        return self.home / "stream"

    @property
    def audit(self) -> Path:
        """Folder of the audit trail's signed heads, one subfolder a database."""
        return self.home / "audit"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Settings of this process, read once; `get_settings.cache_clear()` rereads them.

    Raises:
        FinplatformError: If a file of settings cannot be read, or a value is not valid; values are
            not quoted, since some are secrets.
    """
    folder = os.environ.get(SECRETS_DIR)
    if folder and not Path(folder).is_dir():
        raise FinplatformError(
            f"There is no folder {folder}.", f"{SECRETS_DIR} names the folder of files of secrets."
        )
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"FINPLATFORM_{'.'.join(map(str, problem['loc'])).upper()}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_context=False)
        )
        raise FinplatformError(
            f"A setting is not valid. {wrong}.",
            "Correct it in the environment, in .env or in settings.toml of the home; .env.example"
            " lists all settings.",
        ) from None
    except (tomllib.TOMLDecodeError, SettingsError, UnicodeDecodeError, OSError) as error:
        raise FinplatformError(
            f"The settings cannot be read: {_without_values(error)}.",
            "Correct settings.toml in the home (by default .finplatform), or .env; `finplatform"
            " simulate` writes a new settings.toml after its deletion.",
        ) from None


def _without_values(error: Exception) -> str:
    match error:
        case tomllib.TOMLDecodeError():
            return f"settings.toml is not TOML ({error})"
        case UnicodeDecodeError():
            return "a file of settings is not text in UTF-8"
        case OSError():
            return f"{error.filename}: {error.strerror}"
    return "a value is not valid for its setting"


def export(variables: Mapping[str, str]) -> None:
    """Sets environment variables of Dagster, dbt and other child processes."""
    os.environ.update(variables)


@contextmanager
def exported(variables: Mapping[str, str]) -> Iterator[None]:
    """Sets environment variables within a block."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def child_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of this process with some variables set, for a child process."""
    return {**os.environ, **variables}


def with_secrets(text: str, *, in_url: bool = False) -> str:
    """Text with each `${NAME}` replaced by that variable, or by the content of the file NAME_FILE.

    With it `sources.yaml` refers to secrets without holding them.

    Args:
        text: Text of the source configuration.
        in_url: Whether the values are percent-encoded for a URL.

    Raises:
        FinplatformError: If a variable is not set, or its file cannot be read.
    """

    def value_of(match: re.Match[str]) -> str:
        name = match.group(1)
        value = os.environ.get(name) or _from_file(f"{name}_FILE")
        if not value:
            raise FinplatformError(
                f"The source configuration names the variable {name}, which is not set.",
                f"Set it in the environment of the platform, or {name}_FILE to a file's path.",
            )
        return quote_plus(value) if in_url else value

    return re.sub(r"\$\{(\w+)\}", value_of, text)


def _from_file(variable: str) -> str | None:
    """Content of the file of a variable.

    Raises:
        FinplatformError: If the file cannot be read.
    """
    path = os.environ.get(variable)
    if not path:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise FinplatformError(
            f"The file that {variable} names cannot be read.", "Give the path of a text file."
        ) from None
