"""The files of the home that a restored platform needs besides its databases, as one archive.

Included are models, the audit trail's heads, filings, documents, reports, what waits in the
landing zone and the feeds: they cannot be had again, or not without the sources. Left out are the
databases, what is made anew at a start, and what has to stay apart: the keys, and the ledger of
erasures, by which persons are erased again from a restored database.
"""

import tarfile
from collections.abc import Iterator
from pathlib import Path

from finplatform.backup.backup_key import BackupKey
from finplatform.backup.manifest import Part
from finplatform.backup.sealed_file import opened, sealing
from finplatform.home import FOLDERS
from finplatform.settings import Settings

NAME = "home.tar"

LEFT_OUT = frozenset(
    ("backups", "bench", "dagster", "dbt", "keys", "logs", "privacy", "run", "stream", "wal_spool")
)
SETTINGS_FILE = "settings.toml"
SOURCES_FILE = "documents/sources.yaml"
"""Where the source configuration is kept, which is often outside of the home."""


def archive(settings: Settings, target: Path, key: BackupKey, label: str) -> Part:
    """Seals the files of a home.

    Args:
        settings: Name the home.
        target: The sealed file.
        key: Key of the backups.
        label: Name under which it is sealed.
    """
    with (
        sealing(target, key, label) as sink,
        tarfile.open(mode="w|", fileobj=sink, dereference=False) as tar,  # type: ignore[call-overload]
    ):
        for path in _roots(settings.home):
            tar.add(path, path.name)
        if settings.sources_file.is_file():
            tar.add(settings.sources_file, SOURCES_FILE)
    return Part.of(target.name, sink.sealed)


def unpack_missing(source: Path, key: BackupKey, label: str, home: Path) -> list[str]:
    """Writes the files of an archive that a home does not have; those that it has stay.

    Returns:
        Names of the written files.

    Raises:
        DamagedError: If the archive is not what was written.
    """
    written = []
    with opened(source, key, label) as content, tarfile.open(mode="r|", fileobj=content) as tar:
        for member in tar:
            if member.isfile() and not (home / member.name).exists():
                tar.extract(member, home, filter="data")
                written.append(member.name)
    return written


def _roots(home: Path) -> Iterator[Path]:
    for name in sorted((*FOLDERS, SETTINGS_FILE)):
        if name not in LEFT_OUT and (home / name).exists():
            yield home / name
