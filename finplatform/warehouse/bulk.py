"""The bulk path: Polars frames in and out of PostgreSQL as Arrow, a batch at a time.

Belongs here: moving many rows exactly and with bounded memory. Does not belong here: tables and the
choice of rows.
"""

import re
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from queue import Empty, Queue
from threading import Event, Thread
from urllib.parse import unquote, urlsplit

import polars as pl
import pyarrow as pa
from adbc_driver_manager import AdbcStatusCode
from adbc_driver_manager import Error as AdbcError
from adbc_driver_postgresql import dbapi

from finplatform.errors import FinplatformError, PassingError
from finplatform.warehouse.connection_pool import POOL, close
from finplatform.warehouse.driver_errors import is_refused
from finplatform.warehouse.identifiers import quote

BATCH_BYTES = 64 * 1024 * 1024
"""Bytes of one batch read from the server; two batches are in memory at a time."""

_QUOTES_VALUES = frozenset({"22", "23", "P0"})
"""Classes of SQLSTATE whose messages quote values: data, constraints, raised exceptions."""

_LOST = frozenset({"08", "57", "53", "58"})
"""Classes of SQLSTATE for errors of the server instead of the statement."""

_STOPPED = re.compile(
    r"terminating connection[ \w]*|canceling statement[ \w]*|server closed the connection"
    r"|connection not open|could not receive data[ \w]*|out of memory|no space left on device",
    re.IGNORECASE,
)


@contextmanager
def connect(url: str) -> Iterator[dbapi.Connection]:
    """Yields an Arrow connection; commits at the end of the block and rolls back on an error.

    Args:
        url: libpq URL of the database.

    Raises:
        FinplatformError: If the server does not respond, refuses the login, or stops.
    """
    connection = POOL.take(url) or _open(url)
    try:
        yield connection
        connection.commit()
    except BaseException as error:
        with suppress(AdbcError):
            connection.rollback()
        close(connection)
        if isinstance(error, AdbcError) and is_lost(error):
            raise PassingError(
                f"The connection to {_place(url)} was lost: {reason(error)}.",
                "What was not finished is undone. Run it again when the server is back.",
            ) from None
        raise
    POOL.give(url, connection)


def reason(error: AdbcError) -> str:
    """The server's error message, without the values that it may quote."""
    state = error.sqlstate or ""
    if state[:2] in _QUOTES_VALUES:
        return f"a value is not what the query makes of it (SQLSTATE {state})"
    for name, text in error.details:
        if name == "PG_DIAG_MESSAGE_PRIMARY":
            return str(text.decode("utf-8", "replace") if isinstance(text, bytes) else text)
    first = str(error).strip().splitlines()[0]
    return re.sub(r"^[A-Z_]+: (\[libpq\] )?", "", first).removesuffix(".")


def is_lost(error: AdbcError) -> bool:
    """Whether the error is one of the server or the connection, not of the statement."""
    state = error.sqlstate or ""
    return state[:2] in _LOST or (not state and bool(_STOPPED.search(str(error))))


def read_batches(
    connection: dbapi.Connection, query: str, *, batch_rows: int | None = None
) -> Iterator[pl.DataFrame]:
    """Streams a query's rows; the connection is busy until the end.

    Args:
        connection: Open Arrow connection.
        query: SQL whose columns have PostgreSQL's common types; numerics are exact, as text.
        batch_rows: Most rows of one frame; default: what fits in `BATCH_BYTES`.

    Yields:
        Frames in the order of the query, at least one (so that the columns are known).
    """
    _, batches = read_arrow(connection, query)
    with closing(batches):
        for batch in batches:
            frame = _to_polars(batch)
            if batch_rows is None or frame.height <= batch_rows:
                yield frame
            else:
                yield from frame.iter_slices(batch_rows)


