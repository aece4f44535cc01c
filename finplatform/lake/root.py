"""The root of the lake: a folder, or a prefix of an object store.

A file appears atomically: in a folder by renaming, in an object store because an object is stored
in one piece. Belongs here: file operations on either. Does not belong here: the content of files.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from finplatform.errors import FinplatformError
from finplatform.home import PRIVATE
from finplatform.settings import Settings

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_COMING = ".coming"


@dataclass(frozen=True)
class LakeRoot:
    """A place for files by key, such as `fact_transactions/date=2025-01-31/part-0.parquet`.

    Attributes:
        address: Absolute folder, or a URL such as `s3://bucket/prefix`, without a slash at the end.
        filesystem: The object store; None for a folder.
    """

    address: str
    filesystem: "AbstractFileSystem | None" = None

    def path(self, key: str) -> str:
        """Full name of a file, as DuckDB and Polars open it."""
        return f"{self.address}/{key}"

    def read(self, key: str) -> bytes | None:
        """Content of a file; None if there is none."""
        try:
            if self.filesystem is None:
                return Path(self.path(key)).read_bytes()
            return bytes(self.filesystem.cat_file(self.path(key)))
        except FileNotFoundError:
            return None

    def write(self, key: str, content: bytes) -> None:
        """Stores a small file, in place of what is there."""
        if self.filesystem is None:
            target = self._made(key)
            coming = target.with_name(f"{_COMING}-{target.name}")
            coming.write_bytes(content)
            coming.replace(target)
        else:
            self.filesystem.pipe_file(self.path(key), content)

    def take(self, file: Path, key: str) -> None:
        """Moves a local file into the lake, in place of what is there."""
        if self.filesystem is None:
            target = self._made(key)
            coming = target.with_name(f"{_COMING}-{target.name}")
            # On another disk this is a copy, which must not be visible before it is complete.
            shutil.move(file, coming)
            coming.replace(target)
        else:
            self.filesystem.put_file(os.fspath(file), self.path(key))
            file.unlink()

    def remove(self, key: str) -> None:
        """Deletes a file if it is there."""
        if self.filesystem is None:
            Path(self.path(key)).unlink(missing_ok=True)
        elif self.filesystem.exists(self.path(key)):
            self.filesystem.rm_file(self.path(key))

    def size(self, key: str) -> int | None:
        """Bytes of a file; None if there is none."""
        try:
            if self.filesystem is None:
                return Path(self.path(key)).stat().st_size
            return int(self.filesystem.info(self.path(key), refresh=True)["size"])
        except FileNotFoundError:
            return None

    def sizes(self, folder: str) -> dict[str, int]:
        """Bytes of every Parquet file below a folder, by key, as the store lists them now."""
        if self.filesystem is None:
            base = Path(self.path(folder))
            return {
                f"{folder}/{file.relative_to(base).as_posix()}": file.stat().st_size
                for file in base.glob("date=*/*.parquet")
                if not file.name.startswith(_COMING)
            }
        self.filesystem.invalidate_cache()
        protocol, _, below = self.address.partition("://")
        found = self.filesystem.find(self.path(folder), detail=True)
        return {
            name.removeprefix(f"{protocol}://").removeprefix(f"{below}/"): int(about["size"])
            for name, about in found.items()
            if name.endswith(".parquet")
        }

    def _made(self, key: str) -> Path:
        target = Path(self.path(key))
        target.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        return target


def open_root(settings: Settings) -> LakeRoot:
    """The configured root of the lake; by default `HOME/lake`.

    Raises:
        FinplatformError: If its kind of store is not known, or a library for it is missing.
    """
    given = settings.lake_root
    if given is None or "://" not in given:
        folder = settings.home / "lake" if given is None else Path(given).expanduser()
        return LakeRoot(str(folder.resolve()))
    return root_at(given)


def root_at(address: str) -> LakeRoot:
    """The root at the URL of an object store.

    Args:
        address: Such as `s3://bucket/prefix`.

    Raises:
        FinplatformError: If its kind of store is not known, or a library for it is missing.
    """
    import fsspec

    protocol = address.partition("://")[0]
    try:
        filesystem = fsspec.filesystem(protocol)
    except (ImportError, ValueError) as error:
        raise FinplatformError(
            f"The lake cannot be at {protocol}://: {error}.",
            "Install the extra `aws` for s3://, or set FINPLATFORM_LAKE_ROOT to a folder.",
        ) from error
    return LakeRoot(address.rstrip("/"), filesystem)
