"""Errors of the API as `application/problem+json` (RFC 9457).

Belongs here: converting exceptions into responses. A user error has a hint; a defect discloses no
details, and its traceback goes to the log.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from finplatform.api.database import BusyError, DatabaseUnavailableError
from finplatform.errors import FinplatformError, NothingFoundError
from finplatform.security.throttle import TooManyAttemptsError

_LOG = logging.getLogger(__name__)

_MEDIA_TYPE = "application/problem+json"


class Place(BaseModel):
    """A value that is not valid.

    Attributes:
        where: Its place in the request.
        message: What is wrong with it.
    """

    where: str
    message: str


class Problem(BaseModel):
    """What went wrong with a request.

    Attributes:
        type: Kind of problem; `about:blank` where the status is sufficient.
        title: The status in words.
        status: HTTP status.
        detail: What is wrong with this request.
        hint: What to do about it.
        errors: Values that are not valid.
    """

    type: str
    title: str
    status: int
    detail: str | None = None
    hint: str | None = None
    errors: list[Place] | None = None


class ProblemResponse(JSONResponse):
    """An answer that describes a problem."""

    media_type = _MEDIA_TYPE


class ConflictError(FinplatformError):
    """The request does not fit what was done before."""


class DependencyError(FinplatformError):
    """Something that the answer needs does not answer."""


class InvalidValueError(FinplatformError):
    """A value of the request is not valid.

    Args:
        where: Its place, such as `query.after`.
        message: What is wrong with it.
    """

    def __init__(self, where: str, message: str) -> None:
        super().__init__(message)
        self.where = where


def problem(
    status: int,
    detail: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> ProblemResponse:
    """The answer to a request that failed.

    Args:
        status: HTTP status, whose phrase is the title.
        detail: What is wrong with this request.
        headers: Of the answer.
        more: Further members of the document.
    """
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail and detail != body["title"]:
        body["detail"] = detail
    return ProblemResponse({**body, **more}, status, headers)


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Descriptions of answers that are problems, for a route's `responses`."""
    content = {_MEDIA_TYPE: {"schema": _schema()}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in statuses
    }


def _schema() -> dict[str, Any]:
    """Self-contained schema of a problem."""
    schema = Problem.model_json_schema()
    place = schema.pop("$defs")["Place"]
    schema["properties"]["errors"]["anyOf"][0]["items"] = place
    return schema


def add_handlers(app: FastAPI) -> None:
    """Makes an application answer every error so."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(FinplatformError, _mendable)
    app.add_exception_handler(psycopg.Error, _refused)
    app.add_exception_handler(Exception, _defect)


async def _http(_: Request, error: Exception) -> ProblemResponse:
    if not isinstance(error, HTTPException):
        raise error
    return problem(error.status_code, error.detail, headers=error.headers)


async def _invalid(_: Request, error: Exception) -> ProblemResponse:
    """What was wrong with the request's values, without quoting them."""
    if not isinstance(error, RequestValidationError):
        raise error
    errors = [
        {"where": ".".join(map(str, found["loc"])), "message": found["msg"]}
        for found in error.errors()
    ]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "A value is not valid.", errors=errors)


async def _mendable(_: Request, error: Exception) -> ProblemResponse:
    match error:
        case TooManyAttemptsError():
            wait = {"Retry-After": str(error.seconds)}
            return problem(
                HTTPStatus.TOO_MANY_REQUESTS, error.message, headers=wait, hint=error.hint
            )
        case BusyError():
            wait = {"Retry-After": str(error.seconds)}
            return problem(
                HTTPStatus.SERVICE_UNAVAILABLE, error.message, headers=wait, hint=error.hint
            )
        case InvalidValueError():
            errors = [{"where": error.where, "message": error.message}]
            return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "A value is not valid.", errors=errors)
        case FinplatformError():
            return problem(_status(error), error.message, hint=error.hint)
    raise error


def _status(error: FinplatformError) -> HTTPStatus:
    match error:
        case DatabaseUnavailableError() | DependencyError():
            return HTTPStatus.SERVICE_UNAVAILABLE
        case NothingFoundError():
            return HTTPStatus.NOT_FOUND
        case ConflictError():
            return HTTPStatus.CONFLICT
    return HTTPStatus.BAD_REQUEST


async def _refused(request: Request, error: Exception) -> ProblemResponse:
    """Problem for a database error, without its message, which may quote rows."""
    match error:
        case psycopg.errors.InsufficientPrivilege():
            return problem(HTTPStatus.FORBIDDEN, "The database refuses this to the role.")
        case (
            psycopg.errors.UndefinedTable()
            | psycopg.errors.UndefinedFunction()
            | psycopg.errors.InvalidSchemaName()
        ):
            return problem(
                HTTPStatus.NOT_FOUND, "This has not been built yet.", hint="Run `finplatform demo`."
            )
        case psycopg.errors.QueryCanceled():
            return problem(
                HTTPStatus.SERVICE_UNAVAILABLE, "This took too long.", hint="Request less data."
            )
        case psycopg.DataError():
            return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "A value is not valid.")
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, "The database does not answer.")
    return await _defect(request, error)


async def _defect(request: Request, error: Exception) -> ProblemResponse:
    _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR)
