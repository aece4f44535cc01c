"""Files as a source: CSV, Parquet and XML, plain or gzip, by glob or by the date in their names.

CSV is read as text by a streaming parser that reports lines it cannot split instead of dropping
them. Does not belong here: what the text means (see `finplatform.ingest`), and files that are not
plain tables (see `layout`).
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast
from xml.etree.ElementTree import ParseError

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.arrow import frame_of_table
from finplatform.ingest.connectors.base import Batch, ReadRequest
from finplatform.ingest.connectors.config import FilesSource
from finplatform.ingest.connectors.csv_rows import CsvFormat, read_rows
from finplatform.ingest.connectors.dated_name import DatedName
from finplatform.ingest.connectors.documents import frame_of
from finplatform.ingest.connectors.layout import laid_out, layout_of
from finplatform.ingest.connectors.xml_records import read_records
from finplatform.windows import Window

_UNREADABLE = (
    OSError,
    EOFError,
    zlib.error,
    pa.ArrowException,
    LookupError,
    UnicodeError,
    ParseError,
)

_WHOLE = 1_000_000
"""Rows of a batch when a file is read whole."""


@dataclass(frozen=True)
class _Wanted:
    """What to read of a file.

    Attributes:
        batch_rows: Most rows of a batch; None for the file's own size.
        records: Path to the records of a file that nests them.
        columns: Columns that the mapping names; none for all.
    """

    batch_rows: int | None = None
    records: str | None = None
    columns: tuple[str, ...] = ()


class FilesConnector:
    """Reads the files of one folder.

    Args:
        source: The source's settings.
        root: Its folder, made absolute.
    """

    def __init__(self, source: FilesSource, root: Path) -> None:
        self._source = source
        self._root = root

    def paths(self, relation: str) -> list[Path]:
        """Files that a glob stands for, in name order.

        Raises:
            FinplatformError: If there is no such folder, or the glob leads out of it.
        """
        if not self._root.is_dir():
            raise FinplatformError(
                f"There is no folder {self._root}.",
                "Make it, or correct `root` in the source configuration.",
            )
        try:
            return sorted(path for path in self._root.glob(relation) if path.is_file())
        except (NotImplementedError, ValueError) as error:
            raise FinplatformError(
                f"{relation} is no file name below {self._root}.",
                "Give `read` a name or glob that starts at `root`.",
            ) from error

    def read(self, request: ReadRequest) -> Iterator[Batch]:
        """Yields the rows of the wanted files; the caller cuts the window.

        A name with a date in it is opened for the days of the window alone, and a day without a
        file has no rows. Without a window, the newest day's files are the wanted ones.

        Raises:
            FinplatformError: If no file matches or one cannot be read.
        """
        if DatedName.is_in(request.relation):
            yield from self._read_dated(request, DatedName(request.relation))
            return
        for path in self._existing(request.relation, request.table):
            yield from self._read_path(path, _wanted(request))

    def read_lookup(self, relation: str) -> pl.DataFrame:
        """Whole of the files of a glob, which must all be well formed."""
        frames = []
        for path in self._existing(relation, "a lookup"):
            for batch in self._read_path(path, _Wanted()):
                if batch.malformed:
                    piece = batch.malformed[0]
                    raise FinplatformError(
                        f"{path}: {piece.place} breaks the rule {piece.rule}.", "Mend the file."
                    )
                frames.append(batch.frame)
        return pl.concat(frames)

    def is_journalled(self, relation: str) -> bool:  # noqa: ARG002 - the protocol asks per table
        """Files hold states or whole histories, never what is new."""
        return False

    def _existing(self, relation: str, reader: str) -> list[Path]:
        paths = self.paths(relation)
        if not paths:
            raise FinplatformError(
                f"No file matches {relation} in {self._root} for {reader}.",
                "Put the file there or correct `root` and `read` in the source configuration.",
            )
        return paths

    def _read_dated(self, request: ReadRequest, name: DatedName) -> Iterator[Batch]:
        for day in self._days(request, name):
            for path in self.paths(name.glob(day)):
                for batch in self._read_path(path, _wanted(request)):
                    yield replace(batch, day=day, is_cut=True) if request.window else batch

    def _days(self, request: ReadRequest, name: DatedName) -> list[date]:
        window: Window | None = request.window
        if window is not None:
            return list(window.dates())
        found = (
            name.day_of(path.relative_to(self._root).as_posix())
            for path in self._existing(name.any_day, request.table)
        )
        days = [day for day in found if day is not None]
        if not days:
            raise FinplatformError(
                f"No file in {self._root} has a date as {request.relation} writes it.",
                "Correct `read` in the source configuration.",
            )
        return [max(days)]

    def _read_path(self, path: Path, wanted: _Wanted) -> Iterator[Batch]:
        layout = layout_of(path, self._root, self._source.layouts)
        try:
            if path.name.endswith(".parquet"):
                batches = self._read_parquet(path, wanted.batch_rows)
            elif path.name.endswith((".xml", ".xml.gz")):
                batches = self._read_xml(path, wanted)
            else:
                batches = self._read_csv(path, wanted.batch_rows, layout.header if layout else None)
            for batch in batches:
                yield replace(batch, frame=laid_out(batch.frame, path, layout))
        except FinplatformError as error:
            raise FinplatformError(f"{path}: {error.message}", error.hint) from error
        except _UNREADABLE as error:
            # The parsers' messages may quote a row, so they go no further than here.
            raise FinplatformError(
                f"{path} cannot be read: {_reason(error)}.", "Replace the file and run again."
            ) from None

    def _read_parquet(self, path: Path, batch_rows: int | None) -> Iterator[Batch]:
        with pq.ParquetFile(path) as parquet:
            seen = False
            for record_batch in parquet.iter_batches(batch_size=batch_rows or _WHOLE):
                seen = True
                yield Batch(frame_of_table(pa.Table.from_batches([record_batch])), path.name)
            if not seen:
                yield Batch(frame_of_table(parquet.schema_arrow.empty_table()), path.name)

    def _read_csv(
        self, path: Path, batch_rows: int | None, header: list[str] | None
    ) -> Iterator[Batch]:
        source = self._source
        written = CsvFormat(
            source.delimiter,
            source.encoding,
            tuple(source.nulls),
            tuple(header) if header else None,
        )
        with _opened(path) as stream:
            yield from read_rows(stream, written, path.name, batch_rows)

    def _read_xml(self, path: Path, wanted: _Wanted) -> Iterator[Batch]:
        if wanted.records is None:
            raise FinplatformError(
                "It is XML, of which no element is named.",
                "Give the table `records`, the names that lead to its element: `LIST/ENTRY`.",
            )
        rows, read = wanted.batch_rows or _WHOLE, 0
        with _opened(path) as stream:
            records = read_records(stream, wanted.records)
            while some := list(islice(records, rows)):
                frame, malformed = frame_of(some, wanted.columns, first=read + 1)
                read += len(some)
                yield Batch(frame, path.name, malformed)
        if not read:
            raise FinplatformError(
                f"It has no element at {wanted.records}.", "Correct `records` of the table."
            )


def _wanted(request: ReadRequest) -> _Wanted:
    return _Wanted(request.batch_rows, request.config.records, request.columns)


def _opened(path: Path) -> BinaryIO:
    if path.name.endswith(".gz"):
        return cast("BinaryIO", gzip.open(path, "rb"))
    return path.open("rb")


def _reason(error: Exception) -> str:
    """What is wrong with a file, in words that hold nothing from inside it."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    if isinstance(error, ParseError):
        return f"it is no well-formed XML from line {error.position[0]} on"
    if isinstance(error, LookupError):
        return "its encoding is unknown"
    if isinstance(error, EOFError | zlib.error | gzip.BadGzipFile):
        return "it is cut short or damaged"
    if isinstance(error, UnicodeError):
        return "its text is not in the declared encoding"
    return "its content is not what its name says, or it is damaged"
