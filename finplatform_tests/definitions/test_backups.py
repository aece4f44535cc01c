"""Backups that are made by themselves: when, and only where there are any."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from finplatform.definitions import defs
from finplatform.orchestration.backups import build_wal_sensor
from finplatform.settings import Settings

SUNDAY = datetime(2026, 3, 1, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize("job", ["backup", "restore_drill"])
def test_nothing_runs_where_no_backups_are_made(job: str, tmp_path: Path) -> None:
    requests = {
        is_on: _tick(job, Settings(home=tmp_path, backup_dir=tmp_path / "b" if is_on else None))
        for is_on in (False, True)
    }
    assert requests == {False: 0, True: 1}


@pytest.mark.parametrize("job", ["backup", "restore_drill"])
def test_another_server_is_left_to_its_own_backups(job: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, backup_dir=tmp_path, database_url="postgresql://h/d")
    assert _tick(job, settings) == 0


def test_the_log_is_not_kept_before_there_is_a_backup(tmp_path: Path) -> None:
    sensor = build_wal_sensor(dg.DefaultSensorStatus.STOPPED)
    for settings, said in (
        (Settings(home=tmp_path), "No backups are configured"),
        (Settings(home=tmp_path, backup_dir=tmp_path / "b"), "no backup yet"),
    ):
        with dg.DagsterInstance.ephemeral() as instance:
            context = dg.build_sensor_context(instance, resources={"settings": settings})
            skipped = sensor.evaluate_tick(context).skip_message
        assert said in str(skipped)
    assert list(tmp_path.iterdir()) == []


def _tick(job: str, settings: Settings) -> int:
    schedule = defs.resolve_schedule_def(f"{job}_schedule")
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=SUNDAY,
            resources={"settings": settings},
        )
        return len(schedule.evaluate_tick(context).run_requests or ())
