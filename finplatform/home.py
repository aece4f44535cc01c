"""The home's folders: for the account alone that runs the platform.

Belongs here: making them so, and closing those that an earlier umask left open. Files in them are
private by the umask of the processes that write them. Does not belong here: which folders there are
(see `settings`), and the server's own, which may belong to another account.
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
    """Makes the home, and closes it and the platform's folders in it to other accounts.

    A home that holds something else as well stays as it is, since it is somebody's folder; its
    folders of the platform are closed all the same. `is_open` tells.

    Raises:
        OSError: If it cannot be made.
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
