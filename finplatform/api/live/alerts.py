"""Section `alerts`: alerts of the fraud monitoring system and of the stream, as they come.

Belongs here: the section. Does not belong here: scoring transactions (see `finplatform.ml.fraud`).
"""

from datetime import datetime

from finplatform.api.database import Session
from finplatform.api.live.reading import Moment, Reading, Values

_MONITORING, _STREAM = "bronze.fraud_alerts", "bronze.stream_fraud_alerts"

_ALERTS = {
    _MONITORING: """
        select
            alert_id, rule_code, score, severity, raised_at, status, outcome, amount, currency
        from bronze.fraud_alerts
    """,
    _STREAM: """
        select
            alert_id, rule_code, score, severity, raised_at,
            case when severity = 'LOW' then 'NOTED' else 'OPEN' end as status, null as outcome,
            amount, currency
        from bronze.stream_fraud_alerts
    """,
}
"""Alerts of both origins; those of the stream are decided in the monitoring system."""

_COUNTS = """
select
    count(*) as total,
    count(*) filter (where status = 'OPEN') as open,
    count(*) filter (where status = 'IN_REVIEW') as in_review,
    count(*) filter (where raised_at > now() - interval '24 hours') as last_day,
    count(*) filter (where outcome = 'CONFIRMED_FRAUD') as confirmed
from ({alerts}) as alerts
"""

_LATEST = """
select
    alert_id as id, rule_code as rule, score::integer as score, severity, raised_at, status,
    nullif(amount, 'NaN')::float8 as amount, currency
from ({alerts}) as alerts where isfinite(raised_at)
order by raised_at desc, alert_id desc limit 12
"""


class Alert(Values):
    """One alert; `score` is from 0 to 1000."""

    id: str
    rule: str
    score: int
    severity: str
    raised_at: datetime
    status: str
    amount: float | None
    currency: str


class AlertValues(Values):
    """The alerts that are held.

    Attributes:
        total: All of them.
        open: Alerts without a review.
        in_review: Those that are looked at.
        confirmed: Those that were fraud.
        last_day: Those of the last 24 hours by the clock.
        latest: The newest, newest first.
    """

    total: int
    open: int
    in_review: int
    confirmed: int
    last_day: int
    latest: list[Alert]


class Alerts:
    """Watches the alerts."""

    name = "alerts"
    relations = (_MONITORING, _STREAM)

    async def read(self, session: Session, moment: Moment) -> Reading:
        """Counts them, and reads the newest."""
        held = [table for table in self.relations if table in moment.relations]
        if not held:
            return Reading.missing("there is no table of fraud alerts yet")
        alerts = " union all ".join(_ALERTS[table] for table in held)
        counts = await session.row(_COUNTS.format(alerts=alerts))
        rows = await session.rows(_LATEST.format(alerts=alerts))
        latest = [Alert(**row) for row in rows]
        return Reading.of(" and ".join(held), AlertValues(**counts, latest=latest))
