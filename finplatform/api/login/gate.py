"""The gate: every request is checked against the endpoint's row in `rights.yaml`.

A router is included with `GUARDED` or with `PUBLIC`. The first admits the roles of the row of the
route's method and path; the second needs no login, and is refused unless the endpoint is declared
public. A route without a row is always refused. Belongs here: these two dependencies. Does not
belong here: rights on tables, which the database checks.
"""

from http import HTTPStatus
from typing import Annotated

import psycopg
from fastapi import Depends, HTTPException, Request, Security
from fastapi.security import APIKeyCookie, HTTPBasic, OAuth2PasswordBearer
from starlette.requests import HTTPConnection

from finplatform.api.audit import note_let_in
from finplatform.api.database import DatabaseUnavailableError
from finplatform.api.login import store
from finplatform.api.login.credentials import COOKIE, is_from_another_site
from finplatform.api.login.identity import Identity, note_caller
from finplatform.api.state import FromApp
from finplatform.security.rights import load_rights

TOKEN_PATH = "/api/v1/token"  # noqa: S105 - a path
LOGIN_PATH = "/login"

NO_USERS = "There are no users yet: run `finplatform users add NAME --role admin`."
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="finplatform"'}
_READING = ("GET", "HEAD", "OPTIONS")

RESPONSES = {
    401: {"description": "No valid login."},
    403: {"description": "The role may not do this."},
    429: {"description": "Too many wrong logins."},
}


class _Basic(HTTPBasic):
    """Name and password in the description; the header is read by `Credentials`."""

    async def __call__(self, request: HTTPConnection) -> None:
        """Finds nothing."""


class LoginNeededError(HTTPException):
    """A page that is shown after a login alone."""

    def __init__(self, detail: str | None) -> None:
        super().__init__(HTTPStatus.UNAUTHORIZED, detail, _CHALLENGE)


async def permitted(
    request: Request,
    shared: FromApp,
    _token: Annotated[
        str | None,
        Security(OAuth2PasswordBearer(TOKEN_PATH, scheme_name="token", auto_error=False)),
    ],
    _password: Annotated[None, Security(_Basic(scheme_name="password", auto_error=False))],
    _cookie: Annotated[
        str | None, Security(APIKeyCookie(name=COOKIE, scheme_name="cookie", auto_error=False))
    ],
) -> Identity:
    """Lets a request in whose caller the endpoint's row names.

    Raises:
        LoginNeededError: Without valid credentials.
        HTTPException: If the caller's role may not, or the request is cross-site.
    """
    caller = await shared.login.credentials.identify(request)
    if caller is None:
        raise LoginNeededError(await _hint(shared))
    note_caller(request, caller)
    is_by_browser = "authorization" not in request.headers
    if is_by_browser and request.method not in _READING and is_from_another_site(request):
        raise HTTPException(HTTPStatus.FORBIDDEN, "Cross-site requests are refused.")
    if not load_rights().may_reach(caller.role, endpoint_of(request)):
        raise HTTPException(HTTPStatus.FORBIDDEN, f"The role {caller.role} may not do this.")
    note_let_in(request)
    return caller


def public(request: Request) -> None:
    """Lets every request in to an endpoint that is declared public.

    Raises:
        HTTPException: If it is not.
    """
    if endpoint_of(request) not in load_rights().public_endpoints:
        raise HTTPException(HTTPStatus.FORBIDDEN, "This endpoint is not declared.")


GUARDED = Depends(permitted)
PUBLIC = Depends(public)


def endpoint_of(request: Request) -> str:
    """The row of a request's endpoint: method and path with its parameters' names."""
    return f"{request.method} {request.scope['route'].path}"


async def _hint(shared: FromApp) -> str | None:
    """Hint for a platform without users."""
    try:
        async with shared.pool.logins() as session:
            return None if await store.has_users(session) else NO_USERS
    except (DatabaseUnavailableError, psycopg.Error):
        return None
