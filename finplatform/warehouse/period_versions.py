"""Versions of closed months: reading, comparing and verifying them.

Does not belong here: freezing (`period_closes`), and the arithmetic of differences
    (`finplatform.compliance.sox.differences`).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

from finplatform.compliance.sox import differences, periods
from finplatform.compliance.sox.differences import LINEAGE, RowChange
from finplatform.compliance.sox.frozen_tables import Part, frozen_tables
from finplatform.compliance.sox.periods import Month, State, Version
from finplatform.errors import NothingFoundError
from finplatform.warehouse import period_rows
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.period_closes import APPROVAL, closed_months, one_state, versions

_TABLES = """
select table_name, part, row_count, measure_column, measure_total, checksum
from compliance.period_tables where period = %(period)s and version = %(version)s
order by position
"""

_REPORT_ROWS = f"""
select table_name, content::text as content from {period_rows.FROZEN} as frozen
where table_name = any(%(tables)s) order by table_name, row_key collate "C"
"""

_BETWEEN = f"""
with before as materialized (
    select * from {period_rows.FROZEN.replace("%(version)s", "%(first)s")} as earlier
),
after as materialized (
    select * from {period_rows.FROZEN.replace("%(version)s", "%(second)s")} as later
)
select
    coalesce(after.table_name, before.table_name) as table_name,
    coalesce(after.row_key, before.row_key) as row_key,
    case
        when before.row_key is null then 'ADDED'
        when after.row_key is null then 'REMOVED'
        else 'CHANGED'
    end as change,
    before.measure as measure_before, after.measure as measure_after,
    before.content::text as content_before, after.content::text as content_after
from before
full join after on before.table_name = after.table_name and before.row_key = after.row_key
where before.row_hash is distinct from after.row_hash
order by
    coalesce(after.table_name, before.table_name),
    coalesce(after.row_key, before.row_key) collate "C"
