"""Small files of the home that only its owner reads: passwords, notes, configuration.

Belongs here: writing a file whole or not at all, and giving what root makes to the account that
owns the folder. Does not belong here: which files there are.
"""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a file completely or not at all, readable by its owner only.

    A file of that name is replaced and never followed: the folder may belong to somebody else.

    Args:
        path: The file.
        text: What is in it afterwards.
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
    """Make a folder, owned as the one around it is, unless it is there."""
    try:
        folder.mkdir(mode=mode)
    except FileExistsError:
        return
    give_to_owner_of(folder.parent, folder)


def give_to_owner_of(folder: Path, made: int | Path) -> None:
    """Root may be at work in a folder of somebody who will come back to it himself."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(made, owner.st_uid, owner.st_gid)
