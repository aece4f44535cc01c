"""Passing requests on to a webserver: HTTP as a stream, GraphQL's websocket message by message.

Belongs here: the passing on. Does not belong here: what may pass (see `guard`), and to which server
(see `app`).
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx
from starlette.background import BackgroundTask
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from finplatform.api.problems import problem
from finplatform.api.ui import guard

PROTOCOL = Subprotocol("graphql-ws")

_SENT = (
    "accept", "accept-encoding", "accept-language", "if-modified-since", "if-none-match", "range",
    "user-agent",
)  # fmt: skip
"""Headers that a webserver gets; credentials are not among them."""

_NOT_RETURNED = (
    "connection", "date", "keep-alive", "proxy-authenticate", "server", "set-cookie", "te",
    "trailer", "transfer-encoding", "upgrade",
)  # fmt: skip
_TIMEOUT_S = 120.0
_CLOSED_BY_POLICY = 1008
_TOO_BIG = 1009
_NOT_THERE = 1013
_CHECK_EVERY_S = 15.0


class Forwarder:
    """A webserver as requests are passed on to it.

    Args:
        url: Its address, without a path.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        # The webserver is on this machine, whatever proxies the environment names.
        self._client = httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False)

    async def close(self) -> None:
        """Closes its connections."""
        await self._client.aclose()

    async def pass_on(self, request: Request, body: bytes | None = None) -> Response:
        """The webserver's answer to a request.

        Args:
            request: The request, of which method, path, query and harmless headers are passed on;
                the query is not where a body is.
            body: JSON that is sent.
        """
        headers = {name: request.headers[name] for name in _SENT if name in request.headers}
        if body is not None:
            headers["content-type"] = "application/json"
        sent = self._client.build_request(
            request.method, self._target(request, body), headers=headers, content=body
        )
        try:
            answer = await self._client.send(sent, stream=True)
        except httpx.HTTPError:
            return problem(502, "The Dagster webserver does not answer.", hint="See its log.")
        response = StreamingResponse(
            answer.aiter_raw(), answer.status_code, background=BackgroundTask(answer.aclose)
        )
        returned = MutableHeaders(raw=[])
        for name, value in answer.headers.multi_items():
            if name.lower() not in _NOT_RETURNED:
                returned.append(name, value)
        response.raw_headers = returned.raw
        return response

    def _target(self, request: Request, body: bytes | None) -> str:
        path = request.scope.get("raw_path") or request.url.path.encode()
        query = request.url.query if body is None else ""
        target = path.decode("latin-1").partition("?")[0]
        return f"{self._url}{target}{'?' if query else ''}{query}"

    async def pass_messages(
        self, socket: WebSocket, is_still_allowed: Callable[[], Awaitable[bool]]
    ) -> None:
        """Passes GraphQL subscriptions on until one side ends, or the caller's right does.

        Args:
            socket: The caller's websocket, not accepted yet.
            is_still_allowed: Called periodically.
        """
        address = f"{self._url.replace('http', 'ws', 1)}/graphql"
        try:
            server = await connect(
                address, subprotocols=[PROTOCOL], proxy=None, max_size=None, compression=None
            )
        except (OSError, TimeoutError, ConnectionClosed):
            await socket.close(_NOT_THERE, "The Dagster webserver does not answer.")
            return
        async with server:
            await socket.accept(PROTOCOL)
            await _until_one_ends(
                _upwards(socket, server), _downwards(socket, server), _watch(is_still_allowed)
            )
            with suppress(RuntimeError, WebSocketDisconnect):
                await socket.close(_CLOSED_BY_POLICY)


async def _upwards(socket: WebSocket, server: ClientConnection) -> None:
    """Messages of the caller; a mutation among them ends the connection."""
    with suppress(WebSocketDisconnect, ConnectionClosed, guard.RefusedError):
        while True:
            text = await socket.receive_text()
            if len(text) > guard.MOST_BYTES:
                await socket.close(_TOO_BIG)
                return
            await server.send(json.dumps(_judged(text)))


def _judged(text: str) -> dict[str, Any]:
    """A message as it is passed on.

    Raises:
        RefusedError: If it is malformed, or has a mutation, which needs a POST.
    """
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise guard.RefusedError(guard.HTTPStatus.BAD_REQUEST, "It is not JSON.") from None
    if not isinstance(message, dict):
        raise guard.RefusedError(guard.HTTPStatus.BAD_REQUEST, "It is no message.")
    if "payload" not in message or message.get("type") != "start":
        return {name: message[name] for name in ("id", "type") if name in message}
    request = guard.read_members(message["payload"])
    if request.mutations:
        raise guard.RefusedError(guard.HTTPStatus.FORBIDDEN, "Mutations are no subscriptions.")
    return {"id": message.get("id"), "type": "start", "payload": dict(request.members)}


async def _downwards(socket: WebSocket, server: ClientConnection) -> None:
    with suppress(WebSocketDisconnect, ConnectionClosed, RuntimeError):
        async for message in server:
            await socket.send_text(message if isinstance(message, str) else message.decode())


async def _watch(is_still_allowed: Callable[[], Awaitable[bool]]) -> None:
    while await is_still_allowed():
        await asyncio.sleep(_CHECK_EVERY_S)


async def _until_one_ends(*works: Any) -> None:
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
