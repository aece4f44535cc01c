"""Creation of a physical backup: the cluster, the files of the home, then the WAL up to now.

The files are copied after the cluster, so that no row refers to a file that the backup lacks. The
backup is read back before it is published. Does not belong here: portable dumps (`dump`).
"""

import json
import shutil
import tarfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import finplatform
from finplatform.backup import home_files, plan, programs
from finplatform.backup.archive import clear_spool, keep_log
from finplatform.backup.backup_key import BackupKey
from finplatform.backup.cluster import Identity, LiveCluster, live_cluster
from finplatform.backup.folder import MANIFEST, BackupFolder, new_id
from finplatform.backup.manifest import Archived, Backup, Part
from finplatform.backup.sealed_file import DamagedError, opened, sealing
from finplatform.errors import FinplatformError
from finplatform.settings import Settings
from finplatform.warehouse.private_files import write_whole

CLUSTER = "cluster.tar"
PG_MANIFEST = "backup_manifest"

_PIECE = 2**20
_MARGIN = 64 * 2**20


@dataclass(frozen=True)
class Created:
    """Result of a backup.

    Attributes:
        backup: The new backup.
        removed: Ids of backups that retention has removed.
        archived: How far the log is kept; None for a dump.
    """

    backup: Backup
    removed: list[str]
    archived: Archived | None = None


def spool_of(settings: Settings) -> Path:
    """Folder of segments that are not sealed yet."""
    return settings.home / "wal_spool"


def create(settings: Settings, *, is_full: bool | None = None, keep: int | None = None) -> Created:
    """Makes a backup, archives the WAL up to now, and applies retention.

    Args:
        settings: Name home and folder.
        is_full: Whether it is full; None makes an incremental one wherever that is possible.
        keep: Backups to keep; default: the setting.

    Raises:
        FinplatformError: If it cannot be made; no half-written one is left.
    """
    folder = BackupFolder.of(settings)
    with live_cluster(settings) as cluster, folder.changing():
        key = folder.key(settings, create=True)
        identity = cluster.identity()
        began = cluster.now()
        cluster.summarize()
        parent = _parent(cluster, folder, key, identity, began, settings)
        if is_full:
            parent = None
        elif is_full is False and parent is None:
            raise FinplatformError(
                "There is no full backup that an incremental one could build on.",
                "Run `finplatform backup create --full`.",
            )
        _check_room(folder, parent, cluster)
        backup_id = new_id(began, "incremental" if parent else "full")
        with folder.new(backup_id) as draft:
            parts, wal = _copy(cluster, folder, key, draft, backup_id, parent)
            ended = cluster.now()
            files = draft / home_files.NAME
            parts.append(home_files.archive(settings, files, key, f"{backup_id}/{files.name}"))
            backup = Backup(
                backup_id=backup_id,
                kind="incremental" if parent else "full",
                parent=parent.backup_id if parent else None,
                system_identifier=identity.system_identifier,
                timeline=identity.timeline,
                start_position=wal["Start-LSN"],
                end_position=wal["End-LSN"],
                began_at=began,
                ended_at=ended,
                server_version=identity.server_version,
                platform_version=finplatform.__version__,
                key=key.fingerprint,
                parts=tuple(parts),
            )
            write_whole(draft / MANIFEST, backup.text(key))
        archived = keep_log(cluster, folder, key, spool_of(settings))
        removed = folder.remove_surplus(key, keep or settings.backup_keep)
    return Created(backup, removed, archived)


def keep_written(settings: Settings) -> Archived:
    """Keeps the log up to now.

    Raises:
        FinplatformError: If there is no backup yet, or a part of the log is lost.
    """
    folder = BackupFolder.of(settings)
    if not folder.names():
        raise FinplatformError(
            "There is no backup yet that a log could follow.", "Run `finplatform backup create`."
        )
    with live_cluster(settings) as cluster:
        return keep_log(cluster, folder, folder.key(settings), spool_of(settings))