"""

_RUNS = """
select version, load_id, table_name, run_id, window_start, window_end, rows_out, loaded_at
from compliance.period_runs
where period = %(period)s and version > %(first)s and version <= %(second)s
order by load_id
"""

_EVENTS = """
select version, action, actor, role, reason, noted_at from compliance.period_events
where period = %s order by event_number
"""

_SIGNED = """
select detail ->> 'fingerprint' from audit.event_log
where seq = %s and action = %s and object = %s and detail ->> 'version' = %s
"""


@dataclass(frozen=True)
class Finding:
    """A difference from a frozen version.

    Attributes:
        period: The month.
        version: Its version.
        table: The table; empty for the version as a whole.
        kind: `row`, `table`, `evidence` or `signature`.
        row_key: Key of the row; empty for a table.
        message: Description.
    """

    period: str
    version: int
    table: str
    kind: str
    row_key: str
    message: str


def list_months(connection: psycopg.Connection) -> list[Version]:
    """All versions of all months, including prepared ones."""
    months = connection.execute("select distinct period from compliance.period_versions order by 1")
    return [
        version
        for (period,) in months.fetchall()
        for version in versions(connection, Month.parse(period))
    ]


def find(connection: psycopg.Connection, month: Month, number: int | None) -> Version:
    """An approved version of a month; by default the latest.

    Raises:
        NothingFoundError: If there is none.
    """
    found = [
        version
        for version in versions(connection, month)
        if version.state is State.APPROVED and number in (None, version.version)
    ]
    if not found:
        raise NothingFoundError(
            f"{month} is not closed." if number is None else f"{month} has no version {number}.",
            "`finplatform sox periods` lists what there is.",
        )
    return found[-1]


def report(
    connection: psycopg.Connection, month: Month, number: int | None = None
) -> dict[str, Any]:
    """The capital report of a month by a version.

    Args:
        connection: Session that may read closed months.
        month: The month.
        number: The version; None: the latest.

    Raises:
        NothingFoundError: If there is no such version.
    """
    version = find(connection, month, number)
    tables = [
        each.table
        for each in frozen_tables()
        if each.is_figure and each.part is Part.CAPITAL and each.table != LINEAGE
    ]
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in tables}
    values = {"period": str(month), "version": version.version, "tables": tables}
    for table, content in connection.execute(_REPORT_ROWS, values):
        rows[table].append(_content(content))
    return {**described(version), "tables": rows}


def described(version: Version) -> dict[str, Any]:
    """A version as a dictionary for commands and the API."""
    return {
        "period": str(version.month),
        **{k: v for k, v in asdict(version).items() if k != "month"},
    }


def difference(
    connection: psycopg.Connection, month: Month, first: int, second: int
) -> dict[str, Any]:
    """Evidence of the changes between two versions of a month.

    Args:
        connection: Session that may read closed months.
        month: The month.
        first: The earlier version.
        second: The later one.

    Returns:
        Both versions, differing rows of facts, changes of tables and figures with their causes, the
        loads in between, and the events.

    Raises:
        NothingFoundError: If there is no such version.
    """
    both = [find(connection, month, number) for number in sorted((first, second))]
    numbers = {"period": str(month), "first": both[0].version, "second": both[1].version}
    changes = [
        RowChange(table, key, change, before, after, _content(old), _content(new))
        for table, key, change, before, after, old, new in connection.execute(_BETWEEN, numbers)
    ]
    tables = [_tables(connection, month, version.version) for version in both]
    figures = {each.table for each in frozen_tables() if each.is_figure}
    with connection.cursor(row_factory=dict_row) as cursor:
        runs = cursor.execute(_RUNS, numbers).fetchall()
        events = cursor.execute(_EVENTS, (str(month),)).fetchall()
    return {
        "period": str(month),
        "versions": [described(version) for version in both],
        "rows": [
            {**asdict(change), "difference": change.difference}
            for change in changes
            if change.table not in figures
        ],
        "tables": [
            {**asdict(one), "difference": one.difference, "unexplained": one.unexplained}
            for one in differences.table_differences(tables[0], tables[1], changes)
        ],
        "figures": [
            {**asdict(one), "difference": one.difference}
            for one in differences.moved_figures(c for c in changes if c.table in figures)
        ],
        "explained": [
            {**asdict(one), "difference": one.difference, "unexplained": one.unexplained}
            for one in differences.explained_figures(changes)
        ],
        "runs": runs,
        "events": [event for event in events if event["version"] <= both[1].version],
    }


def verify(warehouse: Warehouse, month: Month | None = None, most: int = 20) -> list[Finding]:
    """Differences of closed months from their frozen versions; empty without differences.

    The stored rows are compared with their checksums, these with the fingerprint, that with the
    audit trail, and the present tables with the latest version. The trail is verified by
    `audit_seals.verify_trail`.

    Args:
        warehouse: The database, as its owner.
        month: The month; None: all.
        most: Rows listed per table.

    Raises:
        NothingFoundError: If the month is not closed.
    """
    findings: list[Finding] = []
    with one_state(warehouse) as connection:
        months = closed_months(connection) if month is None else [month]
        for each in months:
            latest = find(connection, each, None)
            for version in versions(connection, each):
                if version.state is State.APPROVED:
                    findings += _kept_as_signed(connection, version)
            findings += _changed_since(connection, latest, most)
    return findings


def table_verdicts(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Every frozen table of every closed month by its latest version, with differences.

    Args:
        warehouse: The database, as its owner.
    """
    verdicts = []
    with one_state(warehouse) as connection:
        for month in closed_months(connection):
            version = find(connection, month, None)
            broken = {finding.table for finding in _kept_as_signed(connection, version)}
            changed = change_counts(connection, version)
            for table, row in _tables(connection, month, version.version).items():
                kinds = changed.get(table, {})
                verdicts.append(
                    {
                        "period": str(month),
                        "version": version.version,
                        "table_name": table,
                        "part": row["part"],
                        "row_count": row["row_count"],
                        "checksum": row["checksum"],
                        "added_rows": kinds.get("ADDED", 0),
                        "changed_rows": kinds.get("CHANGED", 0),
                        "removed_rows": kinds.get("REMOVED", 0),
                        # An invalid signature concerns the version as a whole.
                        "is_as_approved": not broken & {table, ""},
                    }
                )
    return verdicts


