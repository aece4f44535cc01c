"""Writing a synthetic bank into PostgreSQL: all of it, in one transaction, or nothing.

Belongs here: COPY, and taking constraints, indexes and triggers off and putting them back. Does
not: creating the schema `oltp` (its migrations do), or the frames.
"""

from collections.abc import Callable, Iterable, Iterator

import polars as pl
import psycopg
from psycopg import sql

from finplatform.errors import FinplatformError
from finplatform.oltp.codes import SCHEMA
from finplatform.simulate.bank import OLTP_TABLES, Bank
from finplatform.simulate.prefetch import ahead
from finplatform.simulate.truth import TRUTH_TABLES

TRUTH_SCHEMA = "simulate"
Progress = Callable[[str, int], None]

_CSV_ROWS = 65_536
_SQL_TYPES = {
    pl.String: "text",
    pl.Int64: "bigint",
    pl.Float64: "double precision",
    pl.Boolean: "boolean",
    pl.Date: "date",
}
_CONSTRAINTS = """
    select c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid), c.contype
    from pg_constraint c
    where (c.conrelid = any(%(tables)s::regclass[]) and c.contype in ('p', 'u'))
       or (c.contype = 'f' and c.conparentid = 0
           and (c.conrelid = any(%(tables)s::regclass[])
                or c.confrelid = any(%(tables)s::regclass[])))
    order by c.contype = 'f', c.conrelid::regclass::text, c.conname
"""
_INDEXES = """
    select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
    from pg_index i
    where i.indrelid = any(%(tables)s::regclass[])
      and not exists (select from pg_constraint c where c.conindid = i.indexrelid
                      and c.contype in ('p', 'u', 'x'))
    order by 1
"""
_SEQUENCES = """
    select pg_get_serial_sequence(%(table)s, a.attname), a.attname
    from pg_attribute a
    where a.attrelid = %(table)s::regclass and a.attnum > 0 and not a.attisdropped
      and pg_get_serial_sequence(%(table)s, a.attname) is not null
"""


def load_bank(bank: Bank, url: str, *, progress: Progress | None = None) -> dict[str, int]:
    """Replace what `oltp` and `simulate` hold by a bank.

    The tables are emptied, filled, indexed, checked and analysed in one transaction: concurrent
    readers wait, and a load that is killed leaves what was there before. Triggers do not fire.

    Args:
        bank: The bank.
        url: libpq connection string of a database whose schema `oltp` is at its newest version.
        progress: Called with a table's name and the rows written to it so far.

    Returns:
        Rows written to each table, with its schema.

    Raises:
        FinplatformError: If the database cannot be reached or lacks the schema.
    """
    tables = [f"{SCHEMA}.{name}" for name in (*OLTP_TABLES, "transactions")]
    written: dict[str, int] = {}
    try:
        with psycopg.connect(url.replace("+psycopg", "", 1)) as connection:
            cursor = connection.cursor()
            _require_tables(cursor, tables)
            cursor.execute("set local timezone to 'UTC'")
            cursor.execute("set local synchronous_commit to off")
            # Events of the bank that was there are about accounts that will not be.
            cursor.execute(sql.SQL("delete from {}").format(_name(f"{SCHEMA}.outbox")))
            restore = _strip(cursor, tables)
            for table, frames in _contents(bank):
                written[table] = _copy(cursor, table, frames, progress)
            for statement in restore:
                cursor.execute(statement)
            _advance_sequences(cursor, tables)
            _index_truth(cursor)
            # Else the server, which counts the new rows after the analysis, would repeat it.
            cursor.execute("select pg_stat_force_next_flush()")
            connection.commit()
            for table in written:
                cursor.execute(sql.SQL("analyze {}").format(_name(table)))
    except psycopg.OperationalError as error:
        raise FinplatformError(
            f"The database could not be loaded: {str(error).strip()}",
            "Check that the server runs, that the address is right and that the disk has room.",
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise FinplatformError(
            f"The role may not replace the bank: {str(error).strip()}",
            "Load as the owner of the schema oltp, with the right to create schemas.",
        ) from error
    return written


def _contents(bank: Bank) -> Iterator[tuple[str, Iterable[pl.DataFrame]]]:
    """Tables with their frames; transactions first, since accounts need their sums."""
    yield f"{SCHEMA}.transactions", bank.transactions()
    for name in OLTP_TABLES:
        yield f"{SCHEMA}.{name}", [bank.table(name)]
    for name in TRUTH_TABLES:
        yield f"{TRUTH_SCHEMA}.{name}", [bank.truth(name)]


def _name(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))


def _require_tables(cursor: psycopg.Cursor[tuple[str]], tables: list[str]) -> None:
    cursor.execute("select t from unnest(%s::text[]) t where to_regclass(t) is null", (tables,))
    missing = [row[0] for row in cursor.fetchall()]
    if missing:
        raise FinplatformError(
            f"The database lacks {', '.join(missing)}.",
            "Migrate the operational schema to its newest version first.",
        )


