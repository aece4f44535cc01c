"""The audit trail of requests: no answer leaves before its event is committed.

Belongs here: which requests are recorded, and as what. Does not belong here: who the caller is (the
login says so), and storing (see `finplatform.warehouse.audit_writer`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qsl
from uuid import uuid4

import psycopg
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from finplatform.api.database import DatabaseUnavailableError
from finplatform.api.login.identity import Identity
from finplatform.api.problems import problem
from finplatform.security.audit.events import Event, Outcome
from finplatform.settings import Settings
from finplatform.warehouse.audit_log import trail
from finplatform.warehouse.audit_writer import AuditUnavailableError, AuditWriter
from finplatform.warehouse.database import Warehouse, open_warehouse
from finplatform.warehouse.embedded import server_for

UNRECORDED = ("/static/", "/api/health", "/api/v1/health", "/metrics", "/favicon.ico", "/docs")
"""Beginnings of paths that answer with nothing of the bank: files of the pages, and life signs."""

UNRECORDED_PAGES = frozenset({"/", "/live"})
"""Pages without a figure, which are shown when the database is away: what they show later comes by
requests of its own."""

ANONYMOUS = "anonymous"
REQUEST_ID = "X-Request-Id"

_STATE, _NAME = "audit", "login_name"
_CONNECT_SECONDS = 5
_LONGEST_VALUE = 100
_AGENT_CHARACTERS = 200


class Recorder(Protocol):
    """Records the events of an application."""

    async def record(self, event: Event) -> int:
        """Records an event, and returns its number when it is on disk."""

    async def close(self) -> None:
        """Records what waits, and ends."""


def audit_writer(settings: Settings) -> AuditWriter:
    """The writer of an application.

    Args:
        settings: Name the database, which is not started for it.
    """

    async def connect() -> psycopg.AsyncConnection:
        warehouse = await asyncio.to_thread(_located, settings)
        return await psycopg.AsyncConnection.connect(
            warehouse.url, application_name="finplatform audit", connect_timeout=_CONNECT_SECONDS
        )

    return AuditWriter(connect)


def _located(settings: Settings) -> Warehouse:
    """The database, which has a trail.

    Raises:
        DatabaseUnavailableError: If its server is stopped.
    """
    if settings.database_url is None and server_for(settings).status() is None:
        raise DatabaseUnavailableError("The database is stopped.", "Start it: `finplatform up`.")
    warehouse = open_warehouse(settings)
    with trail(warehouse):
        return warehouse


class _Access:
    """The event of a request.

    Of one that is let in it is recorded while the request is handled, so that both waits are one;
    of another, and of what went wrong after all, when the answer is ready.

    Args:
        connection: The request.
        record: Records an event.
    """

    def __init__(
        self, connection: HTTPConnection, record: Callable[[Event], Awaitable[Any]]
    ) -> None:
        self.request_id = uuid4().hex
        self._connection = connection
        self._record = record
        self._let_in: asyncio.Future[Any] | None = None

    def let_in(self) -> None:
        """Begins to record that the request is let in."""
        self._let_in = asyncio.ensure_future(self._record(self._event(None)))
        # The event of an abandoned request is never awaited: retrieve its exception here.
        self._let_in.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def end(self, status: int) -> None:
        """Waits until what happened is recorded.

        Raises:
            AuditUnavailableError: If it is not.
        """
        if self._let_in is not None:
            await self._let_in
        if self._let_in is None or status >= HTTPStatus.BAD_REQUEST:
            await self._record(self._event(status))

    def _event(self, status: int | None) -> Event:
        return _event(self._connection, status, self.request_id)


def note_let_in(request: HTTPConnection) -> None:
    """Begins to record a permitted request, concurrently with its handling."""
    access: _Access | None = request.scope.get("state", {}).get(_STATE)
    if access is not None:
        access.let_in()


def note_name(request: HTTPConnection, name: str) -> None:
    """Stores the user name of a login attempt."""
    request.scope.setdefault("state", {})[_NAME] = name


class Audit:
    """ASGI middleware that records requests.

    The head of an answer is sent when the request's event is committed; if it cannot be, the answer
    is 503. A websocket is recorded when it is accepted.

    Args:
        app: What answers.
        record: Records an event; returns when it is on disk.
        only: Beginnings of paths that are recorded; default: all but those of no account.
    """

    def __init__(
        self,
        app: ASGIApp,
        record: Callable[[Event], Awaitable[Any]],
        only: tuple[str, ...] = ("/",),
    ) -> None:
        self._app = app
        self._record = record
        self._only = only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, and holds its answer until it is recorded."""
        if scope["type"] not in ("http", "websocket") or not self._is_recorded(scope["path"]):
            await self._app(scope, receive, send)
            return
        access = _Access(HTTPConnection(scope), self._record)
        scope.setdefault("state", {})[_STATE] = access
        is_recorded = refused = False

        async def send_recorded(message: Message) -> None:
            nonlocal is_recorded, refused
            status = _status(message)
            if refused:
                return
            if status is None:
                await send(message)
                return
            is_recorded = True
            try:
                await access.end(status)
            except AuditUnavailableError as error:
                refused = True
                await _refuse(error, scope, receive, send)
                return
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault(REQUEST_ID, access.request_id)
            await send(message)

        try:
            await self._app(scope, receive, send_recorded)
        except Exception:
            if not is_recorded:
                # A defect is answered further out, with nothing in the answer.
                with suppress(AuditUnavailableError):
                    await access.end(HTTPStatus.INTERNAL_SERVER_ERROR)
            raise

    def _is_recorded(self, path: str) -> bool:
        if path in UNRECORDED_PAGES or path.startswith(UNRECORDED):
            return False
        return path.startswith(self._only)


