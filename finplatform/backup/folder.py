"""The backup folder: one folder a backup, published atomically, and the archived WAL.

`ID/manifest.json` and the files that it lists, `wal/CLUSTER/SEGMENT` and `archived.json`. The name
of an unfinished backup begins with a dot. Belongs here: names, listing, creation, retention and the
lock. Does not belong here: the content of the files.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from finplatform.backup import plan
from finplatform.backup.backup_key import BackupKey, load_backup_key
from finplatform.backup.manifest import Archived, Backup, Kind
from finplatform.backup.wal_names import parsed
from finplatform.errors import FinplatformError
from finplatform.home import PRIVATE
from finplatform.security.key_file import sync_folder
from finplatform.settings import Settings
from finplatform.warehouse.embedded.layout import locked
from finplatform.warehouse.private_files import write_whole

MANIFEST = "manifest.json"
ARCHIVED = "archived.json"
WAL = "wal"
SEALED = ".sealed"
_LOCK = ".lock"


def new_id(at: datetime, kind: Kind) -> str:
    """Name of a backup, which sorts by its instant."""
    return f"{at:%Y%m%dT%H%M%S}{at.microsecond // 1000:03}Z-{kind}"


@dataclass(frozen=True)
class BackupFolder:
    """A folder of backups.

    Attributes:
        path: The folder.
    """

    path: Path

    @classmethod
    def of(cls, settings: Settings) -> "BackupFolder":
        """The folder that the settings name."""
        return cls(settings.backups)

    def key(self, settings: Settings, *, create: bool = False) -> BackupKey:
        """The key of the backups; made only where there is no backup that it could not open.

        Raises:
            FinplatformError: If it is missing.
        """
        return load_backup_key(settings, create=create and not self.names())

    def names(self) -> list[str]:
        """Ids of the backups, the oldest first."""
        return sorted(found.parent.name for found in self.path.glob(f"[0-9]*/{MANIFEST}"))

    def backups(self, key: BackupKey) -> list[Backup]:
        """Manifests of all backups, the oldest first.

        Raises:
            DamagedError: If one is not what was written.
        """
        return [Backup.read(self.path / name / MANIFEST, key) for name in self.names()]

    def glances(self) -> list[Backup]:
        """Manifests as they can be read without the key, for a look at names and ages."""
        found = (Backup.glance(self.path / name / MANIFEST) for name in self.names())
        return [one for one in found if one is not None]

    def backup(self, backup_id: str, key: BackupKey) -> Backup:
        """The manifest of one backup.

        Raises:
            FinplatformError: If there is none of that id.
        """
        if backup_id not in self.names():
            raise FinplatformError(
                f"There is no backup {backup_id} in {self.path}.",
                "`finplatform backup list` names those that there are.",
            )
        return Backup.read(self.path / backup_id / MANIFEST, key)

    def of_backup(self, backup_id: str) -> Path:
        """Folder of a backup."""
        return self.path / backup_id

    def wal(self, system_identifier: str) -> Path:
        """Folder of a cluster's log."""
        return self.path / WAL / system_identifier

    def wal_folders(self) -> list[Path]:
        """Folders of all logs."""
        return sorted(path for path in (self.path / WAL).glob("*") if path.is_dir())

    def archived(self, system_identifier: str, key: BackupKey) -> Archived | None:
        """How far a cluster's log is kept; None if none of it is.

        Raises:
            DamagedError: If the note is not what was written.
        """
        path = self.wal(system_identifier) / ARCHIVED
        return Archived.read(path, key) if path.exists() else None

    def note_archived(self, archived: Archived, key: BackupKey) -> None:
        """Stores the end position of a cluster's archived WAL."""
        write_whole(self.wal(archived.system_identifier) / ARCHIVED, archived.text(key))

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Locks the folder for one writer, and removes leftovers of a killed one.

        Raises:
            FinplatformError: If the folder cannot be made or written.
        """
        try:
            self.path.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        except OSError as error:
            raise FinplatformError(
                f"The folder of the backups {self.path} cannot be made: {error.strerror}.",
                "Make it, or name another by FINPLATFORM_BACKUP_DIR.",
            ) from error
        with locked(self.path / _LOCK):
            for remains in self.path.glob(".[0-9]*"):
                shutil.rmtree(remains, ignore_errors=True)
            yield

    @contextmanager
    def keeping_log(self) -> Iterator[None]:
        """Locks the WAL archive for one writer, also during a backup."""
        folder = self.path / WAL
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        with locked(folder / _LOCK):
            for draft in folder.glob("*/.*"):
                draft.unlink(missing_ok=True)
            yield

    @contextmanager
    def new(self, backup_id: str) -> Iterator[Path]:
        """A folder to fill, which appears under its name once the block has ended."""
        draft = self.path / f".{backup_id}"
        draft.mkdir(mode=PRIVATE)
        try:
            yield draft
            os.rename(draft, self.path / backup_id)  # noqa: PTH104  a folder, never replaced
            sync_folder(self.path)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def remove_surplus(self, key: BackupKey, keep: int) -> list[str]:
        """Removes the backups that retention does not keep, then the log that none needs.

        Args:
            key: Key of the backups.
            keep: Physical backups, and dumps, to keep.

        Returns:
            Ids of the removed backups.
        """
        removed = plan.surplus(self.backups(key), keep)
        for backup in removed:
            # Renamed first, so that no reader takes a partially removed backup for a complete one.
            draft = self.path / f".{backup.backup_id}"
            (self.path / backup.backup_id).rename(draft)
            shutil.rmtree(draft)
        self._remove_log(plan.first_segments(self.backups(key)))
        return [backup.backup_id for backup in removed]

    def _remove_log(self, first: dict[tuple[str, int], int]) -> None:
        clusters = {system_identifier for system_identifier, _ in first}
        for folder in self.wal_folders():
            if folder.name not in clusters:
                shutil.rmtree(folder)
                continue
            for path in folder.glob(f"*{SEALED}"):
                segment = parsed(path.name.removesuffix(SEALED))
                if segment is not None:
                    timeline, number, _ = segment
                    if number < first.get((folder.name, timeline), 2**63):
                        path.unlink()
