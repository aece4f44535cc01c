"""The system account of the server: the present one, or an unprivileged one for root.

PostgreSQL refuses to run as root. Belongs here: choosing or creating the account, running programs
as it and giving it folders. Does not belong here: the programs and folders.
"""

import os
import pwd
import shutil
import stat
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finplatform.errors import FinplatformError

ACCOUNT_NAME = "finplatform"
FALLBACK_NAMES = ("postgres", "nobody")
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# A clean environment: the server must not inherit PGPORT, PGDATA and the like.
ENVIRONMENT: Mapping[str, str] = {"PATH": SYSTEM_PATH, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Account:
    """A system account.

    Attributes:
        uid: User id.
        gid: Group id.
        drops: Whether programs must be dropped to it, because this process is root.
        inherits: Open files that programs run as this account inherit.
        environment: Variables of these programs in addition to `ENVIRONMENT`.
    """

    uid: int
    gid: int
    drops: bool
    inherits: tuple[int, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path = Path("/"),
        stdin: str = "",
        timeout: float = 600,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this account, in its own session and a clean environment.

        The working directory is entered before the privileges are dropped, so it may lie below
        a folder that the account itself cannot enter.

        Args:
            command: Program and arguments.
            cwd: Working directory.
            stdin: Text for its standard input.
            timeout: Seconds before it is killed.
        """
        drop: dict[str, Any] = (
            {"user": self.uid, "group": self.gid, "extra_groups": []} if self.drops else {}
        )
        return subprocess.run(  # noqa: S603  our own fixed programs, no shell
            [str(part) for part in command],
            cwd=cwd,
            input=stdin,
            env={**ENVIRONMENT, **self.environment},
            capture_output=True,
            check=False,
            text=True,
            errors="replace",
            umask=0o077,
            start_new_session=True,
            pass_fds=self.inherits,
            timeout=timeout,
            **drop,
        )

    def can_enter(self, folder: Path) -> bool:
        """Whether this account reaches a folder by its absolute path."""
        if not self.drops:
            return os.access(folder, os.X_OK)
        # Tested by access, since mode bits do not cover access control lists.
        return self.run(["/bin/sh", "-c", 'cd -- "$0"', folder]).returncode == 0

    def can_run(self, program: Path) -> bool:
        """Whether this account can start a program."""
        try:
            return self.run([program, "--version"]).returncode == 0
        except PermissionError:
            return False

    def give(self, folder: Path) -> None:
        """Create a folder, if missing, that only this account may use.

        Raises:
            OSError: If it cannot be created.
        """
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.drops and folder.stat().st_uid != self.uid:
            _hand_over(folder, self.uid, self.gid)
        folder.chmod(0o700)

    def make_private(self, folder: Path) -> bool:
        """Create a folder in a world-writable place; false if another account owns it."""
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            found = folder.lstat()
            ours = stat.S_ISDIR(found.st_mode) and found.st_uid == self.uid
            return ours and not found.st_mode & 0o077
        if self.drops:
            os.chown(folder, self.uid, self.gid)
        return True


def _hand_over(folder: Path, uid: int, gid: int) -> None:
    """Change the owner of a tree, without following symbolic links."""
    for _, folders, files, descriptor in os.fwalk(folder):
        for name in (*folders, *files):
            os.chown(name, uid, gid, dir_fd=descriptor, follow_symlinks=False)
    os.chown(folder, uid, gid, follow_symlinks=False)


def server_account(home: Path, data: Path) -> Account:
    """The account for the server of a home.

    An account other than root runs the server itself. Root drops to the owner of the data or the
    home, else to `finplatform` (created if possible), else to another existing account.

    Args:
        home: The platform's home.
        data: The data directory, which may not exist yet.

    Raises:
        FinplatformError: If root finds no usable unprivileged account.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), drops=False)
    account = _owner_of_data(data) or _unprivileged(home)
    try:
        account.run(["/bin/sh", "-c", ":"])
    except OSError as error:
        raise FinplatformError(
            f"PostgreSQL does not run as root, and this root may not become user {account.uid}.",
            "Do not run as root, or set FINPLATFORM_DATABASE_URL.",
        ) from error
    return account


def _owner_of_data(data: Path) -> Account | None:
    if not data.exists() or data.stat().st_uid == 0:
        return None
    return Account(data.stat().st_uid, data.stat().st_gid, drops=True)


def _unprivileged(home: Path) -> Account:
    entry = _owner_of(home) or _named(ACCOUNT_NAME) or _create()
    if entry is None:
        entry = next(filter(None, map(_named, FALLBACK_NAMES)), None)
    if entry is None:
        raise FinplatformError(
            "PostgreSQL does not run as root, and no other account could be found or made.",
            f"Make one, for example by `useradd --system {ACCOUNT_NAME}`, or do not run as root.",
        )
    return Account(entry.pw_uid, entry.pw_gid, drops=True)


def _owner_of(home: Path) -> pwd.struct_passwd | None:
    """Owner of a home other than root, so that the owner can use it later without root."""
    try:
        entry = pwd.getpwuid(home.stat().st_uid)
    except KeyError:
        return None
    return entry if entry.pw_uid != 0 else None


def _named(name: str) -> pwd.struct_passwd | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return entry if entry.pw_uid != 0 else None


def _create() -> pwd.struct_passwd | None:
    program = shutil.which("useradd", path=SYSTEM_PATH)
    if program is None:
        return None
    command = [program, "--system", "--no-create-home", "--home-dir", "/nonexistent"]
    command += ["--shell", "/usr/sbin/nologin", "--comment", "finplatform database", ACCOUNT_NAME]
    for _ in range(5):
        subprocess.run(  # noqa: S603  found in the system's own folders
            command, env=dict(ENVIRONMENT), capture_output=True, check=False, timeout=60
        )
        # Another process may have made it meanwhile, or hold the lock on the password file.
        if entry := _named(ACCOUNT_NAME):
            return entry
        time.sleep(0.2)
    return None
