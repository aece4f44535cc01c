"""Cases in the database: opening them from alerts, their steps, and lookups.

A step is one transaction that locks the case, so that concurrent decisions exclude each other.
Belongs here: statements on the case tables. Does not belong here: the allowed steps
(`finplatform.compliance.aml.cases`), and the content of reports (`laundering_reports`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

from finplatform.compliance.aml import cases
from finplatform.compliance.aml.cases import Action, Case, Decision, Status, Step
from finplatform.compliance.aml.rules import standard_rules
from finplatform.errors import FinplatformError, NothingFoundError

PLATFORM = "platform"
"""Actor that opens cases and adds alerts to them."""

# Undecided cases by customer; for other customers the first new alert names the case.
_NEW_ALERTS = """
create temporary table new_alerts on commit drop as
select
    alerts.*,
    coalesce(
        open_cases.case_id,
        'CASE-' || left(
            encode(
                sha256((first_value(alerts.alert_id) over by_customer)::bytea), 'hex'
            ), 12
        )
    ) as case_id,
    open_cases.case_id is null as is_new
from compliance.aml_alerts as alerts
left join compliance.aml_case_alerts as known on alerts.alert_id = known.alert_id
left join compliance.aml_cases as open_cases
    on alerts.customer_id = open_cases.customer_id and open_cases.status <> 'CLOSED'
where known.alert_id is null
window by_customer as (
    partition by alerts.customer_id order by alerts.alert_date, alerts.alert_id
)
"""

_OPEN = """
insert into compliance.aml_cases
    (case_id, customer_id, status, queue, detected_date, due_date, opened_by)
select distinct new_alerts.case_id, new_alerts.customer_id, 'OPEN', %(queue)s, %(day)s::date,
    %(due)s::date, %(by)s
from new_alerts where new_alerts.is_new
"""

_ADD = """
insert into compliance.aml_case_alerts
    (alert_id, case_id, customer_id, typology, alert_date, score, amount_usd, reason)
select alert_id, case_id, customer_id, typology, alert_date, score, amount_usd, reason
from new_alerts
"""

# Also transactions that a later day adds to an alert of an undecided case.
_KEEP_TRANSACTIONS = """
insert into compliance.aml_case_transactions (
    case_id, transaction_id, customer_id, account_id, transaction_at, amount_usd, direction, kind,
    is_subject
)
select distinct on (alerts.case_id, moved.transaction_id)
    alerts.case_id, moved.transaction_id, moved.customer_id, moved.account_id,
    moved.transaction_at, moved.amount_usd, moved.direction, moved.kind, moved.is_subject
from compliance.aml_alert_transactions as moved
inner join compliance.aml_case_alerts as alerts on moved.alert_id = alerts.alert_id
inner join compliance.aml_cases as open_cases
    on alerts.case_id = open_cases.case_id and open_cases.status <> 'CLOSED'
order by alerts.case_id, moved.transaction_id
on conflict do nothing
"""

_NOTE_ALERTS = """
insert into compliance.aml_case_events (case_id, action, actor, role, reason, detail)
select case_id,
    case when is_new and alert_id = first_value(alert_id) over by_case then 'open' else 'add' end,
    %(by)s, %(by)s, typology || ': ' || reason, jsonb_build_object('alert_id', alert_id)
from new_alerts
window by_case as (partition by case_id order by alert_date, alert_id)
order by case_id, alert_date, alert_id
"""

_CASE = """
select cases.case_id, cases.customer_id, cases.status, cases.detected_date, cases.due_date,
    cases.has_suspect, cases.assigned_to, cases.snoozed_until,
    proposals.detail ->> 'decision' as proposal, proposals.actor as proposed_by
from compliance.aml_cases as cases
left join lateral (
    select events.detail, events.actor from compliance.aml_case_events as events
    where events.case_id = cases.case_id and events.action = 'propose'
    order by events.event_number desc limit 1
) as proposals on cases.status = 'PROPOSED'
where cases.case_id = %s
"""

_QUEUE = """
select cases.case_id, cases.customer_id, cases.status, cases.queue, cases.assigned_to,
    cases.detected_date, cases.due_date, cases.due_date - %(day)s::date as days_left,
    cases.snoozed_until, alerts.typologies, alerts.score, alerts.amount_usd, alerts.alerts
from compliance.aml_cases as cases
inner join lateral (
    select string_agg(distinct typology, ', ' order by typology) as typologies,
        max(score) as score, max(amount_usd) as amount_usd, count(*) as alerts
    from compliance.aml_case_alerts as alerts where alerts.case_id = cases.case_id
) as alerts on true
where (%(queue)s::text is null or cases.queue = %(queue)s)
    and (%(all)s or (
        cases.status <> 'CLOSED' and coalesce(cases.snoozed_until <= %(day)s::date, true)
    ))
order by cases.status = 'CLOSED', cases.due_date, alerts.score desc, cases.case_id
limit %(most)s
"""

_UPDATE = """
update compliance.aml_cases set
    status = %(status)s, queue = %(queue)s, assigned_to = %(assigned_to)s,
    has_suspect = %(has_suspect)s, due_date = %(due_date)s, snoozed_until = %(snoozed_until)s,
    changed_at = now()
