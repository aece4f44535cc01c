"""The probe of backups: the newest one is too old.

Belongs here: the signals. When a backup is too old is `finplatform.backup.age`.
"""

from collections.abc import Iterator

from finplatform.backup.age import is_on, newest
from finplatform.notifications import links
from finplatform.notifications.incident import Severity, Signal
from finplatform.notifications.probes import Look

BACKUP = "backup"


def backup_age(look: Look) -> Iterator[Signal]:
    """The newest backup is older than the setting allows, where backups are made."""
    settings = look.settings
    if not is_on(settings):
        return
    age = newest(settings, look.at)
    if age.is_old:
        most = f"{settings.backup_max_age_hours:g}"
        title = (
            f"The newest backup is {age.hours:.0f} hours old; {most} are allowed"
            if age.backup_id
            else "There is no backup in the folder that is set for backups"
        )
        yield Signal(
            BACKUP,
            "newest",
            Severity.ERROR,
            title,
            int(age.hours),
            links.start_page(settings),
        )
