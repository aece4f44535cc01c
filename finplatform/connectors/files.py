"""Files as a source: CSV and Parquet, plain or gzip, by glob.

CSV is read as text by a streaming parser that reports lines it cannot split instead of dropping
them; bytes that are not valid in the declared encoding survive as private-use characters, so that
the row can be shown and rejected. Does not belong here: what the text means (see
`finplatform.ingest`).
"""

import codecs
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from finplatform.connectors.base import Batch, Malformed, ReadRequest
from finplatform.connectors.config import FilesSource
from finplatform.errors import FinplatformError

BAD_BYTE = 0xE000
"""Code point that stands for byte 0 of an undecodable sequence; byte b is `BAD_BYTE + b`."""

_READ_BYTES = 8 * 1024 * 1024


def _keep_bad_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    kept = "".join(chr(BAD_BYTE + byte) for byte in error.object[error.start : error.end])
    return kept, error.end


codecs.register_error("finplatform_keep_bad_bytes", _keep_bad_bytes)


class _Utf8Reader(io.RawIOBase):
    """A byte stream in any encoding as a stream of valid UTF-8."""

    def __init__(self, source: BinaryIO, encoding: str) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder(encoding)("finplatform_keep_bad_bytes")
        self._buffer = b""
        self._ended = False

    def readable(self) -> bool:
        """A reader can be read."""
        return True

    def readinto(self, target: Any) -> int:
        """Fills a buffer with the next UTF-8 bytes."""
        while not self._buffer and not self._ended:
            chunk = self._source.read(_READ_BYTES)
            self._ended = not chunk
            self._buffer = self._decoder.decode(chunk, final=self._ended).encode("utf-8")
        size = min(len(target), len(self._buffer))
        target[:size] = self._buffer[:size]
        self._buffer = self._buffer[size:]
        return size

    def close(self) -> None:
        """Closes the underlying stream too."""
        self._source.close()
        super().close()


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
        """Files that a glob stands for, in name order."""
        return sorted(path for path in self._root.glob(relation) if path.is_file())

    def read(self, request: ReadRequest) -> Iterator[Batch]:
        """Yields the rows of all files of the glob; the caller cuts the window.

        Raises:
            FinplatformError: If no file matches or one cannot be opened.
        """
        paths = self.paths(request.relation)
        if not paths:
            raise FinplatformError(
                f"No file matches {request.relation} in {self._root} for table {request.table}.",
                "Put the file there or correct `root` and `read` in the source configuration.",
            )
        for path in paths:
            yield from self._read_path(path, request.batch_rows)

    def read_lookup(self, relation: str) -> pl.DataFrame:
        """Whole of the files of a glob, which must all be well formed."""
        frames = []
        for path in self.paths(relation):
            for batch in self._read_path(path, None):
                if batch.malformed:
                    piece = batch.malformed[0]
                    raise FinplatformError(f"{path}: {piece.place}: {piece.rule}.")
                frames.append(batch.frame)
        if not frames:
            raise FinplatformError(f"No file matches {relation} in {self._root}.")
        return pl.concat(frames)

    def is_journalled(self, relation: str) -> bool:  # noqa: ARG002 - the protocol asks per table
        """Files hold states or whole histories, never what is new."""
        return False

    def _read_path(self, path: Path, batch_rows: int | None) -> Iterator[Batch]:
        try:
            if path.name.endswith(".parquet"):
                yield from self._read_parquet(path, batch_rows)
            else:
                yield from self._read_csv(path, batch_rows)
        except (OSError, EOFError, pa.ArrowException, LookupError) as error:
            raise FinplatformError(
                f"{path} cannot be read: {error}", "Replace the file and run again."
            ) from error

    def _read_parquet(self, path: Path, batch_rows: int | None) -> Iterator[Batch]:
        with pq.ParquetFile(path) as parquet:
            seen = False
            for record_batch in parquet.iter_batches(batch_size=batch_rows or 1_000_000):
                seen = True
                yield Batch(_frame(pa.Table.from_batches([record_batch])), path.name)
            if not seen:
                yield Batch(_frame(parquet.schema_arrow.empty_table()), path.name)

    def _read_csv(self, path: Path, batch_rows: int | None) -> Iterator[Batch]:
        malformed: list[Malformed] = []

        def keep_malformed(row: pacsv.InvalidRow) -> str:
            rule = f"columns({row.expected_columns})"
            place = f"line {row.number}" if row.number is not None else "a line"
            malformed.append(Malformed(rule, row.text, place))
            return "skip"

        with self._open_text(path) as stream:
            header = self._header(stream, path)
            empty = pl.DataFrame(schema=dict.fromkeys(header, pl.String))
            if not stream.peek(1):
                yield Batch(empty, path.name)
                return
            reader = pacsv.open_csv(
                stream,
                read_options=pacsv.ReadOptions(
                    column_names=header, block_size=_READ_BYTES, use_threads=False
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
            for record_batch in reader:
                frame = _frame(pa.Table.from_batches([record_batch]))
                taken, malformed[:] = list(malformed), []
                for part in frame.iter_slices(batch_rows or max(frame.height, 1)):
                    yield Batch(part, path.name, taken)
                    taken = []
                if taken:
                    yield Batch(empty, path.name, taken)
            if malformed:
                yield Batch(empty, path.name, list(malformed))

    def _open_text(self, path: Path) -> io.BufferedReader:
        opened: BinaryIO = (
            cast("BinaryIO", gzip.open(path, "rb"))  # noqa: SIM115 - closed by the reader
            if path.name.endswith(".gz")
            else path.open("rb")
        )
        return io.BufferedReader(_Utf8Reader(opened, self._source.encoding), _READ_BYTES)

    def _header(self, stream: io.BufferedReader, path: Path) -> list[str]:
        line = stream.readline().decode("utf-8").lstrip("\ufeff").strip("\r\n")
        names = [name.strip().strip('"') for name in line.split(self._source.delimiter)]
        if not any(names):
            raise FinplatformError(f"{path} is empty.", "A CSV file starts with column names.")
        if len(set(names)) != len(names):
            raise FinplatformError(f"{path} names a column twice in its first line.")
        return names


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table never becomes a Series
    return frame
