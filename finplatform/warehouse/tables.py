"""Frames in and out of tables with a contract: a window or a whole table.

Belongs here: reading rows in the order of the key, and replacing a window in one transaction. Does
not belong here: moving rows fast (`bulk`), or which table an asset stores.
"""

import time
from collections.abc import Sequence
from typing import Any

import polars as pl
from adbc_driver_postgresql import dbapi

from finplatform.contracts.contract import Contract
from finplatform.errors import FinplatformError
from finplatform.warehouse import bulk, ddl, load_log
from finplatform.warehouse.identifiers import literal, quote
from finplatform.windows import Window

_INCOMING = "incoming_rows"


def replace_rows(
    url: str,
    contract: Contract,
    frame: pl.DataFrame,
    window: Window | None,
    run_id: str | None = None,
) -> None:
    """Replaces a window of a table, or the whole table, in one transaction, and logs it.

    Args:
        url: libpq URL of the warehouse.
        contract: The table; it is created if it does not exist.
        frame: New rows with the columns of the contract; without rows, columns do not matter.
        window: Days to replace, for a table with a date column.
        run_id: Run of the orchestrator, for the log of loads.

    Raises:
        FinplatformError: If a row lies outside the window; nothing is changed then.
    """
    began = time.monotonic()
    dtypes = pl.Schema(contract.dtypes)
    rows = frame.select(contract.columns).cast(dtypes) if frame.height else dtypes.to_frame()
    name = f"{quote(contract.schema_name)}.{quote(contract.table)}"
    with bulk.connect(url) as connection:
        ddl.create_schemas(connection)
        ddl.create_table(connection, contract)
    with bulk.connect(url) as connection:
        bulk.execute(connection, f"select pg_advisory_xact_lock(hashtext({literal(name)}))")
        condition = "true"
        if window is not None and contract.date_column is not None:
            condition = window.predicate(quote(contract.date_column))
            days = rows[contract.date_column].cast(pl.Date)
            if not ((days >= window.start) & (days < window.end)).all():
                raise FinplatformError(f"A row for {contract.name} lies outside {window}.")
        bulk.execute(connection, f"delete from {name} where {condition}")
        _append(connection, contract, name, rows)
        seconds = time.monotonic() - began
        stored = load_log.StoredRows(
            contract.name, window, rows.height, seconds, rows.height, run_id=run_id
        )
        load_log.log(connection, stored)
        bulk.commit_and_analyze(connection, name)


def _append(
    connection: dbapi.Connection, contract: Contract, name: str, rows: pl.DataFrame
) -> None:
    """Appends rows by COPY; under row-level security, which COPY refuses, by a temporary table."""
    forced = f"select relforcerowsecurity from pg_class where oid = {literal(name)}::regclass"
    if not bulk.fetch_value(connection, forced):
        bulk.append(connection, contract.schema_name, contract.table, rows)
        return
    bulk.execute(connection, f"create temporary table {_INCOMING} (like {name}) on commit drop")
    bulk.append_temporary(connection, _INCOMING, rows)
    listed = bulk.column_list(contract.columns)
    bulk.execute(
        connection, f"insert into {name} ({listed}) select {listed} from pg_temp.{_INCOMING}"
    )


def read_rows(
    url: str, contract: Contract, window: Window | None, columns: Sequence[str] | None = None
) -> pl.DataFrame:
    """Rows of a table, or of a window of it, in the order of its key.

    Args:
        url: libpq URL of the warehouse.
        contract: The table.
        window: Days to read; None reads all.
        columns: Columns to read; None reads all.
    """
    chosen = contract.columns if columns is None else list(columns)
    query = (
        f"select {bulk.column_list(chosen)}"
        f" from {quote(contract.schema_name)}.{quote(contract.table)}"
    )
    if window is not None and contract.date_column is not None:
        query += f" where {window.predicate(quote(contract.date_column))}"
    query += f" order by {bulk.column_list(list(contract.key))}"
    with bulk.connect(url) as connection:
        frame = bulk.read_frame(connection, query)
    return frame.cast(_decimals(contract, chosen))


def _decimals(contract: Contract, columns: Sequence[str]) -> dict[Any, pl.DataType]:
    dtypes = contract.dtypes
    return {name: dtypes[name] for name in columns if isinstance(dtypes[name], pl.Decimal)}
