"""Body of `finplatform service health`: health checks of processes.

A server is checked over its own port or socket. Relay and consumer have none: one of each is active
and holds a lock in its database, which others wait for. Does not belong here: starting them (see
`service`). Runs often, so it imports little.
"""

import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import psycopg
import redis

from finplatform.cli.output import OUT
from finplatform.errors import FinplatformError
from finplatform.settings import Settings, get_settings
from finplatform.sockets import socket_path
from finplatform.warehouse.database import open_warehouse
from finplatform.warehouse.embedded.ports import LOOPBACK

_SECONDS = 10

_HOLDERS = """
select count(*) from pg_locks
where locktype = 'advisory' and classid = 0 and objid = %s and granted
    and database = (select oid from pg_database where datname = current_database())
"""


def check(name: str) -> None:
    """Checks a service; ends with an error if it is not healthy.

    Args:
        name: Name of the service.

    Raises:
        FinplatformError: If it does not, or there is no such service.
    """
    if name not in _QUESTIONS:
        raise FinplatformError(
            f"There is no service {name}.", f"There are: {', '.join(_QUESTIONS)}."
        )
    settings = get_settings()
    fault = _QUESTIONS[name](settings)
    if fault:
        raise FinplatformError(f"The service {name} does not work: {fault}.")
    OUT.print(f"The service {name} works.")


def _code(settings: Settings) -> str | None:
    path = socket_path(settings.home, "code")
    with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_SECONDS)
        probe.connect(str(path))
        return None
    return f"nothing listens on {path}"


def _daemon(settings: Settings) -> str | None:
    """Becomes Dagster's own command, which judges the heartbeats."""
    from finplatform.orchestration.instance import prepare

    prepare(settings)
    program = str(Path(sys.executable).with_name("dagster-daemon"))
    os.execv(program, [program, "liveness-check"])  # noqa: S606 - our own executable


def _answers(path: str, port: Callable[[Settings], int], *, tls: bool = False) -> "_HealthCheck":
    def check(settings: Settings) -> str | None:
        scheme = settings.scheme if tls else "http"
        url = f"{scheme}://{LOOPBACK}:{port(settings)}{path}"
        try:
            # The certificate is for the name that others use.
            with httpx.Client(verify=False, trust_env=False, timeout=_SECONDS) as client:  # noqa: S501
                status = client.get(url).status_code
        except httpx.HTTPError as error:
            return f"{url} does not answer ({type(error).__name__})"
        return f"{url} answers {status}" if status >= httpx.codes.INTERNAL_SERVER_ERROR else None

    return check


def _stream(settings: Settings) -> str | None:
    from finplatform.streaming.client import connect, stream_location

    with suppress(redis.RedisError), connect(settings) as client:
        client.ping()
        return None
    return f"{stream_location(settings)} does not answer"


def _relay(settings: Settings) -> str | None:
    from finplatform.contracts.bronze import SOURCES
    from finplatform.ingest.connectors.config import load_sources
    from finplatform.streaming.outbox import WORKING_LOCK, outbox_place

    sources = load_sources(settings.sources_file, frozenset(SOURCES))
    return _held(outbox_place(sources, open_warehouse(settings).url).url, WORKING_LOCK)


def _consumer(settings: Settings) -> str | None:
    from finplatform.streaming.consumer import WORKING_LOCK

    return _held(open_warehouse(settings).url, WORKING_LOCK)


def _held(url: str, lock: int) -> str | None:
    try:
        with psycopg.connect(url, connect_timeout=_SECONDS) as connection:
            row = connection.execute(_HOLDERS, (lock,)).fetchone()
    except psycopg.OperationalError:
        return "its database does not answer"
    return None if row and row[0] else "none works"


_HealthCheck = Callable[[Settings], str | None]
"""Checks a service; returns the problem, or None."""

_QUESTIONS: dict[str, _HealthCheck] = {
    "code": _code,
    "daemon": _daemon,
    "webserver": _answers("/server_info", lambda s: s.webserver_port),
    "webserver_read_only": _answers("/server_info", lambda s: s.webserver_read_only_port),
    "stream": _stream,
    "relay": _relay,
    "consumer": _consumer,
    "ui": _answers("/server_info", lambda s: s.ui_port, tls=True),
    "api": _answers("/api/health", lambda s: s.api_port, tls=True),
}