def _event(connection: HTTPConnection, status: int | None, request_id: str) -> Event:
    """The event of a request; without a status, of one that is let in."""
    scope = connection.scope
    state = scope.get("state", {})
    caller: Identity | None = state.get("caller")
    unknown = (state.get(_NAME, ANONYMOUS), "-")
    actor, role = (caller.name, caller.role) if caller else unknown
    method = scope.get("method", "WEBSOCKET")
    return Event(
        actor=actor,
        role=role,
        action=f"{method} {_route(scope)}",
        object=scope["path"],
        outcome=_outcome(status),
        detail={
            **({} if status is None else {"status": status}),
            "query": _query(scope),
            "from": scope["client"][0] if scope.get("client") else "",
            "agent": connection.headers.get("user-agent", "")[:_AGENT_CHARACTERS],
            "request": request_id,
            **_idempotency(connection.headers),
        },
    )


def _status(message: Message) -> int | None:
    """Status of the answer that a message begins; None of one that begins none."""
    match message["type"]:
        case "http.response.start" | "websocket.http.response.start":
            return int(message["status"])
        case "websocket.accept":
            return HTTPStatus.SWITCHING_PROTOCOLS
    return None


def _outcome(status: int | None) -> Outcome:
    if status is None or status < HTTPStatus.BAD_REQUEST:
        return Outcome.OK
    denied = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
    return Outcome.DENIED if status in denied else Outcome.FAILED


def _route(scope: Scope) -> str:
    """The declared path, with names in place of values; of an unknown one, nothing of it."""
    return getattr(scope.get("route"), "path", None) or "-"


def _query(scope: Scope) -> Mapping[str, str]:
    """Parameters of the query, long values cut."""
    text = scope["query_string"].decode("latin-1")
    return {name: value[:_LONGEST_VALUE] for name, value in parse_qsl(text, keep_blank_values=True)}


def _idempotency(headers: Headers) -> Mapping[str, str]:
    key = headers.get("idempotency-key")
    return {"idempotency_key": key[:_LONGEST_VALUE]} if key else {}


async def _refuse(error: AuditUnavailableError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1013, "reason": error.message})
        return
    status = HTTPStatus.SERVICE_UNAVAILABLE
    answer: Any = problem(status, error.message, hint=error.hint, headers={"Retry-After": "5"})
    await answer(scope, receive, send)