def read_arrow(
    connection: dbapi.Connection, query: str, batch_bytes: int = BATCH_BYTES
) -> tuple[pa.Schema, Generator[pa.RecordBatch]]:
    """Runs a query and streams its rows in the driver's types.

    Args:
        connection: Open Arrow connection, which is busy until the end of the rows.
        query: SQL whose columns have PostgreSQL's common types.
        batch_bytes: Bytes of one batch, about.

    Returns:
        The result's schema, in which numerics are opaque text; batches, at least one. A caller that
        stops before their end must close them.
    """
    cursor = connection.cursor()
    try:
        cursor.adbc_statement.set_options(
            **{"adbc.postgresql.batch_size_hint_bytes": str(batch_bytes)}
        )
        cursor.execute(query)
        reader = cursor.fetch_record_batch()
    except BaseException:
        cursor.close()
        raise
    return reader.schema, _all_batches(cursor, reader)


def read_frame(connection: dbapi.Connection, query: str) -> pl.DataFrame:
    """Whole result of a small query."""
    return pl.concat(list(read_batches(connection, query)))


def append(connection: dbapi.Connection, schema: str, table: str, frame: pl.DataFrame) -> int:
    """Appends a frame to a table by binary COPY, inside the connection's transaction.

    Args:
        connection: Open Arrow connection.
        schema: Schema of the table.
        table: Existing table; columns are matched by name.
        frame: Rows; decimals, timestamps and nulls are exact.

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


def commit_and_analyze(connection: dbapi.Connection, name: str) -> None:
    """Commits, and analyzes the filled table.

    The statistics collector gets the new rows before the analyze; otherwise autovacuum would
    analyze the table again.

    Args:
        connection: Open Arrow connection.
        name: Quoted name of the table.
    """
    execute(connection, "select pg_stat_force_next_flush()")
    connection.commit()
    execute(connection, f"analyze {name}")


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


def _all_batches(cursor: dbapi.Cursor, reader: pa.RecordBatchReader) -> Generator[pa.RecordBatch]:
    """Batches of a reader, one without rows if there are none; closes the cursor."""
    with cursor:
        seen = False
        for batch in _ahead(reader):
            seen = True
            yield batch
        if not seen:
            yield pa.RecordBatch.from_pylist([], schema=reader.schema)


def _open(url: str) -> dbapi.Connection:
    try:
        return dbapi.connect(url)
    except AdbcError as error:
        kind = FinplatformError if is_refused(error) else PassingError
        raise kind(
            f"There is no connection to {_place(url)}: {_without_secrets(reason(error), url)}.",
            "Check the address, the password and that the server runs; `finplatform doctor` helps.",
        ) from None


def _ahead(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Batches of a reader with read-ahead.

    Raises:
        adbc_driver_manager.Error: As for other statements. While rows are streamed the driver
            raises errors without SQLSTATE, so only known messages are passed on.
    """
    fetched: Queue[pa.RecordBatch | Exception | None] = Queue(maxsize=1)
    is_over = Event()

    def fetch() -> None:
        try:
            while not is_over.is_set():
                fetched.put(reader.read_next_batch())
        except StopIteration:
            fetched.put(None)
        except Exception as error:  # noqa: BLE001 - re-raised by the consumer
            fetched.put(error)

    thread = Thread(target=fetch, name="read ahead", daemon=True)
    thread.start()
    try:
        while (batch := fetched.get()) is not None:
            if isinstance(batch, Exception):
                raise _translated(batch) from None
            yield batch
    finally:
        is_over.set()
        while thread.is_alive():
            with suppress(Empty):
                fetched.get_nowait()
            thread.join(timeout=0.01)


def _translated(error: Exception) -> Exception:
    """An error during streaming, without the values that it may quote."""
    if not isinstance(error, OSError | pa.ArrowException):
        return error
    stopped = _STOPPED.search(str(error))
    return dbapi.OperationalError(
        stopped.group() if stopped else "the server refuses a value",
        status_code=AdbcStatusCode.IO,
        sqlstate="57000" if stopped else "22000",
    )


def _place(url: str) -> str:
    """Host and database of a URL, without the login."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        host = parts.hostname or "the local socket"
    except ValueError:
        return "the database"
    return f"database {parts.path.strip('/')} on {host}{port}" if parts.scheme else "the database"


def _without_secrets(text: str, url: str) -> str:
    """Text without the URL and its password, which libpq quotes for a malformed URL."""
    secrets = {url}
    with suppress(ValueError):
        password = urlsplit(url).password or url
        secrets |= {password, unquote(password)}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text if "://" in url else "its address is not a URL"
