"""Files that appear whole or not at all.

A file is written in a private folder next to its target and moved there once it is complete: a
reader never opens a partial file, and an interrupted write leaves nothing. Belongs here: the
folder, the move, and what a full disk is called. Does not belong here: what is written.
"""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from finplatform.errors import FinplatformError

_NO_ROOM = {errno.ENOSPC: "its disk is full", errno.EDQUOT: "your quota of its disk is used up"}
_NO_ROOM[errno.EFBIG] = "it would be larger than a file may be here"


@contextmanager
def part_folder(target: Path) -> Iterator[Path]:
    """A private folder next to a target file, removed after the block.

    Args:
        target: The file that is to be written; what the block leaves under its name in the folder
            is moved to it, and replaces a file that is there.

    Raises:
        FinplatformError: If the file cannot be written, with the reason in words.
    """
    _check(target)
    try:
        with tempfile.TemporaryDirectory(
            dir=target.parent, prefix=f".{target.name}.", suffix=".part", ignore_cleanup_errors=True
        ) as folder:
            yield Path(folder)
            written = Path(folder) / target.name
            with written.open("rb+") as file:
                os.fsync(file.fileno())
            written.replace(target)
    except OSError as error:
        raise _in_words(target, error) from error


def _check(target: Path) -> None:
    if target.is_dir():
        raise FinplatformError(f"{target} is a folder.", "Name a file.")
    if not target.parent.is_dir():
        raise FinplatformError(
            f"{target} cannot be written: there is no folder {target.parent}.", "Make it first."
        )


def _in_words(target: Path, error: OSError) -> FinplatformError:
    if error.errno in _NO_ROOM:
        return FinplatformError(
            f"{target} was not written: {_NO_ROOM[error.errno]}.",
            "Free some space there, or name a file elsewhere; nothing was left behind.",
        )
    return FinplatformError(
        f"{target} was not written: {error.strerror or error}.",
        "Name a file in a folder that you may write to.",
    )
