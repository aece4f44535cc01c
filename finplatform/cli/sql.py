"""`finplatform sql`: a query on the warehouse that can only read.

Belongs here: one statement, as the reader, in a read-only transaction that is rolled back. What the
reader may see is `finplatform.warehouse.reader_role`.
"""

import sys
from pathlib import Path
from typing import Any

import psycopg
from psycopg.adapt import Buffer, Loader
from psycopg.types.datetime import DateLoader, TimestampLoader, TimestamptzLoader, TimetzLoader

from finplatform.cli.output import OUT, print_json, print_table
from finplatform.errors import FinplatformError
from finplatform.settings import get_settings
from finplatform.warehouse.audit_log import record_command
from finplatform.warehouse.driver_errors import is_lost
from finplatform.warehouse.identifiers import distinct
from finplatform.warehouse.reader_role import open_reader


class _AsWritten(Loader):
    """The server's own text: Python's types hold no months and no infinity."""

    def load(self, data: Buffer) -> str:
        return bytes(data).decode()


def _or_as_written(loader: type[Loader]) -> type[Loader]:
    """A loader that gives the server's text of a value that Python's type cannot hold."""

    class OrAsWritten(loader):  # type: ignore[valid-type, misc]
        def load(self, data: Buffer) -> Any:
            try:
                return super().load(data)
            except (psycopg.DataError, ValueError, OverflowError):
                return bytes(data).decode()

    return OrAsWritten


_RANGES = ("int4", "int8", "num", "date", "ts", "tstz")
_JSON_LOADERS: dict[str, type[Loader]] = {
    "date": _or_as_written(DateLoader),
    "timestamp": _or_as_written(TimestampLoader),
    "timestamptz": _or_as_written(TimestamptzLoader),
    "timetz": _or_as_written(TimetzLoader),
    "interval": _AsWritten,
    **{f"{name}{kind}": _AsWritten for name in _RANGES for kind in ("range", "multirange")},
}
"""Loaders of values that JSON gets as text, in place of those that lose something."""


def run(query: str, limit: int, *, as_json: bool) -> None:
    """Runs the query and prints its rows."""
    text = text_of_query(query)
    settings = get_settings()
    record_command(settings, "finplatform sql", "warehouse", {"statement": text})
    with open_reader(settings).connect() as connection:
        try:
            found = fetch(connection, text, limit, as_written=not as_json)
        finally:
            connection.close()
    if found is None:
        OUT.print("The query returns no rows.")
    elif as_json:
        names = distinct(found[0])
        print_json([dict(zip(names, row, strict=True)) for row in found[1]])
    else:
        print_table("", *found)


def run_to_file(query: str, csv: Path | None, xlsx: Path | None, *, as_json: bool) -> None:
    """Writes all rows of the query to a file, as `finplatform export` does.

    Raises:
        FinplatformError: If two files are named.
    """
    # Imported here, since formats of files take longer to load than a query to run.
    from finplatform.cli.export import Request
    from finplatform.cli.export import run as export
    from finplatform.reporting.exports import Format

    if csv is not None and xlsx is not None:
        raise FinplatformError("One run writes one file.", "Give --csv or --xlsx.")
    kind, out = (Format.CSV, csv) if xlsx is None else (Format.XLSX, xlsx)
    export(Request(query, kind, out, is_query=True), as_json=as_json)


def fetch(
    connection: psycopg.Connection, text: str, limit: int, *, as_written: bool
) -> tuple[list[str], list[tuple[Any, ...]]] | None:
    """Names and rows of one statement's result; None if the statement has none.

    The extended protocol takes one statement alone, so that none can end the transaction for
    another to begin.

    Args:
        connection: A new session; nothing that it does is committed.
        text: The statement.
        limit: Most rows.
        as_written: Whether every value is the server's text of it, rather than Python's value.

    Raises:
        FinplatformError: With the server's error for the statement.
    """
    connection.read_only = True
    _choose_loaders(connection, as_written=as_written)
    try:
        cursor = connection.execute(text.encode(), prepare=True)
        if cursor.description is None:
            return None
        return [column.name for column in cursor.description], cursor.fetchmany(limit)
    except psycopg.Error as error:
        if is_lost(error):
            raise
        if error.sqlstate is None and "COPY" in str(error):
            raise FinplatformError(
                "The query failed: COPY has no rows to print.", "Select the rows."
            ) from None
        raise FinplatformError(
            f"The query failed: {str(error).strip()}", "Tables: finplatform status."
        ) from error


def _choose_loaders(connection: psycopg.Connection, *, as_written: bool) -> None:
    adapters = connection.adapters
    if not as_written:
        for name, loader in _JSON_LOADERS.items():
            adapters.register_loader(name, loader)
        return
    for kind in adapters.types:
        for oid in filter(None, (kind.oid, kind.array_oid)):
            adapters.register_loader(oid, _AsWritten)


def text_of_query(query: str) -> str:
    """The query, read from standard input if it is `-`.

    Raises:
        FinplatformError: If it is not text that a server takes.
    """
    try:
        text = sys.stdin.read() if query == "-" else query
        text.encode()
    except UnicodeError:
        raise FinplatformError("The query is not text in UTF-8.", "Save it as UTF-8.") from None
    if "\0" in text:
        raise FinplatformError("The query holds a zero byte.", "Remove it.")
    return text
