"""Section `alerts`: alerts of the fraud monitoring system, as they come.

Belongs here: the section. Does not belong here: scoring transactions (see `finplatform.ml.fraud`).
"""

from datetime import datetime

from finplatform.api.database import Session
from finplatform.api.live.reading import Moment, Reading, Values

_TABLE = "bronze.fraud_alerts"

_COUNTS = """
select
    count(*) as total,
    count(*) filter (where status = 'OPEN') as open,
    count(*) filter (where status = 'IN_REVIEW') as in_review,
    count(*) filter (where raised_at > now() - interval '24 hours') as last_day,
    count(*) filter (where outcome = 'CONFIRMED_FRAUD') as confirmed
from bronze.fraud_alerts
"""

_LATEST = """
select
    alert_id as id, rule_code as rule, score::integer as score, severity, raised_at, status,
    nullif(amount, 'NaN')::float8 as amount, currency
from bronze.fraud_alerts where isfinite(raised_at)
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
        open: Those that nobody has looked at.
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
    relations = (_TABLE,)

    async def read(self, session: Session, moment: Moment) -> Reading:
        """Counts them, and reads the newest."""
        if _TABLE not in moment.relations:
            return Reading.missing("there is no table of fraud alerts yet")
        counts = await session.row(_COUNTS)
        latest = [Alert(**row) for row in await session.rows(_LATEST)]
        return Reading.of(_TABLE, AlertValues(**counts, latest=latest))
