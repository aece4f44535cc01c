"""Laundering alerts and cases, with the rights of the caller.

Belongs here: reading the tables of the schema `compliance` for requests. Does not belong here:
steps of cases (`finplatform.warehouse.laundering_cases`).
"""

from typing import Any

from finplatform.api.database import Session

_ALERTS = """
select alert_id, customer_id, typology, alert_date, score, signal_count, reason, amount_usd,
    transaction_count, party_count
from compliance.aml_alerts
where (%(customer_id)s::text is null or customer_id = %(customer_id)s)
    and (
        %(before_date)s::date is null
        or (alert_date, alert_id) < (%(before_date)s::date, %(before_id)s::text)
    )
order by alert_date desc, alert_id desc limit %(limit)s
"""

_CASES = """
select case_id, customer_id, status, queue, assigned_to, detected_date, due_date, snoozed_until,
    opened_at
from compliance.aml_cases
where (%(queue)s::text is null or queue = %(queue)s)
    and (%(status)s::text is null or status = %(status)s)
    and (
        %(before_date)s::date is null
        or (due_date, case_id) > (%(before_date)s::date, %(before_id)s::text)
    )
order by due_date, case_id limit %(limit)s
"""

_CASE = """
select case_id, customer_id, status, queue, assigned_to, detected_date, due_date, snoozed_until,
    opened_at
from compliance.aml_cases where case_id = %(case_id)s
"""

_CASE_ALERTS = """
select alert_id, typology, alert_date, score, amount_usd, reason
from compliance.aml_case_alerts where case_id = %(case_id)s order by alert_date, alert_id
"""

_CASE_EVENTS = """
select noted_at, action, actor, role, reason
from compliance.aml_case_events where case_id = %(case_id)s order by event_number
"""


async def alerts(session: Session, **values: Any) -> list[dict[str, Any]]:
    """Alerts, newest first, that meet all conditions whose value is not None."""
    return await session.rows(_ALERTS, values)


async def cases(session: Session, **values: Any) -> list[dict[str, Any]]:
    """Cases, the soonest due first, that meet all conditions whose value is not None."""
    return await session.rows(_CASES, values)


async def case(session: Session, case_id: str) -> dict[str, Any] | None:
    """A case with its alerts and events; None if there is none within the caller's rights."""
    values = {"case_id": case_id}
    found = next(iter(await session.rows(_CASE, values)), None)
    if found is None:
        return None
    return {
        **found,
        "alerts": await session.rows(_CASE_ALERTS, values),
        "events": await session.rows(_CASE_EVENTS, values),
    }
