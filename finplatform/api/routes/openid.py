"""`/login/openid`: logging in at the outside provider that the settings name.

Belongs here: sending the browser there, and what becomes of it when it comes back.
"""

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from finplatform.api.routes.login_page import Next, own_page, set_cookie
from finplatform.api.state import FromApp, Shared
from finplatform.api.templating import page

if TYPE_CHECKING:
    from finplatform.api.login.openid import OpenId

router = APIRouter(include_in_schema=False)

_PATH = "/login/openid"
_BACK = "/login/openid/callback"
_COOKIE = "finplatform_openid"
_COOKIE_SECONDS = 600


@router.get(_PATH)
async def begin(shared: FromApp, request: Request, next_page: Next = "/") -> Response:
    """Sends the browser to the provider."""
    requested = await _provider(shared).authorization_request(
        _redirect_uri(request), own_page(next_page)
    )
    response = RedirectResponse(requested.url, HTTPStatus.SEE_OTHER)
    # The provider's page sends the browser back, which a strict cookie would not survive.
    response.set_cookie(
        _COOKIE,
        requested.state_token,
        max_age=_COOKIE_SECONDS,
        path=_PATH,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


@router.get(_BACK)
async def come_back(
    shared: FromApp,
    request: Request,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4_000)] = "",
) -> Response:
    """Opens a session for whom the provider names, if they were added here."""
    kept = request.cookies.get(_COOKIE, "")
    name, next_page = await _provider(shared).authenticated(
        _redirect_uri(request), kept, state, code
    )
    if not await shared.login.known(name):
        raise HTTPException(HTTPStatus.FORBIDDEN, "You have not been added here.")
    # A page of this site goes on, so that the strict cookie is sent along.
    response = page("logged_in.html.j2", bank=shared.bank, next_page=own_page(next_page))
    set_cookie(response, request, shared, await shared.login.cookie_of(name))
    response.delete_cookie(_COOKIE, path=_PATH)
    return response


def _provider(shared: Shared) -> "OpenId":
    """The provider.

    Raises:
        HTTPException: If the settings name none.
    """
    if shared.openid is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return shared.openid


def _redirect_uri(request: Request) -> str:
    return str(request.base_url).rstrip("/") + _BACK
