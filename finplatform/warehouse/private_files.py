"""Small files of the home with owner-only access: passwords, notes, configuration.

Belongs here: writing a file atomically, and giving files of root to the owner of the folder.
"""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a file atomically, readable by its owner only.

    An existing file is replaced, and a symbolic link is not followed: the folder may belong to
    another account.

    Args:
        path: The file.
        text: Its content.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            give_to_owner_of(path.parent, file.fileno())
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def make_folder(folder: Path, mode: int) -> None:
    """Create a missing folder with the owner of its parent."""
    try:
        folder.mkdir(mode=mode)
    except FileExistsError:
        return
    give_to_owner_of(folder.parent, folder)


def give_to_owner_of(folder: Path, made: int | Path) -> None:
    """Change the owner of a file of root to that of its folder, whose owner uses it later."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(made, owner.st_uid, owner.st_gid)
