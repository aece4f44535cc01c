"""Files as a source: CSV, Parquet and XML, plain or compressed, by glob or by dates in names.

Error messages hold nothing of a file's content. Belongs here: the selection of files, their layout
(unpivot, file name as a column), and the errors of unreadable ones. Does not belong here: the
formats (see `csv_rows`, `parquet_rows`, `xml_records`) and the columns (see `finplatform.ingest`).
"""

import csv
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path, PurePath
from xml.parsers.expat import ExpatError

import polars as pl
import pyarrow as pa

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import Batch, ReadRequest
from finplatform.ingest.connectors.config import FileLayout, FilesSource
from finplatform.ingest.connectors.csv_rows import CsvFormat, read_rows
from finplatform.ingest.connectors.dated_name import DatedName
from finplatform.ingest.connectors.documents import frame_of
from finplatform.ingest.connectors.limits import DEFAULT, LOOKUP_BYTES, MIB, Limits
from finplatform.ingest.connectors.lookup import joined_by_name
from finplatform.ingest.connectors.naming import (
    check_inside,
    resolved_below,
    shown_columns,
    shown_name,
)
from finplatform.ingest.connectors.parquet_rows import read_parquet
from finplatform.ingest.connectors.unpacked import form_inside, kind_of, opened
from finplatform.ingest.connectors.xml_records import RecordReader
from finplatform.windows import Window

_UNREADABLE = (
    OSError,
    EOFError,
    MemoryError,
    RuntimeError,
    ValueError,
    LookupError,
    OverflowError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    zipfile.BadZipFile,
    csv.Error,
    pa.ArrowException,
    pl.exceptions.PolarsError,
    ExpatError,
)
"""Exceptions of the libraries for a file that is damaged or of another format."""

_DAMAGED = "its content is not what its name says, or it is damaged"

_WHOLE = 1_000_000
"""Rows of a batch when a file is read whole."""

_BATCH_BYTES = 8 * MIB
"""Most bytes of XML in one batch."""


@dataclass(frozen=True)
class _Wanted:
    """Read options of a file.

    Attributes:
        batch_rows: Most rows of a batch; None for the file's own size.
        records: Path to nested records.
        columns: Columns of the mapping; empty for all.
    """

    batch_rows: int | None = None
    records: str | None = None
    columns: tuple[str, ...] = ()


class FilesConnector:
    """Reads the files of one folder.

    Args:
        source: The source's settings.
        root: Its folder, absolute.
        limits: See `Limits`.
    """

    def __init__(self, source: FilesSource, root: Path, limits: Limits = DEFAULT) -> None:
        self._source = source
        self._root = root.resolve()
        self._limits = limits

    def paths(self, relation: str) -> list[Path]:
        """Files that match a glob, in name order.

        Raises:
            FinplatformError: If there is no such folder, or the glob or a link leads out of it.
        """
        check_inside(relation, self._root)
        if not self._root.is_dir():
            raise FinplatformError(
                f"There is no folder {shown_name(self._root)}.",
                "Make it, or correct `root` in the source configuration.",
            )
        try:
            found = sorted(path for path in self._root.glob(relation) if path.is_file())
        except (NotImplementedError, ValueError, OSError) as error:
            raise FinplatformError(
                f"{shown_name(relation)} is no file name below {shown_name(self._root)}.",
                "Give `read` a name or glob that starts at `root`.",
            ) from error
        for path in found:
            resolved_below(path, self._root)
        return found

    def read(self, request: ReadRequest) -> Iterator[Batch]:
        """Yields the rows of the requested files; the caller filters by the window.

        For a name with a date only the files of the window's days are opened, and a day without a
        file has no rows. Without a window, the newest day's files are read.

        Raises:
            FinplatformError: If no file matches or one cannot be read.
        """
        if DatedName.is_in(request.relation):
            yield from self._read_dated(request, DatedName(request.relation))
            return
        for path in self._existing(request.relation, request.table):
            yield from self._read_path(path, _wanted(request))

    def read_lookup(self, relation: str) -> pl.DataFrame:
        """All rows of the files of a glob, which must be well formed.

        Files are joined by column name; missing columns are null.

        Raises:
            FinplatformError: If one cannot be read, is malformed, or shares no column with the
                others, or the total is too large.
        """
        frames: list[tuple[str, pl.DataFrame]] = []
        size = 0
        for path in self._existing(relation, "a lookup"):
            for batch in self._read_path(path, _Wanted()):
                if batch.malformed:
                    piece = batch.malformed[0]
                    raise FinplatformError(
                        f"{shown_name(path)}: {piece.place} breaks the rule {piece.rule}.",
                        "Correct the file.",
                    )
                size += int(batch.frame.estimated_size())
                if size > LOOKUP_BYTES:
                    raise FinplatformError(
                        f"The lookup {relation} takes more than {LOOKUP_BYTES // MIB} MiB.",
                        "Lookups are small: make the large one a table of its own.",
                    )
                frames.append((shown_name(path), batch.frame))
        return joined_by_name(frames)

    def is_journalled(self, relation: str) -> bool:  # noqa: ARG002 - signature of the protocol
        """Never: files hold states or whole histories."""
        return False

    def _existing(self, relation: str, reader: str) -> list[Path]:
        paths = self.paths(relation)
        if not paths:
            raise FinplatformError(
                f"No file matches {relation} in {shown_name(self._root)} for {reader}.",
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
                f"No file in {shown_name(self._root)} has a date as {request.relation} writes it.",
                "Correct `read` in the source configuration.",
            )
        return [max(days)]

    def _read_path(self, path: Path, wanted: _Wanted) -> Iterator[Batch]:
        layout = layout_of(path, self._root, self._source.layouts)
        origin = shown_name(path.name)
        try:
            target = resolved_below(path, self._root)
            kind = kind_of(path.name)
            form = form_inside(target, kind)
            if form == "parquet":
                columns = () if layout else wanted.columns
                rows = wanted.batch_rows or _WHOLE
                frames = read_parquet(target, rows, self._limits, columns)
                batches: Iterator[Batch] = (Batch(frame, origin) for frame in frames)
            elif form == "xml":
                batches = self._read_xml(target, kind.packing, origin, wanted)
            else:
                header = layout.header if layout else None
                batches = self._read_csv(target, kind.packing, origin, wanted.batch_rows, header)
            for batch in batches:
                yield replace(batch, frame=apply_layout(batch.frame, path, layout))
        except FinplatformError as error:
            raise FinplatformError(f"{shown_name(path)}: {error.message}", error.hint) from error
        except _UNREADABLE as error:
            # The parsers' messages may quote a row, so they are not shown.
            raise FinplatformError(
                f"{shown_name(path)} cannot be read: {_reason(error)}.",
                "Replace the file and run again.",
            ) from None

    def _read_csv(
        self,
        path: Path,
        packing: str,
        origin: str,
        batch_rows: int | None,
        header: Sequence[str] | None,
    ) -> Iterator[Batch]:
        source = self._source
        written = CsvFormat(
            source.delimiter,
            source.encoding,
            tuple(source.nulls),
            tuple(header) if header else None,
        )
        packed = path.stat().st_size
        with opened(path, packing, self._limits) as stream:
            yield from read_rows(stream, written, origin, batch_rows, self._limits, packed)

    def _read_xml(self, path: Path, packing: str, origin: str, wanted: _Wanted) -> Iterator[Batch]:
        if wanted.records is None:
            raise FinplatformError(
                "It is XML, of which no element is named.",
                "Give the table `records`, the names that lead to its element: `LIST/ENTRY`.",
            )
        with opened(path, packing, self._limits) as stream:
            reader = RecordReader(stream, wanted.records, self._limits, path.stat().st_size)
            records, read = iter(reader), 0
            while some := _some(records, reader, wanted.batch_rows or _WHOLE):
                frame, malformed = frame_of(
                    some, wanted.columns, first=read + 1, limits=self._limits
                )
                read += len(some)
                yield Batch(frame, origin, malformed)
            if not reader.fits:
                raise FinplatformError(
                    f"It has no element at {wanted.records}.", "Correct `records` of the table."
                )