where case_id = %(case_id)s
"""


@dataclass(frozen=True)
class CaseFile:
    """A case with its alerts, transactions, events and decision.

    Attributes:
        case: The case.
        alerts: Its alerts.
        transactions: Its transactions.
        events: Its events, in order.
        decision: The decision; None before.
    """

    case: Case
    alerts: list[dict[str, Any]]
    transactions: list[dict[str, Any]]
    events: list[dict[str, Any]]
    decision: dict[str, Any] | None


def open_cases(connection: psycopg.Connection, day: date) -> int:
    """Assigns alerts without a case to the customer's open case, or to a new one.

    Args:
        connection: Session of the owner, whose transaction the caller commits.
        day: Day of detection, at which the filing period of a report starts.

    Returns:
        Number of alerts.
    """
    due = cases.due_date_of(day, standard_rules().as_of(day), has_suspect=True)
    values = {
        "day": day, "due": due, "by": PLATFORM, "queue": str(cases.QUEUES[Status.OPEN]),
    }  # fmt: skip
    with connection.transaction():
        # Concurrent runs would open two cases of one customer.
        connection.execute("lock table compliance.aml_cases in share row exclusive mode")
        connection.execute(_NEW_ALERTS)
        connection.execute(_OPEN, values)
        added = connection.execute(_ADD).rowcount
        connection.execute(_KEEP_TRANSACTIONS)
        connection.execute(_NOTE_ALERTS, values)
    return added


def find(connection: psycopg.Connection, case_id: str, *, for_step: bool = False) -> Case:
    """The present state of a case.

    Args:
        connection: Session that may read cases.
        case_id: The case.
        for_step: Whether it is locked until the transaction ends.

    Raises:
        NothingFoundError: If there is none.
    """
    if for_step:
        held = "select from compliance.aml_cases where case_id = %s for update"
        connection.execute(held, (case_id,))
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_CASE, (case_id,)).fetchone()
    if row is None:
        raise NothingFoundError(
            f"There is no case {case_id}.", "`finplatform aml cases` lists those there are."
        )
    return Case(
        **{**row, "status": Status(row["status"]),
           "proposal": Decision(row["proposal"]) if row["proposal"] else None}
    )  # fmt: skip


def case_file(connection: psycopg.Connection, case_id: str) -> CaseFile:
    """A case with its alerts, transactions, events and decision.

    Raises:
        NothingFoundError: If there is no such case.
    """
    case = find(connection, case_id)
    of_case = {"case_id": case_id}
    decision = _rows(connection, "aml_case_decisions", "decided_at", of_case)
    return CaseFile(
        case,
        _rows(connection, "aml_case_alerts", "alert_date, alert_id", of_case),
        _rows(connection, "aml_case_transactions", "transaction_at, transaction_id", of_case),
        _rows(connection, "aml_case_events", "event_number", of_case),
        decision[0] if decision else None,
    )


def queue(
    connection: psycopg.Connection,
    day: date,
    role: str | None = None,
    *,
    with_all: bool = False,
    most: int = 200,
) -> list[dict[str, Any]]:
    """Pending cases, the soonest due first.

    Args:
        connection: Session that may read cases.
        day: Today.
        role: Role of the queue; None: any.
        with_all: Whether dormant and decided cases are included.
        most: Number of cases.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        values = {"day": day, "queue": role, "all": with_all, "most": most}
        return cursor.execute(_QUEUE, values).fetchall()


def take(connection: psycopg.Connection, case_id: str, step: Step) -> Case:
    """Takes a step of a case, atomically.

    Args:
        connection: Session of the owner; the step is a transaction, or a part of the caller's.
        case_id: The case.
        step: The step, with its actor and reason.

    Returns:
        The case after the step.

    Raises:
        NothingFoundError: If there is no such case.
        CaseRefusedError: If the step is not allowed.
    """
    rules = standard_rules().as_of(step.day)
    with connection.transaction():
        before = find(connection, case_id, for_step=True)
        after = cases.take(before, step, rules)
        _note(connection, after, step, before)
        connection.execute(
            _UPDATE,
            {
                "case_id": case_id,
                "status": str(after.status),
                "queue": str(after.queue),
                "assigned_to": after.assigned_to,
                "has_suspect": after.has_suspect,
                "due_date": after.due_date,
                "snoozed_until": after.snoozed_until,
            },
        )
        if step.action is Action.DECIDE:
            _decide(connection, before, step)
    return after


def _note(connection: psycopg.Connection, after: Case, step: Step, before: Case) -> None:
    proposal = step.decision or before.proposal
    detail = {
        "to": step.to,
        "until": step.until and step.until.isoformat(),
        "decision": str(proposal) if proposal else None,
        "has_suspect": step.has_suspect,
        "status": str(after.status),
    }
    connection.execute(
        "insert into compliance.aml_case_events (case_id, action, actor, role, reason, detail)"
        " values (%s, %s, %s, %s, %s, %s::jsonb)",
        (
            before.case_id,
            str(step.action),
            step.by.name,
            step.by.role,
            step.reason.strip(),
            json.dumps({name: value for name, value in detail.items() if value is not None}),
        ),
    )


def _decide(connection: psycopg.Connection, case: Case, step: Step) -> None:
    if case.proposal is None:
        raise FinplatformError(f"The case {case.case_id} has no proposal.")
    connection.execute(
        "insert into compliance.aml_case_decisions"
        " (case_id, decision, proposed_by, proposed_at, decided_by, reason)"
        " select %(case_id)s, %(decision)s, events.actor, events.noted_at, %(by)s, %(reason)s"
        " from compliance.aml_case_events as events"
        " where events.case_id = %(case_id)s and events.action = 'propose'"
        " order by events.event_number desc limit 1",
        {
            "case_id": case.case_id,
            "decision": str(case.proposal),
            "by": step.by.name,
            "reason": step.reason.strip(),
        },
    )


def _rows(
    connection: psycopg.Connection, table: str, order: str, values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    query = f"select * from compliance.{table} where case_id = %(case_id)s order by {order}"
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), values).fetchall()
