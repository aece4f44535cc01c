"""Parquet as frames, in batches of bounded memory.

A dictionary or a run of equal values can expand a kilobyte to gigabytes, so the footer and the
dictionaries are checked before any batch is read. Does not belong here: the conversion of Arrow's
types (see `arrow`).
"""

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
from finplatform.ingest.connectors.parquet_footer import Chunk, read_footer

_BATCH_BYTES = 64 * MIB
"""Most bytes of a batch in which each value is as long as the longest."""

_CELL_BYTES = 8
"""Least memory of a value."""

_BUFFER_BYTES = 64 * 1024

_PREFIXED_ROWS = 64
"""Fewest rows of a batch with prefix encoding, which hides the length of values."""


def read_parquet(
    path: Path, batch_rows: int, limits: Limits, wanted: tuple[str, ...] = ()
) -> Iterator[pl.DataFrame]:
    """Yields a file's rows; at least one frame, which gives the columns.

    Args:
        path: The file.
        batch_rows: Most rows of a batch.
        limits: See `Limits`.
        wanted: Needed columns; other columns of lists or structures are skipped. Empty for all.

    Raises:
        FinplatformError: If the file is no Parquet, is beyond a limit, or has a type that is not
        read.
        pa.ArrowException: If it cannot be read otherwise; the message may quote values.
    """
    with path.open("rb") as file:
        groups, packed = read_footer(file), path.stat().st_size
        _check_size(groups, packed, limits)
        with pq.ParquetFile(
            file,
            pre_buffer=False,
            # Timestamps of old Spark and Hive (INT96) overflow in nanoseconds.
            coerce_int96_timestamp_unit="us",
            page_checksum_verification=True,
        ) as parquet:
            columns = _columns(parquet.schema_arrow, wanted)
            rows = min(batch_rows, _Memory(file, parquet, groups, limits).rows(columns))
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


def _check_size(groups: list[list[Chunk]], packed: int, limits: Limits) -> None:
    """Refuses a file that expands far beyond its size.

    Raises:
        FinplatformError: If its columns, or the bytes of a part or of the whole, are too many.
    """
    unpacked = 0
    for group in groups:
        limits.check_columns(len(group))
        for chunk in group:
            limits.check_unpacked(chunk.unpacked, max(chunk.packed, 1))
            unpacked += max(chunk.unpacked, chunk.values * _CELL_BYTES)
    limits.check_unpacked(unpacked, packed)


class _Memory:
    """Number of rows of a file that fit into the memory of a batch.

    Args:
        file: The file.
        parquet: The opened file.
        groups: Its row groups.
        limits: See `Limits`.
    """

    def __init__(
        self,
        file: BinaryIO,
        parquet: pq.ParquetFile,
        groups: list[list[Chunk]],
        limits: Limits,
    ) -> None:
        self._file = file
        self._metadata = parquet.metadata
        self._schema = parquet.schema
        self._groups = groups
        self._limits = limits

    def rows(self, columns: list[str] | None) -> int:
        """Most rows of a batch, by the longest value that each column may have.

        Args:
            columns: Columns that are read; None for all.

        Raises:
            FinplatformError: If one value is beyond its limit.
        """
        groups = range(len(self._groups))
        return min((self._rows_of(number, columns) for number in groups), default=_BATCH_BYTES)

    def _rows_of(self, number: int, columns: list[str] | None) -> int:
        rows, width, coded = _BATCH_BYTES, 0, []
        for index, chunk in enumerate(self._groups[number]):
            column = self._schema.column(index)
            if columns is not None and column.path.split(".")[0] not in columns:
                continue
            mean = chunk.unpacked // max(chunk.values, 1)
            longest = max(_CELL_BYTES, mean, column.length or 0)
            self._check_value(longest)
            width += longest + _CELL_BYTES
            if column.path != column.name:
                self._check_nested(index, chunk.values * longest)
            elif chunk.is_coded:
                coded.append(column.name)
            if chunk.has_prefixes:
                # Their text is held twice during the concatenation.
                rows = min(rows, max(_PREFIXED_ROWS, _BATCH_BYTES // max(2 * chunk.unpacked, 1)))
        if coded:
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
            first = next(batches, None)
            longest = 0
            for column in first.columns if first is not None else ():
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
        """Checks a nested column, all of whose values may be in one row."""
        if size > _BATCH_BYTES:
            raise FinplatformError(
                f"Column {index + 1} nests more than {_BATCH_BYTES // MIB} MiB in a row group.",
                "Write the file without nested columns, or with smaller row groups.",
            )
