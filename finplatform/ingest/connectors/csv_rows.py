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
from finplatform.ingest.connectors.limits import DEFAULT, MIB, Limits, too_much

_PARSED_BYTES = 2 * BLOCK_BYTES
"""Bytes parsed into one batch: what a batch costs beside its rows is paid less often."""

_PARSED_CELLS = 2_000_000
"""Values parsed into one batch, beyond which it is cut: an empty one takes memory too."""

_CELL_BYTES = 16
"""What a value counts for at the least against the size of its file."""

_HELD_CHARACTERS = 64 * MIB
"""Most text of rejected pieces that is held until a batch takes them along."""


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
    source: BinaryIO,
    written: CsvFormat,
    origin: str,
    batch_rows: int | None,
    limits: Limits = DEFAULT,
    packed: int | None = None,
) -> Iterator[Batch]:
    """Yields the rows of a stream as text; at least one batch, which tells the columns.

    Args:
        source: The stream.
        written: How it is written.
        origin: What it is, for the batches.
        batch_rows: Most rows of a batch; None for as they come.
        limits: What is refused.
        packed: Bytes of the file as it lies; None where that does not matter.

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
    """Pieces that are no rows, until a batch takes them along.

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
        """Keeps a row of the parser and says whether it goes on: errors do not leave a handler."""
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
        """The pieces held, which are then held no more."""
        taken, self._held, self._characters = self._held, [], 0
        return taken

    def give_back(self, taken: list[Malformed]) -> None:
        """Holds pieces again that no batch took."""
        self._held[:0] = taken
        self._characters += sum(len(piece.text) for piece in taken)


class _Parts(io.RawIOBase):
    """The body of a file in parts whose values fit the memory, since the parser takes all it gets.

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
        """The next part: empty at the end, else never more than the size or the values allow."""
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
        """As much of a block as holds so many values, and never nothing."""
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
