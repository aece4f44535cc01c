"""Verifying backups: every byte of every file, without a server and without unpacking to disk.

Belongs here: reading all files and collecting what is wrong. What only a restored server shows is
the drill's (`drill`).
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from finplatform.backup.archive import check_log
from finplatform.backup.backup_key import BackupKey
from finplatform.backup.folder import MANIFEST, BackupFolder
from finplatform.backup.manifest import Backup
from finplatform.backup.plan import chain_of
from finplatform.backup.recovery import log_since, missing_segment
from finplatform.backup.sealed_file import check
from finplatform.errors import FinplatformError


@dataclass(frozen=True)
class Verified:
    """What was found.

    Attributes:
        backups: Ids of the backups that were read.
        files: Files that were read, those of the log as well.
        problems: What is wrong, one sentence each.
    """

    backups: list[str]
    files: int
    problems: list[str]


def verify(folder: BackupFolder, key: BackupKey, only: str | None = None) -> Verified:
    """Reads backups and the kept log through.

    Args:
        folder: The backups.
        key: Their key.
        only: Id of one backup; it is read with those that it builds on. None for all.

    Raises:
        FinplatformError: If there is no such backup.
    """
    problems: list[str] = []
    backups = []
    names = folder.names() + _unmarked(folder)
    if only is not None and only not in names:
        folder.backup(only, key)
    for name in names:
        try:
            backups.append(Backup.read(folder.of_backup(name) / MANIFEST, key))
        except FinplatformError as error:
            problems.append(error.message)
    chosen = backups
    if only is not None:
        wanted = [one for one in backups if one.backup_id == only]
        chosen = [one for backup in wanted for one in chain_of(backup, backups)]
    count = len(chosen)
    for backup in chosen:
        problems += _problems(folder, key, backup, backups)
        count += len(backup.parts)
    for log in folder.wal_folders():
        try:
            count += check_log(folder, key, log.name)
        except FinplatformError as error:
            problems.append(error.message)
    return Verified([one.backup_id for one in chosen], count, problems)


def _unmarked(folder: BackupFolder) -> list[str]:
    """Folders of backups without a manifest."""
    found = (path.name for path in folder.path.glob("[0-9]*/"))
    return sorted(set(found) - set(folder.names()))


def _problems(
    folder: BackupFolder, key: BackupKey, backup: Backup, backups: Sequence[Backup]
) -> Iterator[str]:
    place = folder.of_backup(backup.backup_id)
    try:
        chain_of(backup, backups)
    except FinplatformError as error:
        yield error.message
    try:
        _, missing, _ = log_since(folder, key, backup) if backup.is_physical else ([], "", None)
        if missing:
            yield missing_segment(missing, folder).message
    except FinplatformError as error:
        yield error.message
    for part in backup.parts:
        path = place / part.name
        try:
            content_bytes = check(path, key, f"{backup.backup_id}/{part.name}")
        except FinplatformError as error:
            yield error.message
            continue
        if (content_bytes, _sha256(path)) != (part.content_bytes, part.sha256):
            yield f"{path} is not the file that the manifest lists."
    listed = {part.name for part in backup.parts} | {MANIFEST}
    for extra in sorted(path.name for path in place.iterdir() if path.name not in listed):
        yield f"{place / extra} is in no manifest."


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
