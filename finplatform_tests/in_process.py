"""An application asked in this process, between its start and its end.

Belongs here: a client whose requests run on a loop of its own, so that tests are plain functions,
and a trail in memory for applications without a database.
"""

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from typing import Any, Self, TypeVar

import httpx
from fastapi import FastAPI

from finplatform.security.audit.events import Event

Result = TypeVar("Result")


class TrailInMemory:
    """Records the events of an application that has no database.

    Attributes:
        events: What was recorded.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def record(self, event: Event) -> int:
        self.events.append(event)
        return len(self.events)

    async def close(self) -> None:
        """Nothing waits."""


class Client:
    """Asks an application while a block lasts.

    Args:
        app: The application.
        address: Where its requests come from.
    """

    def __init__(self, app: FastAPI, address: str = "127.0.0.1") -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="in process")
        self._lifespan = app.router.lifespan_context(app)
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(
                app, raise_app_exceptions=False, client=(address, 50_000)
            ),
            base_url="http://localhost",
            trust_env=False,
        )

    def __enter__(self) -> Self:
        self._thread.start()
        self.run(self._lifespan.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.run(self._lifespan.__aexit__(None, None, None))
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """The result of some work on the application's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.request("GET", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        return self.request("POST", path, **given)

    def request(
        self, method: str, path: str, *, cookies: Mapping[str, str] | None = None, **given: Any
    ) -> httpx.Response:
        """One request; no cookie of an answer is kept."""
        return self.run(self.ask(method, path, cookies=cookies, **given))

    async def ask(
        self, method: str, path: str, *, cookies: Mapping[str, str] | None = None, **given: Any
    ) -> httpx.Response:
        """One request, on the application's loop."""
        sent = dict(given.pop("headers", None) or {})
        if cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        answer = await self._client.request(method, path, headers=sent, **given)
        self._client.cookies.clear()
        return answer
