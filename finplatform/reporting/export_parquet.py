"""Parquet with exact decimals and instants, compressed by Zstandard.

A numeric without a declared scale has as many digits as its longest value, which is known once all
rows have passed: they are written as text, and then once more as decimals. Belongs here: that
format alone.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from finplatform.reporting.export_values import (
    About,
    is_numeric_text,
    storage_type,
    without_extensions,
)

GROUP_ROWS = 16_384
"""Rows of one row group, about: what a reader takes at a time, and the writer holds twice."""

_MOST_DIGITS = 38
_DECIMAL = r"^-?(?P<before>[0-9]+)(?:\.(?P<after>[0-9]+))?$"


class ParquetFile:
    """A Parquet file.

    Attributes:
        remarks: What is not as it was.
    """

    def __init__(self, schema: pa.Schema, path: Path, about: About) -> None:
        """Opens the file.

        Args:
            schema: Schema of the rows.
            path: The file.
            about: Metadata of the file.
        """
        self.remarks: list[str] = []
        self._path = path
        self._lengths = {one.name: _Lengths() for one in schema if is_numeric_text(one.type)}
        self._schema = pa.schema(
            [pa.field(one.name, storage_type(one.type)) for one in schema],
            metadata={
                "title": about.title,
                "source": about.source,
                "created_at": about.created_at.isoformat(),
            },
        )
        self._groups = _Groups(path, self._schema)

    def add(self, batch: pa.RecordBatch) -> None:
        """Takes the rows of a batch."""
        held = without_extensions(batch)
        for name, lengths in self._lengths.items():
            lengths.note(held.column(name))
        self._groups.add(held)

    def finish(self) -> None:
        """Ends the file; of numerics, in their final type."""
        self._groups.finish()
        types = {name: lengths.decimal() for name, lengths in self._lengths.items()}
        for name, kind in types.items():
            if kind is None:
                self.remarks.append(
                    f"Column {name} is text: its numbers have more digits than a decimal has."
                )
        decimals = {name: kind for name, kind in types.items() if kind is not None}
        if decimals:
            self._write_again(decimals)

    def close(self) -> None:
        """Lets go of the file."""
        self._groups.close()

    def _write_again(self, decimals: dict[str, pa.DataType]) -> None:
        """Writes the file anew with some columns of text as decimals, a row group at a time."""
        fields = [one.with_type(decimals.get(one.name, one.type)) for one in self._schema]
        schema = pa.schema(fields, metadata=self._schema.metadata)
        other = self._path.with_name(f"{self._path.name}.decimals")
        groups = _Groups(other, schema)
        try:
            with pq.ParquetFile(self._path) as file:
                # Each group by itself: an iterator over all of them reads ahead.
                for number in range(file.num_row_groups):
                    for batch in file.read_row_group(number, use_threads=False).to_batches():
                        groups.add(_cast(batch, schema))
            groups.finish()
        finally:
            groups.close()
        other.replace(self._path)


class _Lengths:
    """Most digits before and after the point of a column of numerics."""

    def __init__(self) -> None:
        self._before, self._after = 1, 0
        self._is_decimal = True

    def note(self, digits: pa.Array) -> None:
        parts = pc.extract_regex(digits, _DECIMAL)
        self._is_decimal &= parts.null_count == digits.null_count
        self._before = max(self._before, _longest(parts, "before"))
        self._after = max(self._after, _longest(parts, "after"))

    def decimal(self) -> pa.DataType | None:
        """The decimal that holds all values exactly; None if none does."""
        if not self._is_decimal or self._before + self._after > _MOST_DIGITS:
            return None
        return pa.decimal128(_MOST_DIGITS, self._after)


class _Groups:
    """Row groups of one file, filled from batches of any size."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._file = _Pages(path)
        self._writer = pq.ParquetWriter(self._file, schema, compression="zstd")
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        for piece in _pieces(batch, GROUP_ROWS):
            self._waiting.append(piece)
            self._rows += piece.num_rows
            if self._rows >= GROUP_ROWS:
                self._write()

    def finish(self) -> None:
        self._write()
        self._writer.close()

    def close(self) -> None:
        """Closes the file; what was not finished is given up."""
        self._waiting = []
        self._file.is_given_up = True
        self._writer.close()
        self._file.close()

    def _write(self) -> None:
        if self._rows:
            table = pa.Table.from_batches(self._waiting, self._schema)
            self._writer.write_table(table, row_group_size=self._rows)
        self._waiting, self._rows = [], 0


class _Pages(io.RawIOBase):
    """The bytes of a file; once it is given up they go nowhere, and so cannot fail.

    A writer of Parquet that is abandoned ends its file all the same, also on a full disk.
    """

    def __init__(self, path: Path) -> None:
        self.is_given_up = False
        self._raw = path.open("wb", buffering=0)

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        with memoryview(data) as view:
            size, done = view.nbytes, 0
            while done < size and not self.is_given_up:
                done += self._raw.write(view[done:]) or 0
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


def _longest(parts: pa.StructArray, name: str) -> int:
    found: int | None = pc.max(pc.utf8_length(pc.struct_field(parts, name))).as_py()
    return found or 0


def _pieces(batch: pa.RecordBatch, rows: int) -> Iterator[pa.RecordBatch]:
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def _cast(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    arrays = [pc.cast(column, one.type) for column, one in zip(batch.columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
