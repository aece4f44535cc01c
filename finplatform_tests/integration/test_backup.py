"""Backups of a real server: restored to the instant, damaged, incomplete, interrupted, pruned."""

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy.engine import URL, make_url

from finplatform.backup import creation, recovery
from finplatform.backup.archive import kept
from finplatform.backup.cluster import SLOT, live_cluster, superuser_location
from finplatform.backup.creation import create, keep_written
from finplatform.backup.drill import drill
from finplatform.backup.dump import dump, load
from finplatform.backup.folder import BackupFolder
from finplatform.backup.restoring import restore
from finplatform.backup.verification import verify
from finplatform.errors import FinplatformError
from finplatform.privacy.ledger import ledger_path
from finplatform.settings import Settings
from finplatform.warehouse.audit_log import record_command, rows, trail
from finplatform.warehouse.audit_seals import seal, verify_trail
from finplatform.warehouse.database import open_warehouse
from finplatform.warehouse.embedded import free_port, server_for
from finplatform.warehouse.embedded.layout import Layout
from finplatform_tests.databases import new_databases
from finplatform_tests.waiting import wait_until

pytestmark = pytest.mark.integration

FLIPS = 20
SEED = 19


@dataclass
class Platform:
    """A home with a server of its own."""

    settings: Settings

    @property
    def folder(self) -> BackupFolder:
        return BackupFolder.of(self.settings)

    def query(self, statement: str, database: str = "finplatform") -> list[tuple[Any, ...]]:
        location = superuser_location(self.settings, database)
        url = location.render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def now(self) -> datetime:
        at: datetime = self.query("select clock_timestamp()")[0][0]
        return at

    def fingerprint(self) -> tuple[Any, ...]:
        return self.query(
            "select count(*), md5(string_agg(p::text, ',' order by p.id)) from gold.payments as p"
        )[0]


