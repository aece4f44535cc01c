"""Age of the newest backup, and its limit, for the doctor and the alerts.

It needs no key and no server.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from finplatform.backup.folder import BackupFolder
from finplatform.settings import Settings


@dataclass(frozen=True)
class Age:
    """The newest backup.

    Attributes:
        backup_id: Its id; None without a backup.
        hours: Its age.
        is_old: Whether it is older than the setting allows, or missing where a folder is set.
    """

    backup_id: str | None
    hours: float
    is_old: bool


def is_on(settings: Settings) -> bool:
    """Whether backups are made: a folder is set, or there is one already."""
    return settings.backup_dir is not None or bool(BackupFolder.of(settings).names())


def newest(settings: Settings, at: datetime) -> Age:
    """The newest backup at an instant; a dump counts as one.

    Args:
        settings: Name the folder and the age that is too old.
        at: The instant.
    """
    found = BackupFolder.of(settings).glances()
    if not found:
        return Age(None, 0, is_old=settings.backup_dir is not None)
    last = max(found, key=lambda one: one.ended_at)
    age = at - last.ended_at
    hours = age / timedelta(hours=1)
    return Age(last.backup_id, hours, is_old=hours > settings.backup_max_age_hours)