def pg_manifest_of(folder: BackupFolder, key: BackupKey, backup: Backup, target: Path) -> None:
    """Writes PostgreSQL's own manifest of a backup, which an incremental one builds on."""
    source = folder.of_backup(backup.backup_id) / PG_MANIFEST
    with (
        opened(source, key, f"{backup.backup_id}/{PG_MANIFEST}") as content,
        target.open("wb") as file,
    ):
        shutil.copyfileobj(content, file, _PIECE)


def _parent(
    cluster: LiveCluster,
    folder: BackupFolder,
    key: BackupKey,
    identity: Identity,
    at: datetime,
    settings: Settings,
) -> Backup | None:
    """What an incremental backup builds on; where the log is not kept yet, it is from now on."""
    if not cluster.has_slot():
        with folder.keeping_log():
            clear_spool(spool_of(settings))
            cluster.make_slot()
        return None
    return plan.parent_for(folder.backups(key), identity.system_identifier, identity.timeline, at)


def _check_room(folder: BackupFolder, parent: Backup | None, cluster: LiveCluster) -> None:
    """Refuses a backup that the disk has no room for, by the size of the last one or the server."""
    if parent is not None:
        return
    known = [one for one in folder.glances() if one.kind == "full"]
    size = "select sum(pg_database_size(oid))::bigint from pg_database"
    row = cluster.connection.execute(size).fetchone()
    # Tables compress to a third or better; the last backup gives the exact size.
    needed = known[-1].stored_bytes if known else int(row[0] if row else 0) // 3
    free = shutil.disk_usage(folder.path).free
    if free < needed + _MARGIN:
        raise FinplatformError(
            f"The backup needs about {needed // 2**20:,} MiB; the disk of {folder.path} has"
            f" {free // 2**20:,} MiB free.",
            "Free some space there, keep fewer by --keep, or set FINPLATFORM_BACKUP_DIR.",
        )


def _copy(
    cluster: LiveCluster,
    folder: BackupFolder,
    key: BackupKey,
    draft: Path,
    backup_id: str,
    parent: Backup | None,
) -> tuple[list[Part], dict[str, Any]]:
    """Copies the cluster; returns the files and the range of the log that it needs."""
    arguments: list[str | Path] = [
        *("--pgdata", "-", "--format", "tar", "--wal-method", "fetch", "--checkpoint", "fast"),
        *("--manifest-checksums", "SHA256", "--no-estimate-size", "--no-password"),
        *("--label", f"finplatform {backup_id}"),
    ]
    if parent is not None:
        known = draft / f"{PG_MANIFEST}.parent"
        pg_manifest_of(folder, key, parent, known)
        arguments += ["--incremental", known]
    target = draft / CLUSTER
    label = f"{backup_id}/{CLUSTER}"
    with sealing(target, key, label) as sink:
        programs.read_from("pg_basebackup", arguments, cluster.location, sink.write)
    if parent is not None:
        known.unlink()
    part, wal = _read_back(draft, key, backup_id)
    return [Part.of(CLUSTER, sink.sealed), part], wal


def _read_back(draft: Path, key: BackupKey, backup_id: str) -> tuple[Part, dict[str, Any]]:
    """Reads what was written, and takes PostgreSQL's manifest out of it."""
    source, target = draft / CLUSTER, draft / PG_MANIFEST
    found: bytes | None = None
    with (
        opened(source, key, f"{backup_id}/{CLUSTER}") as content,
        tarfile.open(mode="r|", fileobj=content) as tar,
    ):
        for member in tar:
            file = tar.extractfile(member) if member.name == PG_MANIFEST else None
            if file is not None:
                found = file.read()
    if found is None:
        raise DamagedError(source, f"it has no {PG_MANIFEST}")
    with sealing(target, key, f"{backup_id}/{PG_MANIFEST}") as sink:
        sink.write(found)
    wal: dict[str, Any] = json.loads(found)["WAL-Ranges"][-1]
    return Part.of(PG_MANIFEST, sink.sealed), wal
