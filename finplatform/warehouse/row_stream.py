"""A query's rows as a stream of Arrow batches, for the read-only login.

Belongs here: one statement, its result's types, and its rows in constant memory. Does not belong
here: the output of the rows (`finplatform.reporting.exports`, `finplatform.warehouse.frames`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from adbc_driver_manager import Error as AdbcError
from adbc_driver_postgresql.dbapi import Connection

from finplatform.errors import FinplatformError, NothingFoundError
from finplatform.warehouse import bulk
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.identifiers import distinct, quote
from finplatform.warehouse.reader_role import READABLE

BATCH_BYTES = 2 * 1024 * 1024
"""Bytes of one batch, of which a few are in memory at a time."""

NUMERIC = pa.opaque(pa.string(), "numeric", "PostgreSQL")
"""Type of a numeric without a declared scale: its digits as text, which is exact."""

Parameters = Sequence[Any] | Mapping[str, Any]

_AS_THEY_ARE = (
    "bool", "int2", "int4", "int8", "float4", "float8", "numeric", "text", "varchar", "bpchar",
    "date", "timestamp", "timestamptz", "bytea",
)  # fmt: skip
"""Types that Arrow holds exactly; others are cast to text by the server."""

_LONGEST_DECIMAL = 38
_TIME_LIMIT = "1h"
"""Statement timeout of a query, which includes the time of writing its rows, so that it is longer
than that of the reader's other statements."""

_END = re.compile(r";\s*(--[^\n]*\s*)*\Z")
"""The end of a statement, and comments after it."""


@dataclass(frozen=True)
class _Column:
    name: str
    is_text_wanted: bool
    decimal: pa.Decimal128Type | None


@contextmanager
def open_rows(reader: Warehouse, query: str) -> Iterator[pa.RecordBatchReader]:
    """Runs a query in a read-only transaction and yields its rows within the block.

    Numerics of a declared scale are decimals, others `NUMERIC`; instants are in UTC; arrays, JSON,
    intervals, ranges and other types without an Arrow type are the server's text. Repeated column
    names get a number.

    Args:
        reader: The database, with the read-only login.
        query: One statement that returns rows: SELECT, VALUES, TABLE or WITH.

    Raises:
        FinplatformError: If the server refuses the statement, with its message, or stops.
    """
    with reader.connect() as connection:
        connection.read_only = True
        text, columns = _described(connection, query)
    try:
        with bulk.connect(reader.url) as arrow, _in_time():
            bulk.execute(arrow, "set transaction read only")
            bulk.execute(arrow, f"set local statement_timeout = '{_TIME_LIMIT}'")
            schema, batches = bulk.read_arrow(arrow, _selected(text, columns), BATCH_BYTES)
            with closing(batches), _cancelled_on_error(arrow):
                yield pa.RecordBatchReader.from_batches(*_typed(schema, batches, columns))
    except AdbcError as error:
        raise FinplatformError(
            f"The query failed: {bulk.reason(error)}.", "Correct the query, and run it again."
        ) from error


@contextmanager
def _cancelled_on_error(connection: Connection) -> Iterator[None]:
    """Cancels the statement of a failed block, which would otherwise read all remaining rows."""
    try:
        yield
    except BaseException:
        with suppress(AdbcError):
            connection.adbc_cancel()
        raise


@contextmanager
def _in_time() -> Iterator[None]:
    """Distinguishes a statement timeout from a lost server."""
    try:
        yield
    except AdbcError as error:
        if "canceling statement" not in str(error):
            raise
        raise FinplatformError(
            f"The query, with the writing of its rows, took longer than it may ({_TIME_LIMIT}).",
            "Narrow it, or export to CSV or Parquet, which is faster than XLSX.",
        ) from error


