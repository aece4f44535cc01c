"""When the newest backup is too old, and who is told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from finplatform.backup.age import is_on, newest
from finplatform.backup.backup_key import BackupKey
from finplatform.backup.manifest import Backup
from finplatform.cli.backup import instant_of
from finplatform.errors import FinplatformError
from finplatform.notifications.backup_probe import backup_age
from finplatform.notifications.incident import Severity
from finplatform.notifications.probes import Look
from finplatform.settings import Settings

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
NO_CONNECTION: Any = None


def settings_with(home: Path, ended_at: datetime | None, **further: Any) -> Settings:
    if ended_at is not None:
        folder = home / "backups" / "20260301T000000000Z-full"
        folder.mkdir(parents=True)
        backup = Backup.model_validate(
            {
                "backup_id": folder.name,
                "kind": "full",
                "began_at": ended_at,
                "ended_at": ended_at,
                "server_version": "18.6",
                "platform_version": "1",
                "key": "00",
                "parts": (),
            }
        )
        (folder / "manifest.json").write_text(backup.text(BackupKey(bytes(32))))
    return Settings(home=home, **further)


def signals(settings: Settings) -> list[tuple[Severity, str]]:
    found = backup_age(Look(settings, NO_CONNECTION, NOW))
    return [(signal.severity, signal.title) for signal in found]


def test_a_backup_is_too_old_after_the_hours_of_the_setting(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, NOW - timedelta(hours=10), backup_max_age_hours=10)
    assert not newest(settings, NOW).is_old
    assert newest(settings, NOW + timedelta(seconds=1)).is_old


def test_an_old_backup_is_an_incident_and_a_young_one_is_none(tmp_path: Path) -> None:
    ended = NOW - timedelta(hours=40)
    settings = settings_with(tmp_path, ended, backup_max_age_hours=30)
    assert signals(settings) == [
        (Severity.ERROR, "The newest backup is 40 hours old; 30 are allowed")
    ]
    later = settings.model_copy(update={"backup_max_age_hours": 41})
    assert signals(later) == []


def test_nothing_is_said_where_no_backups_are_made(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, None)
    assert not is_on(settings)
    assert signals(settings) == []
    assert not newest(settings, NOW).is_old


def test_a_folder_that_is_set_wants_a_backup(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, None, backup_dir=tmp_path / "elsewhere")
    assert is_on(settings)
    assert [title for _, title in signals(settings)] == [
        "There is no backup in the folder that is set for backups"
    ]


def test_an_instant_without_a_zone_is_utc() -> None:
    assert instant_of("2026-03-02T14:05:00") == datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
    assert instant_of("2026-03-02T14:05:00+02:00") == datetime(2026, 3, 2, 12, 5, tzinfo=UTC)
    assert instant_of("latest") is None


@pytest.mark.parametrize("text", [None, "yesterday", "2026-13-01"])
def test_what_is_no_instant_is_refused(text: str | None) -> None:
    with pytest.raises(FinplatformError):
        instant_of(text)
