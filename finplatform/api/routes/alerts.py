"""`/api/v1/alerts`: alerts of the fraud monitoring system and of the fraud rules, newest first.

Belongs here: the resource.
"""

from datetime import datetime
from decimal import Decimal

from fastapi import APIRouter
from pydantic import BaseModel

from finplatform.api.login.identity import Caller
from finplatform.api.paging import After, Limit, Page, page_of, read_cursor
from finplatform.api.problems import described
from finplatform.api.queries import alerts as queries
from finplatform.api.routes.values import PathId, QueryCode, QueryId
from finplatform.api.state import FromApp
from finplatform.errors import NothingFoundError

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"])


class Alert(BaseModel):
    """An alert with its latest state; `score` is from 0 to 1000.

    `alert_source` is MONITORING for the bank's monitoring system and RULES for the fraud rules,
    whose alerts of low severity are NOTED: large amounts without a review.
    """

    alert_id: str
    alert_source: str
    transaction_id: str
    account_id: str
    customer_id: str
    transaction_at: datetime
    raised_at: datetime
    investigated_at: datetime | None
    rule_code: str
    score: int
    severity: str
    status: str
    outcome: str | None
    currency: str
    amount: Decimal
    minutes_to_alert: Decimal
    hours_to_decision: Decimal | None


class AlertKey(BaseModel):
    """Where a page of alerts ends."""

    before_at: datetime
    before_id: str


@router.get("", responses=described(404))
async def list_alerts(
    shared: FromApp,
    caller: Caller,
    status: QueryCode = None,
    severity: QueryCode = None,
    customer_id: QueryId = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[Alert]:
    """Alerts, newest first."""
    key = read_cursor(after, AlertKey)
    async with shared.pool.session(caller) as session:
        rows = await queries.alerts(
            session,
            status=status,
            severity=severity,
            customer_id=customer_id,
            before_at=key and key.before_at,
            before_id=key and key.before_id,
            limit=limit + 1,
        )
    return page_of(
        rows,
        limit,
        Alert,
        lambda row: AlertKey(before_at=row.raised_at, before_id=row.alert_id),
    )


@router.get("/{alert_id}", responses=described(404))
async def get_alert(shared: FromApp, caller: Caller, alert_id: PathId) -> Alert:
    """One alert."""
    async with shared.pool.session(caller) as session:
        row = await queries.alert(session, alert_id)
    if row is None:
        raise NothingFoundError("There is no such alert.")
    return Alert(**row)
