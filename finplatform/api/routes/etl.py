"""`/api/etl`: initialising the database and loading it.

Belongs here: the two endpoints. `run` starts the job `daily` of the graph, as the schedule does,
and by default waits for its end.
"""

import asyncio
import time
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from finplatform.api.dagster import RunFound
from finplatform.api.login.identity import Caller, Identity
from finplatform.api.once import IdempotencyKey, once
from finplatform.api.problems import ConflictError, described
from finplatform.api.queries import loads
from finplatform.api.routes.jobs import Run
from finplatform.api.routes.values import Day
from finplatform.api.state import FromApp, Shared

router = APIRouter(prefix="/api/etl", tags=["etl"])

_JOB = "daily"
_LOOK_EVERY_S = 1.0
_LONGEST_WAIT_S = 900.0
_TABLES = ("customers", "merchants", "payments", "settlements")


class Initialized(BaseModel):
    """That schemas, tables, logins and rights are there."""

    status: Literal["success"] = "success"
    message: str


class RecordsLoaded(BaseModel):
    """Rows that a run loaded from the sources."""

    customers: int
    merchants: int
    payments: int
    settlements: int


class EtlRun(BaseModel):
    """A run of the pipeline: what it loaded once it is over, and how it stands until then."""

    status: Literal["success", "started"]
    message: str
    records_loaded: RecordsLoaded | None
    run: Run


@router.post("/initialize", response_model=Initialized, responses=described(400, 409))
async def initialize(
    shared: FromApp, caller: Caller, request: Request, idempotency_key: IdempotencyKey = None
) -> Response:
    """Makes the operational schema, the platform's schemas, logins and rights where they lack."""

    async def work() -> tuple[HTTPStatus, Initialized]:
        async with shared.preparing:
            await asyncio.to_thread(shared.prepare, shared.settings)
        return HTTPStatus.OK, Initialized(message="Database initialized successfully")

    return await once(shared.pool, request, caller, idempotency_key, work)


@router.post(
    "/run",
    response_model=EtlRun,
    responses={202: {"model": EtlRun, "description": "Started."}, **described(400, 404, 409)},
)
async def run(
    shared: FromApp,
    caller: Caller,
    request: Request,
    wait: Annotated[bool, Query(description="Answer when the run is over.")] = True,
    first: Annotated[
        Day | None, Query(alias="from", description="First day; default: the latest one.")
    ] = None,
    last: Annotated[
        Day | None, Query(alias="to", description="Last day; default: the first.")
    ] = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Loads days from the sources and builds everything that is cut by day from them."""
    if last is not None and (first is None or last < first):
        raise ConflictError("`to` comes with `from`, and is not before it.")

    async def work() -> tuple[HTTPStatus, EtlRun]:
        found = await shared.dagster.start(_JOB, first, last)
        if wait:
            return HTTPStatus.OK, await _ended(shared, caller, found)
        return HTTPStatus.ACCEPTED, _started(found)

    return await once(shared.pool, request, caller, idempotency_key, work)


async def _ended(shared: Shared, caller: Identity, found: RunFound) -> EtlRun:
    """The answer for a run that is waited for.

    Raises:
        ConflictError: If it failed.
    """
    deadline = time.monotonic() + _LONGEST_WAIT_S
    while not found.is_ended:
        if time.monotonic() >= deadline:
            return _started(found)
        await asyncio.sleep(_LOOK_EVERY_S)
        found = await shared.dagster.run(found.run_id)
    if found.status != "SUCCESS":
        raise ConflictError(
            f"Run {found.run_id} ended as {found.status}.",
            f"See `finplatform logs {found.run_id[:8]}`.",
        )
    async with shared.pool.session(caller) as session:
        loaded = await loads.rows_loaded(session, found.run_id)
    return EtlRun(
        status="success",
        message="ETL pipeline completed successfully",
        records_loaded=RecordsLoaded(**{name: loaded.get(name, 0) for name in _TABLES}),
        run=Run.of(found),
    )


def _started(found: RunFound) -> EtlRun:
    return EtlRun(
        status="started",
        message=f"ETL pipeline started; GET /api/v1/runs/{found.run_id} has its status",
        records_loaded=None,
        run=Run.of(found),
    )
