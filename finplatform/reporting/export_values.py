"""What the formats of an export share: how a batch's values are written as text.

Belongs here: the text of each type, in which nothing is rounded, and the metadata of
itself. Does not belong here: any one format.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import polars as pl
import pyarrow as pa

INSTANT = "%Y-%m-%dT%H:%M:%S%.6f"


@dataclass(frozen=True)
class About:
    """Metadata of an exported file.

    Attributes:
        title: Short name, such as that of a table.
        source: The table or query that the rows are from.
        created_at: When it was written.
    """

    title: str = "Rows"
    source: str = ""
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Sink(Protocol):
    """A file that takes batches.

    Attributes:
        remarks: What in the file is not as it was in the rows, known once it is finished.
    """

    remarks: list[str]

    def add(self, batch: pa.RecordBatch) -> None:
        """Writes the rows of a batch."""

    def finish(self) -> None:
        """Writes what comes after the last row."""

    def close(self) -> None:
        """Lets go of what is open, whether finished or not."""


def is_numeric_text(kind: pa.DataType) -> bool:
    """Whether a type is a number of any length and scale, held as its digits."""
    return isinstance(kind, pa.OpaqueType) and kind.type_name == "numeric"


def storage_type(kind: pa.DataType) -> pa.DataType:
    """The type that a type's values are held as."""
    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind


def without_extensions(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with values as they are held, under the same names."""
    arrays = [
        column.storage if isinstance(column, pa.ExtensionArray) else column
        for column in batch.columns
    ]
    fields = [
        pa.field(one.name, storage_type(one.type), metadata=one.metadata) for one in batch.schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


def frame_of(batch: pa.RecordBatch) -> pl.DataFrame:
    """The batch as a Polars frame, which shares its memory."""
    frame = pl.from_arrow(without_extensions(batch))
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a batch never becomes a Series
    return frame


def text_of(name: str, dtype: pl.DataType) -> pl.Expr:
    """Text of a column's values: ISO 8601 for times, all digits of decimals, hexadecimal bytes."""
    column = pl.col(name)
    if isinstance(dtype, pl.Datetime):
        return column.dt.strftime(f"{INSTANT}Z" if dtype.time_zone else INSTANT)
    if isinstance(dtype, pl.Time):
        return column.dt.strftime("%H:%M:%S%.6f")
    if dtype == pl.Binary:
        return (pl.lit("\\x") + column.bin.encode("hex")).alias(name)
    return column.cast(pl.String)
