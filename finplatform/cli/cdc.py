"""`finplatform cdc`: status and operation of captures of PostgreSQL sources.

Belongs here: the commands and printing. Does not belong here: capturing (see `finplatform.cdc`).
"""

from collections.abc import Iterable, Sequence
from datetime import date

import typer

from finplatform.cdc import publication, slot
from finplatform.cdc.capture import Captured, capture, end_capture
from finplatform.cdc.pending import Pending, request_reload
from finplatform.cdc.source import CapturedSource
from finplatform.cdc.status import CaptureStatus, capture_status
from finplatform.cli.output import OUT, print_json, print_table, size, styled
from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import PostgresSource, SourcesConfig, load_sources
from finplatform.ingest.loaders import captured_sources
from finplatform.ingest.vault_key import vault_master_key
from finplatform.settings import Settings, get_settings
from finplatform.warehouse.audit_log import record_command
from finplatform.warehouse.database import open_warehouse
from finplatform.windows import Window

_STYLES = {"captured": "green", "not begun": "yellow", "lost": "red", "unreachable": "red"}
_DAYS_SHOWN = 5


def status(*, as_json: bool) -> None:
    """Prints how every capture stands; exits 1 if one is lost, unreachable or failing."""
    settings, sources, url = _opened()
    found = [capture_status(one, url) for one in captured_sources(sources, settings, url).values()]
    if as_json:
        print_json([_plain(one) for one in found])
    elif not found:
        OUT.print("No table is captured: none has `load: cdc` in the source configuration.")
    else:
        for one in found:
            _print(one)
    if any(one.state in ("lost", "unreachable") or one.error for one in found):
        raise SystemExit(1)


def capture_now(names: Sequence[str], *, as_json: bool) -> None:
    """Captures sources and prints what has changed.

    Args:
        names: Sources; none for all that are captured.
        as_json: Print JSON.

    Raises:
        FinplatformError: If one is not captured, or cannot be.
    """
    settings, sources, url = _opened()
    known = captured_sources(sources, settings, url)
    chosen = [_known(known.values(), name) for name in names] or list(known.values())
    master = vault_master_key(url, settings)
    found = [capture(one, url, master) for one in chosen]
    if as_json:
        print_json([vars(one) for one in found])
        return
    for one in found:
        _print_captured(one)


def setup(name: str, *, sql: bool, as_json: bool) -> None:
    """Sets up what the capture of a source needs, or prints the statements.

    Raises:
        FinplatformError: If the source is not captured, or the login may not set it up.
    """
    settings, sources, url = _opened()
    source = _known(captured_sources(sources, settings, url).values(), name)
    with slot.connected(source) as session:
        statements = publication.statements(session, source)
        if not sql:
            record_command(settings, "cdc setup", name)
            publication.prepare(session, source)
    if as_json:
        print_json({"source": name, "statements": statements, "run": not sql})
        return
    for statement in statements:
        OUT.print(f"{statement};", soft_wrap=True)
    if not statements:
        OUT.print("Everything is set up.")


def reload(table: str, first: date | None, last: date | None, *, as_json: bool) -> None:
    """Has the next load of a captured table read the source.

    Raises:
        FinplatformError: If the table is not captured, or has no days.
    """
    settings, sources, url = _opened()
    if table not in sources.tables or sources.load_of(sources.tables[table]) != "cdc":
        raise FinplatformError(
            f"{table} is not captured.", "It reads its source at every load as it is."
        )
    if (first is None) != (last is None):
        raise FinplatformError("One end of the days is missing.", "Give both: --from and --to.")
    window = Window.through(first, last) if first is not None and last is not None else None
    if window is not None and SOURCES[table].stored.date_column is None:
        raise FinplatformError(f"{table} has no days.", "Leave --from and --to out.")
    record_command(settings, "cdc reload", f"bronze.{table}", {"days": str(window or "all")})
    count = request_reload(url, table, window, "by command")
    if as_json:
        print_json({"table": table, "reloads": count})
    elif count:
        what = f"{count:,} days of {table}" if SOURCES[table].stored.date_column else table
        OUT.print(f"The next load reads {what} from the source.")
    else:
        OUT.print(f"Nothing of {table} was read yet: its first load reads it as it is.")


