"""Evidence of controls in the database, by month.

Belongs here: running the queries and procedures of the register. Does not belong here: the register
and the verdict (`finplatform.compliance.sox.controls`).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg

from finplatform.compliance.sox.controls import (
    Control,
    Item,
    Procedure,
    Verdict,
    judge,
    load_controls,
)
from finplatform.compliance.sox.duties import Breach, Of, load_duties, role_breaches
from finplatform.compliance.sox.periods import Month
from finplatform.security.rights import load_rights
from finplatform.warehouse import access

_CHECKS = """
select schema_name || '.' || table_name, check_name, verdict, coalesce(description, '')
from ops.check_results
where evaluated_at >= %(start)s and evaluated_at < %(end)s
order by 1, 2
"""

_WRONG, _WARNED = "FAILED", "WARNED"


def gather(connection: psycopg.Connection, month: Month) -> list[Verdict]:
    """Verdict on every control by the evidence of a month.

    Args:
        connection: Session of the owner.
        month: Month in which controls worked, by the clock in UTC.
    """
    return [judge(control, _items(connection, control, month)) for control in load_controls()]


def violations(connection: psycopg.Connection) -> list[Breach]:
    """Violations of the segregation of duties by roles and persons."""
    duties = load_duties()
    found = role_breaches(duties, load_rights())
    for conflict in duties.conflicts:
        if conflict.of is Of.PEOPLE and conflict.query is not None:
            rows = _rows(connection, conflict.query, {})
            found += [
                Breach(conflict.id, str(person), f"{person} did both on {item}. {conflict.reason}")
                for item, person in rows
            ]
    return found


def _items(connection: psycopg.Connection, control: Control, month: Month) -> list[Item]:
    evidence = control.evidence
    span = {
        "start": datetime(month.first.year, month.first.month, 1, tzinfo=UTC),
        "end": datetime(month.end.year, month.end.month, 1, tzinfo=UTC),
    }
    if evidence.procedure is not None:
        # Present grants are no evidence for a past month.
        is_now = span["start"] <= datetime.now(UTC) < span["end"]
        return _procedures(connection, evidence.procedure) if is_now else []
    if evidence.query is not None:
        if not all(_is_there(connection, table) for table in evidence.tables):
            return []
        rows = _rows(connection, evidence.query, span)
        return [Item(str(item), bool(wrong), str(detail or "")) for item, wrong, detail in rows]
    if not _is_there(connection, "ops.check_results"):
        return []
    wrong = (_WRONG, _WARNED) if evidence.warnings else (_WRONG,)
    return [
        Item(f"{check} of {table}", verdict in wrong, description or verdict.lower())
        for table, check, verdict, description in _rows(connection, _CHECKS, span)
        if evidence.covers(check, table)
    ]


def _procedures(connection: psycopg.Connection, procedure: Procedure) -> list[Item]:
    if procedure is Procedure.ACCESS_DIFFERENCES:
        if not access.is_applied(connection):
            return []
        found = [
            Item(difference.what, is_exception=True, detail=difference.kind)
            for difference in access.differences(connection)
        ]
        return found or [Item("all grants", is_exception=False, detail="as declared")]
    broken = {breach.conflict: breach for breach in violations(connection)}
    return [
        Item(
            conflict.id,
            conflict.id in broken,
            broken[conflict.id].detail if conflict.id in broken else conflict.reason,
        )
        for conflict in load_duties().conflicts
    ]


def _is_there(connection: psycopg.Connection, table: str) -> bool:
    row = connection.execute("select to_regclass(%s) is not null", (table,)).fetchone()
    return bool(row and row[0])


def _rows(
    connection: psycopg.Connection, query: str, values: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Rows of a query of the register; empty if its table does not exist yet.

    In a query without parameters `%` is literal.
    """
    try:
        with connection.transaction():
            return connection.execute(query.encode(), values or None).fetchall()
    except psycopg.errors.UndefinedTable:
        return []
