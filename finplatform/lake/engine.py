"""Columnar queries: DuckDB over the lake, with the warehouse's names.

A table of the lake is read from its Parquet files; every other table is read from the warehouse as
the read-only login, so that a star schema is complete. A query is one SELECT with access to the
lake's files only. Belongs here: names, and the permissions of a query. Does not belong here:
printing.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from finplatform.errors import FinplatformError
from finplatform.lake.catalog import EVENTS, FACTS
from finplatform.lake.dialect import adapt, adapted, table_names
from finplatform.lake.duck import WAREHOUSE, attach, open_duck, register
from finplatform.lake.manifest import Manifest, read_manifest
from finplatform.lake.read import spill_folder
from finplatform.lake.root import LakeRoot, open_root
from finplatform.lake.totals import scan
from finplatform.settings import Settings
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.identifiers import literal, quote
from finplatform.warehouse.reader_role import READABLE, SEARCH_PATH, open_reader

SOURCES: Mapping[str, str] = {
    **{f"gold.{table}": table for table in FACTS},
    **{f"bronze.{table}": table for table in EVENTS},
}
"""Tables of the lake by their name in the warehouse."""

_COLUMNS = """
select a.attname::text, a.atttypid = 'numeric'::regtype and a.atttypmod = -1
from pg_attribute as a
inner join pg_class as c on c.oid = a.attrelid
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = %s and c.relname = %s and n.nspname = any(%s)
    and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped
order by a.attnum
"""

_SCALE = 10
"""Digits after the point of numerics of views that declare none."""


@dataclass(frozen=True)
class LakeAnswer:
    """Result of a query.

    Attributes:
        columns: Names of the columns.
        rows: The rows, as many as were wanted.
        until: Last day of each table of the lake that the query reads.
    """

    columns: list[str]
    rows: list[tuple[Any, ...]]
    until: Mapping[str, date | None]


def query(settings: Settings, text: str, limit: int | None = None) -> LakeAnswer:
    """Runs one SELECT.

    Args:
        settings: Where lake and warehouse are.
        text: The query, as PostgreSQL takes it.
        limit: Most rows; None for all.

    Raises:
        FinplatformError: If it is no SELECT, names a table that is not there, or fails.
    """
    reader, root = open_reader(settings), open_root(settings)
    with open_duck(settings.lake_memory_mb, spill_folder(settings)) as duck, _query_errors():
        attach(duck, reader)
        register(duck, root)
        statement = _only_select(duck, adapted(text))
        _make_schemas(duck)
        adapt(duck)
        names = _named(table_names(statement))
        manifests = _make_views(duck, reader, root, names)
        _close(duck, root)
        result = duck.execute(statement)
        columns = [column[0] for column in result.description or ()]
        rows = result.fetchall() if limit is None else result.fetchmany(limit)
    until = {name: max(held.partitions, default=None) for name, held in manifests.items()}
    return LakeAnswer(columns, rows, until)


@contextmanager
def _query_errors() -> Iterator[None]:
    """Converts errors of DuckDB into errors for the user."""
    try:
        yield
    except duckdb.Error as error:
        message = str(error).strip().splitlines()[0]
        raise FinplatformError(
            f"The query failed: {message}",
            "Functions of the warehouse and columns with free text are in the warehouse only:"
            " leave out --engine lake.",
        ) from None


def _only_select(duck: duckdb.DuckDBPyConnection, text: str) -> str:
    """The query's text, if it is one SELECT.

    Raises:
        FinplatformError: If it is anything else.
    """
    statements = duck.extract_statements(text)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise FinplatformError(
            "The lake answers one SELECT at a time.", "Write the query as one SELECT."
        )
    return statements[0].query


def _make_schemas(duck: duckdb.DuckDBPyConnection) -> None:
    for schema in READABLE:
        duck.execute(f"create schema {quote(schema)}")
    duck.execute(f"set search_path = {literal(SEARCH_PATH.replace(' ', ''))}")


def _named(names: Iterable[str]) -> list[list[str]]:
    """For each table name of a query, the candidate tables, the likeliest first."""
    path = SEARCH_PATH.split(", ")
    return [
        [name] if "." in name else [f"{schema}.{name}" for schema in path] for name in sorted(names)
    ]


def _make_views(
    duck: duckdb.DuckDBPyConnection,
    reader: Warehouse,
    root: LakeRoot,
    names: list[list[str]],
) -> dict[str, Manifest]:
    """Makes a view for each table that is named; returns the manifests of those of the lake."""
    manifests = {}
    with reader.connect() as connection:
        for meanings in names:
            for name in meanings:
                schema, _, table = name.partition(".")
                found = connection.execute(_COLUMNS, (schema, table, list(READABLE)))
                columns = found.fetchall()
                if not columns:
                    continue
                held = read_manifest(root, SOURCES[name]) if name in SOURCES else None
                if held is not None and held.columns:
                    manifests[name] = held
                    _make_view(duck, name, _rows_of(held, root))
                else:
                    _make_view(duck, name, _rows_in_warehouse(name, columns))
                break
    return manifests


def _make_view(duck: duckdb.DuckDBPyConnection, name: str, rows: str) -> None:
    schema, _, table = name.partition(".")
    duck.execute(f"create view {quote(schema)}.{quote(table)} as {rows}")


def _rows_of(held: Manifest, root: LakeRoot) -> str:
    """A query of all rows of a table of the lake."""
    columns = ", ".join(map(quote, held.columns))
    files = [root.path(key) for key in held.files]
    if not files:
        empty = ", ".join(f"null::{kind} as {quote(name)}" for name, kind in held.columns.items())
        return f"select {empty} where false"
    schemas = {partition.schema for partition in held.partitions.values() if partition.rows}
    options = ", union_by_name = true" if len(schemas) > 1 else ""
    return f"select {columns} from {scan(files, options=options)}"


def _rows_in_warehouse(name: str, columns: list[tuple[str, bool]]) -> str:
    """A query of all rows of a table of the warehouse.

    DuckDB would read a numeric without a declared scale, which views have, as a float.
    """
    schema, _, table = name.partition(".")
    target = f"{quote(schema)}.{quote(table)}"
    if not any(is_open for _, is_open in columns):
        return f"select * from {WAREHOUSE}.{target}"
    listed = ", ".join(
        f"{quote(column)}::numeric(38, {_SCALE}) as {quote(column)}" if is_open else quote(column)
        for column, is_open in columns
    )
    return (
        f"select * from postgres_query({literal(WAREHOUSE)},"
        f" {literal(f'select {listed} from {target}')})"
    )


def _close(duck: duckdb.DuckDBPyConnection, root: LakeRoot) -> None:
    """Limits file access to the lake, and locks the configuration against the query."""
    duck.execute(f"set allowed_directories = [{literal(f'{root.address}/')}]")
    duck.execute("set enable_external_access = false")
    duck.execute("set lock_configuration = true")
