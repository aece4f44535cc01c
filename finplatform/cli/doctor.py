"""`finplatform doctor`: is this machine fit, and if not, what to do.

Belongs here: small checks, each with a verdict and a hint. A check that itself fails is a finding,
not a crash.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import psutil

from finplatform.backup.age import newest
from finplatform.cli import services
from finplatform.cli.output import OUT, print_json, print_table, styled
from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.home import is_open
from finplatform.ingest.connectors.config import load_sources
from finplatform.ingest.findings import Effect
from finplatform.ingest.source_check import LIGHT
from finplatform.ingest.vault_key import vault_master_key
from finplatform.settings import PROJECT_ROOT, Settings, get_settings
from finplatform.warehouse import access, dbt
from finplatform.warehouse.database import Warehouse, check_version, open_warehouse
from finplatform.warehouse.embedded import server_for
from finplatform.warehouse.embedded.ports import free_port

_GIB = 1024**3
LEAST_DISK = 2 * _GIB
LEAST_MEMORY = 2 * _GIB


@dataclass(frozen=True)
class Finding:
    """Verdict on one thing.

    Attributes:
        name: What was looked at.
        verdict: `ok`, `warning` or `error`.
        detail: What was found.
        hint: What to do, if anything.
    """

    name: str
    verdict: str
    detail: str
    hint: str = ""


def run(*, as_json: bool) -> None:
    """Examines everything; exits 1 if something is an error."""
    findings = examine(get_settings())
    if as_json:
        print_json([vars(finding) for finding in findings])
    else:
        colours = {"ok": "green", "warning": "yellow", "error": "red"}
        print_table(
            "Doctor",
            ("what", "verdict", "found", "do"),
            [
                (f.name, styled((f.verdict, colours[f.verdict])), f.detail, f.hint or None)
                for f in findings
            ],
        )
        if all(finding.verdict == "ok" for finding in findings):
            OUT.print("This machine is fit.")
    if any(finding.verdict == "error" for finding in findings):
        raise SystemExit(1)


def examine(settings: Settings) -> list[Finding]:
    """All findings, in the order in which to mend them."""
    checks: tuple[tuple[str, Callable[[Settings], Finding]], ...] = (
        ("python", _python),
        ("memory", _memory),
        ("home", _home),
        ("disk", _disk),
        ("sources", examine_sources),
        ("dbt", _dbt),
        ("database", _database),
        ("rights", _rights),
        ("keys", _keys),
        ("backup", _backup),
        ("ui port", partial(_port, "ui")),
        ("api port", partial(_port, "api")),
    )
    findings = []
    for name, check in checks:
        try:
            findings.append(check(settings))
        except FinplatformError as error:
            findings.append(Finding(name, "error", error.message, error.hint))
    return findings


def _python(_: Settings) -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < (3, 14):
        return Finding("python", "ok", version)
    return Finding("python", "warning", version, "3.11 to 3.13 are tested.")


def _memory(_: Settings) -> Finding:
    total = psutil.virtual_memory().total
    detail = f"{total / _GIB:.1f} GiB"
    if total >= LEAST_MEMORY:
        return Finding("memory", "ok", detail)
    return Finding("memory", "warning", detail, "2 GiB or more is advised.")


def _home(settings: Settings) -> Finding:
    home = settings.home
    nearest = next(path for path in (home, *home.parents) if path.exists())
    if not os.access(nearest, os.W_OK):
        raise FinplatformError(
            f"{home} cannot be written.", "Set FINPLATFORM_HOME to a folder that can."
        )
    if is_open(home):
        return Finding(
            "home", "warning", f"{home} is open to other accounts", f"Run `chmod 700 {home}`."
        )
    return Finding("home", "ok", str(home))


def _disk(settings: Settings) -> Finding:
    nearest = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free = shutil.disk_usage(nearest).free
    detail = f"{free / _GIB:.1f} GiB free"
    if free >= LEAST_DISK:
        return Finding("disk", "ok", detail)
    return Finding("disk", "warning", detail, "The demo needs about 2 GiB.")


def examine_sources(settings: Settings) -> Finding:
    """What would stop a load of the tables that are files, or reject rows of them."""
    from finplatform.cli.sources import light_check

    sources = load_sources(settings.sources_file, frozenset(SOURCES))
    name, count = sources.bank.name, len(sources.tables)
    if (
        settings.sources_file == PROJECT_ROOT / "sources.yaml"
        and not (settings.home / "feeds").is_dir()
    ):
        hint = "`finplatform demo` makes them."
        return Finding("sources", "warning", f"{name}: {count} tables without rows", hint)
    found = light_check(settings, sources, LIGHT)
    looked_at = f"{name}: {count} tables, {len(found)} of them looked at"
    wrong = [findings for findings in found if findings.effect is not Effect.NONE]
    if not wrong:
        return Finding("sources", "ok", looked_at)
    stops = any(findings.effect is Effect.STOPS for findings in wrong)
    first = next(p for p in wrong[0].problems if p.effect is not Effect.NONE)
    about = f"{first.column}: {first.rule}" if first.column else first.rule
    more = f", and {len(wrong) - 1} more tables" if len(wrong) > 1 else ""
    return Finding(
        "sources",
        "error" if stops else "warning",
        f"{looked_at}; {wrong[0].table}: {about.rstrip('.')}{more}",
        "`finplatform sources check` lists everything.",
    )


def _keys(settings: Settings) -> Finding:
    with _running_warehouse(settings) as warehouse:
        vault_master_key(warehouse.url, settings)
    where = "FINPLATFORM_MASTER_KEY" if settings.master_key else str(settings.keys)
    return Finding("keys", "ok", f"master key in {where}")


def _backup(settings: Settings) -> Finding:
    """Whether the newest backup is young enough, where backups are made."""
    age = newest(settings, datetime.now(UTC))
    hint = "`finplatform backup create` makes one: docs/backup.md."
    if age.backup_id is None:
        verdict = "warning" if age.is_old else "ok"
        return Finding("backup", verdict, f"none in {settings.backups}", hint)
    found = f"{age.backup_id}, {age.hours:.0f} hours old"
    return Finding("backup", "warning" if age.is_old else "ok", found, hint if age.is_old else "")


def _dbt(settings: Settings) -> Finding:
    return Finding("dbt", "ok", f"{len(dbt.models(dbt.load_manifest(settings)))} models")


def _database(settings: Settings) -> Finding:
    with _running_warehouse(settings) as warehouse:
        version = check_version(warehouse)
    where = "at FINPLATFORM_DATABASE_URL" if settings.database_url else "embedded"
    return Finding("database", "ok", f"PostgreSQL {version}, {where}")


def _rights(settings: Settings) -> Finding:
    """Whether the platform's login has what it needs, and the database what is declared."""
    with _running_warehouse(settings) as warehouse, warehouse.connect() as connection:
        if access.is_superuser(connection):
            return Finding(
                "rights", "warning", "the login is a superuser", "Give it less: docs/access.md."
            )
        lacking = access.lacking(connection)
        if lacking:
            found = "; ".join(f"no {right}, needed for {purpose}" for right, purpose in lacking)
            is_fatal = any(right in access.INDISPENSABLE for right, _ in lacking)
            hint = "docs/access.md has the statements."
            return Finding("rights", "error" if is_fatal else "warning", found, hint)
        if not access.is_applied(connection):
            return Finding("rights", "ok", "the first build applies them; the login will do")
        count = len(access.differences(connection))
    if count:
        hint = "`finplatform access review` names them, `access apply` mends them."
        return Finding("rights", "warning", f"{count} differ from those declared", hint)
    return Finding("rights", "ok", "as declared; the login is no superuser")


@contextmanager
def _running_warehouse(settings: Settings) -> Iterator[Warehouse]:
    """The database; an embedded server that was not running is stopped again."""
    if settings.database_url:
        yield open_warehouse(settings)
        return
    server = server_for(settings)
    was_running = server.status() is not None
    try:
        yield open_warehouse(settings)
    finally:
        if not was_running:
            server.stop()


def _port(name: str, settings: Settings) -> Finding:
    """Whether the port of a service is free, unless the service has it."""
    variable, port = services.ports(settings)[name]
    service = next(service for service in services.services(settings) if service.name == name)
    if service.pid() or free_port(port) == port:
        return Finding(f"{name} port", "ok", str(port))
    return Finding(f"{name} port", "warning", f"{port} is taken", f"Set {variable}.")
