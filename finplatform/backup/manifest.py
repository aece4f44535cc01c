"""Manifest of a backup: readable without the key, and signed with it.

The text is one line of JSON and one of its signature, and is compared byte for byte. Does not
belong here: its path (`folder`).
"""

import hmac
import json
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from finplatform.backup.backup_key import BackupKey
from finplatform.backup.sealed_file import DamagedError, Sealed

Kind = Literal["full", "incremental", "dump"]


class Signed(BaseModel):
    """A record whose text is signed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def text(self, key: BackupKey) -> str:
        """The record as it is stored."""
        line = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=True)
        return f"{line}\n{key.signature(line.encode())}\n"

    @classmethod
    def read(cls, path: Path, key: BackupKey) -> Self:
        """The record of a file.

        Raises:
            DamagedError: If it is missing or is not what was written.
        """
        try:
            found = path.read_bytes()
        except FileNotFoundError:
            raise DamagedError(path, "it is missing") from None
        line, _, rest = found.partition(b"\n")
        expected = f"{key.signature(line)}\n".encode()
        if not hmac.compare_digest(rest, expected):
            raise DamagedError(path, "its signature does not fit, or is of another key")
        return cls.model_validate_json(line)

    @classmethod
    def glance(cls, path: Path) -> Self | None:
        """The record without its signature being checked; None if it is none."""
        try:
            return cls.model_validate_json(path.read_bytes().partition(b"\n")[0])
        except (OSError, ValidationError):
            return None


class Part(BaseModel):
    """One sealed file of a backup.

    Attributes:
        name: Of the file.
        bytes: Its size.
        content_bytes: Size of what it holds.
        sha256: Of the file as it is stored.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    bytes: int
    content_bytes: int
    sha256: str

    @classmethod
    def of(cls, name: str, sealed: Sealed) -> "Part":
        """The part that was written under a name."""
        return cls(
            name=name,
            bytes=sealed.bytes,
            content_bytes=sealed.content_bytes,
            sha256=sealed.sha256,
        )


class Backup(Signed):
    """A backup.

    Attributes:
        backup_id: Its instant and kind, by which backups are sorted.
        kind: Full, incremental, or a dump of each database.
        parent: Backup that an incremental one builds on.
        system_identifier: Cluster that it is of; empty for a dump.
        timeline: Timeline of its log.
        start_position: Where replaying the log begins.
        end_position: Where its cluster is consistent.
        began_at: Instant at which it began.
        ended_at: Instant by the server's clock from which on it can be restored to.
        server_version: Of PostgreSQL.
        platform_version: Of the platform.
        key: Fingerprint of its key.
        parts: Its files, in the order in which they were written.
    """

    backup_id: str
    kind: Kind
    parent: str | None = None
    system_identifier: str = ""
    timeline: int = 0
    start_position: str = "0/0"
    end_position: str = "0/0"
    began_at: datetime
    ended_at: datetime
    server_version: str
    platform_version: str
    key: str
    parts: tuple[Part, ...]

    @property
    def is_physical(self) -> bool:
        """Whether it is a copy of the cluster."""
        return self.kind != "dump"

    @property
    def stored_bytes(self) -> int:
        """Size of its files."""
        return sum(part.bytes for part in self.parts)

    @property
    def content_bytes(self) -> int:
        """Size of what they hold."""
        return sum(part.content_bytes for part in self.parts)


class Archived(Signed):
    """How far the log is kept.

    Attributes:
        system_identifier: Cluster that it is of.
        timeline: Timeline of its end.
        position: Its end.
        at: Instant of the server's clock up to which all that was committed is in it.
    """

    system_identifier: str
    timeline: int
    position: str
    at: datetime
