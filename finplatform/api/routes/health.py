"""Liveness, readiness and metrics of the API.

`/livez` and `/readyz` are for supervisors and load balancers, `/api/health` is for people,
`/metrics` for Prometheus. Does not belong here: the state of runs and data, which the live page and
`finplatform status` show.
"""

from http import HTTPStatus
from typing import Any, Literal

import psycopg
from fastapi import APIRouter, Response
from pydantic import BaseModel

from finplatform.api.database import DatabaseUnavailableError
from finplatform.api.metrics import CONTENT_TYPE
from finplatform.api.state import FromApp, Shared

router = APIRouter(tags=["system"])
measured = APIRouter(tags=["system"])


class Life(BaseModel):
    """That the API lives.

    Attributes:
        status: Always `ok`.
    """

    status: Literal["ok"] = "ok"


class Health(BaseModel):
    """State of the API.

    Attributes:
        status: `ok`, or `degraded` without a database.
        database: State of the database.
        detail: What is wrong with it.
    """

    status: Literal["ok", "degraded"]
    database: Literal["ok", "unavailable"]
    detail: str | None = None


_DEGRADED: dict[int | str, dict[str, Any]] = {503: {"model": Health, "description": "No database."}}


@router.get("/livez")
async def live() -> Life:
    """Liveness: answers while the process runs."""
    return Life()


@router.get("/readyz", responses=_DEGRADED)
async def ready(shared: FromApp, response: Response) -> Health:
    """Readiness: 503 if the database does not answer."""
    return await _health(shared, response)


@router.get("/api/health", responses=_DEGRADED)
async def health(shared: FromApp, response: Response) -> Health:
    """State of the database; 503 if it does not answer."""
    return await _health(shared, response)


@measured.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(shared: FromApp) -> Response:
    """Requests, database, runs, incidents and loads, as Prometheus reads them."""
    own = shared.metrics.text(shared.pool.stats())
    return Response(own + await shared.platform.text(), media_type=CONTENT_TYPE)


async def _health(shared: Shared, response: Response) -> Health:
    try:
        async with shared.reader.session("health") as session:
            await session.row("select 1 as one")
    except (DatabaseUnavailableError, psycopg.Error) as error:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        is_explained = isinstance(error, DatabaseUnavailableError)
        detail = str(error) if is_explained else "The database does not answer."
        return Health(status="degraded", database="unavailable", detail=detail)
    return Health(status="ok", database="ok")
