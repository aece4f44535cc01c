"""Point-in-time recovery of a backup on a temporary server.

The chain is unpacked, verified by `pg_verifybackup` and combined, and the server replays the
archived WAL up to the target. The server runs in a folder of `HOME/run` with its own port and
socket; a restore and a drill use the same procedure. Does not belong here: the use of the recovered
cluster (`restoring`, `drill`).
"""

import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from finplatform.backup import plan, programs
from finplatform.backup.archive import kept, unseal
from finplatform.backup.backup_key import BackupKey
from finplatform.backup.creation import CLUSTER
from finplatform.backup.folder import BackupFolder
from finplatform.backup.manifest import Archived, Backup
from finplatform.backup.sealed_file import opened
from finplatform.backup.wal_names import (
    SEGMENT_BYTES,
    contiguous,
    parsed,
    position_of,
    segment_number,
)
from finplatform.errors import FinplatformError
from finplatform.home import PRIVATE
from finplatform.settings import Settings
from finplatform.warehouse.database import DATABASE
from finplatform.warehouse.embedded import EmbeddedServer, ServerInfo, free_port
from finplatform.warehouse.embedded.account import server_account
from finplatform.warehouse.embedded.cluster import SUPERUSER
from finplatform.warehouse.embedded.layout import Layout, locked

_AUTO_CONF = "postgresql.auto.conf"
_SIGNAL = "recovery.signal"
_MARGIN = 256 * 2**20
_PREFIX = "restore-"


@dataclass(frozen=True)
class Target:
    """Where replaying ends: at an instant, at a named point, or at the end of what is kept.

    Attributes:
        at: The instant.
        point: Name of the point.
    """

    at: datetime | None = None
    point: str | None = None

    def settings(self) -> dict[str, str]:
        """PostgreSQL's settings for it."""
        if self.point is not None:
            return {"recovery_target_name": self.point}
        if self.at is not None:
            return {"recovery_target_time": self.at.astimezone(UTC).isoformat(" ")}
        return {}


@dataclass(frozen=True)
class Plan:
    """What a restore takes.

    Attributes:
        chain: Backups, the full one first.
        log: Files of the log.
        missing: First segment of the log that is not there; empty if it is whole.
        archived: How far the log is kept.
    """

    chain: Sequence[Backup]
    log: Sequence[str]
    missing: str
    archived: Archived | None

    @property
    def needed_bytes(self) -> int:
        """Room that unpacking takes at most."""
        unpacked = sum(_cluster_bytes(backup) for backup in self.chain)
        combined = _cluster_bytes(self.chain[0]) if len(self.chain) > 1 else 0
        return unpacked + combined + len(self.log) * SEGMENT_BYTES


@dataclass(frozen=True)
class Recovered:
    """A recovered cluster.

    Attributes:
        data: Its data directory.
        server: The server, which runs.
        location: URL of database `postgres` as the superuser.
        warehouse: URL of the warehouse as the platform's login.
    """

    data: Path
    server: EmbeddedServer
    location: URL
    warehouse: URL

    def database(self, name: str) -> URL:
        """URL of a database."""
        return self.location.set(database=name)

    def finish(self) -> Path:
        """Stops the server, and gives the data directory as one that is started as usual."""
        self.server.stop()
        auto_conf = self.data / _AUTO_CONF
        lines = auto_conf.read_text().splitlines(keepends=True)
        auto_conf.write_text("".join(line for line in lines if not _is_ours(line)))
        return self.data


def make_plan(folder: BackupFolder, key: BackupKey, target: datetime | None) -> Plan:
    """What it takes to restore to an instant.

    Raises:
        FinplatformError: If there is no backup before it, or the log does not reach it.
    """
    backups = folder.backups(key)
    backup = plan.chosen(backups, target)
    chain = plan.chain_of(backup, backups)
    log, missing, archived = log_since(folder, key, backup)
    plan.check_reached(target, archived, backup)
    if missing and target is None:
        raise missing_segment(missing, folder)
    return Plan(chain, log, missing, archived)


def log_since(
    folder: BackupFolder, key: BackupKey, backup: Backup
) -> tuple[list[str], str, Archived | None]:
    """The log that is kept since a backup.

    Returns:
        Its files as far as none is missing, the first segment that is, and how far it goes; empty
        and None where there is none.
    """
    archived = folder.archived(backup.system_identifier, key)
    if archived is not None and archived.timeline != backup.timeline:
        # The server was restored since, and its log goes on under another timeline.
        archived = None
    names = kept(folder, backup.system_identifier)
    first = segment_number(position_of(backup.start_position))
    last = (
        segment_number(position_of(archived.position) - 1)
        if archived is not None
        else _last(names, backup, first)
    )
    log, missing = contiguous(names, backup.timeline, first, last)
    return log, missing, archived


def missing_segment(name: str, folder: BackupFolder) -> FinplatformError:
    """The error for a segment that is needed and not there."""
    return FinplatformError(
        f"The log cannot be replayed: segment {name} is missing in {folder.path}.",
        "Put it back, or restore to an instant before it by --to. Nothing was changed.",
    )


