"""Arrow tables as Polars frames, in the types that ingest reads.

Belongs here: the conversion of dictionaries, bytes and other types. Does not belong here: reading
files.
"""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl
import pyarrow as pa
from polars import selectors as cs

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.csv_body import decode

_MOST_DIGITS = 38
"""Digits of the widest decimal that is read."""


def frame_of_table(table: pa.Table) -> pl.DataFrame:
    """Arrow as Polars, with dictionaries and bytes as text."""
    frame = pl.from_arrow(_in_known_zones(table))
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table never becomes a Series
    return frame.with_columns((cs.categorical() | cs.enum()).cast(pl.String)).with_columns(
        _as_text(values) for values in frame.select(cs.binary())
    )


def readable(table: pa.Table) -> pa.Table:
    """A table of a source in types that Polars supports, with UTF-8 text.

    Raises:
        FinplatformError: If a column has a type that no column of a contract can be read from.
        pa.ArrowInvalid: If its content contradicts its type.
    """
    columns = [_readable(column, number) for number, column in enumerate(table.columns, 1)]
    return pa.table(columns, names=table.column_names)


def _readable(column: pa.ChunkedArray, number: int) -> pa.ChunkedArray:
    kind = column.type
    if isinstance(kind, pa.UuidType):
        return pa.chunked_array([[_text_of(value) for value in column.to_pylist()]], pa.string())
    if isinstance(kind, pa.BaseExtensionType):
        column = column.cast(kind.storage_type)
        kind = column.type
    if pa.types.is_decimal256(kind) and kind.precision <= _MOST_DIGITS:
        column = column.cast(pa.decimal128(kind.precision, kind.scale))
    elif not _is_known(kind):
        raise FinplatformError(
            f"Column {number} has the type {str(kind).partition('<')[0]}, which is not read.",
            "Write it as text, a number, a date or an instant.",
        )
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        if pa.types.is_dictionary(kind) and _is_text(kind.value_type):
            column = column.cast(kind.value_type)
        elif not _is_text(kind):
            raise
        # Bytes outside UTF-8 become stand-ins, so that the row is rejected.
        return column.cast(pa.large_binary(), safe=False)
    return column


def _is_known(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_known(kind.value_type)
    if pa.types.is_nested(kind):
        return not pa.types.is_union(kind) and all(
            _is_known(kind.field(number).type) for number in range(kind.num_fields)
        )
    return not any(
        is_other(kind)
        for is_other in (
            pa.types.is_decimal256,
            pa.types.is_interval,
            pa.types.is_run_end_encoded,
            pa.types.is_list_view,
            pa.types.is_large_list_view,
        )
    )


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _text_of(value: object) -> str | None:
    return None if value is None else str(value)


def _in_known_zones(table: pa.Table) -> pa.Table:
    """Instants with a zone that has no name, such as +05:30, in UTC, since Polars needs a name."""
    fields = []
    for field in table.schema:
        zone = field.type.tz if pa.types.is_timestamp(field.type) else None
        if zone is not None and not _is_zone(zone):
            field = field.with_type(pa.timestamp(field.type.unit, "UTC"))
        fields.append(field)
    return table.cast(pa.schema(fields))


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _as_text(values: pl.Series) -> pl.Series:
    """Bytes as text, which some writers of Parquet do not mark as such."""
    try:
        return values.cast(pl.String)
    except pl.exceptions.PolarsError:
        decoded = (value if value is None else decode(value) for value in values)
        return pl.Series(values.name, decoded, dtype=pl.String)
