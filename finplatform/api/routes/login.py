"""`/api/v1/token` and its like: logging in, going on and logging out, for programs.

Tokens as OAuth 2 has them (RFC 6749): by name and password, by client id and secret, and by refresh
token. Belongs here: the endpoints. Browsers log in on a page (`login_page`).
"""

import base64
import binascii
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from finplatform.api.audit import note_name
from finplatform.api.login.credentials import COOKIE, address_of
from finplatform.api.login.identity import Caller
from finplatform.api.login.service import Grant, Login
from finplatform.api.problems import described, problem
from finplatform.api.state import FromApp
from finplatform.security.passwords import LONGEST

public_router = APIRouter(prefix="/api/v1", tags=["login"])
router = APIRouter(prefix="/api/v1", tags=["login"])

_LONGEST_NAME = 64
_LONGEST_TOKEN = 200


class TokenRequest(BaseModel):
    """A request for tokens, with the fields that its kind of grant has."""

    model_config = ConfigDict(str_max_length=2_000)

    grant_type: Literal["password", "client_credentials", "refresh_token"]
    username: str | None = Field(default=None, max_length=_LONGEST_NAME)
    password: str | None = Field(default=None, max_length=LONGEST)
    client_id: str | None = Field(default=None, max_length=_LONGEST_NAME)
    client_secret: str | None = Field(default=None, max_length=LONGEST)
    refresh_token: str | None = Field(default=None, max_length=_LONGEST_TOKEN)
    scope: str | None = Field(default=None, max_length=_LONGEST_TOKEN)


class Tokens(BaseModel):
    """Tokens of a session; a service has no refresh token, and logs in again."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - a kind of token
    expires_in: int
    refresh_token: str | None


class Me(BaseModel):
    """Who calls, and as what."""

    name: str
    role: str
    kind: str


@public_router.post("/token", response_model=Tokens, responses=described(400, 429))
async def token(
    shared: FromApp, request: Request, form: Annotated[TokenRequest, Form()]
) -> Response:
    """Tokens for name and password, for client id and secret, or for a refresh token."""
    note_name(request, form.username or _client(request, form)[0] or form.grant_type)
    grant = await _grant(shared.login, request, form)
    if grant is None:
        return problem(
            HTTPStatus.BAD_REQUEST,
            "These credentials are not valid.",
            headers={"Cache-Control": "no-store"},
            error="invalid_grant",
        )
    answer = Tokens(
        access_token=grant.access_token,
        expires_in=grant.expires_in,
        refresh_token=grant.refresh_token,
    )
    return JSONResponse(answer.model_dump(), headers={"Cache-Control": "no-store"})


@router.get("/me")
async def me(caller: Caller) -> Me:
    """Who calls."""
    return Me(name=caller.name, role=caller.role, kind=caller.kind)


@router.post("/logout", status_code=HTTPStatus.NO_CONTENT, response_class=Response)
async def log_out(shared: FromApp, caller: Caller) -> Response:
    """Ends the session: its tokens and its cookie are refused from now on."""
    await shared.login.end(caller)
    response = Response(status_code=HTTPStatus.NO_CONTENT)
    response.delete_cookie(COOKIE)
    return response


async def _grant(login: Login, request: Request, form: TokenRequest) -> Grant | None:
    address = address_of(request)
    match form.grant_type:
        case "password":
            return await login.by_password(form.username or "", form.password or "", address)
        case "client_credentials":
            client_id, secret = _client(request, form)
            return await login.by_client(client_id, secret, address)
        case "refresh_token":
            return await login.by_refresh_token(form.refresh_token or "")


def _client(request: Request, form: TokenRequest) -> tuple[str, str]:
    """Client id and secret, of the header (RFC 6749, 2.3.1) or of the form."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.client_id or "", form.client_secret or ""
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return client_id, secret
