"""Legal holds, which forbid the erasure of a person until a date.

A statutory hold follows from the person's data and a dated rule; another is set manually for a
reason. Each has an end date. Belongs here: finding, setting and lifting holds. Does not belong
here: requests that are held (`requests`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

from finplatform.errors import FinplatformError, NothingFoundError
from finplatform.privacy.policy import After, HoldRule, add_years, load_policy
from finplatform.privacy.relations import exists

MANUAL = "manual"
_SHORTEST = 10


@dataclass(frozen=True, order=True)
class Hold:
    """One hold on a person's data.

    Attributes:
        until: Day on which it ends; from that day on the person may be erased.
        rule_id: Rule of the policy; `manual`, or `legal_duty` where the rule is not disclosed.
        reason: Why, in words.
        is_final: Whether the day stands; a relationship or a case that goes on moves it.
    """

    until: date
    rule_id: str
    reason: str
    is_final: bool = True


# One row per person and fact: whose, since when (null while it goes on).
_FACTS: Mapping[After, tuple[str, str]] = {
    After.RELATIONSHIP_END: (
        "silver.stg_accounts",
        """
        with contracts as (
            select customer_id, status <> 'CLOSED' as is_open,
                coalesce(closing_date, valid_from::date) as ended
            from silver.stg_accounts where is_current and customer_id = any(%(subjects)s)
            union all
            select customer_id, status not in ('PAID_OFF', 'CHARGED_OFF'), valid_from::date
            from silver.stg_loans where is_current and customer_id = any(%(subjects)s)
        )
        select customer_id, case when bool_or(is_open) then null else max(ended) end
        from contracts group by customer_id
        """,
    ),
    After.REPORT_FILED: (
        "compliance.suspicious_activity_reports",
        "select customer_id, max(coalesce(filed_at, drafted_at))::date"
        " from compliance.suspicious_activity_reports where customer_id = any(%(subjects)s)"
        " group by customer_id",
    ),
    After.CASH_REPORTED: (
        "compliance.ctr_reports",
        "select customer_id, max(business_date) from compliance.ctr_reports"
        " where customer_id = any(%(subjects)s) and not is_exempt group by customer_id",
    ),
    After.CASE_OPEN: (
        "compliance.aml_cases",
        "select distinct customer_id, null::date from compliance.aml_cases"
        " where customer_id = any(%(subjects)s) and status <> 'CLOSED'",
    ),
}

_WORDS = {
    After.RELATIONSHIP_END: "The law keeps records for {years} years after a business relationship",
    After.CASH_REPORTED: "The law keeps records of cash for {years} years",
}
"""The reason of a hold in words, of those whose reason may be disclosed."""

LEGAL_DUTY = "legal_duty"
_DUTY = "The law requires records to be kept (Regulation (EU) 2016/679, article 17(3)(b))."
"""Rule and reason of confidential holds: the existence of a report or a case is restricted."""


def holds_of(
    connection: psycopg.Connection, subjects: Sequence[str], as_of: date
) -> dict[str, list[Hold]]:
    """Holds on people that have not ended on a day, by person; the one that ends last first.

    Args:
        connection: Session of the owner.
        subjects: Customers' numbers.
        as_of: The day.
    """
    found: defaultdict[str, list[Hold]] = defaultdict(list)
    for after, (table, query) in _FACTS.items():
        rule = load_policy().rule(after, as_of)
        if rule is None or not exists(connection, table):
            continue
        rows = connection.execute(query.encode(), {"subjects": list(subjects)}).fetchall()
        for subject, since in rows:
            hold = _hold(rule, since, as_of)
            if hold.until > as_of:
                found[subject].append(hold)
    for subject, until, reason in connection.execute(
        "select customer_id, until_date, reason from compliance.privacy_holds"
        " where customer_id = any(%s) and lifted_at is null and until_date > %s",
        (list(subjects), as_of),
    ).fetchall():
        found[subject].append(Hold(until, MANUAL, reason))
    return {subject: sorted(holds, reverse=True) for subject, holds in found.items()}


def set_hold(
    connection: psycopg.Connection, customer: str, until: date, reason: str, by: str, as_of: date
) -> int:
    """Sets a hold, in the connection's transaction.

    Returns:
        Its number.

    Raises:
        FinplatformError: If it ends before it begins, or no reason is given.
    """
    if until <= as_of:
        raise FinplatformError(
            f"A hold until {until} would have ended.", "Give a day that is to come: --until"
        )
    if len(reason.strip()) < _SHORTEST:
        raise FinplatformError(
            f"The reason of a hold has at least {_SHORTEST} characters.",
            'Add it: --reason "Court order 12 C 34/2026"',
        )
    row = connection.execute(
        "insert into compliance.privacy_holds (customer_id, until_date, reason, set_by)"
        " values (%s, %s, %s, %s) returning hold_id",
        (customer, until, reason.strip(), by),
    ).fetchone()
    return int(row[0]) if row else 0


def lift_hold(connection: psycopg.Connection, hold_id: int, reason: str, by: str) -> str:
    """Lifts a hold before its end, in the connection's transaction.

    Returns:
        Whose it was.

    Raises:
        NothingFoundError: If there is no such hold, or it was lifted before.
        FinplatformError: If no reason is given.
    """
    if len(reason.strip()) < _SHORTEST:
        raise FinplatformError(
            f"The reason for lifting a hold has at least {_SHORTEST} characters.",
            'Add it: --reason "The court closed the matter"',
        )
    row = connection.execute(
        "update compliance.privacy_holds set lifted_at = now(), lifted_by = %s, lift_reason = %s"
        " where hold_id = %s and lifted_at is null returning customer_id",
        (by, reason.strip(), hold_id),
    ).fetchone()
    if row is None:
        raise NothingFoundError(
            f"There is no hold {hold_id} to lift.", "`finplatform gdpr hold list` has them."
        )
    return str(row[0])


def set_holds(connection: psycopg.Connection, customer: str | None) -> list[dict[str, Any]]:
    """Holds that people have set, lifted ones included; the latest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select hold_id, customer_id, until_date, reason, set_by, set_at, lifted_by, lifted_at,"
            " lift_reason from compliance.privacy_holds"
            " where %(customer)s::text is null or customer_id = %(customer)s order by hold_id desc",
            {"customer": customer},
        ).fetchall()


def _hold(rule: HoldRule, since: date | None, as_of: date) -> Hold:
    """The hold that a rule makes of a fact; of one that goes on, as if it ended on the day."""
    until, is_final = add_years(since or as_of, rule.years), since is not None
    if rule.after not in _WORDS:
        return Hold(until, LEGAL_DUTY, _DUTY, is_final)
    words = _WORDS[rule.after].format(years=rule.years)
    return Hold(until, rule.rule_id, f"{words} ({rule.paragraph}).", is_final)
