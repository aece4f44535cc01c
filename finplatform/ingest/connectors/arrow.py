"""Arrow tables as Polars frames, in the few types that ingest reads.

Belongs here: dictionaries and bytes as the text they stand for. Does not belong here: reading
files.
"""

import re

import polars as pl
import pyarrow as pa
from polars import selectors as cs

from finplatform.ingest.connectors.csv_body import decode

_OFFSET = re.compile(r"[+-]\d{2}:?\d{2}")


def frame_of_table(table: pa.Table) -> pl.DataFrame:
    """Arrow as Polars, with dictionaries and bytes as the text that they stand for."""
    frame = pl.from_arrow(_in_known_zones(table))
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table never becomes a Series
    return frame.with_columns((cs.categorical() | cs.enum()).cast(pl.String)).with_columns(
        _as_text(values) for values in frame.select(cs.binary())
    )


def _in_known_zones(table: pa.Table) -> pa.Table:
    """Instants with an offset for a zone, such as +05:30, in UTC: Polars knows zones by name."""
    fields = []
    for field in table.schema:
        zone = field.type.tz if pa.types.is_timestamp(field.type) else None
        if zone is not None and _OFFSET.fullmatch(zone):
            field = field.with_type(pa.timestamp(field.type.unit, "UTC"))
        fields.append(field)
    return table.cast(pa.schema(fields))


def _as_text(values: pl.Series) -> pl.Series:
    """Bytes as text, which some writers of Parquet do not mark as such."""
    try:
        return values.cast(pl.String)
    except pl.exceptions.PolarsError:
        decoded = (value if value is None else decode(value) for value in values)
        return pl.Series(values.name, decoded, dtype=pl.String)