def _some(records: Iterator[object], reader: RecordReader, most: int) -> list[object]:
    """The next records, limited by number and by bytes of the file."""
    some: list[object] = []
    begun_at = reader.consumed
    for record in islice(records, most):
        some.append(record)
        if reader.consumed - begun_at >= _BATCH_BYTES:
            break
    return some


def _wanted(request: ReadRequest) -> _Wanted:
    return _Wanted(request.batch_rows, request.config.records, request.columns)


def _reason(error: Exception) -> str:
    """Reason why a file cannot be read, without its content."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    if isinstance(error, ExpatError):
        return f"it is no well-formed XML from line {error.lineno} on"
    return next(
        (reason for kinds, reason in _REASONS if isinstance(error, kinds)),
        _DAMAGED,
    )


_REASONS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((UnicodeError,), "its text is not in the declared encoding"),
    ((MemoryError, pa.ArrowMemoryError), "it needs more memory than is available"),
    ((KeyError, IndexError, pa.ArrowException), _DAMAGED),
    ((LookupError,), "its encoding is unknown"),
    (
        (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile),
        "it is cut short or damaged",
    ),
)


def layout_of(path: Path, root: Path, layouts: Sequence[FileLayout]) -> FileLayout | None:
    """The first layout whose glob matches a file."""
    relative = PurePath(path.relative_to(root).as_posix())
    return next((layout for layout in layouts if relative.match(layout.files)), None)


def apply_layout(frame: pl.DataFrame, path: Path, layout: FileLayout | None) -> pl.DataFrame:
    """Applies a layout to a file's rows.

    Args:
        frame: Rows as read.
        path: The file.
        layout: Its layout; None for a table with a header.

    Raises:
        FinplatformError: If the file lacks a column of the layout, or has the added one.
    """
    if layout is None:
        return frame
    if layout.unpivot is not None:
        index, name, value = layout.unpivot.index, layout.unpivot.name, layout.unpivot.value
        missing = [column for column in index if column not in frame.columns]
        if missing:
            raise FinplatformError(
                f"The file has no column {', '.join(missing)}."
                f" {shown_columns(frame.columns, index)}.",
                "Correct `unpivot` in the layouts of the source configuration.",
            )
        wide = [column for column in frame.columns if column not in index]
        long = frame.unpivot(wide, index=index, variable_name=name, value_name=value)
        frame = long.filter(pl.col(value).is_not_null())
    if layout.file_column is not None:
        if layout.file_column in frame.columns:
            raise FinplatformError(
                f"The file has a column {layout.file_column} of its own.",
                "Choose another `file_column` in the layouts of the source configuration.",
            )
        stem = path.name.partition(".")[0]
        frame = frame.with_columns(pl.lit(stem).alias(layout.file_column))
    return frame
