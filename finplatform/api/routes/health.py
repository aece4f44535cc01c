"""`/api/health`: whether the API answers, and whether it reaches the database.

Belongs here: that one question. What runs, what is stored and what failed is on the live page and
in `finplatform status`.
"""

from http import HTTPStatus
from typing import Literal

import psycopg
from fastapi import APIRouter, Response
from pydantic import BaseModel

from finplatform.api.database import DatabaseUnavailableError
from finplatform.api.state import FromApp

router = APIRouter(prefix="/api", tags=["system"])


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


@router.get("/health", responses={503: {"model": Health, "description": "No database."}})
async def health(shared: FromApp, response: Response) -> Health:
    """Says whether the database answers; 503 if it does not."""
    try:
        async with shared.reader.session("health") as session:
            await session.row("select 1 as one")
    except (DatabaseUnavailableError, psycopg.Error) as error:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        is_explained = isinstance(error, DatabaseUnavailableError)
        detail = str(error) if is_explained else "The database does not answer."
        return Health(status="degraded", database="unavailable", detail=detail)
    return Health(status="ok", database="ok")
