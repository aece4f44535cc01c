"""Changes of monitoring rules in the database: backtested, proposed, approved.

A change is stored only with its backtest. Belongs here: the table of changes, and the backtest.
Does not belong here: the comparison (`finplatform.compliance.aml.dry_run`).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

from finplatform.compliance.aml.dry_run import Comparison, compare
from finplatform.compliance.aml.rules import standard_rules
from finplatform.errors import FinplatformError, NothingFoundError
from finplatform.warehouse.laundering_reading import read_evidence, read_rules
from finplatform.windows import Window

_REPORTED = """
select distinct alerts.alert_id from compliance.aml_case_alerts as alerts
inner join compliance.aml_case_decisions as decisions using (case_id)
where decisions.decision = 'REPORT'
"""

_INSERT = """
insert into compliance.aml_rule_changes (
    name, value, valid_from, reason, proposed_by, history_from, history_to, alerts_before,
    alerts_after, alerts_lost, alerts_new, reported_lost
) values (
    %(name)s, %(value)s, %(valid_from)s, %(reason)s, %(proposed_by)s, %(history_from)s,
    %(history_to)s, %(alerts_before)s, %(alerts_after)s, %(alerts_lost)s, %(alerts_new)s,
    %(reported_lost)s
) returning change_id
"""


@dataclass(frozen=True)
class Change:
    """A proposed change.

    Attributes:
        name: `RULE.part`.
        value: The new value.
        valid_from: First day of validity.
        reason: Reason.
        by: Proposer.
    """

    name: str
    value: Decimal
    valid_from: date
    reason: str
    by: str


def try_on_history(
    connection: psycopg.Connection, url: str, changes: list[tuple[str, Decimal]], window: Window
) -> Comparison:
    """Evaluates past days by the present and the changed rules, and compares the alerts.

    Args:
        connection: Session that may read decisions.
        url: libpq URL of the warehouse.
        changes: Names and values, as of the first day.
        window: Days to evaluate.

    Raises:
        FinplatformError: If a figure is not one.
    """
    book = read_rules(url, standard_rules())
    changed = book.changes((name, value, window.start) for name, value in changes)
    reported = {alert for (alert,) in connection.execute(_REPORTED).fetchall()}
    return compare(read_evidence(url, window), window, book, changed, reported)


def propose(
    connection: psycopg.Connection, change: Change, window: Window, found: Comparison
) -> int:
    """Stores a change with its backtest, for approval by another person.

    Returns:
        Number of the change.
    """
    row = connection.execute(
        _INSERT,
        {
            "name": change.name,
            "value": change.value,
            "valid_from": change.valid_from,
            "reason": change.reason,
            "proposed_by": change.by,
            "history_from": window.start,
            "history_to": window.last,
            "alerts_before": found.before,
            "alerts_after": found.after,
            "alerts_lost": len(found.lost),
            "alerts_new": len(found.new),
            "reported_lost": found.reported_lost,
        },
    ).fetchone()
    if row is None:
        raise AssertionError
    return int(row[0])


def approve(connection: psycopg.Connection, change_id: int, by: str, day: date) -> dict[str, Any]:
    """Approves a change, valid from its day on.

    Args:
        connection: Session of the owner.
        change_id: The change.
        by: Approver.
        day: Present day: evaluated days are not changed.

    Raises:
        NothingFoundError: If there is no such change.
        FinplatformError: If it is approved already, was proposed by the same person, or begins on
            a day that is over.
    """
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        query = "select * from compliance.aml_rule_changes where change_id = %s for update"
        row = cursor.execute(query, (change_id,)).fetchone()
        if row is None:
            raise NothingFoundError(f"There is no change {change_id}.")
        if row["approved_by"] is not None:
            raise FinplatformError(f"The change {change_id} is approved already.")
        if row["proposed_by"] == by:
            raise FinplatformError(
                f"{by} proposed the change {change_id} and may not approve it.",
                "Another officer approves it.",
            )
        if row["valid_from"] < day:
            raise FinplatformError(
                f"The change {change_id} was to hold from {row['valid_from']}, which is over.",
                "Propose it again from a day to come.",
            )
        cursor.execute(
            "update compliance.aml_rule_changes set approved_by = %s, approved_at = now()"
            " where change_id = %s",
            (by, change_id),
        )
    return {**row, "approved_by": by}
