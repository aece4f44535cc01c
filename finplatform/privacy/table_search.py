"""The search for texts in every column of every table, and their replacement in columns of words.

Rows are streamed, and all texts are looked for at once: a thousand cost what one costs. Belongs
here: tables. Files are `file_search`.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl
from adbc_driver_postgresql import dbapi

from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.columns import Identifier
from finplatform.errors import FinplatformError
from finplatform.oltp.codes import SCHEMA as OLTP
from finplatform.privacy.relations import StoredTable
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import quote

ERASED = "[erased]"
"""What stands where a text was taken out."""

_MENDED = "texts_mended"

_WRITTEN_ABOUT_PEOPLE = frozenset({"laundering", "suspicious_activity", "screening", "privacy"})
"""Subjects of the table of rights in which compliance writes about people."""


@dataclass(frozen=True, order=True)
class TableHit:
    """A column that holds a text.

    Attributes:
        table: `schema.table`.
        column: Column.
        rows: Rows in which it stands.
    """

    table: str
    column: str
    rows: int


def find_in_tables(
    url: str, tables: Iterable[StoredTable], texts: Sequence[str], *, ignore_case: bool = False
) -> list[TableHit]:
    """Where texts occur, in any column of any table, sealed bytes in hex included.

    Args:
        url: libpq URL of the database.
        tables: Tables to search.
        texts: What is looked for.
        ignore_case: Whether the case of ASCII letters counts.

    Raises:
        FinplatformError: If a text is empty.
    """
    wanted = spellings(texts)
    hits = []
    with bulk.connect(url) as connection:
        for table in tables:
            # A row as text shows in one pass whether its columns are worth a look each.
            whole = f"select t::text as line from {table.sql_name} as t"
            if not _count(connection, whole, wanted, ignore_case=ignore_case):
                continue
            for column in table.columns:
                one = f"select t.{quote(column)}::text as line from {table.sql_name} as t"
                rows = _count(connection, one, wanted, ignore_case=ignore_case)
                if rows:
                    hits.append(TableHit(table.name, column, rows))
    return hits


def replace_in_tables(
    connection: dbapi.Connection, tables: Iterable[StoredTable], texts: Sequence[str]
) -> list[TableHit]:
    """Replaces texts where people write by `[erased]`, inside the connection's transaction.

    Args:
        connection: Open Arrow connection.
        tables: All tables; of each, the columns of `free_columns` are gone through.
        texts: What is taken out.

    Returns:
        Columns and numbers of rows that were mended.
    """
    wanted = spellings(texts) if texts else []
    mended = []
    for table in tables:
        for name in free_columns(table) if wanted else ():
            rows = _mend(connection, table, name, wanted)
            if rows:
                mended.append(TableHit(table.name, name, rows))
    return mended


def free_columns(table: StoredTable) -> list[str]:
    """Columns of a table that may contain a person's name as free text.

    Columns that are meant for names hold those of others, of firms and of lists of sanctions: a
    person who is called the same is no reason to change them.
    """
    words = [name for name, column in table.columns.items() if column.is_text]
    if table.schema == OLTP:
        source = SOURCES.get(table.table)
        kinds = source.identifiers if source else {}
        return [
            name
            for name in words
            if kinds.get(name) is Identifier.FREE_TEXT or table.table == "outbox"
        ]
    if table.schema == "ops" or table.subject in _WRITTEN_ABOUT_PEOPLE:
        return words
    return [name for name in words if table.marks.get(name) == "free_text"]


def spellings(texts: Iterable[str]) -> list[str]:
    """Texts as they are, as JSON writes them, and as a row as text doubles what it quotes by.

    Raises:
        FinplatformError: If a text is empty.
    """
    found: set[str] = set()
    for text in texts:
        if not text.strip():
            raise FinplatformError(
                "An empty text would be found everywhere.", "Give the clear value to look for."
            )
        found |= {text, text.replace('"', '\\"'), text.replace('"', '""')}
        found |= {json.dumps(text)[1:-1], text.encode().hex()}
    return sorted(found)


def _count(
    connection: dbapi.Connection, query: str, wanted: list[str], *, ignore_case: bool
) -> int:
    found = 0
    for batch in bulk.read_batches(connection, query):
        is_hit = batch["line"].str.contains_any(wanted, ascii_case_insensitive=ignore_case)
        found += int(is_hit.sum())
    return found


def _mend(connection: dbapi.Connection, table: StoredTable, column: str, wanted: list[str]) -> int:
    name, sql_type = quote(column), table.columns[column].sql_type
    query = (
        f"select t.ctid::text as place, t.{name}::text as line from {table.sql_name} as t"
        f" where t.{name} is not null"
    )
    found = [
        batch.filter(pl.col("line").str.contains_any(wanted))
        for batch in bulk.read_batches(connection, query)
    ]
    rows = pl.concat(found)
    if rows.is_empty():
        return 0
    rows = rows.with_columns(
        line=pl.col("line").str.replace_many(list(wanted), [ERASED] * len(wanted))
    )
    bulk.execute(connection, f"create temporary table {_MENDED} (place text, line text)")
    bulk.append_temporary(connection, _MENDED, rows)
    trigger = f"alter table {table.sql_name} {{}} trigger only_grows"
    if table.only_grows:
        bulk.execute(connection, trigger.format("disable"))
    bulk.execute(
        connection,
        f"update {table.sql_name} as t set {name} = m.line::{sql_type} from {_MENDED} as m"
        " where t.ctid = m.place::tid",
    )
    if table.only_grows:
        bulk.execute(connection, trigger.format("enable"))
    bulk.execute(connection, f"drop table {_MENDED}")
    return rows.height
