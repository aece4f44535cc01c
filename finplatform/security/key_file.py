"""Key files: created once, atomically, readable by the platform's account only.

Belongs here: the file. Does not belong here: its content and its error messages (`keys`,
`access_tokens`).
"""

import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def write_once(path: Path, make: Callable[[], str]) -> None:
    """Writes a key file unless there is one; of two processes at once, one wins, both go on.

    The file appears under its name complete and durable, or not at all: it is written and synced
    under another name, and a hard link fails when the name is taken.

    Args:
        path: The file.
        make: Makes its text; called only when the file does not exist.

    Raises:
        OSError: If it cannot be written.
    """
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft_name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(draft_name)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()
    sync_folder(path.parent)


def is_open_to_others(path: Path) -> bool:
    """Whether other accounts have any right on a file.

    Raises:
        OSError: If there is none.
    """
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def sync_folder(folder: Path) -> None:
    """Makes new names in the folder survive a power cut: a lost key is lost data."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
