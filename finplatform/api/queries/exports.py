"""Rows of a table or view as a file, made while it is sent.

A thread reads rows with the rights of the caller and writes the file into a pipe; the answer is the
pipe's other end, so that neither the rows nor the file are held. Arrow is imported with the first
export: it takes more memory than all else that the API does. Belongs here: that pipe. The rows
are read by `finplatform.warehouse.row_stream`, the formats are `finplatform.reporting.exports`.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from finplatform.reporting.formats import Format
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.identifiers import literal, quote

_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True)
class Wanted:
    """What is exported.

    Attributes:
        table: `schema.table`.
        kind: Format of the file.
        columns: Columns in their order; None: all.
        date_column: Column that `days` is of; None: the first of dates.
        days: First and last day of the rows; None: all.
    """

    table: str
    kind: Format
    columns: Sequence[str] | None = None
    date_column: str | None = None
    days: tuple[date, date] | None = None


async def exported(warehouse: Warehouse, wanted: Wanted) -> AsyncIterator[bytes]:
    """Bytes of a file, once the first of them are there.

    Args:
        warehouse: The database with the rights of the caller.
        wanted: What is exported.

    Raises:
        FinplatformError: If there is no such table or column, or the database refuses.
    """
    query = await asyncio.to_thread(_query, warehouse, wanted)
    read_end, write_end = os.pipe()
    writing = asyncio.create_task(
        asyncio.to_thread(_write, warehouse, query, wanted, write_end), name="export"
    )
    first = await asyncio.to_thread(os.read, read_end, _CHUNK_BYTES)
    if not first:
        os.close(read_end)
        await writing
    return _rest(first, read_end, writing)


async def _rest(first: bytes, read_end: int, writing: "asyncio.Task[None]") -> AsyncIterator[bytes]:
    """The first bytes and all that follow; an error in between breaks the answer off."""
    chunk = first
    try:
        while chunk:
            yield chunk
            chunk = await asyncio.to_thread(os.read, read_end, _CHUNK_BYTES)
    finally:
        # A client that goes away leaves a pipe without a reader, which ends the thread.
        with suppress(OSError):
            os.close(read_end)
        with suppress(BrokenPipeError):
            await writing


def _query(warehouse: Warehouse, wanted: Wanted) -> str:
    from finplatform.warehouse.row_stream import date_column, table_query

    conditions = []
    if wanted.days is not None:
        column = date_column(warehouse, wanted.table, wanted.date_column)
        first, last = (literal(day.isoformat()) for day in wanted.days)
        conditions.append(f"{quote(column)}::date between {first} and {last}")
    return table_query(warehouse, wanted.table, wanted.columns, conditions)


def _write(warehouse: Warehouse, query: str, wanted: Wanted, write_end: int) -> None:
    from finplatform.reporting.export_values import About
    from finplatform.reporting.exports import write_stream
    from finplatform.warehouse.row_stream import open_rows

    about = About(title=wanted.table, source=query)
    with (
        os.fdopen(write_end, "wb") as stream,
        open_rows(warehouse, query) as rows,
    ):
        write_stream(rows, stream, wanted.kind, about=about)
