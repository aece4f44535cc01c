"""`/api/v1/periods`: closed months, the capital report of each version, and what lies between two.

Belongs here: the resources. Does not belong here: closing and restating, which two people do by
commands (`finplatform.warehouse.period_closes`).
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from finplatform.api.login.identity import Caller
from finplatform.api.problems import described
from finplatform.api.queries import periods as queries
from finplatform.api.state import FromApp

router = APIRouter(prefix="/api/v1/periods", tags=["periods"])

_MOST_VERSIONS = 1_000

Period = Annotated[str, Path(pattern=r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])$")]
Number = Annotated[int, Query(ge=1, le=_MOST_VERSIONS)]


class PeriodVersion(BaseModel):
    """A version of a month: 1 as first reported, one more for each restatement."""

    period: str
    version: int
    state: str
    reason: str
    prepared_by: str
    prepared_at: datetime
    fingerprint: str
    approved_by: str | None
    approved_at: datetime | None
    audit_event: int | None


class PeriodReport(PeriodVersion):
    """The capital report of a version: rows by table."""

    tables: dict[str, list[dict[str, Any]]]


class RowDifference(BaseModel):
    """A row of facts that differs; `difference` is of the amount that its table adds up."""

    table: str
    row_key: str
    change: str
    measure_before: Decimal | None
    measure_after: Decimal | None
    difference: Decimal


class TableDifference(BaseModel):
    """What changed in a table; `unexplained` is what no row accounts for."""

    table: str
    part: str
    measure: str | None
    before: Decimal | None
    after: Decimal | None
    rows: dict[str, int]
    difference: Decimal
    unexplained: Decimal


class MovedFigure(BaseModel):
    """A reported number that moved."""

    table: str
    row_key: str
    figure: str
    before: Decimal | None
    after: Decimal | None
    difference: Decimal


class ExplainedFigure(BaseModel):
    """A figure that moved because its addends did."""

    figure: str
    before: Decimal
    after: Decimal
    components: dict[str, Decimal]
    difference: Decimal
    unexplained: Decimal


class PeriodRun(BaseModel):
    """A load of a table between two versions."""

    version: int
    table_name: str
    run_id: str | None
    window_start: date | None
    window_end: date | None
    rows_out: int
    loaded_at: datetime


class PeriodEvent(BaseModel):
    """An action on a month."""

    version: int
    action: str
    actor: str
    role: str
    reason: str
    noted_at: datetime


class PeriodDifference(BaseModel):
    """The chain of evidence between two versions."""

    period: str
    versions: list[PeriodVersion]
    rows: list[RowDifference]
    tables: list[TableDifference]
    figures: list[MovedFigure]
    explained: list[ExplainedFigure]
    runs: list[PeriodRun]
    events: list[PeriodEvent]


@router.get("")
async def list_periods(shared: FromApp, caller: Caller) -> list[PeriodVersion]:
    """Every version of every month, those that wait for approval included."""
    from finplatform.warehouse import period_versions

    warehouse = await shared.pool.warehouse_of(caller)
    found = await queries.read(warehouse, period_versions.list_months)
    return [PeriodVersion(**period_versions.described(version)) for version in found]


@router.get("/{period}/report", responses=described(404))
async def get_period_report(
    shared: FromApp, caller: Caller, period: Period, version: Number | None = None
) -> PeriodReport:
    """The capital report of a month as a version has it, by default the latest."""
    from finplatform.compliance.sox.periods import Month
    from finplatform.warehouse import period_versions

    warehouse, month = await shared.pool.warehouse_of(caller), Month.parse(period)
    found = await queries.read(warehouse, lambda c: period_versions.report(c, month, version))
    return PeriodReport(**found)


@router.get("/{period}/difference", responses=described(404))
async def get_period_difference(
    shared: FromApp,
    caller: Caller,
    period: Period,
    first: Annotated[int, Query(alias="from", ge=1, le=_MOST_VERSIONS)] = 1,
    second: Annotated[int, Query(alias="to", ge=1, le=_MOST_VERSIONS)] = 2,
) -> PeriodDifference:
    """What lies between two versions: late rows, what moved, why, by which runs and people."""
    from finplatform.compliance.sox.periods import Month
    from finplatform.warehouse import period_versions

    warehouse, month = await shared.pool.warehouse_of(caller), Month.parse(period)
    found = await queries.read(
        warehouse, lambda c: period_versions.difference(c, month, first, second)
    )
    return PeriodDifference(**found)
