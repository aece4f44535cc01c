"""The WAL archive since the first backup: received through a slot, sealed, and read back.

`pg_receivewal` writes segments to the spool, where they are on disk before the server removes them;
each is sealed into the backup folder, the last one as a partial segment. Does not belong here: the
selection of segments for a restore (`plan`, `wal_names`).
"""

import shutil
from pathlib import Path

from finplatform.backup import programs
from finplatform.backup.backup_key import BackupKey
from finplatform.backup.cluster import SLOT, LiveCluster
from finplatform.backup.folder import ARCHIVED, SEALED, WAL, BackupFolder
from finplatform.backup.manifest import Archived
from finplatform.backup.sealed_file import DamagedError, check, opened, sealing
from finplatform.backup.wal_names import PARTIAL, parsed, text_of
from finplatform.errors import FinplatformError
from finplatform.home import PRIVATE

_PIECE = 2**20


def keep_log(cluster: LiveCluster, folder: BackupFolder, key: BackupKey, spool: Path) -> Archived:
    """Archives new WAL of the server in the backup folder.

    Args:
        cluster: The server.
        folder: The backups.
        key: Their key.
        spool: Folder of segments that are not sealed yet.

    Returns:
        How far the log is kept now.

    Raises:
        FinplatformError: If the server has removed a part of it meanwhile.
    """
    if not cluster.has_slot():
        raise FinplatformError(
            "The server no longer has all its log since it was last kept.",
            "`finplatform backup create` makes a full backup and keeps the log from there on.",
        )
    with folder.keeping_log():
        return _receive(cluster, folder, key, spool)


def clear_spool(spool: Path) -> None:
    """Deletes segments of a cluster that is being replaced, or of a recreated slot."""
    shutil.rmtree(spool, ignore_errors=True)


def label_of(system_identifier: str, name: str) -> str:
    """Name under which a segment is sealed."""
    return f"{WAL}/{system_identifier}/{name}"


def kept(folder: BackupFolder, system_identifier: str) -> list[str]:
    """Files of a cluster's log that are kept."""
    paths = folder.wal(system_identifier).glob(f"*{SEALED}")
    return sorted(path.name.removesuffix(SEALED) for path in paths)


def unseal(
    folder: BackupFolder, key: BackupKey, system_identifier: str, name: str, target: Path
) -> None:
    """Writes a file of the log as the server reads it.

    Args:
        folder: The backups.
        key: Their key.
        system_identifier: Cluster that the log is of.
        name: The file; a partial segment is written under the name of the whole one.
        target: Folder to write into.

    Raises:
        DamagedError: If it is not what was written.
    """
    path = folder.wal(system_identifier) / f"{name}{SEALED}"
    label = label_of(system_identifier, name)
    with (
        opened(path, key, label) as content,
        (target / name.removesuffix(PARTIAL)).open("wb") as file,
    ):
        shutil.copyfileobj(content, file, _PIECE)


def check_log(folder: BackupFolder, key: BackupKey, system_identifier: str) -> int:
    """Reads all that is kept of a cluster's log; returns the number of its files.

    Raises:
        DamagedError: If one is not what was written.
    """
    names = kept(folder, system_identifier)
    for name in names:
        path = folder.wal(system_identifier) / f"{name}{SEALED}"
        check(path, key, label_of(system_identifier, name))
    if names and folder.archived(system_identifier, key) is None:
        raise DamagedError(folder.wal(system_identifier) / ARCHIVED, "it is missing")
    return len(names)


def _receive(cluster: LiveCluster, folder: BackupFolder, key: BackupKey, spool: Path) -> Archived:
    identity = cluster.identity()
    target = folder.wal(identity.system_identifier)
    for path in (target, spool):
        path.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    at, end = cluster.mark()
    programs.run(
        "pg_receivewal",
        *("--directory", spool, "--slot", SLOT, "--synchronous", "--no-loop", "--no-password"),
        # It ends once it has received more than the position.
        *("--endpos", text_of(end - 1)),
        login=cluster.location,
    )
    _seal(spool, target, key)
    archived = Archived(
        system_identifier=identity.system_identifier,
        timeline=identity.timeline,
        position=text_of(end),
        at=at,
    )
    folder.note_archived(archived, key)
    return archived


def _seal(spool: Path, target: Path, key: BackupKey) -> None:
    system_identifier = target.name
    for source in sorted(spool.iterdir()):
        path = target / f"{source.name}{SEALED}"
        with (
            sealing(path, key, label_of(system_identifier, source.name)) as sink,
            source.open("rb") as file,
        ):
            shutil.copyfileobj(file, sink, _PIECE)
        segment = parsed(source.name)
        if segment is not None and not segment[2]:
            (target / f"{source.name}{PARTIAL}{SEALED}").unlink(missing_ok=True)
            source.unlink()