@contextmanager
def new_platform(home: Path) -> Iterator[Platform]:
    settings = Settings(
        home=home, postgres_port=free_port(), postgres_memory_mb=512, backup_dir=home / "backups"
    )
    platform = Platform(settings)
    try:
        platform.query("create schema gold")
        platform.query(
            "create table gold.payments as select g as id, md5(g::text) as note,"
            " (g * 7 % 1000)::numeric(18, 2) as amount from generate_series(1, 20000) as g"
        )
        yield platform
    finally:
        server_for(settings).stop()


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform with a full backup, an incremental one on it, and log after both."""
    with new_platform(tmp_path_factory.mktemp("backed_up") / "home") as found:
        create(found.settings)
        found.query("update gold.payments set amount = amount + 1 where id % 10 = 0")
        create(found.settings)
        found.query("insert into gold.payments values (20001, 'after the backups', 1)")
        keep_written(found.settings)
        yield found


@contextmanager
def put_aside(path: Path) -> Iterator[None]:
    """A file that is missing for the length of a block."""
    aside = path.rename(path.parents[2] / f"aside-{path.name}")
    try:
        yield
    finally:
        aside.rename(path)


def files_of(folder: BackupFolder) -> list[Path]:
    return sorted(p for p in folder.path.rglob("*") if p.is_file() and p.name != ".lock")


def test_the_second_backup_builds_on_the_first_and_is_smaller(platform: Platform) -> None:
    full, incremental = platform.folder.glances()[:2]
    assert (full.kind, incremental.kind) == ("full", "incremental")
    assert incremental.parent == full.backup_id
    assert incremental.stored_bytes < full.stored_bytes / 2


def test_twenty_of_twenty_flipped_bits_are_found(platform: Platform) -> None:
    key = platform.folder.key(platform.settings)
    assert verify(platform.folder, key).problems == []
    chance = random.Random(SEED)  # noqa: S311  places of bits, no secret
    found = 0
    for _ in range(FLIPS):
        path = chance.choice(files_of(platform.folder))
        at, bit = chance.randrange(path.stat().st_size), chance.randrange(8)
        _flip(path, at, bit)
        found += bool(verify(platform.folder, key).problems)
        _flip(path, at, bit)
    assert found == FLIPS
    assert verify(platform.folder, key).problems == []


def test_every_missing_or_cut_file_is_found(platform: Platform, tmp_path: Path) -> None:
    copy = BackupFolder(Path(shutil.copytree(platform.folder.path, tmp_path / "copy")))
    key = platform.folder.key(platform.settings)
    for path in files_of(copy):
        content = path.read_bytes()
        path.unlink()
        assert verify(copy, key).problems, f"{path} is missing"
        path.write_bytes(content[:-1])
        assert verify(copy, key).problems, f"{path} is cut"
        path.write_bytes(content)
    assert verify(copy, key).problems == []


def test_what_cannot_be_restored_says_why_and_leaves_the_running_data(platform: Platform) -> None:
    settings, folder = platform.settings, platform.folder
    before = platform.fingerprint()
    inode = Layout(settings.home).data.stat().st_ino
    first = folder.glances()[0]

    def refused(target: datetime | None = None) -> str:
        with pytest.raises(FinplatformError) as caught:
            restore(settings, target, stop=lambda: pytest.fail("the platform was stopped"))
        return caught.value.message

    with put_aside(settings.keys / "backup.key"):
        assert "key of the backups is missing" in refused()
    newest = folder.glances()[-1]
    with put_aside(folder.path / first.backup_id / "manifest.json"):
        assert f"builds on {first.backup_id}" in refused()
    assert "before the first backup" in refused(first.ended_at - timedelta(days=1))
    assert "The kept log ends at" in refused(platform.now() + timedelta(days=1))
    _flip(folder.path / newest.backup_id / "cluster.tar", 5_000, 3)
    assert "is damaged" in refused()
    _flip(folder.path / newest.backup_id / "cluster.tar", 5_000, 3)
    assert platform.fingerprint() == before
    assert Layout(settings.home).data.stat().st_ino == inode
    assert not list((settings.home / "run").glob("restore-*"))


def test_a_missing_segment_of_the_log_is_named(platform: Platform) -> None:
    before = platform.fingerprint()
    # A segment in the middle, with more log after it.
    platform.query("select pg_logical_emit_message(true, 'x', repeat('y', 17000000))")
    keep_written(platform.settings)
    cluster = platform.folder.glances()[0].system_identifier
    name = kept(platform.folder, cluster)[-2]
    path = platform.folder.wal(cluster) / f"{name}.sealed"
    with put_aside(path), pytest.raises(FinplatformError, match=f"segment {name} is missing"):
        restore(platform.settings, None, stop=lambda: pytest.fail("the platform was stopped"))
    assert platform.fingerprint() == before


def test_a_disk_without_room_is_said_before_anything_is_unpacked(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(platform.settings.home)
    monkeypatch.setattr(recovery.shutil, "disk_usage", lambda _: usage._replace(free=2**20))
    with pytest.raises(FinplatformError, match=r"Unpacking needs .* has 1 MiB free"):
        restore(platform.settings, None, stop=lambda: pytest.fail("the platform was stopped"))


def test_a_drill_finds_equal_rows_and_leaves_nothing_behind(platform: Platform) -> None:
    found = drill(platform.settings)
    assert (found.is_passed, found.problem) == (True, "")
    assert (found.chain_length, found.tables, found.rows) == (2, 1, platform.fingerprint()[0])
    assert found.rpo_seconds >= 0
    assert found.rto_seconds > 0
    assert not list((platform.settings.home / "run").glob("restore-*"))


def test_a_killed_backup_leaves_no_half_written_one(platform: Platform) -> None:
    folder = platform.folder
    before = folder.names()
    command = [str(Path(sys.executable).with_name("finplatform")), "backup", "create", "--full"]
    variables = {
        "FINPLATFORM_HOME": str(platform.settings.home),
        "FINPLATFORM_POSTGRES_PORT": str(platform.settings.postgres_port),
    }
    process = subprocess.Popen(
        command,
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_until(
        lambda: bool(list(folder.path.glob(".[0-9]*/.cluster.tar*"))) or process.poll() is not None,
        "the copy has begun",
    )
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert folder.names() == before
    assert verify(folder, folder.key(platform.settings)).problems == []
    with folder.changing():
        assert not list(folder.path.glob(".[0-9]*"))


def test_a_dump_restores_into_another_server(platform: Platform, postgres_server: URL) -> None:
    made = dump(platform.settings)
    assert [part.name for part in made.backup.parts] == [
        "warehouse.dump", "dagster.dump", "home.tar"
    ]  # fmt: skip
    with new_databases(postgres_server, "moved") as (url,):
        dagster = f"{make_url(url).database}_dagster"
        try:
            done = load(platform.settings, None, url)
            assert done.databases == [make_url(url).database, dagster]
            with psycopg.connect(url) as connection:
                row = connection.execute(
                    "select count(*), md5(string_agg(p::text, ',' order by p.id))"
                    " from gold.payments as p"
                ).fetchone()
            assert row == platform.fingerprint()
            with pytest.raises(FinplatformError, match="already holds 1 tables"):
                load(platform.settings, None, url)
        finally:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f"drop database if exists {dagster}".encode())


def test_retention_keeps_what_a_kept_incremental_needs(platform: Platform, tmp_path: Path) -> None:
    copy = BackupFolder(Path(shutil.copytree(platform.folder.path, tmp_path / "copy")))
    key = platform.folder.key(platform.settings)
    physical = [one for one in copy.glances() if one.is_physical]
    removed = copy.remove_surplus(key, 1)
    assert not {one.backup_id for one in physical} & set(removed)
    assert verify(copy, key).problems == []


def test_a_lost_slot_gives_a_full_backup_again(platform: Platform) -> None:
    with live_cluster(platform.settings) as cluster:
        cluster.connection.execute("select pg_drop_replication_slot(%s)", (SLOT,))
    with pytest.raises(FinplatformError, match="no longer has all its log"):
        keep_written(platform.settings)
    assert create(platform.settings).backup.kind == "full"


def test_another_server_is_sent_to_its_own_backups(
    platform: Platform, postgres_server: URL
) -> None:
    url = postgres_server.render_as_string(hide_password=False)
    elsewhere = platform.settings.model_copy(update={"database_url": SecretStr(url)})
    with pytest.raises(FinplatformError, match="Physical backups are of the embedded server"):
        creation.create(elsewhere)


def test_a_restore_to_the_instant_before_a_mass_delete_is_row_exact(tmp_path: Path) -> None:
    with new_platform(tmp_path / "home") as platform:
        settings = platform.settings
        create(settings)
        platform.query("update gold.payments set amount = amount * 2 where id <= 500")
        create(settings)
        more = "insert into gold.payments select g, 'x', 1 from generate_series(30000, 30999) as g"
        platform.query(more)
        before, at = platform.fingerprint(), platform.now()
        platform.query("delete from gold.payments where id % 2 = 0")
        after = platform.fingerprint()
        stopped: list[bool] = []
        done = restore(settings, at, stop=lambda: stopped.append(True))
        assert stopped == [True]
        assert platform.fingerprint() == before != after
        assert len(done.chain) == 2
        # What was there is kept, and the next backup begins a chain of its own.
        assert done.kept_data is not None
        assert (done.kept_data / "PG_VERSION").exists()
        assert create(settings).backup.kind == "full"
        platform.query("truncate gold.payments")
        assert restore(settings, None, stop=lambda: None).target is None
        assert platform.fingerprint() == (0, None)


def test_a_new_machine_has_all_of_it_from_keys_and_backups(
    platform: Platform, tmp_path: Path
) -> None:
    (platform.settings.models / "m").mkdir(parents=True, exist_ok=True)
    (platform.settings.models / "m" / "card.json").write_text("a model")
    create(platform.settings)
    home = tmp_path / "new"
    shutil.copytree(platform.settings.keys, home / "keys")
    settings = platform.settings.model_copy(update={"home": home, "postgres_port": free_port()})
    try:
        done = restore(settings, None, stop=lambda: None)
        assert done.kept_data is None
        assert "models/m/card.json" in done.files
        assert (home / "models" / "m" / "card.json").read_text() == "a model"
        assert Platform(settings).fingerprint() == platform.fingerprint()
    finally:
        server_for(settings).stop()


def test_the_audit_trail_goes_on_after_a_restore(tmp_path: Path) -> None:
    with new_platform(tmp_path / "home") as platform:
        settings = platform.settings
        for number in range(3):
            record_command(settings, "test", f"before {number}")
        warehouse = open_warehouse(settings)
        seal(settings, warehouse)
        create(settings)
        at = platform.now()
        record_command(settings, "test", "undone")
        seal(settings, warehouse)
        done = restore(settings, at, stop=lambda: None)
        report = verify_trail(settings, open_warehouse(settings))
        assert report.holds
        assert done.kept_heads is not None
        assert len(list(done.kept_heads.glob("*.note"))) == 2
        with trail(open_warehouse(settings)) as connection:
            events = [(row.action, row.object) for row in rows(connection)]
        assert events[3:] == [("restore", "finplatform")]


def test_a_ledger_of_erasures_that_cannot_be_read_leaves_everything_as_it_was(
    platform: Platform,
) -> None:
    ledger = ledger_path(platform.settings)
    ledger.parent.mkdir(parents=True, exist_ok=True)
    ledger.write_text('{"subject": "x"}\n')
    before = platform.fingerprint()
    try:
        with pytest.raises(FinplatformError, match="is damaged"):
            restore(platform.settings, None, stop=lambda: pytest.fail("it was stopped"))
    finally:
        ledger.unlink()
    assert platform.fingerprint() == before


def _flip(path: Path, at: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        (byte,) = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ 1 << bit]))
