"""From what went wrong to a sentence that a user can act on.

Reads operating system errors and the server's logs; repairs nothing.
"""

import errno
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from finplatform.errors import FinplatformError

ELSEWHERE = "point FINPLATFORM_HOME at another folder"
SHOWN_LINES = 8
# With less free space the server cannot even write its log.
FULL_BELOW_BYTES = 1_000_000


@contextmanager
def explained(home: Path) -> Iterator[None]:
    """Turn operating system errors about a home into errors for its user."""
    try:
        yield
    except OSError as error:
        raise _explain(error, home) from error
    except subprocess.TimeoutExpired as error:
        raise FinplatformError(
            f"{Path(error.cmd[0]).name} did not finish within {error.timeout:.0f} seconds.",
            f"The disk that holds {home} may be overloaded; try again, or {ELSEWHERE}.",
        ) from error


def _explain(error: OSError, home: Path) -> FinplatformError:
    where = error.filename or home
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return disk_full(home)
        case errno.EROFS:
            return FinplatformError(
                f"{where} is on a read-only file system.",
                f"Make it writable, or {ELSEWHERE}.",
            )
        case errno.EACCES | errno.EPERM:
            return FinplatformError(
                f"This user may not use {where}.",
                f"Run as the user who made it, make it writable, or {ELSEWHERE}.",
            )
    return FinplatformError(
        f"{where} cannot be used: {error.strerror}.", f"Correct it, or {ELSEWHERE}."
    )


def disk_full(folder: Path) -> FinplatformError:
    """The error for a disk without room."""
    return FinplatformError(
        f"The disk that holds {folder} is full ({_free_bytes(folder) // 2**20} MiB free).",
        f"Free some space, or {ELSEWHERE} on a bigger disk.",
    )


def program_failed(what: str, output: str, folder: Path) -> FinplatformError:
    """The error for a program of PostgreSQL that failed.

    Args:
        what: The failure, as the start of a sentence.
        output: Output of the program or the server.
        folder: Its folder, which holds the whole log.
    """
    if "No space left on device" in output or _free_bytes(folder) < FULL_BELOW_BYTES:
        return disk_full(folder)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    last = "\n".join(f"  {line}" for line in lines[-SHOWN_LINES:]) or "  (no output)"
    return FinplatformError(f"{what}. Its last words:\n{last}\n", f"The logs are in {folder}.")


def _free_bytes(folder: Path) -> int:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(existing).free


class LogMark:
    """The end of a folder's logs at one instant, to read later additions.

    Args:
        folder: The server's log folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sizes = {path: path.stat().st_size for path in self._files()}

    def added(self) -> str:
        """Text written since, the oldest file first."""
        return "".join(self._new_text(path) for path in sorted(self._files(), key=_modified))

    def newest(self) -> float:
        """Time of the last write to the logs, in seconds since the epoch."""
        return max(map(_modified, self._files()), default=0.0)

    def _files(self) -> list[Path]:
        return list(self._folder.glob("*.log"))

    def _new_text(self, path: Path) -> str:
        content = path.read_bytes()
        start = self._sizes.get(path, 0)
        # A file shorter than before was truncated.
        return content[start if len(content) >= start else 0 :].decode("utf-8", "replace")


def _modified(path: Path) -> float:
    return path.stat().st_mtime
