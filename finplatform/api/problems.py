"""Errors of the API as `application/problem+json` (RFC 9457).

Belongs here: turning exceptions into answers. An error that the user can mend says what to do; a
defect says no more than that it is one, and its traceback goes to the log.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from finplatform.api.database import DatabaseUnavailableError
from finplatform.errors import FinplatformError

_LOG = logging.getLogger(__name__)


class ProblemResponse(JSONResponse):
    """An answer that describes a problem."""

    media_type = "application/problem+json"


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


def add_handlers(app: FastAPI) -> None:
    """Makes an application answer every error so."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(FinplatformError, _mendable)
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
    if not isinstance(error, FinplatformError):
        raise error
    is_away = isinstance(error, DatabaseUnavailableError)
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_away else HTTPStatus.BAD_REQUEST
    return problem(status, error.message, hint=error.hint)


async def _defect(request: Request, error: Exception) -> ProblemResponse:
    _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR)
