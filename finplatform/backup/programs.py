"""PostgreSQL client programs, run with the connection settings in their environment.

The password is in the environment, never on the command line, which other accounts can read.
Belongs here: running programs, and streaming their input and output. Does not belong here: the
choice of programs and arguments.
"""

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO

from sqlalchemy.engine import URL

from finplatform.errors import FinplatformError
from finplatform.warehouse.embedded import tool
from finplatform.warehouse.embedded.account import ENVIRONMENT
from finplatform.warehouse.embedded.failures import disk_full

_PIECE = 2**20
_SHOWN_LINES = 5


def login_environment(location: URL) -> dict[str, str]:
    """Variables by which PostgreSQL's programs reach a database.

    Args:
        location: The database, with the password.
    """
    query = location.query
    found = {
        "PGHOST": location.host or query.get("host"),
        "PGPORT": location.port or query.get("port"),
        "PGUSER": location.username,
        "PGPASSWORD": location.password,
        "PGDATABASE": location.database,
        "PGSSLMODE": query.get("sslmode"),
        "PGSSLROOTCERT": query.get("sslrootcert"),
    }
    return {name: str(value) for name, value in found.items() if value}


def run(program: str, *arguments: str | Path, login: URL | None = None) -> str:
    """Runs a program; returns what it printed.

    Raises:
        FinplatformError: If it fails; with its last lines.
    """
    done = subprocess.run(  # noqa: S603  PostgreSQL's own programs, no shell
        [str(tool(program)), *map(str, arguments)],
        env=_environment(login),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise failed(program, done.stderr or done.stdout)
    return done.stdout


def read_from(
    program: str, arguments: Sequence[str | Path], login: URL, take: Callable[[bytes], object]
) -> None:
    """Runs a program and hands on what it writes, piece by piece.

    Raises:
        FinplatformError: If it fails.
    """
    with _started(program, arguments, login, stdout=subprocess.PIPE) as (process, errors):
        while process.stdout and (piece := process.stdout.read(_PIECE)):
            take(piece)
        _await(program, process, errors)


def write_to(program: str, arguments: Sequence[str | Path], login: URL, content: BinaryIO) -> None:
    """Runs a program that reads a stream.

    Raises:
        FinplatformError: If it fails.
    """
    with _started(program, arguments, login, stdin=subprocess.PIPE) as (process, errors):
        with suppress(BrokenPipeError):
            while process.stdin and (piece := content.read(_PIECE)):
                process.stdin.write(piece)
        with suppress(BrokenPipeError):
            if process.stdin:
                process.stdin.close()
        _await(program, process, errors)


def failed(program: str, output: str) -> FinplatformError:
    """The error for a program that failed.

    Args:
        program: Its name.
        output: Its output.
    """
    if "No space left on device" in output:
        return disk_full(Path(tempfile.gettempdir()))
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    tail = "\n".join(f"  {line}" for line in lines[-_SHOWN_LINES:]) or "  (no output)"
    return FinplatformError(f"{program} failed. Last lines of its output:\n{tail}\n")


@contextmanager
def _started(
    program: str,
    arguments: Sequence[str | Path],
    login: URL,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
) -> Iterator[tuple["subprocess.Popen[bytes]", IO[bytes]]]:
    """A running program and the file of its errors; killed where the block is left early."""
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(  # noqa: S603  PostgreSQL's own programs, no shell
            [str(tool(program)), *map(str, arguments)],
            env=_environment(login),
            stdin=stdin,
            stdout=stdout,
            stderr=errors,
        ) as process,
    ):
        try:
            yield process, errors
        finally:
            if process.poll() is None:
                process.kill()


def _await(program: str, process: "subprocess.Popen[bytes]", errors: IO[bytes]) -> None:
    if process.wait():
        errors.seek(0)
        raise failed(program, errors.read().decode("utf-8", "replace"))


def _environment(login: URL | None) -> dict[str, str]:
    return {**ENVIRONMENT, **(login_environment(login) if login is not None else {})}