def drop(name: str, *, forget: bool, yes: bool, as_json: bool) -> None:
    """Ends the capture of a source.

    Raises:
        FinplatformError: If the answer is no, or the source does not answer.
    """
    settings, sources, url = _opened()
    source = captured_sources(sources, settings, url).get(name) or _former(name, sources, url)
    if not yes and not typer.confirm(
        f"End the capture of {name}? A later one begins by reading its tables anew", err=True
    ):
        raise FinplatformError("Nothing was changed.", "Answer y, or give --yes.")
    record_command(settings, "cdc drop", name)
    had_slot = end_capture(source, url, in_source=not forget and bool(source.url))
    if as_json:
        print_json({"source": name, "slot_dropped": had_slot})
        return
    OUT.print(f"The capture of {name} has ended{', its slot is dropped' if had_slot else ''}.")
    if source.tables:
        OUT.print("Take `load: cdc` away in the source configuration, or a load begins it again.")


def _opened() -> tuple[Settings, SourcesConfig, str]:
    settings = get_settings()
    sources = load_sources(settings.sources_file, frozenset(SOURCES))
    return settings, sources, open_warehouse(settings).url


def _known(sources: Iterable[CapturedSource], name: str) -> CapturedSource:
    known = {source.name: source for source in sources}
    if name not in known:
        raise FinplatformError(
            f"Source {name} is not captured.",
            f"Captured are: {', '.join(sorted(known)) or 'none'}; docs/cdc.md describes it.",
        )
    return known[name]


def _former(name: str, sources: SourcesConfig, url: str) -> CapturedSource:
    """A source of which no table is captured any more, to clean up after it."""
    found = sources.sources.get(name)
    if not isinstance(found, PostgresSource):
        return CapturedSource(name, "", ())
    return CapturedSource(name, found.location(url), ())


def _plain(one: CaptureStatus) -> dict[str, object]:
    return {**vars(one), "waiting": [vars(pending) for pending in one.waiting]}


def _print(one: CaptureStatus) -> None:
    OUT.print(styled((one.source, "bold"), ": ", (one.state, _STYLES[one.state])))
    rows = [
        ("slot", one.slot_name),
        ("behind", _behind(one)),
        ("log kept for it", _kept(one)),
        ("captured up to", one.watermark),
        ("that is until", one.captured_until),
        ("last commit", one.last_commit_at),
        ("captured so far", f"{one.changes:,} changes in {one.transactions:,} transactions"),
        ("last capture", one.checked_at),
        ("error", f"{one.error} ({one.error_at})" if one.error else None),
        *((f"waits: {table}", backlog) for table, backlog in _waiting(one.waiting)),
    ]
    print_table("", ("", ""), [row for row in rows if row[1] is not None])
    for warning in one.warnings:
        OUT.print(styled(("warning: ", "yellow"), warning), soft_wrap=True)


def _behind(one: CaptureStatus) -> str | None:
    if one.lag_bytes is None:
        return None
    return f"{size(one.lag_bytes)}, {one.lag_seconds or 0:.1f} s"


def _kept(one: CaptureStatus) -> str | None:
    if one.kept_bytes is None:
        return None
    safe = f", {size(one.safe_bytes)} more until it is lost" if one.safe_bytes is not None else ""
    return size(one.kept_bytes) + safe


def _waiting(waiting: Sequence[Pending]) -> list[tuple[str, str]]:
    found = []
    for table in dict.fromkeys(one.table for one in waiting):
        own = [one for one in waiting if one.table == table]
        days = [str(one.day) for one in own if one.day is not None]
        more = f" and {len(days) - _DAYS_SHOWN:,} more" if len(days) > _DAYS_SHOWN else ""
        parts = [f"{sum(one.changes for one in own):,} changes"]
        if days:
            parts.append(f"of {', '.join(days[:_DAYS_SHOWN])}{more}")
        reasons = sorted({one.reason for one in own if one.reason is not None})
        if reasons:
            parts.append(f"to be read anew: {', '.join(reasons)}")
        found.append((table, "; ".join(parts)))
    return found


def _print_captured(one: Captured) -> None:
    total = sum(one.changes.values())
    OUT.print(f"{one.source}: {total:,} changes in {one.transactions:,} transactions.")
    if one.given_up is not None:
        OUT.print(styled(("warning: ", "yellow"), f"all is read anew, since {one.given_up}."))
    for table, days in sorted(one.days.items()):
        dated = sorted(str(day) for day in days if day is not None)
        of = f" of {len(dated)} days, {dated[0]} to {dated[-1]}" if dated else ""
        OUT.print(f"  {table}: {one.changes[table]:,} changes{of}")
