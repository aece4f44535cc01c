"""Parquet as frames: in batches whose memory is bounded, whatever a few bytes stand for.

A dictionary or a run of equal values lets a kilobyte stand for gigabytes, so the footer and the
dictionaries are looked at before any batch is read. Belongs here: from a file to frames. Does not
belong here: what Arrow's types become (see `arrow`).
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.arrow import frame_of_table, readable
from finplatform.ingest.connectors.limits import MIB, Limits, too_much

_BATCH_BYTES = 64 * MIB
"""Most bytes that a batch may come to if each value is as long as the longest."""

_CELL_BYTES = 8
"""Memory of a value, at the least."""

_FOOTER_BYTES = 16 * MIB
"""Largest description of a file's columns and parts."""

_BUFFER_BYTES = 64 * 1024

_TAIL = struct.Struct("<I4s")
_MARK = b"PAR1"

_PREFIXED_ROWS = 64
"""Fewest rows of a batch where values share beginnings, which hides how long they are."""


def read_parquet(
    path: Path, batch_rows: int, limits: Limits, wanted: tuple[str, ...] = ()
) -> Iterator[pl.DataFrame]:
    """Yields a file's rows; at least one frame, which tells the columns.

    Args:
        path: The file.
        batch_rows: Most rows of a batch.
        limits: What is refused.
        wanted: Columns that will be looked for: others that hold lists or structures are left out;
            none for all.

    Raises:
        FinplatformError: If the file is none, is beyond a limit, or has a type that is not read.
        pa.ArrowException: If it cannot be read otherwise; the message may quote values.
    """
    with path.open("rb") as file:
        _check_ends(file)
        with pq.ParquetFile(
            file,
            pre_buffer=False,
            # Timestamps of old Spark and Hive (INT96) overflow in nanoseconds.
            coerce_int96_timestamp_unit="us",
            page_checksum_verification=True,
        ) as parquet:
            packed = path.stat().st_size
            _check_size(parquet.metadata, packed, limits)
            columns = _columns(parquet.schema_arrow, wanted)
            rows = min(batch_rows, _Memory(file, parquet.metadata, limits).rows(columns))
            seen, unpacked = False, 0
            for record_batch in parquet.iter_batches(batch_size=rows, columns=columns):
                seen = True
                frame = frame_of_table(readable(pa.Table.from_batches([record_batch])))
                unpacked += int(frame.estimated_size())
                limits.check_unpacked(unpacked, packed)
                yield frame
            if not seen:
                yield frame_of_table(readable(parquet.schema_arrow.empty_table()))


def _columns(schema: pa.Schema, wanted: tuple[str, ...]) -> list[str] | None:
    """Columns to read; None for all."""
    flat = [
        field.name
        for field in schema
        if not pa.types.is_nested(field.type) or not wanted or field.name in wanted
    ]
    return flat if len(flat) < len(schema) else None


def _check_ends(file: BinaryIO) -> None:
    """Refuses a file that does not begin and end as Parquet, or whose footer is out of measure."""
    begins = file.read(len(_MARK))
    size = file.seek(0, 2)
    tail = b""
    if size >= len(_MARK) + _TAIL.size:
        file.seek(-_TAIL.size, 2)
        tail = file.read()
    file.seek(0)
    length, mark = _TAIL.unpack(tail) if tail else (0, b"")
    if begins != _MARK or mark != _MARK or length > size:
        raise FinplatformError(
            "It is no whole Parquet file: it does not begin and end as one.",
            "Deliver it again; it may be cut short, or of another kind than its name says.",
        )
    if length > _FOOTER_BYTES:
        raise FinplatformError(
            f"The description of its columns and row groups is larger than"
            f" {_FOOTER_BYTES // MIB} MiB.",
            "Write it with larger row groups, or as several files.",
        )


