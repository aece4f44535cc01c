"""Connections to the stream's server: the embedded one, or that of `FINPLATFORM_REDIS_URL`.

A client does not retry commands: producers and consumers retry those that are idempotent. Belongs
here: addresses, time limits, TLS and error messages. Does not belong here: commands.
"""

import ssl
from pathlib import Path
from typing import Any

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from finplatform.errors import FinplatformError
from finplatform.settings import Settings
from finplatform.sockets import socket_path
from finplatform.streaming.transport import StreamUnavailableError

CONNECT_SECONDS = 5
ANSWER_SECONDS = 30
"""Longest wait for an answer, in addition to the time that a command blocks."""

GONE = (redis.ConnectionError, redis.TimeoutError)
"""Errors by which the server, or the way to it, is at fault; also while it loads its data."""


def stream_socket(settings: Settings) -> Path:
    """Socket of the embedded server."""
    return socket_path(settings.home, "stream")


def is_embedded(settings: Settings) -> bool:
    """Whether the platform runs the stream's server itself."""
    return settings.redis_url is None and settings.kinesis_url is None


def stream_location(settings: Settings) -> str:
    """Where the server is, without a password."""
    if settings.kinesis_url is not None:
        return settings.kinesis_url
    if settings.redis_url is None:
        return f"unix://{stream_socket(settings)}"
    scheme, _, rest = settings.redis_url.get_secret_value().partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def connect(settings: Settings) -> redis.Redis:
    """A client of the stream's server, which connects when it is first used.

    Raises:
        FinplatformError: If `FINPLATFORM_REDIS_URL` is not the URL of a server.
    """
    return _client(redis.Redis, settings, Retry(NoBackoff(), 0))


def connect_async(settings: Settings) -> redis.asyncio.Redis:
    """The same for a server's event loop.

    Raises:
        FinplatformError: If `FINPLATFORM_REDIS_URL` is not the URL of a server.
    """
    return _client(redis.asyncio.Redis, settings, AsyncRetry(NoBackoff(), 0))


def unavailable(settings: Settings) -> StreamUnavailableError:
    """The error for a server that does not answer."""
    if settings.redis_url is not None:
        return StreamUnavailableError(
            f"The stream's server at {stream_location(settings)} does not answer.",
            "Check FINPLATFORM_REDIS_URL, its password and certificate, and that the server runs.",
        )
    return StreamUnavailableError(
        "The stream's server does not run.",
        "`finplatform up` starts it with everything else; `finplatform stream serve` alone.",
    )


def _client(kind: Any, settings: Settings, retry: Any) -> Any:
    given = settings.redis_url
    # A blank in a path would end the address in a URL.
    url = f"unix://{stream_socket(settings)}" if given is None else given.get_secret_value()
    options: dict[str, Any] = {
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "retry": retry,
        "protocol": 2,
    }
    if url.startswith("rediss://"):
        options["ssl_min_version"] = ssl.TLSVersion.TLSv1_2
    try:
        return kind.from_url(url, **options)
    except (ValueError, TypeError):
        raise FinplatformError(
            "FINPLATFORM_REDIS_URL is not the URL of a Valkey or Redis server.",
            "It looks like redis://user:password@host:6379/0, or rediss://... for TLS.",
        ) from None