def _strip(cursor: psycopg.Cursor[tuple[str, ...]], tables: list[str]) -> list[sql.Composed]:
    """Empty the tables and take off what slows a bulk load.

    Returns:
        Statements that put everything back, in order; foreign keys are checked as they return.
    """
    restore: list[sql.Composed] = []
    cursor.execute(_CONSTRAINTS, {"tables": tables})
    constraints = cursor.fetchall()
    cursor.execute(_INDEXES, {"tables": tables})
    indexes = cursor.fetchall()
    for table, name, _, _ in reversed(constraints):
        drop = sql.SQL("alter table {} drop constraint {}")
        cursor.execute(drop.format(sql.SQL(table), sql.Identifier(name)))
    for index, definition in indexes:
        cursor.execute(sql.SQL("drop index {}").format(sql.SQL(index)))
        restore.append(sql.Composed([sql.SQL(definition)]))
    for table, name, definition, _ in constraints:
        add = sql.SQL("alter table {} add constraint {} {}")
        parts = (sql.SQL(table), sql.Identifier(name), sql.SQL(definition))
        restore.append(add.format(*parts))
    for table in tables:
        silence = sql.SQL("alter table {} disable trigger user")
        cursor.execute(silence.format(_name(table)))
        restore.append(sql.SQL("alter table {} enable trigger user").format(_name(table)))
    # The journal's triggers refuse to be bypassed by truncate, so it comes after they are off.
    names = sql.SQL(", ").join(map(_name, tables))
    cursor.execute(sql.SQL("truncate {}").format(names))
    cursor.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(TRUTH_SCHEMA)))
    cursor.execute(sql.SQL("create schema {}").format(sql.Identifier(TRUTH_SCHEMA)))
    return restore


def _copy(
    cursor: psycopg.Cursor[tuple[str, ...]],
    table: str,
    frames: Iterable[pl.DataFrame],
    progress: Progress | None,
) -> int:
    done = 0
    source = ahead(_as_csv(frames))
    first = next(source)
    if table.startswith(TRUTH_SCHEMA):
        cursor.execute(_create_table(table, first[2]))
    columns = sql.SQL(", ").join(map(sql.Identifier, first[2].names()))
    # Rows are written frozen: the emptied table is not visible before the commit.
    command = sql.SQL("copy {} ({}) from stdin (format csv, freeze true)")
    with cursor.copy(command.format(_name(table), columns)) as copy:
        for content, rows, _ in _chain(first, source):
            copy.write(content)
            done += rows
            if progress:
                progress(table, done)
    return done


_Chunk = tuple[bytes, int, pl.Schema]


def _chain(first: _Chunk, rest: Iterator[_Chunk]) -> Iterator[_Chunk]:
    yield first
    yield from rest


def _as_csv(frames: Iterable[pl.DataFrame]) -> Iterator[_Chunk]:
    """CSV without header in pieces; a table without rows gives one empty piece."""
    for frame in frames:
        for part in frame.iter_slices(_CSV_ROWS) if len(frame) else (frame,):
            stamps = [name for name, kind in part.schema.items() if kind == pl.Datetime]
            plain = part.with_columns(pl.col(stamps).dt.replace_time_zone(None))
            content = plain.write_csv(
                include_header=False, datetime_format="%Y-%m-%d %H:%M:%S"
            ).encode()
            yield content, len(part), part.schema


def _create_table(table: str, schema: pl.Schema) -> sql.Composed:
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(_sql_type(kind)))
        for name, kind in schema.items()
    ]
    return sql.SQL("create table {} ({})").format(_name(table), sql.SQL(", ").join(columns))


def _sql_type(kind: pl.DataType) -> str:
    if isinstance(kind, pl.Decimal):
        return f"numeric({kind.precision},{kind.scale})"
    return _SQL_TYPES[type(kind)]


def _advance_sequences(cursor: psycopg.Cursor[tuple[str, ...]], tables: list[str]) -> None:
    """Let generated keys go on after the loaded ones."""
    for table in tables:
        cursor.execute(_SEQUENCES, {"table": table})
        for sequence, column in cursor.fetchall():
            command = sql.SQL("select setval({}, coalesce(max({}), 0) + 1, false) from {}")
            parts = (sql.Literal(sequence), sql.Identifier(column), _name(table))
            cursor.execute(command.format(*parts))


def _index_truth(cursor: psycopg.Cursor[tuple[str, ...]]) -> None:
    for table, key in (
        ("fraud_labels", "transaction_id"),
        ("laundering_labels", "transaction_id"),
        ("loan_hazard", "loan_id, month"),
        ("default_truth", "loan_id, month_end"),
        ("card_truth", "account_id"),
        ("card_hazard", "account_id, month"),
        ("customer_truth", "customer_id"),
        ("churn_truth", "customer_id, month_end"),
        ("campaign_truth", "campaign_id"),
        ("campaign_unit_truth", "campaign_id, customer_id"),
    ):
        cursor.execute(
            sql.SQL("alter table {} add primary key ({})").format(
                sql.Identifier(TRUTH_SCHEMA, table), sql.SQL(key)
            )
        )
