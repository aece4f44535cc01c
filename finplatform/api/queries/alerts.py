"""Alerts of the fraud monitoring system and of the fraud rules, newest first.

Belongs here: reading `bi.fraud_alerts`.
"""

from typing import Any

from finplatform.api.database import Session

_COLUMNS = """
    alert_id, alert_source, transaction_id, account_id, customer_id, transaction_at, raised_at,
    investigated_at, rule_code, score, severity, status, outcome, currency, amount,
    minutes_to_alert, hours_to_decision
"""

_PAGE = f"""
select {_COLUMNS} from bi.fraud_alerts
where (%(status)s::text is null or status = %(status)s)
and (%(severity)s::text is null or severity = %(severity)s)
and (%(customer_id)s::text is null or customer_id = %(customer_id)s)
and (
    %(before_at)s::timestamptz is null
    or (raised_at, alert_id) < (%(before_at)s::timestamptz, %(before_id)s::text)
)
order by raised_at desc, alert_id desc limit %(limit)s
"""

# The key is a hash of the id (see the dbt macro `surrogate_key`), and has an index.
_ONE = f"""
select {_COLUMNS} from bi.fraud_alerts
where alert_key = hashtextextended(%(alert_id)s::text, 0) and alert_id = %(alert_id)s
"""


async def alerts(session: Session, **values: Any) -> list[dict[str, Any]]:
    """Alerts that meet all conditions whose value is not None.

    Args:
        session: Connection with the caller's rights.
        values: `status`, `severity`, `customer_id`; `before_at` and `before_id`, the row to go on
            after; `limit`.
    """
    return await session.rows(_PAGE, values)


async def alert(session: Session, alert_id: str) -> dict[str, Any] | None:
    """One alert; None if there is none within the caller's rights."""
    return next(iter(await session.rows(_ONE, {"alert_id": alert_id})), None)
