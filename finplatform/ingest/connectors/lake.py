"""A lake as a source: Parquet partitioned by business day, in a folder or an object store.

The layout is the one that the platform writes itself, `{table}/date=YYYY-MM-DD/*.parquet`; where a
table has a manifest, its partitions are read and their checksums compared; otherwise all files are
read. Belongs here: the selection of files. Does not belong here: reading Parquet (see
`parquet_rows`) and writing a lake (see `finplatform.lake`).
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile

import polars as pl
import pyarrow as pa

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import Batch, ReadRequest
from finplatform.ingest.connectors.limits import DEFAULT, Limits
from finplatform.ingest.connectors.naming import shown_name
from finplatform.ingest.connectors.parquet_rows import read_parquet
from finplatform.lake.manifest import partition_key, read_manifest
from finplatform.lake.root import LakeRoot

_NAME = re.compile(r"\w+")
_DAY = re.compile(r"/date=(\d{4}-\d{2}-\d{2})/")


class LakeConnector:
    """Reads tables of a lake.

    Args:
        root: Root of the lake.
        limits: See `Limits`.
    """

    def __init__(self, root: LakeRoot, limits: Limits = DEFAULT) -> None:
        self._root = root
        self._limits = limits

    def read(self, request: ReadRequest) -> Iterator[Batch]:
        """Yields the partitions of a window; without one, the newest day's.

        Raises:
            FinplatformError: If there is no such table, or a file is damaged.
        """
        checksums = self._files(request.relation, request.table)
        days = {key: _day_of(key) for key in checksums}
        newest = max(days.values())
        for key in sorted(checksums):
            day = days[key]
            if day not in request.window if request.window else day != newest:
                continue
            for frame in self._frames(key, checksums[key], request):
                yield Batch(frame, shown_name(key), day=day, is_cut=request.window is not None)

    def read_lookup(self, relation: str) -> pl.DataFrame:
        """Refuses: a lake has no lookup tables.

        Raises:
            FinplatformError: Always.
        """
        raise FinplatformError(
            f"The lake has no side table {relation}.", "Take the lookup from another source."
        )

    def is_journalled(self, relation: str) -> bool:
        """Never: a partition is read whole."""
        del relation
        return False

    def _files(self, relation: str, reader: str) -> Mapping[str, str | None]:
        """Keys of a table's files, with their checksums by the manifest.

        Raises:
            FinplatformError: If the name is no table, or the table has no file.
        """
        if _NAME.fullmatch(relation) is None:
            raise FinplatformError(
                f"{shown_name(relation)} is no table of a lake.",
                "Give `read` the name of the table's folder.",
            )
        held = read_manifest(self._root, relation)
        found: dict[str, str | None]
        if held is not None:
            found = {
                partition_key(relation, day): partition.sha256
                for day, partition in held.partitions.items()
                if partition.rows
            }
        else:
            listed = self._root.sizes(relation)
            found = {key: None for key in listed if _DAY.search(key)}
        if not found:
            raise FinplatformError(
                f"The lake at {self._root.address} has no day of {relation} for {reader}.",
                "Correct `root` and `read` in the source configuration.",
            )
        return found

    def _frames(self, key: str, sha256: str | None, request: ReadRequest) -> Iterator[pl.DataFrame]:
        with self._local(key, sha256) as path:
            try:
                yield from read_parquet(path, request.batch_rows, self._limits, request.columns)
            except FinplatformError as error:
                raise FinplatformError(f"{shown_name(key)}: {error.message}", error.hint) from error
            except (pa.ArrowException, pl.exceptions.PolarsError, ValueError, OSError):
                # The reader's messages may quote a row, so they are not shown.
                raise _damaged(key) from None

    @contextmanager
    def _local(self, key: str, sha256: str | None) -> Iterator[Path]:
        """Local copy of a file of the lake, with its checksum compared."""
        content = self._root.read(key)
        if content is None:
            raise FinplatformError(
                f"{shown_name(key)} is gone from the lake.", "Run it again once it is written."
            )
        if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
            raise _damaged(key)
        with NamedTemporaryFile(suffix=".parquet") as file:
            file.write(content)
            file.flush()
            yield Path(file.name)


def _day_of(key: str) -> date:
    match = _DAY.search(key)
    if match is None:
        raise ValueError(f"{key} is no partition")
    return date.fromisoformat(match[1])


def _damaged(key: str) -> FinplatformError:
    return FinplatformError(
        f"{shown_name(key)} is not the file that the lake's manifest or its name promises.",
        "Have its owner write the day again.",
    )
