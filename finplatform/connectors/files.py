"""Files as a source: CSV and Parquet, plain or gzip, by glob or by the date in their names.

CSV is read as text by a streaming parser that reports lines it cannot split instead of dropping
them. Does not belong here: what the text means (see `finplatform.ingest`), and files that are not
plain tables (see `layout`).
"""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import BinaryIO, cast

import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from polars import selectors as cs

from finplatform.connectors.base import Batch, Malformed, ReadRequest
from finplatform.connectors.config import FilesSource
from finplatform.connectors.csv_body import BLOCK_BYTES, CsvBody, decode
from finplatform.connectors.dated_name import DatedName
from finplatform.connectors.layout import laid_out, layout_of
from finplatform.errors import FinplatformError
from finplatform.windows import Window

_PARSED_BYTES = 2 * BLOCK_BYTES
"""Bytes parsed into one batch: what a batch costs beside its rows is paid less often."""

_UNREADABLE = (OSError, EOFError, zlib.error, pa.ArrowException, LookupError, UnicodeError)


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
            yield from self._read_path(path, request.batch_rows)

    def read_lookup(self, relation: str) -> pl.DataFrame:
        """Whole of the files of a glob, which must all be well formed."""
        frames = []
        for path in self._existing(relation, "a lookup"):
            for batch in self._read_path(path, None):
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
                for batch in self._read_path(path, request.batch_rows):
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

    def _read_path(self, path: Path, batch_rows: int | None) -> Iterator[Batch]:
        layout = layout_of(path, self._root, self._source.layouts)
        try:
            if path.name.endswith(".parquet"):
                batches = self._read_parquet(path, batch_rows)
            else:
                batches = self._read_csv(path, batch_rows, layout.header if layout else None)
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
            for record_batch in parquet.iter_batches(batch_size=batch_rows or 1_000_000):
                seen = True
                yield Batch(_frame(pa.Table.from_batches([record_batch])), path.name)
            if not seen:
                yield Batch(_frame(parquet.schema_arrow.empty_table()), path.name)

    def _read_csv(
        self, path: Path, batch_rows: int | None, header: list[str] | None
    ) -> Iterator[Batch]:
        malformed: list[Malformed] = []

        def keep_malformed(row: pacsv.InvalidRow) -> str:
            rule = f"columns({row.expected_columns})"
            place = f"row {row.number}" if row.number is not None else "a row"
            malformed.append(Malformed(rule, row.text, place))
            return "skip"

        seen = False
        with _opened(path) as source:
            body = CsvBody(
                source,
                encoding=self._source.encoding,
                delimiter=self._source.delimiter,
                report=malformed.append,
                header=header,
            )
            stream = io.BufferedReader(body, BLOCK_BYTES)
            reader = self._parser(stream, body.header, keep_malformed) if stream.peek(1) else ()
            for record_batch in reader:
                frame = _frame(pa.Table.from_batches([record_batch]))
                taken, malformed[:] = list(malformed), []
                for part in frame.iter_slices(batch_rows or max(frame.height, 1)):
                    seen = True
                    yield Batch(part, path.name, taken)
                    taken = []
                malformed[:0] = taken
        if malformed or not seen:
            empty = pl.DataFrame(schema=dict.fromkeys(body.header, pl.String))
            yield Batch(empty, path.name, malformed)

    def _parser(
        self,
        stream: BinaryIO,
        header: list[str],
        keep_malformed: Callable[[pacsv.InvalidRow], str],
    ) -> pacsv.CSVStreamingReader:
        return pacsv.open_csv(
            stream,
            read_options=pacsv.ReadOptions(
                column_names=header, block_size=_PARSED_BYTES, use_threads=False
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=self._source.delimiter,
                newlines_in_values=True,
                invalid_row_handler=keep_malformed,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()),
                null_values=self._source.nulls,
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                check_utf8=False,
            ),
        )


def _opened(path: Path) -> BinaryIO:
    if path.name.endswith(".gz"):
        return cast("BinaryIO", gzip.open(path, "rb"))
    return path.open("rb")


def _reason(error: Exception) -> str:
    """What is wrong with a file, in words that hold nothing from inside it."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    if isinstance(error, LookupError):
        return "its encoding is unknown"
    if isinstance(error, EOFError | zlib.error | gzip.BadGzipFile):
        return "it is cut short or damaged"
    if isinstance(error, UnicodeError):
        return "its text is not in the declared encoding"
    return "its content is not what its name says, or it is damaged"


def _frame(table: pa.Table) -> pl.DataFrame:
    """Arrow as Polars, with dictionaries and bytes as the text that they stand for."""
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table never becomes a Series
    return frame.with_columns((cs.categorical() | cs.enum()).cast(pl.String)).with_columns(
        _as_text(values) for values in frame.select(cs.binary())
    )


def _as_text(values: pl.Series) -> pl.Series:
    """Bytes as text, which some writers of Parquet do not mark as such."""
    try:
        return values.cast(pl.String)
    except pl.exceptions.PolarsError:
        decoded = (value if value is None else decode(value) for value in values)
        return pl.Series(values.name, decoded, dtype=pl.String)
