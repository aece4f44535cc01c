"""`finplatform sox close`, `restate`, `approve`, `verify`, `report` and `difference`.

Belongs here: the commands. Does not belong here: the course of a month
(`finplatform.compliance.sox.periods`), and what is stored (`finplatform.warehouse.period_closes`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from finplatform.cli.acting import acting_user
from finplatform.cli.output import OUT, print_json, print_table, styled
from finplatform.compliance.sox.duties import Person
from finplatform.compliance.sox.periods import Month, Version
from finplatform.contracts.bronze import SOURCES
from finplatform.ingest.connectors.config import load_sources
from finplatform.settings import Settings, get_settings
from finplatform.warehouse import bulk, ddl, period_closes, period_versions
from finplatform.warehouse.audit_log import record_command
from finplatform.warehouse.audit_seals import seal, verify_trail
from finplatform.warehouse.database import Warehouse, open_warehouse

_MOST_SHOWN = 20


def list_periods(*, as_json: bool) -> None:
    """Prints every version of every month."""
    settings = get_settings()
    record_command(settings, "sox periods", "compliance.period_versions")
    with _opened(settings).connect() as connection:
        found = period_versions.list_months(connection)
    if as_json:
        print_json([period_versions.described(version) for version in found])
        return
    if not found:
        OUT.print("No month is closed.")
        return
    print_table(
        "Months",
        ("month", "version", "state", "prepared by", "approved by", "approved at", "why"),
        [
            (
                str(v.month),
                v.version,
                str(v.state),
                v.prepared_by,
                v.approved_by,
                v.approved_at and f"{v.approved_at:%Y-%m-%d %H:%M}",
                v.reason,
            )
            for v in found
        ],
        (1,),
    )


def close(text: str, by: str, reason: str, *, as_json: bool) -> None:
    """Prepares the closing of a month.

    Raises:
        FinplatformError: If it may not be; nothing is changed then.
    """
    month, settings = Month.parse(text), get_settings()
    warehouse = _opened(settings)
    person = _person(settings, warehouse, by, "sox close", month)
    version, states = period_closes.prepare(warehouse, month, person, reason, _as_of(settings))
    if as_json:
        tables = [vars(state) for state in states]
        print_json({**period_versions.described(version), "tables": tables})
        return
    print_table(
        f"{month} as it is to be frozen",
        ("table", "rows", "sum", "checksum"),
        [(s.table, s.row_count, s.measure_total, s.checksum[:16]) for s in states],
        (1, 2),
    )
    _waits(version)


def restate(text: str, by: str, reason: str, *, as_json: bool) -> None:
    """Prepares the restatement of a month.

    Raises:
        FinplatformError: If it may not be; nothing is changed then.
    """
    month, settings = Month.parse(text), get_settings()
    warehouse = _opened(settings)
    person = _person(settings, warehouse, by, "sox restate", month)
    version, changed = period_closes.prepare_restatement(
        warehouse, month, person, reason, _as_of(settings)
    )
    if as_json:
        print_json({**period_versions.described(version), "changed": changed})
        return
    print_table(
        f"What version {version.version} of {month} changes",
        ("table", "added", "changed", "removed"),
        [
            (table, *(kinds.get(kind, 0) for kind in ("ADDED", "CHANGED", "REMOVED")))
            for table, kinds in changed.items()
        ],
        (1, 2, 3),
    )
    _waits(version)


def approve(text: str, by: str, reason: str, *, as_json: bool) -> None:
    """Freezes what was prepared, and signs a head of the audit trail.

    Raises:
        FinplatformError: If it may not be; nothing is changed then.
    """
    month, settings = Month.parse(text), get_settings()
    warehouse = _opened(settings)
    person = _person(settings, warehouse, by, "sox approve", month)
    version = period_closes.approve(warehouse, month, person, reason, _as_of(settings))
    head = seal(settings, warehouse)
    if as_json:
        print_json({**period_versions.described(version), "head": head and head.root.hex()})
        return
    OUT.print(
        f"{month} version {version.version} is frozen: event {version.audit_event} of the audit"
        f" trail has the fingerprint {version.fingerprint}."
    )


def refuse(text: str, by: str, reason: str, *, as_json: bool) -> None:
    """Refuses what was prepared.

    Raises:
        FinplatformError: If nothing waits, or the person may not.
    """
    month, settings = Month.parse(text), get_settings()
    warehouse = _opened(settings)
    person = _person(settings, warehouse, by, "sox approve --refuse", month)
    version = period_closes.refuse(warehouse, month, person, reason)
    if as_json:
        print_json({**period_versions.described(version), "state": "REFUSED"})
        return
    OUT.print(f"What {version.prepared_by} prepared of {month} is refused.")


def verify(text: str | None, rows: int, *, as_json: bool) -> None:
    """Prints what of closed months is not as it was frozen.

    Raises:
        SystemExit: With 1 if there is anything.
    """
    settings = get_settings()
    month = Month.parse(text) if text else None
    warehouse = _opened(settings)
    record_command(settings, "sox verify", text or "all months")
    found = period_versions.verify(warehouse, month, rows)
    trail = verify_trail(settings, warehouse)
    broken = [f"{finding.kind}: {finding.message}" for finding in trail.findings]
    if as_json:
        print_json(
            {
                "holds": not found and not broken,
                "findings": [vars(finding) for finding in found],
                "trail": broken,
            }
        )
    elif not found and not broken:
        OUT.print("Every closed month is as it was frozen, and the audit trail holds.")
    else:
        for finding in found:
            mark = (f"{finding.period} {finding.table}".strip() + ": ", "red")
            OUT.print(styled(mark, finding.message), soft_wrap=True)
        for message in broken:
            OUT.print(styled(("audit trail: ", "red"), message), soft_wrap=True)
    if found or broken:
        raise SystemExit(1)


def report(text: str, version: int | None, *, as_json: bool) -> None:
    """Prints the capital report of a version.

    Raises:
        FinplatformError: If there is no such version.
    """
    month, settings = Month.parse(text), get_settings()
    record_command(settings, "sox report", text)
    with _opened(settings).connect() as connection:
        found = period_versions.report(connection, month, version)
    if as_json:
        print_json(found)
        return
    OUT.print(
        styled(
            (f"{month} version {found['version']}", "bold"),
            f"  {found['reason']}  prepared by {found['prepared_by']}, approved by"
            f" {found['approved_by']}",
        )
    )
    for table, rows in found["tables"].items():
        for row in rows:
            figures = [(name, value) for name, value in row.items() if value is not None]
            print_table(table, ("column", "value"), figures, (1,))


def difference(text: str, first: int, second: int | None, *, as_json: bool) -> None:
    """Prints the chain of evidence between two versions.

    Raises:
        FinplatformError: If there is no such version.
    """
    month, settings = Month.parse(text), get_settings()
    record_command(settings, "sox difference", text)
    with _opened(settings).connect() as connection:
        later = second or period_versions.find(connection, month, None).version
        found = period_versions.difference(connection, month, first, later)
    if as_json:
        print_json(found)
        return
    _show_difference(found)


def _show_difference(found: Mapping[str, Any]) -> None:
    print_table(
        "Versions",
        ("version", "why", "prepared by", "approved by", "audit event"),
        [
            (v["version"], v["reason"], v["prepared_by"], v["approved_by"], v["audit_event"])
            for v in found["versions"]
        ],
        (0, 4),
    )
    rows = found["rows"]
    print_table(
        f"Rows that differ, {min(len(rows), _MOST_SHOWN)} of {len(rows)}",
        ("table", "row", "change", "before", "after", "difference"),
        [
            (r["table"], r["row_key"], r["change"], r["measure_before"], r["measure_after"],
             r["difference"])
            for r in rows[:_MOST_SHOWN]
        ],
        (3, 4, 5),
    )  # fmt: skip
    print_table(
        "Tables",
        ("table", "sum of", "before", "after", "difference", "unexplained"),
        [
            (t["table"], t["measure"], t["before"], t["after"], t["difference"], t["unexplained"])
            for t in found["tables"]
        ],
        (2, 3, 4, 5),
    )
    print_table(
        "Figures that moved",
        ("table", "row", "figure", "before", "after", "difference"),
        [
            (f["table"], f["row_key"], f["figure"], f["before"], f["after"], f["difference"])
            for f in found["figures"]
        ],
        (3, 4, 5),
    )
    print_table(
        "What moved them",
        ("figure", "difference", "component", "of it", "unexplained"),
        [
            (one["figure"], one["difference"], component, moved, one["unexplained"])
            for one in found["explained"]
            for component, moved in one["components"].items()
        ],
        (1, 3, 4),
    )
    print_table(
        "Loads in between",
        ("at", "table", "from", "until", "rows", "run"),
        [
            (r["loaded_at"], r["table_name"], r["window_start"], r["window_end"], r["rows_out"],
             r["run_id"])
            for r in found["runs"]
        ],
        (4,),
    )  # fmt: skip
    print_table(
        "Who did what",
        ("at", "version", "what", "who", "role", "why"),
        [
            (e["noted_at"], e["version"], e["action"], e["actor"], e["role"], e["reason"])
            for e in found["events"]
        ],
        (1,),
    )


def _waits(version: Version) -> None:
    OUT.print(
        f"{version.month} version {version.version} waits for another person:"
        f" `finplatform sox approve {version.month} --by NAME`."
    )


def _person(
    settings: Settings, warehouse: Warehouse, name: str, action: str, month: Month
) -> Person:
    with warehouse.connect() as connection:
        return Person(name, acting_user(settings, connection, name, action, str(month)))


def _opened(settings: Settings) -> Warehouse:
    """The database with the tables of closed months."""
    warehouse = open_warehouse(settings)
    with bulk.connect(warehouse.url) as connection:
        ddl.create_schemas(connection)
    return warehouse


def _as_of(settings: Settings) -> date:
    """Last business day that is over."""
    from finplatform.orchestration.partitions import as_of_day

    return as_of_day(settings, load_sources(settings.sources_file, frozenset(SOURCES)))