def bound(reader: Warehouse, text: str, parameters: Parameters) -> str:
    """SQL text with values in place of its placeholders, quoted by the driver.

    Args:
        reader: The database.
        text: SQL with `%s` or `%(name)s`; a per cent sign is written twice.
        parameters: The values.

    Raises:
        FinplatformError: If values and placeholders do not fit each other.
    """
    with reader.connect() as connection:
        try:
            return psycopg.ClientCursor(connection).mogrify(text, parameters)
        except (psycopg.Error, TypeError, KeyError) as error:
            raise FinplatformError(
                f"The parameters do not fit the condition: {error}.",
                "Each %s takes a value of a list, each %(name)s one of a dictionary; write %% for a"
                " per cent sign.",
            ) from error


def table_query(
    reader: Warehouse,
    relation: str,
    columns: Sequence[str] | None = None,
    conditions: Sequence[str] = (),
) -> str:
    """The query of a table's or view's rows.

    Args:
        reader: The database, with the login that can only read.
        relation: `schema.table`, or the table alone.
        columns: Columns, in the requested order; None: all.
        conditions: SQL conditions that a row meets.

    Raises:
        FinplatformError: If there is no such relation or column, with those of similar names.
    """
    schema, table = found_relation(reader, relation)
    chosen = _columns_of(reader, schema, table) if columns is None else list(columns)
    if columns is not None:
        _check_columns(reader, schema, table, chosen)
    query = f"select {bulk.column_list(chosen)} from {quote(schema)}.{quote(table)}"
    if conditions:
        # A condition may end in a comment.
        query += " where " + " and ".join(f"({condition}\n)" for condition in conditions)
    return query


def found_relation(reader: Warehouse, relation: str) -> tuple[str, str]:
    """Schema and name of a table or view that the reader may read.

    Args:
        reader: The database, with the login that can only read.
        relation: `schema.table`, or the table alone, which is looked for in gold first.

    Raises:
        FinplatformError: If there is none, with those of similar names.
    """
    with reader.connect() as connection:
        known = connection.execute(
            "select n.nspname, c.relname from pg_class as c"
            " inner join pg_namespace as n on n.oid = c.relnamespace"
            " where c.relkind in ('r', 'p', 'v', 'm') and n.nspname = any(%s)"
            " and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')"
            " order by n.nspname <> 'gold', n.nspname <> 'bi', n.nspname, c.relname",
            (list(READABLE),),
        ).fetchall()
    wanted = relation.replace('"', "")
    for schema, table in known:
        if wanted in (f"{schema}.{table}", table):
            return schema, table
    names = [f"{schema}.{table}" for schema, table in known]
    raise NothingFoundError(
        f"There is no table or view {relation!r} that the reader may read.",
        _similar(wanted, names) or "Tables: finplatform status.",
    )


def date_column(reader: Warehouse, relation: str, wanted: str | None = None) -> str:
    """A column of dates or instants that filters the rows of a table.

    Args:
        reader: The database, with a login that can only read.
        relation: `schema.table`, or the table alone.
        wanted: The column; None: the first of dates.

    Raises:
        NothingFoundError: If there is no such table, or no such column of it.
    """
    schema, table = found_relation(reader, relation)
    with reader.connect() as connection:
        found = connection.execute(
            "select attname, atttypid in ('timestamp'::regtype, 'timestamptz'::regtype)"
            " from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
            " and atttypid in ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)"
            " order by 2, attnum",
            (f"{quote(schema)}.{quote(table)}",),
        ).fetchall()
    for name, is_instant in found:
        if name == wanted or (wanted is None and not is_instant):
            return str(name)
    raise NothingFoundError(
        f"{schema}.{table} has no such column of dates.",
        f"Columns: {', '.join(name for name, _ in found) or 'none'}.",
    )


def _columns_of(reader: Warehouse, schema: str, table: str) -> list[str]:
    with reader.connect() as connection:
        found = connection.execute(
            "select attname from pg_attribute where attrelid = %s::regclass"
            " and attnum > 0 and not attisdropped order by attnum",
            (f"{quote(schema)}.{quote(table)}",),
        ).fetchall()
    return [name for (name,) in found]


def _check_columns(reader: Warehouse, schema: str, table: str, wanted: Sequence[str]) -> None:
    known = _columns_of(reader, schema, table)
    for name in wanted:
        if name not in known:
            raise NothingFoundError(
                f"{schema}.{table} has no column {name!r}.",
                _similar(name, known) or f"Columns: {', '.join(known)}.",
            )


