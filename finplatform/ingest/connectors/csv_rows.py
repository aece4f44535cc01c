"""CSV as batches of text: clean lines into a streaming parser, and what is no row told apart.

Belongs here: from an open stream to batches. Does not belong here: which file or answer the stream
is, and cleaning its lines (see `csv_body`).
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv

from finplatform.ingest.connectors.arrow import frame_of_table
from finplatform.ingest.connectors.base import Batch, Malformed
from finplatform.ingest.connectors.csv_body import BLOCK_BYTES, CsvBody

_PARSED_BYTES = 2 * BLOCK_BYTES
"""Bytes parsed into one batch: what a batch costs beside its rows is paid less often."""


@dataclass(frozen=True)
class CsvFormat:
    """How CSV is written.

    Attributes:
        delimiter: Separator of columns.
        encoding: Text encoding.
        nulls: Texts that mean "missing".
        header: Names of the columns where the first line does not give them.
    """

    delimiter: str = ","
    encoding: str = "utf-8"
    nulls: tuple[str, ...] = ("",)
    header: tuple[str, ...] | None = None


def read_rows(
    source: BinaryIO, written: CsvFormat, origin: str, batch_rows: int | None
) -> Iterator[Batch]:
    """Yields the rows of a stream as text; at least one batch, which tells the columns.

    Args:
        source: The stream.
        written: How it is written.
        origin: What it is, for the batches.
        batch_rows: Most rows of a batch; None for as they come.
    """
    malformed: list[Malformed] = []

    def keep_malformed(row: pacsv.InvalidRow) -> str:
        rule = f"columns({row.expected_columns})"
        place = f"row {row.number}" if row.number is not None else "a row"
        malformed.append(Malformed(rule, row.text, place))
        return "skip"

    seen = False
    body = CsvBody(
        source,
        encoding=written.encoding,
        delimiter=written.delimiter,
        header=list(written.header) if written.header else None,
        report=malformed.append,
    )
    stream = io.BufferedReader(body, BLOCK_BYTES)
    reader = _parser(stream, body.header, written, keep_malformed) if stream.peek(1) else ()
    for record_batch in reader:
        frame = frame_of_table(pa.Table.from_batches([record_batch]))
        taken, malformed[:] = list(malformed), []
        for part in frame.iter_slices(batch_rows or max(frame.height, 1)):
            seen = True
            yield Batch(part, origin, taken)
            taken = []
        malformed[:0] = taken
    if malformed or not seen:
        empty = pl.DataFrame(schema=dict.fromkeys(body.header, pl.String))
        yield Batch(empty, origin, malformed)


def _parser(
    stream: BinaryIO,
    header: list[str],
    written: CsvFormat,
    keep_malformed: Callable[[pacsv.InvalidRow], str],
) -> pacsv.CSVStreamingReader:
    return pacsv.open_csv(
        stream,
        read_options=pacsv.ReadOptions(
            column_names=header, block_size=_PARSED_BYTES, use_threads=False
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=written.delimiter,
            newlines_in_values=True,
            invalid_row_handler=keep_malformed,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()),
            null_values=list(written.nulls),
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            check_utf8=False,
        ),
    )
