"""CSV as batches of text: a streaming parser over clean lines, with malformed lines reported.

Belongs here: from an open stream to batches. Does not belong here: opening the stream, and cleaning
its lines (see `csv_body`).
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
from finplatform.ingest.connectors.limits import DEFAULT, MIB, Limits, too_much

_PARSED_BYTES = 2 * BLOCK_BYTES
"""Bytes parsed into one batch, which amortises the fixed cost of a batch."""

_PARSED_CELLS = 2_000_000
"""Most values parsed into one batch: an empty value takes memory too."""

_CELL_BYTES = 16
"""Least weight of a value in the ratio to the size of its file."""

_HELD_CHARACTERS = 64 * MIB
"""Most text of malformed pieces that is held until the next batch."""


@dataclass(frozen=True)
class CsvFormat:
    """Dialect of a CSV file.

    Attributes:
        delimiter: Separator of columns.
        encoding: Text encoding.
        nulls: Texts that mean "missing".
        header: Names of the columns of a file without a header.
    """

    delimiter: str = ","
    encoding: str = "utf-8"
    nulls: tuple[str, ...] = ("",)
    header: tuple[str, ...] | None = None


def read_rows(
    source: BinaryIO,
    written: CsvFormat,
    origin: str,
    batch_rows: int | None,
    limits: Limits = DEFAULT,
    packed: int | None = None,
) -> Iterator[Batch]:
    """Yields the rows of a stream as text; at least one batch, which gives the columns.

    Args:
        source: The stream.
        written: Its dialect.
        origin: Name of the stream, for the batches.
        batch_rows: Most rows of a batch; None for the parser's own size.
        limits: See `Limits`.
        packed: Size of the file on disk; None for no limit on the ratio.

    Raises:
        FinplatformError: If the content is beyond a limit, or its first line names no columns.
        pa.ArrowException: If it cannot be read otherwise; the message may quote a row.
    """
    pieces = _Pieces(limits.rejected_rows)
    body = CsvBody(
        source,
        encoding=written.encoding,
        delimiter=written.delimiter,
        header=list(written.header) if written.header else None,
        report=pieces.add,
        limits=limits,
    )
    seen, cells = False, 0
    for frame in _frames(body, written, pieces):
        cells += frame.height * frame.width
        if packed is not None:
            limits.check_ratio(cells * _CELL_BYTES, packed)
        taken = pieces.take()
        for part in frame.iter_slices(batch_rows or max(frame.height, 1)):
            seen = True
            yield Batch(part, origin, taken)
            taken = []
        pieces.give_back(taken)
    taken = pieces.take()
    if taken or not seen:
        empty = pl.DataFrame(schema=dict.fromkeys(body.header, pl.String))
        yield Batch(empty, origin, taken)


class _Pieces:
    """Malformed pieces, held until the next batch.

    Args:
        most: Number of them from which the content is refused.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: list[Malformed] = []
        self._count = 0
        self._characters = 0

    def add(self, piece: Malformed) -> None:
        """Keeps a piece.

        Raises:
            FinplatformError: If there are too many.
        """
        self._count += 1
        self._characters += len(piece.text)
        self._held.append(piece)
        self.check()

    def add_row(self, row: pacsv.InvalidRow) -> str:
        """Adds an invalid row of the parser; exceptions cannot leave the handler."""
        if self._is_full:
            return "error"
        rule = f"columns({row.expected_columns})"
        place = f"row {row.number}" if row.number is not None else "a row"
        self._count += 1
        self._characters += len(row.text)
        self._held.append(Malformed(rule, row.text, place))
        return "skip"

    @property
    def _is_full(self) -> bool:
        return self._count > self._most or self._characters > _HELD_CHARACTERS

    def check(self) -> None:
        """Refuses a content with too many pieces.

        Raises:
            FinplatformError: If there are too many.
        """
        if self._is_full:
            first = f", the first at {self._held[0].place}" if self._held else ""
            raise too_much(
                f"Too many of its lines are no rows ({self._count}{first}): check `delimiter` and"
                " the quotes",
                "MAX_REJECTED_ROWS",
            )

    def take(self) -> list[Malformed]:
        """Removes and returns the pieces held."""
        taken, self._held, self._characters = self._held, [], 0
        return taken

    def give_back(self, taken: list[Malformed]) -> None:
        """Puts back pieces that no batch took."""
        self._held[:0] = taken
        self._characters += sum(len(piece.text) for piece in taken)


class _Parts(io.RawIOBase):
    """The body of a file in parts whose values fit the memory, since the parser reads greedily.

    Args:
        body: The body.
        delimiter: Separator of columns.
    """

    def __init__(self, body: CsvBody, delimiter: str) -> None:
        self._body = body
        self._delimiter = delimiter.encode()
        self._rest = body.next_block()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to parse."""
        return not self._rest

    def readable(self) -> bool:
        """A part can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next part, within the limits of size and values; empty at the end."""
        parts: list[bytes] = []
        space = size if size >= 0 else _PARSED_BYTES
        cells = _PARSED_CELLS
        while space and cells > 0 and (block := self._rest or self._body.next_block()):
            part = self._within(block[:space], cells)
            self._rest = block[len(part) :]
            parts.append(part)
            space -= len(part)
            cells -= self._cells(part) if not self._rest else cells
        return b"".join(parts)

    def _within(self, block: bytes, cells: int) -> bytes:
        """Prefix of a block with so many values, and at least one line."""
        while len(block) > 1 and (found := self._cells(block)) > cells:
            block = block[: max(1, min(len(block) * cells // found, len(block) - 1))]
        return block

    def _cells(self, block: bytes) -> int:
        return block.count(self._delimiter) + block.count(b"\n") + block.count(b"\r")


def _frames(body: CsvBody, written: CsvFormat, pieces: _Pieces) -> Iterator[pl.DataFrame]:
    stream = _Parts(body, written.delimiter)
    if stream.is_empty:
        return
    try:
        for record_batch in _parser(stream, body.header, written, pieces.add_row):
            yield frame_of_table(pa.Table.from_batches([record_batch]))
    except pa.ArrowInvalid:
        pieces.check()
        raise


def _parser(
    stream: io.RawIOBase,
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