def _similar(wanted: str, names: Sequence[str]) -> str:
    """A hint with the most similar names; empty if there are none.

    A table without a schema is compared with names without their schema.
    """
    by_part = {name if "." in wanted else name.rpartition(".")[2]: name for name in names}
    near = get_close_matches(wanted, by_part, n=3, cutoff=0.6)
    return f"Did you mean {', '.join(by_part[part] for part in near)}?" if near else ""


def _described(connection: psycopg.Connection, query: str) -> tuple[str, list[_Column]]:
    """The query as a subquery, and the columns of its result.

    The server parses and plans it as a single statement, without running it.
    """
    candidates = [query, _END.sub("", query)]
    for text in dict.fromkeys(candidates):
        try:
            with connection.transaction():
                cursor = connection.execute(
                    f"select * from ({text}\n) as q limit 0".encode(), prepare=True
                )
        except psycopg.Error as error:
            if error.sqlstate != "42601" or text == candidates[-1]:
                raise _refused(error) from error
        else:
            return text, _columns(connection, cursor.description or [])
    raise AssertionError


def _refused(error: psycopg.Error) -> Exception:
    """The error for the user; that of a lost connection is unchanged."""
    if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
        return error
    message = f"The query failed: {error.diag.message_primary}."
    if error.sqlstate == "42601":
        return FinplatformError(
            message, "One statement that gives rows can be exported: SELECT, VALUES, TABLE or WITH."
        )
    return FinplatformError(message, error.diag.message_hint or "Tables: finplatform status.")


def _columns(connection: psycopg.Connection, described: Sequence[psycopg.Column]) -> list[_Column]:
    exact = {connection.adapters.types[name].oid for name in _AS_THEY_ARE}
    names = distinct([column.name for column in described])
    return [
        _Column(name, column.type_code not in exact, _decimal(column))
        for name, column in zip(names, described, strict=True)
    ]


def _decimal(column: psycopg.Column) -> pa.Decimal128Type | None:
    """Type of a declared numeric; None without a scale or with more digits than Arrow's."""
    precision, scale = column.precision, column.scale
    if precision is None or scale is None or precision > _LONGEST_DECIMAL:
        return None
    return pa.decimal128(precision, scale) if 0 <= scale <= precision else None


def _selected(query: str, columns: Sequence[_Column]) -> str:
    """The query with every column of a type that Arrow holds.

    Columns are taken by position, since a query may name two alike.
    """
    taken = ", ".join(
        f"c{number}{'::text' if column.is_text_wanted else ''} as {quote(column.name)}"
        for number, column in enumerate(columns)
    )
    aliases = ", ".join(f"c{number}" for number in range(len(columns)))
    return f"select {taken} from ({query}\n) as q({aliases})"


def _typed(
    schema: pa.Schema, batches: Iterator[pa.RecordBatch], columns: Sequence[_Column]
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Schema and batches with numerics of their declared scale."""
    fields = [
        pa.field(column.name, _type(field.type, column))
        for field, column in zip(schema, columns, strict=True)
    ]
    wanted = pa.schema(fields)

    def converted() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            arrays = map(_converted, batch.columns, fields)
            yield pa.RecordBatch.from_arrays(list(arrays), schema=wanted)

    return wanted, converted()


def _type(given: pa.DataType, column: _Column) -> pa.DataType:
    if isinstance(given, pa.BaseExtensionType):
        return column.decimal or NUMERIC
    return given


def _converted(array: pa.Array, field: pa.Field) -> pa.Array:
    if array.type == field.type:
        return array
    digits = array.storage if isinstance(array, pa.ExtensionArray) else array
    if field.type == NUMERIC:
        return pa.ExtensionArray.from_storage(NUMERIC, digits.cast(pa.string()))
    try:
        return pc.cast(digits, field.type)
    except pa.ArrowInvalid:
        raise FinplatformError(
            f"Column {field.name} holds a value that is no decimal number, such as NaN.",
            f"Select it as text: {quote(field.name)}::text.",
        ) from None