def _check_size(metadata: pq.FileMetaData, packed: int, limits: Limits) -> None:
    """Refuses a file that stands for far more than it holds.

    Raises:
        FinplatformError: If its columns, or the bytes of a part or of the whole, are too many.
    """
    limits.check_columns(metadata.num_columns)
    unpacked = 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for chunk in map(group.column, range(group.num_columns)):
            size = chunk.total_uncompressed_size
            limits.check_unpacked(size, max(chunk.total_compressed_size, 1))
            unpacked += max(size, chunk.num_values * _CELL_BYTES, 0)
    limits.check_unpacked(unpacked, packed)


class _Memory:
    """How many rows of a file fit into the memory of a batch.

    Args:
        file: The file.
        metadata: Its footer.
        limits: What is refused.
    """

    def __init__(self, file: BinaryIO, metadata: pq.FileMetaData, limits: Limits) -> None:
        self._file = file
        self._metadata = metadata
        self._limits = limits

    def rows(self, columns: list[str] | None) -> int:
        """Most rows of a batch, by the longest value that each column may have.

        Args:
            columns: Columns that are read; None for all.

        Raises:
            FinplatformError: If one value is beyond its limit.
        """
        groups = range(self._metadata.num_row_groups)
        return min((self._rows_of(number, columns) for number in groups), default=_BATCH_BYTES)

    def _rows_of(self, number: int, columns: list[str] | None) -> int:
        group, schema = self._metadata.row_group(number), self._metadata.schema
        rows, width, coded = _BATCH_BYTES, 0, []
        for index in range(group.num_columns):
            chunk, column = group.column(index), schema.column(index)
            if columns is not None and column.path.split(".")[0] not in columns:
                continue
            mean = chunk.total_uncompressed_size // max(chunk.num_values, 1)
            longest = max(_CELL_BYTES, mean, column.length or 0)
            self._check_value(longest)
            width += longest + _CELL_BYTES
            if column.path != column.name:
                self._check_nested(index, chunk.num_values * longest)
            elif column.physical_type == "BYTE_ARRAY" and _is_coded(chunk.encodings):
                coded.append(column.name)
            if "DELTA_BYTE_ARRAY" in chunk.encodings:
                # Their text is held twice while it is put together.
                most = _BATCH_BYTES // (2 * max(chunk.total_uncompressed_size, 1))
                rows = min(rows, max(_PREFIXED_ROWS, most))
        if coded and group.num_rows:
            width += self._longest_coded(number, coded)
        return min(rows, max(1, _BATCH_BYTES // max(width, 1)))

    def _longest_coded(self, number: int, names: list[str]) -> int:
        """Bytes of the longest values in the dictionaries of a row group, summed by column."""
        with pq.ParquetFile(
            self._file,
            metadata=self._metadata,
            read_dictionary=names,
            buffer_size=_BUFFER_BYTES,
            pre_buffer=False,
        ) as parquet:
            batches = parquet.iter_batches(batch_size=1, row_groups=[number], columns=names)
            longest = 0
            for column in next(batches).columns:
                if pa.types.is_dictionary(column.type) and len(column.dictionary):
                    size = pc.max(pc.binary_length(column.dictionary)).as_py() or 0
                    self._check_value(size)
                    longest += size
            return longest

    def _check_value(self, size: int) -> None:
        if size > self._limits.element_bytes:
            limit = self._limits.element_bytes // MIB
            raise too_much(f"A value of it is larger than {limit} MiB", "MAX_ELEMENT_MB")

    def _check_nested(self, index: int, size: int) -> None:
        """A row may hold all of a nested column's values, so that these must fit."""
        if size > _BATCH_BYTES:
            raise FinplatformError(
                f"Column {index + 1} nests more than {_BATCH_BYTES // MIB} MiB in a row group.",
                "Write the file without nested columns, or with smaller row groups.",
            )


def _is_coded(encodings: tuple[str, ...]) -> bool:
    return "RLE_DICTIONARY" in encodings or "PLAIN_DICTIONARY" in encodings
