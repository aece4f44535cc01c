"""The bulk path: Polars frames in and out of PostgreSQL as Arrow, a batch at a time.

Belongs here: moving many rows exactly and with bounded memory. Does not belong here: deciding which
rows to move, or any table's name.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl
import pyarrow as pa
from adbc_driver_postgresql import dbapi

from finplatform.warehouse.identifiers import quote

BATCH_BYTES = 64 * 1024 * 1024
"""Bytes of one batch read from the server: large enough to vectorise, small enough to hold two."""


@contextmanager
def connect(url: str) -> Iterator[dbapi.Connection]:
    """Opens an Arrow connection; commits when the block ends well and rolls back otherwise.

    Args:
        url: libpq URL of the database.
    """
    connection = dbapi.connect(url)
    try:
        yield connection
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    finally:
        connection.close()


def read_batches(
    connection: dbapi.Connection, query: str, *, batch_rows: int | None = None
) -> Iterator[pl.DataFrame]:
    """Streams a query's rows.

    Args:
        connection: Open Arrow connection.
        query: SQL whose columns have PostgreSQL's common types; numerics arrive exact, as text.
        batch_rows: Most rows of one frame; default: what fits in `BATCH_BYTES`.

    Yields:
        Frames in the order of the query, at least one (so that the columns are known).
    """
    with connection.cursor() as cursor:
        cursor.adbc_statement.set_options(
            **{"adbc.postgresql.batch_size_hint_bytes": str(BATCH_BYTES)}
        )
        cursor.execute(query)
        reader = cursor.fetch_record_batch()
        seen = False
        for batch in reader:
            frame = _to_polars(batch)
            seen = True
            if batch_rows is None or frame.height <= batch_rows:
                yield frame
            else:
                yield from frame.iter_slices(batch_rows)
        if not seen:
            yield _to_polars(reader.schema.empty_table())


def read_frame(connection: dbapi.Connection, query: str) -> pl.DataFrame:
    """Whole result of a query that is known to be small."""
    return pl.concat(list(read_batches(connection, query)))


def append(connection: dbapi.Connection, schema: str, table: str, frame: pl.DataFrame) -> int:
    """Appends a frame to a table by binary COPY, inside the connection's transaction.

    Args:
        connection: Open Arrow connection.
        schema: Schema of the table.
        table: Existing table; columns are matched by name.
        frame: Rows; decimals, timestamps and nulls arrive exactly.

    Returns:
        Number of rows appended.
    """
    if frame.height == 0:
        return 0
    with connection.cursor() as cursor:
        cursor.adbc_ingest(
            table,
            frame.to_arrow(compat_level=pl.CompatLevel.oldest()),
            mode="append",
            db_schema_name=schema,
        )
    return frame.height


def append_temporary(connection: dbapi.Connection, table: str, frame: pl.DataFrame) -> None:
    """Appends a frame to a temporary table that the caller has created."""
    if frame.height:
        with connection.cursor() as cursor:
            cursor.adbc_ingest(
                table,
                frame.to_arrow(compat_level=pl.CompatLevel.oldest()),
                mode="append",
                temporary=True,
            )


def execute(connection: dbapi.Connection, statement: str) -> None:
    """Runs one statement inside the connection's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def fetch_value(connection: dbapi.Connection, query: str) -> object:
    """First column of the first row of a query."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
        return row[0] if row else None


def column_list(names: list[str], prefix: str = "") -> str:
    """Quoted column names for a select or insert list."""
    return ", ".join(f"{prefix}{quote(name)}" for name in names)


def _to_polars(batch: pa.RecordBatch | pa.Table) -> pl.DataFrame:
    """Frame of an Arrow batch, with the driver's opaque numerics as plain text."""
    table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
    for index, field in enumerate(table.schema):
        if isinstance(field.type, pa.BaseExtensionType):
            storage = pa.chunked_array(
                [chunk.storage for chunk in table.column(index).chunks],
                type=field.type.storage_type,
            )
            table = table.set_column(index, field.name, storage)
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table never becomes a Series
    return frame
