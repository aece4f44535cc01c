"""The bulk path: Polars frames in and out of PostgreSQL as Arrow, a batch at a time.

Belongs here: moving many rows exactly and with bounded memory. Does not belong here: deciding which
rows to move, or any table's name.
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
"""Bytes of one batch read from the server: large enough to vectorise, small enough to hold two."""

_QUOTES_VALUES = frozenset({"22", "23", "P0"})
"""Classes of SQLSTATE whose messages quote values: data, constraints, and what functions raise."""

_LOST = frozenset({"08", "57", "53", "58"})
"""Classes of SQLSTATE by which the server, not the statement, is at fault."""

_STOPPED = re.compile(
    r"terminating connection[ \w]*|canceling statement[ \w]*|server closed the connection"
    r"|connection not open|could not receive data[ \w]*|out of memory|no space left on device",
    re.IGNORECASE,
)


@contextmanager
def connect(url: str) -> Iterator[dbapi.Connection]:
    """Gives an Arrow connection; commits when the block ends well and rolls back otherwise.

    Args:
        url: libpq URL of the database.

    Raises:
        FinplatformError: If the server does not answer, lets nobody in, or goes away.
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
    """What the server says is wrong, without values: it quotes those of rows that it refuses."""
    state = error.sqlstate or ""
    if state[:2] in _QUOTES_VALUES:
        return f"a value is not what the query makes of it (SQLSTATE {state})"
    for name, text in error.details:
        if name == "PG_DIAG_MESSAGE_PRIMARY":
            return str(text.decode("utf-8", "replace") if isinstance(text, bytes) else text)
    first = str(error).strip().splitlines()[0]
    return re.sub(r"^[A-Z_]+: (\[libpq\] )?", "", first).removesuffix(".")


def is_lost(error: AdbcError) -> bool:
    """Whether the server, or the way to it, is at fault, and not the statement."""
    state = error.sqlstate or ""
    return state[:2] in _LOST or (not state and bool(_STOPPED.search(str(error))))


def read_batches(
    connection: dbapi.Connection, query: str, *, batch_rows: int | None = None
) -> Iterator[pl.DataFrame]:
    """Streams a query's rows; until the end, the connection can do nothing else.

    Args:
        connection: Open Arrow connection.
        query: SQL whose columns have PostgreSQL's common types; numerics arrive exact, as text.
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
    """Runs a query and streams its rows as the driver gives them.

    Args:
        connection: Open Arrow connection, which can do nothing else until the end of the rows.
        query: SQL whose columns have PostgreSQL's common types.
        batch_bytes: Bytes of one batch, about.

    Returns:
        The result's schema, in which numerics are opaque text; batches, at least one. Whoever
        stops before their end closes them.
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


def commit_and_analyze(connection: dbapi.Connection, name: str) -> None:
    """Ends the connection's transaction, and gathers statistics of the table that it filled.

    The server counts the new rows before it analyses; otherwise it would soon do so again, for
    what it takes for news.

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
    """Batches of a reader, each fetched while the one before is worked on.

    Raises:
        adbc_driver_manager.Error: As for other statements. Once rows flow the driver tells errors
            without their class, so only what stops a server is passed on in its own words.
    """
    fetched: Queue[pa.RecordBatch | Exception | None] = Queue(maxsize=1)
    is_over = Event()

    def fetch() -> None:
        try:
            while not is_over.is_set():
                fetched.put(reader.read_next_batch())
        except StopIteration:
            fetched.put(None)
        except Exception as error:  # noqa: BLE001 - raised again where the batches are used
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
    """An error met while rows flow, without the values that it may quote."""
    if not isinstance(error, OSError | pa.ArrowException):
        return error
    stopped = _STOPPED.search(str(error))
    return dbapi.OperationalError(
        stopped.group() if stopped else "the server refuses a value",
        status_code=AdbcStatusCode.IO,
        sqlstate="57000" if stopped else "22000",
    )


def _place(url: str) -> str:
    """Where a URL points, without who and how."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        host = parts.hostname or "the local socket"
    except ValueError:
        return "the database"
    return f"database {parts.path.strip('/')} on {host}{port}" if parts.scheme else "the database"


def _without_secrets(text: str, url: str) -> str:
    """Text that does not quote the URL or its password, as libpq does of one it cannot read."""
    secrets = {url}
    with suppress(ValueError):
        password = urlsplit(url).password or url
        secrets |= {password, unquote(password)}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text if "://" in url else "its address is not a URL"
