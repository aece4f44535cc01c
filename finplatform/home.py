"""Access to the home's folders, restricted to the account that runs the platform.

Belongs here: creating the folders, and closing those that are open to others. Files in them are
private by the umask of the processes. Does not belong here: the list of folders (see `settings`),
and the server's folders, which may belong to another account.
"""

import os
import stat
from pathlib import Path

PRIVATE = 0o700
PRIVATE_UMASK = 0o077
PUBLIC_UMASK = 0o022

FOLDERS = (
    "audit", "backups", "bench", "dagster", "dbt", "documents", "feeds", "filings", "keys", "lake",
    "landing", "logs", "models", "privacy", "reports", "run", "stream", "wal_spool",
)  # fmt: skip
_OTHERS = {"postgres", "settings.toml"}


def close_home(home: Path) -> None:
    """Creates the home, and closes it and the platform's folders in it to other accounts.

    A home with other contents is not closed itself, only its folders of the platform. See
    `is_open`.

    Raises:
        OSError: If it cannot be created.
    """
    home.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    if {path.name for path in home.iterdir()} <= _OTHERS | set(FOLDERS):
        _close(home)
    for name in FOLDERS:
        if (home / name).is_dir():
            _close(home / name)


def is_open(folder: Path) -> bool:
    """Whether other accounts may enter or list a folder."""
    return folder.is_dir() and bool(stat.S_IMODE(folder.stat().st_mode) & 0o077)


def _close(folder: Path) -> None:
    found = folder.lstat()
    is_ours = stat.S_ISDIR(found.st_mode) and os.geteuid() in (0, found.st_uid)
    if is_ours and is_open(folder):
        folder.chmod(PRIVATE)
