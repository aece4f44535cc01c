"""What the API measures of itself, for Prometheus.

Belongs here: counting and timing requests by method, path with its parameters' names, and status,
and the form in which the figures are read. Does not belong here: figures of the bank.
"""

import time
from collections.abc import Mapping

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_TYPE = CONTENT_TYPE_LATEST

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_UNMATCHED = "unmatched"
_SHOWN = ("pool_size", "pool_available", "requests_waiting", "requests_errors")


# Each counter would have a second series with its start time.
disable_created_metrics()


class Metrics:
    """Figures of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        names = ("method", "path", "status")
        self._requests = Counter(
            "finplatform_api_requests", "Requests answered.", names, registry=self._registry
        )
        self._seconds = Histogram(
            "finplatform_api_request_seconds",
            "Time from a request to the end of its answer.",
            ("method", "path"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._open = Gauge(
            "finplatform_api_open_requests", "Requests at work.", registry=self._registry
        )
        self._connections = Gauge(
            "finplatform_api_connections",
            "Connections to the database, by state.",
            ("state",),
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)

    def text(self, connections: Mapping[str, int]) -> bytes:
        """All figures as Prometheus reads them.

        Args:
            connections: Figures of the pool of connections.
        """
        for name in _SHOWN:
            self._connections.labels(name).set(connections.get(name, 0))
        return generate_latest(self._registry)

    def began(self) -> None:
        """Notes a request that begins."""
        self._open.inc()

    def ended(self, method: str, path: str, status: int, seconds: float) -> None:
        """Notes a request that ended."""
        self._open.dec()
        self._requests.labels(method, path, str(status)).inc()
        self._seconds.labels(method, path).observe(seconds)


class Measured:
    """ASGI middleware that measures requests.

    Args:
        app: What answers.
        metrics: Where to note them.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on and measures it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._metrics.began()
        try:
            await self._app(scope, receive, noted)
        finally:
            # Paths as the routes name them: those that clients make up would be without number.
            path = getattr(scope.get("route"), "path", _UNMATCHED)
            method = scope["method"] if path != _UNMATCHED else _UNMATCHED
            self._metrics.ended(method, path, status, time.perf_counter() - began)
