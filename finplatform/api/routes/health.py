"""Whether the API lives, whether it can answer, and what it measures of itself.

`/livez` and `/readyz` are for whoever restarts it or sends it requests, `/api/health` is for
people, `/metrics` for Prometheus. Belongs here: these questions. What runs, what is stored and what
failed is on the live page and in `finplatform status`.
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
    """Says that the process answers."""
    return Life()


@router.get("/readyz", responses=_DEGRADED)
async def ready(shared: FromApp, response: Response) -> Health:
    """Says whether requests can be answered: whether the database answers; 503 if it does not."""
    return await _health(shared, response)


@router.get("/api/health", responses=_DEGRADED)
async def health(shared: FromApp, response: Response) -> Health:
    """Says whether the database answers; 503 if it does not."""
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
