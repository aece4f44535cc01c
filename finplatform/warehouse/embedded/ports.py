"""Free TCP ports and the socket folder of a server.

Does not belong here: storing the choice (see `layout`).
"""

import errno
import hashlib
import os
import socket
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from finplatform.errors import FinplatformError
from finplatform.sockets import SOCKET_PATH_LIMIT
from finplatform.warehouse.embedded.account import Account
from finplatform.warehouse.embedded.layout import Layout

LOOPBACK = "127.0.0.1"


def free_port(*preferred: int, avoid: Collection[int] = ()) -> int:
    """A loopback port without a listener.

    Args:
        preferred: Preferred ports, the best first.
        avoid: Ports to skip even if they seem free.

    Returns:
        The first free preferred port, or else one that the system assigns.
    """
    for port in preferred:
        if port not in avoid and _is_free(port):
            return port
    while True:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            given: int = probe.getsockname()[1]
        if given not in avoid:
            return given


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As PostgreSQL does: a port in TIME_WAIT is free, one with a listener is not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def choose_socket_dir(layout: Layout, account: Account) -> Path:
    """Folder for the Unix socket: the home's own, or a short private one for an awkward path.

    A socket's path has a byte limit, and libpq parses a comma in it as a list of hosts.

    Args:
        layout: Paths of the server.
        account: Account of the server, which owns a folder outside the home.

    Raises:
        FinplatformError: If no folder is usable.
    """
    if _suits(layout.run):
        return layout.run
    name = hashlib.sha256(f"{account.uid}:{layout.home}".encode()).hexdigest()[:12]
    for base in _temporary_folders():
        folder = base / f"finplatform-{name}"
        if _suits(folder) and account.can_enter(base) and account.make_private(folder):
            return folder
    raise FinplatformError(
        f"The path {layout.run} is too long for a Unix socket, and no short folder can be made.",
        "Point FINPLATFORM_HOME at a folder with a shorter path.",
    )


def _temporary_folders() -> Iterator[Path]:
    for base in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108  private folders in it
        if Path(base).is_dir():
            yield Path(base)


def _suits(folder: Path) -> bool:
    longest_name = os.fsencode(folder / ".s.PGSQL.65535")
    return len(longest_name) <= SOCKET_PATH_LIMIT and b"," not in longest_name