def _kept_as_signed(connection: psycopg.Connection, version: Version) -> list[Finding]:
    """Contradictions to the approval in stored rows, checksums, fingerprint and trail."""
    month, number = version.month, version.version
    kept = _tables(connection, month, number)
    states = period_rows.frozen_states(connection, month, number)
    found = [
        _finding(
            version,
            "evidence",
            f"The kept rows of {state.table} do not make the checksum of version {number}.",
            state.table,
        )
        for state in states
        if (row := kept.get(state.table)) is None
        or (state.checksum, state.row_count) != (row["checksum"], row["row_count"])
    ]
    stored = [
        periods.TableState(name, row["row_count"], row["measure_total"], row["checksum"])
        for name, row in kept.items()
    ]
    if periods.fingerprint(month, number, stored) != version.fingerprint:
        message = f"The checksums of version {number} do not make its fingerprint."
        found.append(_finding(version, "evidence", message))
    values = (version.audit_event, APPROVAL, str(month), str(number))
    signed = connection.execute(_SIGNED, values).fetchone()
    if signed is None or signed[0] != version.fingerprint:
        message = f"The audit trail has another fingerprint of version {number}, or none."
        found.append(_finding(version, "signature", message))
    return found


def _changed_since(connection: psycopg.Connection, version: Version, most: int) -> list[Finding]:
    month, number = version.month, version.version
    counts = change_counts(connection, version)
    found = [
        _finding(
            version,
            "table",
            f"{table} is not as version {number} has it: "
            + ", ".join(f"{count} {change.lower()}" for change, count in sorted(kinds.items()))
            + ".",
            table,
        )
        for table, kinds in counts.items()
    ]
    if counts:
        rows = period_rows.changed_rows(connection, month, number, most)
        found += [
            _finding(version, "row", _in_words(row), row["table_name"], row["row_key"])
            for row in rows
        ]
    return found


def change_counts(connection: psycopg.Connection, version: Version) -> dict[str, dict[str, int]]:
    """Reads the present month, and counts differences from the version."""
    columns = period_rows.columns_of(connection, version.month)
    period_rows.read_now(connection, version.month, columns, with_content=False)
    return period_rows.changed_counts(connection, version.month, version.version)


def _in_words(row: Mapping[str, Any]) -> str:
    change = RowChange(
        row["table_name"], row["row_key"], row["change"], row["measure_before"], row["measure"],
        row["content_before"], row["content"],
    )  # fmt: skip
    text = f"{row['row_key']} was {row['change'].lower()}"
    if change.columns:
        text += f" in {', '.join(change.columns)}"
    if change.measure_before != change.measure_after:
        text += f": {_amount(change.measure_before)} before, {_amount(change.measure_after)} now"
    return f"{text}."


def _amount(value: Decimal | None) -> str:
    return "nothing" if value is None else f"{value:,f}"


def _finding(
    version: Version, kind: str, message: str, table: str = "", row_key: str = ""
) -> Finding:
    return Finding(str(version.month), version.version, table, kind, row_key, message)


def _tables(connection: psycopg.Connection, month: Month, number: int) -> dict[str, dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_TABLES, {"period": str(month), "version": number}).fetchall()
    return {row["table_name"]: row for row in rows}


def _content(text: str | None) -> dict[str, Any]:
    """A stored row with exact numbers; empty if only its hash is stored."""
    return json.loads(text, parse_float=Decimal) if text else {}
