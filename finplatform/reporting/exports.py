"""Exports: a stream of Arrow batches as a CSV, Parquet or XLSX file, in constant memory.

The one door to the formats, each of which has a module of its own. Belongs here: choosing the
format, counting rows, and writing whole files or none. Does not belong here: where the rows come
from.
"""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from finplatform.reporting.export_csv import CsvFile
from finplatform.reporting.export_parquet import ParquetFile
from finplatform.reporting.export_values import About, Sink
from finplatform.reporting.export_xlsx import XlsxFile
from finplatform.reporting.formats import Format
from finplatform.reporting.part_file import part_folder

__all__ = ["Format", "Options", "Written", "write_file", "write_stream"]


@dataclass(frozen=True)
class Options:
    """How a file is written.

    Attributes:
        bom: Whether a CSV file begins with the mark by which Excel recognises UTF-8.
        is_raw: Whether text in a CSV file stays as it is where a spreadsheet would take it for a
            formula.
    """

    bom: bool = False
    is_raw: bool = False


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        rows: Number of rows.
        bytes: Size of the file.
        remarks: What in the file is not as it was in the rows, a sentence each.
    """

    rows: int
    bytes: int
    remarks: tuple[str, ...] = field(default=())


def write_file(
    rows: pa.RecordBatchReader,
    target: Path,
    kind: Format,
    *,
    options: Options | None = None,
    about: About | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> Written:
    """Writes rows to a file, which appears once all of it is written.

    Args:
        rows: The rows; each batch is dropped before the next is taken.
        target: The file; one that is there is replaced.
        kind: Its format.
        options: How it is written.
        about: Metadata of the file.
        on_rows: Called with the number of rows so far, after each batch.

    Raises:
        FinplatformError: If the file cannot be written, or the format cannot hold the rows.
    """
    with part_folder(target) as folder:
        part = folder / target.name
        sink = _sink(kind, rows.schema, part, options or Options(), about or About())
        count = _poured(rows, sink, on_rows)
        size = part.stat().st_size
    return Written(count, size, tuple(sink.remarks))


def write_stream(
    rows: pa.RecordBatchReader,
    stream: BinaryIO,
    kind: Format,
    *,
    options: Options | None = None,
    about: About | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> Written:
    """Writes rows to a stream: CSV as the rows come, the others once they are complete.

    Args:
        rows: The rows.
        stream: Where to; it need not seek.
        kind: The format.
        options: How it is written.
        about: Metadata of the file.
        on_rows: Called with the number of rows so far, after each batch.
    """
    chosen = options or Options()
    if kind is Format.CSV:
        sink = CsvFile(rows.schema, stream, bom=chosen.bom, is_raw=chosen.is_raw)
        count = _poured(rows, sink, on_rows)
        stream.flush()
        return Written(count, sink.bytes, tuple(sink.remarks))
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / f"rows.{kind}"
        written = write_file(
            rows, whole, kind, options=chosen, about=about or About(), on_rows=on_rows
        )
        with whole.open("rb") as file:
            shutil.copyfileobj(file, stream)
        stream.flush()
    return written


def _sink(kind: Format, schema: pa.Schema, path: Path, options: Options, about: About) -> Sink:
    match kind:
        case Format.CSV:
            return CsvFile(schema, path, bom=options.bom, is_raw=options.is_raw)
        case Format.PARQUET:
            return ParquetFile(schema, path, about)
        case Format.XLSX:
            return XlsxFile(schema, path, about)


def _poured(rows: pa.RecordBatchReader, sink: Sink, on_rows: Callable[[int], None] | None) -> int:
    """Writes all rows into a file and finishes it; returns their number."""
    count = 0
    with closing(sink):
        for batch in rows:
            sink.add(batch)
            count += batch.num_rows
            if on_rows is not None:
                on_rows(count)
        sink.finish()
    return count
