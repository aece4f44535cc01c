"""Merging captured changes into a stored table of events or whole table.

Belongs here: deleting the rows that changes replace. Does not belong here: entities, whose log is
append-only (see `entity_log`).
"""

import polars as pl
from adbc_driver_postgresql import dbapi

from finplatform.contracts.contract import Contract
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import literal, quote

_KEYS = "removed_keys"
DAY = "_day"
"""Column of keys that holds the business day of the row."""


class ChangesRefusedError(Exception):
    """A captured change is rejected.

    A share of few changes is meaningless, and a row that is corrected later must leave quarantine.
    The days, or the whole table, are therefore read again.
    """


def create_stage(connection: dbapi.Connection, contract: Contract) -> None:
    """Creates an empty temporary table of keys for one load."""
    types = {name: kind for name, kind, _ in contract.sql_columns()}
    columns = ", ".join(f"{quote(name)} {types[name]}" for name in contract.key)
    bulk.execute(
        connection, f"create temporary table {_KEYS} ({columns}, {DAY} date) on commit drop"
    )


def remove(connection: dbapi.Connection, contract: Contract, keys: pl.DataFrame) -> int:
    """Deletes rows by their keys, each only on its own day.

    A row that moved to another day is stored by a change of that day.

    Args:
        connection: Connection of the load, in the bank's zone.
        contract: The stored table.
        keys: Key columns, and `DAY` for a table with a date.

    Returns:
        Number of deleted rows.
    """
    bulk.append_temporary(connection, _KEYS, keys)
    same = " and ".join(f"b.{quote(name)} = k.{quote(name)}" for name in contract.key)
    if contract.date_column is not None:
        column = f"b.{quote(contract.date_column)}"
        first, last = (literal(str(edge)) for edge in (keys[DAY].min(), keys[DAY].max()))
        # The range of days lets PostgreSQL use the index on the date.
        same += (
            f" and {column} >= {first}::date and {column} < {last}::date + 1"
            f" and {column}::date = k.{DAY}"
        )
    removed = bulk.fetch_value(
        connection,
        f"with gone as (delete from {contract.name} as b using {_KEYS} as k where {same}"
        " returning 1) select count(*) from gone",
    )
    bulk.execute(connection, f"delete from {_KEYS}")
    return int(str(removed))
