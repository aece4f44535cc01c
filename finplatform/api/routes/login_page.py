"""`/login` and `/logout`: the page on which people log in, and leaving again.

Belongs here: the page, its form, the cookie, and the way to it from a page that needs a login.
"""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from finplatform.api.audit import note_name
from finplatform.api.login import store
from finplatform.api.login.credentials import COOKIE, address_of, is_from_another_site
from finplatform.api.login.gate import LOGIN_PATH, NO_USERS, LoginNeededError
from finplatform.api.problems import problem
from finplatform.api.state import FromApp, Shared
from finplatform.api.templating import page
from finplatform.security.passwords import LONGEST
from finplatform.security.throttle import TooManyAttemptsError

router = APIRouter(include_in_schema=False)

_LONGEST_NAME = 64
_WRONG = "Name and password do not fit."
Next = Annotated[str, Query(alias="next", max_length=2_000)]


@router.get(LOGIN_PATH)
async def login_page(shared: FromApp, next_page: Next = "/") -> Response:
    """The form."""
    async with shared.pool.logins() as session:
        message = "" if await store.has_users(session) else NO_USERS
    return _form(shared, next_page, message)


@router.post(LOGIN_PATH)
async def log_in(
    shared: FromApp,
    request: Request,
    name: Annotated[str, Form(max_length=_LONGEST_NAME)],
    password: Annotated[str, Form(max_length=LONGEST)],
    next_page: Annotated[str, Form(alias="next", max_length=2_000)] = "/",
) -> Response:
    """Opens a session and redirects to the requested page."""
    if is_from_another_site(request):
        raise HTTPException(HTTPStatus.FORBIDDEN, "Cross-site requests are refused.")
    note_name(request, name)
    try:
        cookie = await shared.login.open_cookie(name, password, address_of(request))
    except TooManyAttemptsError as error:
        return _form(shared, next_page, str(error), HTTPStatus.TOO_MANY_REQUESTS)
    if cookie is None:
        return _form(shared, next_page, _WRONG, HTTPStatus.UNAUTHORIZED)
    response = RedirectResponse(own_page(next_page), HTTPStatus.SEE_OTHER)
    set_cookie(response, request, shared, cookie)
    return response


@router.get("/logout")
async def log_out_page(shared: FromApp) -> Response:
    """The button, for pages without one, such as the Dagster UI's."""
    return page("log_out.html.j2", title="Log out", bank=shared.bank, message="End this session?")


@router.post("/logout")
async def log_out(shared: FromApp, request: Request) -> Response:
    """Ends the session of the browser, and shows the form again."""
    if is_from_another_site(request):
        raise HTTPException(HTTPStatus.FORBIDDEN, "Cross-site requests are refused.")
    caller = await shared.login.credentials.by_cookie(request.cookies.get(COOKIE, ""))
    if caller is not None:
        await shared.login.end(caller)
    response = RedirectResponse(LOGIN_PATH, HTTPStatus.SEE_OTHER)
    response.delete_cookie(COOKIE)
    return response


def set_cookie(response: Response, request: Request, shared: Shared, value: str) -> None:
    """Gives a browser the cookie of its session: for this site alone, and for no script."""
    response.set_cookie(
        COOKIE,
        value,
        max_age=int(shared.settings.api_session_hours * 3600),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


async def login_needed(request: Request, error: Exception) -> Response:
    """Shows the form to people, and the problem to programs."""
    if not isinstance(error, LoginNeededError):
        raise error
    is_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if is_page and not request.url.path.startswith("/api/"):
        requested = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{LOGIN_PATH}?next={quote(requested)}", HTTPStatus.SEE_OTHER)
    return problem(error.status_code, error.detail, headers=error.headers)


def _form(shared: Shared, next_page: str, message: str, status: int = HTTPStatus.OK) -> Response:
    response = page(
        "login.html.j2",
        status=status,
        bank=shared.bank,
        message=message,
        next_page=own_page(next_page),
        has_provider=shared.openid is not None,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def own_page(path: str) -> str:
    """A path of this site; the start page for anything else, such as another site's URL."""
    parts = urlsplit(path)
    is_own = path.startswith("/") and path[1:2] not in ("/", "\\") and not parts.netloc
    has_controls = any(ord(character) < ord(" ") for character in path)
    return path if is_own and not has_controls else "/"
