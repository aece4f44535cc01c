"""`finplatform sources`: what the configured sources hold, before and after it is loaded.

Belongs here: the commands. Does not belong here: judging rows (see `finplatform.ingest`).
"""

import getpass
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import typer
from rich.padding import Padding
from rich.text import Text

from finplatform.cli.output import ERR, OUT, print_json, styled
from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import (
    PostgresSource,
    SourcesConfig,
    StreamSource,
    load_sources,
)
from finplatform.ingest.findings import Effect, Problem, TableFindings
from finplatform.ingest.forgetting import Forgotten, forget_log, log_size
from finplatform.ingest.load_result import LoadSettings
from finplatform.ingest.source_check import Extent, SourceCheck
from finplatform.orchestration.partitions import history_end, history_start, last_complete_day
from finplatform.settings import Settings, get_settings
from finplatform.warehouse.audit_log import record_command
from finplatform.warehouse.database import open_warehouse

_STYLES = {Effect.STOPS: "red", Effect.REJECTS: "yellow", Effect.NONE: "dim"}
_VERDICTS = {Effect.STOPS: "does not load", Effect.REJECTS: "rejects rows", Effect.NONE: "loads"}


def check(tables: Sequence[str], *, as_json: bool) -> None:
    """Prints everything that is wrong with the sources; exits 1 if a load would mind.

    Args:
        tables: Tables to look at; none for all that are configured.
        as_json: Print JSON.

    Raises:
        FinplatformError: If there is no such table, or it is not configured.
    """
    settings = get_settings()
    sources = load_sources(settings.sources_file, frozenset(SOURCES))
    _require_configured(tables, sources)
    checking = SourceCheck(
        sources, settings, _judged_by(settings, sources), _url(settings, sources)
    )
    found = []
    for table in tables or checking.tables:
        with ERR.status(styled(f"Reading the source of {table}")):
            found.append(checking.check(table))
    if as_json:
        print_json([_plain(findings) for findings in found])
    else:
        _print(found)
    if any(findings.effect is not Effect.NONE for findings in found):
        raise SystemExit(1)


def light_check(settings: Settings, sources: SourcesConfig, extent: Extent) -> list[TableFindings]:
    """Findings of the tables that need no server to be looked at.

    Args:
        settings: Where things are.
        sources: The configuration.
        extent: How much is looked at.
    """
    checking = SourceCheck(sources, settings, _judged_by(settings, sources), extent=extent)
    return [checking.check(table) for table in checking.tables]


def forget(table: str, reason: str, *, yes: bool, as_json: bool) -> None:
    """Empties the log of an entity, and prints the commands to load it again.

    Args:
        table: Bronze table of the entity.
        reason: Why; it is kept.
        yes: Skip the confirmation.
        as_json: Print JSON.

    Raises:
        FinplatformError: If the table is no entity's, or the answer is no.
    """
    settings = get_settings()
    sources = load_sources(settings.sources_file, frozenset(SOURCES))
    warehouse = open_warehouse(settings)
    rows = log_size(warehouse.url, table)
    if not yes and not typer.confirm(
        f"Delete the whole history of {table} here ({rows:,} rows)? Until it is loaded again, the"
        " table is empty",
        err=True,
    ):
        raise FinplatformError("Nothing was changed.", "Answer y, or give --yes.")
    record_command(settings, "forget log", f"bronze.{table}", {"reason": reason, "rows": rows})
    forgotten = forget_log(warehouse.url, table, reason=reason, by=getpass.getuser())
    command = _loading(settings, sources)
    if as_json:
        print_json({**vars(forgotten), "load_again": command})
    else:
        _print_forgotten(forgotten, command)


def _print_forgotten(forgotten: Forgotten, command: str) -> None:
    OUT.print(
        f"Forgot {forgotten.rows:,} rows about {forgotten.entities:,} entities of"
        f" bronze.{forgotten.table}; entry {forgotten.entry} of audit.forgotten_logs."
    )
    if forgotten.position:
        OUT.print("Its journal is read from the first change again.")
    OUT.print("It and what hangs on it are loaded again by:")
    OUT.print(f"  {command}", soft_wrap=True)


def _loading(settings: Settings, sources: SourcesConfig) -> str:
    """Command that loads every table, and builds what is made of it, for the whole history."""
    judged = _judged_by(settings, sources)
    days = f"--from {judged.first_day} --to {judged.last_day}"
    return f"finplatform backfill --job history_by_day --job history_by_month {days}"


def _require_configured(tables: Sequence[str], sources: SourcesConfig) -> None:
    for table in tables:
        if table not in sources.tables:
            what = "is not configured" if table in SOURCES else "is no bronze table"
            raise FinplatformError(
                f"{table} {what}.", f"Configured: {', '.join(sorted(sources.tables))}."
            )


def _judged_by(settings: Settings, sources: SourcesConfig) -> LoadSettings:
    now = datetime.now(ZoneInfo(sources.bank.day_zone))
    return LoadSettings(
        first_day=history_start(settings, sources),
        last_day=last_complete_day(now, history_end(settings, sources)),
        reject_limit=settings.reject_limit,
        bank_timezone=sources.bank.day_zone,
    )


def _url(settings: Settings, sources: SourcesConfig) -> str:
    """The platform's own database, which is started only for a source that is in it."""
    own = any(
        isinstance(source, StreamSource)
        or (isinstance(source, PostgresSource) and source.url is None)
        for source in sources.sources.values()
    )
    return open_warehouse(settings).url if own else ""


def _plain(findings: TableFindings) -> dict[str, object]:
    return {
        "table": findings.table,
        "verdict": _VERDICTS[findings.effect],
        "rows_read": findings.rows,
        "rows_rejected": findings.rejected,
        "problems": [vars(problem) for problem in findings.problems],
    }


def _print(found: Sequence[TableFindings]) -> None:
    for findings in sorted(found, key=lambda one: list(Effect).index(one.effect)):
        if not findings.problems:
            continue
        verdict = (_VERDICTS[findings.effect], _STYLES[findings.effect])
        counts = f" ({findings.rows:,} rows read, {findings.rejected:,} rejected)"
        OUT.print(styled((findings.table, "bold"), ": ", verdict, counts))
        for problem in sorted(findings.problems, key=lambda one: list(Effect).index(one.effect)):
            OUT.print(Padding(_described(problem), (0, 0, 0, 2)))
    _print_verdict(found)


def _described(problem: Problem) -> Text:
    about = f"{problem.column}: " if problem.column else ""
    parts = [f"{about}{problem.rule.rstrip('.')}"]
    if problem.rows is not None and problem.column:
        parts.append(f"{problem.rows:,} {'row' if problem.rows == 1 else 'rows'}")
    if problem.example is not None:
        parts.append(f"such as {problem.example}")
    if problem.effect is Effect.REJECTS:
        parts.append(f"in {problem.origin}")
    hint = f". {problem.hint}" if problem.hint else ""
    return styled((f"{problem.effect.value:8}", _STYLES[problem.effect]), ", ".join(parts) + hint)


def _print_verdict(found: Sequence[TableFindings]) -> None:
    verdicts = [findings.effect for findings in found]
    counts = ", ".join(
        f"{verdicts.count(effect)} {would}"
        for effect, would in (
            (Effect.STOPS, "would not load"),
            (Effect.REJECTS, "would have rows rejected"),
            (Effect.NONE, "would load"),
        )
        if effect in verdicts
    )
    rows = sum(findings.rows for findings in found)
    OUT.print(styled(f"{len(found)} tables, {rows:,} rows read: {counts or 'nothing to check'}."))
