"""Paths of the server below the platform's home, its two locks, and the note of the last start.

Does not belong here: PostgreSQL's files (see `cluster`).
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from finplatform.home import close_home
from finplatform.warehouse.private_files import give_to_owner_of, make_folder, write_whole


@dataclass(frozen=True)
class Note:
    """Choices of the last start, stored in `server.json` for the next.

    Attributes:
        port: The chosen port.
        preferred_port: The requested port.
        socket_dir: Folder of the Unix socket.
        uid: User id that the server runs as.
    """

    port: int
    preferred_port: int
    socket_dir: str
    uid: int


@dataclass(frozen=True)
class Layout:
    """Paths below a home; see each property."""

    home: Path

    @property
    def base(self) -> Path:
        """All files of the server except its password."""
        return self.home / "postgres"

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.base / "data"

    @property
    def run(self) -> Path:
        """Folder of the Unix socket, unless its path is too long."""
        return self.base / "run"

    @property
    def log(self) -> Path:
        """The server's logs, a file per weekday."""
        return self.base / "log"

    @property
    def control_lock(self) -> Path:
        """Held during start and stop of the server."""
        return self.base / "control.lock"

    @property
    def life_lock(self) -> Path:
        """Held by the server's processes during their lifetime."""
        return self.base / "server.lock"

    @property
    def password_file(self) -> Path:
        """Password of the database superuser."""
        return self.home / "keys" / "postgres.password"

    @property
    def loader_password_file(self) -> Path:
        """Password of the platform's login."""
        return self.home / "keys" / "loader.password"

    @property
    def cluster_name(self) -> str:
        """Name that marks the server's processes in a process list."""
        return f"finplatform-{sha256(os.fsencode(self.home)).hexdigest()[:10]}"

    def make_base(self) -> None:
        """Create the folders that hold the locks."""
        close_home(self.home)
        make_folder(self.base, 0o755)

    def read_note(self) -> Note | None:
        """The note of the last start; None if it is missing or unreadable."""
        try:
            return Note(**json.loads((self.base / "server.json").read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write_note(self, note: Note) -> None:
        """Store the choices."""
        write_whole(self.base / "server.json", json.dumps(asdict(note), indent=2) + "\n")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file exclusively, waiting for it."""
    descriptor = _open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def lock_to_inherit(path: Path) -> Iterator[int]:
    """Take a lock for a child process and yield the open file to inherit.

    The lock lasts until the last process that inherited the file has ended, independent of process
    ids, which a reboot or another container may reuse.

    Raises:
        BlockingIOError: If another process has it.
    """
    descriptor = _open_lock(path)
    try:
        for again in range(20, -1, -1):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                # A test whether the lock is held takes it for a moment.
                if not again:
                    raise
                time.sleep(0.02)
        yield descriptor
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether some process holds a lock file exclusively."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _open_lock(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o600)
    give_to_owner_of(path.parent, descriptor)
    return descriptor
