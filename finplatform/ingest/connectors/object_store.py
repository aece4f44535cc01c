"""Files in an object store (`s3://` roots) as a source.

The requested files are downloaded into a private temporary folder and read by the connector of
folders. Belongs here: the selection of objects and their download. Does not belong here: reading
them (see `files`).
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import Batch, ReadRequest
from finplatform.ingest.connectors.config import FilesSource, TableConfig
from finplatform.ingest.connectors.dated_name import DatedName
from finplatform.ingest.connectors.files import FilesConnector
from finplatform.ingest.connectors.limits import DEFAULT, Limits
from finplatform.ingest.connectors.naming import check_inside, shown_name

SCHEME = "s3://"


def is_object_store(root: str) -> bool:
    """Whether a root is in an object store."""
    return root.startswith(SCHEME)


class ObjectStoreConnector:
    """Reads the files below a prefix of a bucket.

    Args:
        source: The source's settings.
        limits: See `Limits`.
    """

    def __init__(self, source: FilesSource, limits: Limits = DEFAULT) -> None:
        self._source = source
        self._root = source.root.rstrip("/")
        self._limits = limits

    def read(self, request: ReadRequest) -> Iterator[Batch]:
        """Yields the rows of the requested files.

        Raises:
            FinplatformError: If no file matches, one cannot be read, or the store refuses.
        """
        with self._fetched(self._wanted(request)) as files:
            yield from files.read(request)

    def read_lookup(self, relation: str) -> pl.DataFrame:
        """All rows of the files of a glob."""
        request = ReadRequest("a lookup", TableConfig(source="", read=relation))
        with self._fetched(self._wanted(request)) as files:
            return files.read_lookup(relation)

    def is_journalled(self, relation: str) -> bool:  # noqa: ARG002 - signature of the protocol
        """Never: files hold states or whole histories."""
        return False

    def _wanted(self, request: ReadRequest) -> list[str]:
        """Names below the root of the files that a request reads."""
        relation = request.relation
        if not DatedName.is_in(relation):
            found = self._listed(relation)
            if not found:
                raise FinplatformError(
                    f"No file matches {relation} in {self._root} for {request.table}.",
                    "Put the file there or correct `root` and `read` in the source configuration.",
                )
            return found
        name = DatedName(relation)
        if request.window is not None:
            return [file for day in request.window.dates() for file in self._listed(name.glob(day))]
        days = {file: name.day_of(file) for file in self._listed(name.any_day)}
        newest = max((day for day in days.values() if day is not None), default=None)
        return [file for file, day in days.items() if day is not None and day == newest]

    def _listed(self, pattern: str) -> list[str]:
        check_inside(pattern, Path(self._root))
        below = self._root.removeprefix(SCHEME)
        with self._store() as store:
            found = store.glob(f"{below}/{pattern}")
            files = [name for name in found if not name.endswith("/") and store.isfile(name)]
        return sorted(name.removeprefix(f"{below}/") for name in files)

    @contextmanager
    def _fetched(self, names: Sequence[str]) -> Iterator[FilesConnector]:
        """A connector over temporary copies of files, which exist within the block."""
        with tempfile.TemporaryDirectory(prefix="finplatform-objects-") as folder:
            root = Path(folder).resolve()
            with self._store() as store:
                for name in names:
                    if ".." in PurePosixPath(name).parts:
                        raise FinplatformError(
                            f"{shown_name(name)} is no name of a file.", "Rename the object."
                        )
                    target = root / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    store.get_file(f"{self._root}/{name}", str(target))
            try:
                yield FilesConnector(self._source, root, self._limits)
            except FinplatformError as error:
                # Messages name the object, not the copy.
                message = error.message.replace(str(root), self._root)
                raise FinplatformError(message, error.hint) from error

    @contextmanager
    def _store(self) -> Iterator[Any]:
        """The store, with boto3's default credentials; its errors become platform errors."""
        try:
            import fsspec
            from botocore.exceptions import BotoCoreError, ClientError
            from s3fs import S3FileSystem
        except ImportError:
            raise FinplatformError(
                "The source is in an object store, and the package `s3fs` is not installed.",
                "Install it with the extra: pip install 'finplatform[aws]'.",
            ) from None
        options = {"endpoint_url": self._source.endpoint} if self._source.endpoint else {}
        try:
            # Listings are not cached, so that new objects are found.
            store: S3FileSystem = fsspec.filesystem("s3", use_listings_cache=False, **options)
            yield store
        except (OSError, BotoCoreError, ClientError) as error:
            raise FinplatformError(
                f"{shown_name(self._root)} cannot be read: {type(error).__name__}.",
                "Check the bucket's name, the login of AWS and its rights to list and read it.",
            ) from None
