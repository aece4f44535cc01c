"""`create_ui`: the application at the UI's port, in front of the two webservers.

Belongs here: who gets in, to which webserver, and what of it is recorded. Does not belong here:
single rules (see `guard`), passing on (see `forward`), and running it (see `server`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from finplatform.api.login.identity import Identity
from finplatform.api.problems import problem
from finplatform.api.templating import page
from finplatform.api.ui import guard
from finplatform.api.ui.forward import PROTOCOL, Forwarder
from finplatform.security.audit.events import Event, Outcome
from finplatform.security.rights import UiRight, load_rights
from finplatform.warehouse.audit_writer import AuditUnavailableError

Identify = Callable[[HTTPConnection], Awaitable[Identity | None]]
"""Identifies the caller of a request; None without valid credentials."""

Record = Callable[[Event], Awaitable[Any]]
"""Records an event, on disk when it returns; raises if it cannot."""

LOGIN_PATH = "/login"

_DOWNLOADS = ("/logs/", "/download_debug/", "/notebook")
"""Paths under which a webserver gives out files."""

_SHOWN_VARIABLES = 1_500
_POLICY_VIOLATION = 1008


@dataclass(frozen=True)
class Doors:
    """What the application needs of others.

    Attributes:
        identify: Identifies the caller of a request.
        record: Records an event.
        full: The webserver of those who may do everything.
        read: The read-only webserver.
    """

    identify: Identify
    record: Record
    full: Forwarder
    read: Forwarder


Parts = Callable[[], AbstractAsyncContextManager[None]]
"""What lives as long as the application."""


def create_ui(
    doors: Doors,
    *,
    hosts: Sequence[str],
    logins: Sequence[APIRouter] = (),
    files: Sequence[Mount] = (),
    parts: Parts = nullcontext,
) -> FastAPI:
    """The application.

    Args:
        doors: What it needs of others.
        hosts: Names under which it is reached; a page of another site cannot reach it under its
            own.
        logins: Routes of the login; they come first.
        files: Files of its pages.
        parts: Opened at the start, closed at the end.
    """
    ui = _Ui(doors)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with parts():
            yield
        await doors.full.close()
        await doors.read.close()

    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts)),
            Middleware(_NoFrames),
        ],
        exception_handlers={guard.RefusedError: _refused},
        lifespan=lifespan,
    )
    for router in logins:
        app.include_router(router)
    app.router.routes += [
        *files,
        Route("/graphql", ui.graphql_page, methods=["GET"]),
        Route("/graphql", ui.graphql, methods=["POST"]),
        WebSocketRoute("/graphql", ui.subscribe),
        Route("/report_asset_{kind}/{asset:path}", ui.report, methods=["POST"]),
        Route("/{path:path}", ui.page, methods=["GET"]),
    ]
    return app


class _Ui:
    """Handlers of the routes.

    Args:
        doors: What they need of others.
    """

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def page(self, request: Request) -> Response:
        """A page, a file of it, or a download."""
        caller, right = await self._entered(request)
        if caller is None:
            return _to_login(request)
        if request.url.path.startswith(_DOWNLOADS):
            await self._record(request, caller, "ui download", request.url.path)
        return await self._server(right).pass_on(request)

    async def graphql_page(self, request: Request) -> Response:
        """The page on which queries are written; a query in the address is refused to all."""
        if request.url.query:
            raise guard.RefusedError(
                HTTPStatus.METHOD_NOT_ALLOWED, "GraphQL is taken by POST, as JSON."
            )
        return await self.page(request)

    async def graphql(self, request: Request) -> Response:
        """A query, or a mutation of those who may."""
        caller, right = await self._entered_to_act(request)
        operation = guard.read_request(await _body(request))
        if operation.mutations:
            await self._allow(
                request, caller, right, ", ".join(operation.mutations), operation.members
            )
        return await self._server(right).pass_on(request, operation.body)

    async def report(self, request: Request) -> Response:
        """A materialization, observation or check of an asset that was made elsewhere."""
        caller, right = await self._entered_to_act(request)
        body = await _body(request)
        await self._allow(request, caller, right, request.url.path.split("/")[1], {})
        return await self._server(right).pass_on(request, body)

    async def subscribe(self, socket: WebSocket) -> None:
        """Events of runs as they happen."""
        try:
            guard.check_origin(socket.headers, _page_scheme(socket))
            caller, right = await self._entered(socket)
        except guard.RefusedError as refused:
            await socket.close(_POLICY_VIOLATION, refused.detail)
            return
        if caller is None or PROTOCOL not in socket.scope["subprotocols"]:
            await socket.close(_POLICY_VIOLATION, "Log in first.")
            return
        is_recorded = await self._recorded(socket, caller, "ui subscription", "/graphql")
        if not is_recorded:
            await socket.close(1013, "The access could not be recorded.")
            return

        async def is_still_allowed() -> bool:
            return await self._doors.identify(socket) == caller

        await self._server(right).pass_messages(socket, is_still_allowed)

    async def _entered(self, connection: HTTPConnection) -> tuple[Identity | None, UiRight]:
        """Who makes a request, and what that role may do.

        Raises:
            RefusedError: If it may not even look.
        """
        caller = await self._doors.identify(connection)
        if caller is None:
            return None, UiRight.NONE
        right = load_rights().roles[caller.role].ui
        if right is UiRight.NONE:
            await self._record(connection, caller, "ui", connection.url.path, Outcome.DENIED)
            raise guard.RefusedError(
                HTTPStatus.FORBIDDEN, f"The role {caller.role} has no access to the Dagster UI."
            )
        return caller, right

    async def _entered_to_act(self, request: Request) -> tuple[Identity, UiRight]:
        """Likewise of a request with a body."""
        guard.check_origin(request.headers, request.url.scheme)
        guard.check_media_type(request.headers.get("content-type"))
        caller, right = await self._entered(request)
        if caller is None:
            raise guard.RefusedError(HTTPStatus.UNAUTHORIZED, "Log in first.")
        return caller, right

    async def _allow(
        self,
        request: Request,
        caller: Identity,
        right: UiRight,
        what: str,
        members: Mapping[str, Any],
    ) -> None:
        """Records a mutation before it is passed on, or its refusal.

        Raises:
            RefusedError: If the caller may only look.
        """
        is_allowed = right is UiRight.FULL
        outcome = Outcome.OK if is_allowed else Outcome.DENIED
        variables = str(members.get("variables") or "")[:_SHOWN_VARIABLES]
        await self._record(request, caller, "ui mutation", what, outcome, variables=variables)
        if not is_allowed:
            raise guard.RefusedError(
                HTTPStatus.FORBIDDEN, f"The role {caller.role} only looks at the Dagster UI."
            )

    async def _record(
        self,
        connection: HTTPConnection,
        caller: Identity,
        action: str,
        on: str,
        outcome: Outcome = Outcome.OK,
        **detail: str,
    ) -> None:
        """Records a request.

        Raises:
            RefusedError: If it cannot be recorded.
        """
        if not await self._recorded(connection, caller, action, on, outcome, **detail):
            raise guard.RefusedError(
                HTTPStatus.SERVICE_UNAVAILABLE, "The access could not be recorded."
            )

    async def _recorded(
        self,
        connection: HTTPConnection,
        caller: Identity,
        action: str,
        on: str,
        outcome: Outcome = Outcome.OK,
        **detail: str,
    ) -> bool:
        sender = connection.client.host if connection.client else ""
        event = Event(caller.name, caller.role, action, on, outcome, {"from": sender, **detail})
        try:
            await self._doors.record(event)
        except AuditUnavailableError:
            return False
        return True

    def _server(self, right: UiRight) -> Forwarder:
        return self._doors.full if right is UiRight.FULL else self._doors.read


class _NoFrames:
    """ASGI middleware: no page of another site embeds the UI in a frame.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, and adds to its answer."""

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-frame-options", b"DENY")]
            await send(message)

        await self._app(scope, receive, send_with_header)


def _page_scheme(socket: WebSocket) -> str:
    """Scheme of the page that opens a websocket."""
    return "https" if socket.url.scheme == "wss" else "http"


def _to_login(request: Request) -> Response:
    if "text/html" not in request.headers.get("accept", ""):
        return problem(HTTPStatus.UNAUTHORIZED, "Log in first.")
    there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"{LOGIN_PATH}?next={quote(there, safe='')}", HTTPStatus.SEE_OTHER)


async def _body(request: Request) -> bytes:
    """The body of a request.

    Raises:
        RefusedError: If it is too large.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > guard.MOST_BYTES:
            raise guard.RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is too large."
            )
    return bytes(body)


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, guard.RefusedError):
        raise error
    if "text/html" in request.headers.get("accept", ""):
        values = {"title": "Dagster UI", "bank": "finplatform", "message": error.detail}
        return page("log_out.html.j2", status=error.status, **values)
    return problem(error.status, error.detail)