@contextmanager
def recovered(
    settings: Settings, folder: BackupFolder, key: BackupKey, planned: Plan, target: Target
) -> Iterator[Recovered]:
    """A server that has replayed the log up to the target; removed after the block.

    Raises:
        FinplatformError: If the disk has no room, a file is damaged, or the target is not reached.
    """
    run = settings.home / "run"
    run.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    with locked(run / "restore.lock"):
        for remains in run.glob(f"{_PREFIX}*/"):
            # Left by a killed restore, which held the lock.
            EmbeddedServer(remains).stop()
            shutil.rmtree(remains, ignore_errors=True)
        _check_room(planned, run)
        home = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=run))
        server = EmbeddedServer(home, port=free_port(), memory_mb=settings.postgres_memory_mb)
        try:
            data = _unpack(home, folder, key, planned.chain)
            _prepare(home, data, folder, key, planned, target)
            _bring_keys(settings, home)
            info = _start(server, home, planned, folder)
            secret = Layout(home).password_file.read_text()
            superuser = make_url(info.url("postgres")).set(username=SUPERUSER, password=secret)
            yield Recovered(data, server, superuser, make_url(info.url(DATABASE)))
        finally:
            server.stop()
            shutil.rmtree(home, ignore_errors=True)


def _cluster_bytes(backup: Backup) -> int:
    return sum(part.content_bytes for part in backup.parts if part.name == CLUSTER)


def _last(names: Sequence[str], backup: Backup, first: int) -> int:
    """Number of the last segment of a timeline whose end is not noted."""
    segments = filter(None, map(parsed, names))
    numbers = [number for timeline, number, _ in segments if timeline == backup.timeline]
    return max([first, *numbers])


def _check_room(planned: Plan, place: Path) -> None:
    free = shutil.disk_usage(place).free
    if free < planned.needed_bytes + _MARGIN:
        raise FinplatformError(
            f"Unpacking needs {(planned.needed_bytes + _MARGIN) // 2**20:,} MiB; the disk of"
            f" {place} has {free // 2**20:,} MiB free.",
            "Free some space there. Nothing was changed.",
        )


def _unpack(home: Path, folder: BackupFolder, key: BackupKey, chain: Sequence[Backup]) -> Path:
    """Unpacks and verifies a chain and combines it; returns the data directory."""
    base = Layout(home).base
    base.mkdir(mode=0o755)
    data = Layout(home).data
    unpacked = []
    for number, backup in enumerate(chain):
        target = base / f"unpacked-{number}"
        source = folder.of_backup(backup.backup_id) / CLUSTER
        with (
            opened(source, key, f"{backup.backup_id}/{CLUSTER}") as content,
            tarfile.open(mode="r|", fileobj=content) as tar,
        ):
            tar.extractall(target, filter="data")
        programs.run("pg_verifybackup", "--quiet", target)
        unpacked.append(target)
    if len(unpacked) == 1:
        unpacked[0].rename(data)
    else:
        programs.run("pg_combinebackup", "--link", "--no-sync", "--output", data, *unpacked)
        for target in unpacked:
            shutil.rmtree(target)
    return data


def _prepare(
    home: Path, data: Path, folder: BackupFolder, key: BackupKey, planned: Plan, target: Target
) -> None:
    """Puts the WAL where the server finds it, and sets the recovery target."""
    log = Layout(home).base / "wal"
    log.mkdir(mode=PRIVATE)
    for name in planned.log:
        unseal(folder, key, planned.chain[-1].system_identifier, name, log)
    wanted = {
        # Relative to the data directory, which is where the server runs.
        "restore_command": 'cp "../wal/%f" "%p"',
        "recovery_target_timeline": "current",
        "recovery_target_action": "promote",
        # Ready means that it has replayed the log, not that it answers meanwhile.
        "hot_standby": "off",
        # One call for all unpacked files instead of one for each.
        "recovery_init_sync_method": "syncfs",
        **target.settings(),
    }
    with (data / _AUTO_CONF).open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in wanted.items())
    (data / _SIGNAL).touch()
    server_account(home, data).give(log)


def _bring_keys(settings: Settings, home: Path) -> None:
    """The passwords of the home's server are those of the restored one."""
    target = Layout(home).password_file.parent
    target.mkdir(mode=PRIVATE)
    kept_in_home = Layout(settings.home)
    for source in (kept_in_home.password_file, kept_in_home.loader_password_file):
        if source.exists():
            shutil.copy2(source, target / source.name)


def _start(server: EmbeddedServer, home: Path, planned: Plan, folder: BackupFolder) -> ServerInfo:
    layout = Layout(home)
    try:
        return server.start()
    except FinplatformError as error:
        log = "".join(path.read_text(errors="replace") for path in layout.log.glob("*.log"))
        if "before configured recovery target was reached" not in log:
            raise
        if planned.missing:
            raise missing_segment(planned.missing, folder) from error
        raise FinplatformError(
            "The kept log ends before the requested instant.",
            "`--to latest` restores all that is kept. Nothing was changed.",
        ) from error


def _is_ours(line: str) -> bool:
    names = ("restore_command", "recovery_", "hot_standby")
    return line.startswith(names)
