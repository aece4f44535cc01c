"""`/api/v1/laundering`: alerts of money laundering, and the cases that people make of them.

Only roles of compliance come here: whom an alert is about, and who serves them, learn nothing of
it. Belongs here: the resources. Does not belong here: which step of a case is allowed
(`finplatform.compliance.aml.cases`).
"""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from finplatform.api.login.identity import Caller
from finplatform.api.paging import After, Limit, Page, page_of, read_cursor
from finplatform.api.problems import ConflictError, described
from finplatform.api.queries import laundering as queries
from finplatform.api.routes.values import Day, PathId, QueryCode, QueryId
from finplatform.api.state import FromApp
from finplatform.compliance.aml.cases import (
    LEAST_REASON,
    MOST_REASON,
    Action,
    CaseRefusedError,
    Decision,
    Person,
    Step,
)
from finplatform.errors import NothingFoundError
from finplatform.warehouse.database import Warehouse

router = APIRouter(prefix="/api/v1/laundering", tags=["laundering"])


class LaunderingAlert(BaseModel):
    """An alert on one customer, typology and month; `score` is from 0 to 100."""

    alert_id: str
    customer_id: str
    typology: str
    alert_date: date
    score: int
    signal_count: int
    reason: str
    amount_usd: Decimal
    transaction_count: int
    party_count: int


class Case(BaseModel):
    """A case; `due_date` is the day by which a report is filed."""

    case_id: str
    customer_id: str
    status: str
    queue: str
    assigned_to: str | None
    detected_date: date
    due_date: date
    snoozed_until: date | None
    opened_at: datetime


class CaseAlert(BaseModel):
    """An alert of a case, as it was when it came to it."""

    alert_id: str
    typology: str
    alert_date: date
    score: int
    amount_usd: Decimal
    reason: str


class CaseEvent(BaseModel):
    """An action on a case."""

    noted_at: datetime
    action: str
    actor: str
    role: str
    reason: str


class WholeCase(Case):
    """A case with its alerts and what was done with it."""

    alerts: list[CaseAlert]
    events: list[CaseEvent]


class CaseStep(BaseModel):
    """What is done with a case; a second officer decides what the first proposed."""

    model_config = ConfigDict(extra="forbid")

    action: Action
    reason: str = Field(min_length=LEAST_REASON, max_length=MOST_REASON)
    to: str | None = Field(default=None, max_length=32)
    until: Day | None = None
    decision: Decision | None = None
    has_suspect: bool | None = None


class CaseAfter(BaseModel):
    """A case after a step."""

    case_id: str
    status: str
    queue: str
    due_date: date
    report_id: str | None


class _AlertKey(BaseModel):
    before_date: date
    before_id: str


@router.get("/alerts", responses=described(404))
async def list_laundering_alerts(
    shared: FromApp,
    caller: Caller,
    customer_id: QueryId = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[LaunderingAlert]:
    """Alerts, newest first."""
    key = read_cursor(after, _AlertKey)
    async with shared.pool.session(caller) as session:
        rows = await queries.alerts(
            session,
            customer_id=customer_id,
            before_date=key and key.before_date,
            before_id=key and key.before_id,
            limit=limit + 1,
        )
    return page_of(
        rows,
        limit,
        LaunderingAlert,
        lambda row: _AlertKey(before_date=row.alert_date, before_id=row.alert_id),
    )


@router.get("/cases", responses=described(404))
async def list_cases(
    shared: FromApp,
    caller: Caller,
    queue: QueryId = None,
    status: QueryCode = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[Case]:
    """Cases, the soonest due first."""
    key = read_cursor(after, _AlertKey)
    async with shared.pool.session(caller) as session:
        rows = await queries.cases(
            session,
            queue=queue,
            status=status,
            before_date=key and key.before_date,
            before_id=key and key.before_id,
            limit=limit + 1,
        )
    return page_of(
        rows, limit, Case, lambda row: _AlertKey(before_date=row.due_date, before_id=row.case_id)
    )


@router.get("/cases/{case_id}", responses=described(404))
async def get_case(shared: FromApp, caller: Caller, case_id: PathId) -> WholeCase:
    """One case, with its alerts and what was done with it."""
    async with shared.pool.session(caller) as session:
        row = await queries.case(session, case_id)
    if row is None:
        raise NothingFoundError("There is no such case.")
    return WholeCase(**row)


@router.post("/cases/{case_id}/steps", responses=described(404, 409))
async def take_step(
    shared: FromApp, caller: Caller, case_id: PathId, wanted: CaseStep
) -> CaseAfter:
    """Takes a step of a case, or refuses it and changes nothing."""
    await get_case(shared, caller, case_id)
    step = Step(
        action=wanted.action,
        by=Person(caller.name, caller.role),
        reason=wanted.reason,
        day=datetime.now(UTC).date(),
        to=wanted.to,
        until=wanted.until,
        decision=wanted.decision,
        has_suspect=wanted.has_suspect,
    )
    warehouse = await shared.pool.owners_warehouse()
    try:
        return await asyncio.to_thread(_taken, warehouse, case_id, step, shared.bank)
    except CaseRefusedError as error:
        raise ConflictError(error.message, error.hint) from None


def _taken(warehouse: Warehouse, case_id: str, step: Step, bank: str) -> CaseAfter:
    from finplatform.warehouse import laundering_cases, laundering_reports

    report = None
    with warehouse.connect() as connection:
        case = laundering_cases.take(connection, case_id, step)
        if step.action is Action.DECIDE and case.proposal is Decision.REPORT:
            report = laundering_reports.draft_report(
                connection, case_id, bank, step.by.name, step.day
            )
    return CaseAfter(
        case_id=case_id,
        status=case.status,
        queue=case.queue,
        due_date=case.due_date,
        report_id=report,
    )
