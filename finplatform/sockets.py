"""Paths of the services' Unix sockets, in private folders.

A socket's path has a limit; for a home with a long path a private temporary folder is used. Does
not belong here: the sockets of the embedded PostgreSQL (see `warehouse.embedded.ports`).
"""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from finplatform.errors import FinplatformError
from finplatform.home import PRIVATE, is_open

SOCKET_PATH_LIMIT = 107
"""Bytes of the longest path: `sun_path` holds 108 with its final NUL."""


def socket_path(home: Path, service: str) -> Path:
    """Socket of a service of a home.

    Args:
        home: The platform's home.
        service: Name of the service.
    """
    path = home / "run" / f"{service}.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT and " " not in str(path):
        return path
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"finplatform-{service}-{os.getuid()}-{name}"
    return folder / path.name


def make_socket_folder(socket: Path) -> None:
    """Creates the folder of a socket.

    Raises:
        FinplatformError: If it belongs to another account, or is open to others.
    """
    folder = socket.parent
    folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or is_open(folder):
        raise FinplatformError(
            f"The folder {folder} of the socket {socket.name} is not this account's alone.",
            f"Run `chmod 700 {folder}`, or delete it.",
        )
