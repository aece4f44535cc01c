"""Merging captured changes into a table of events, or a whole table, that is stored.

Belongs here: taking out the rows that changes take the place of. Does not belong here: entities,
whose log only grows (see `entity_log`).
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
    """A captured change is a bad row.

    Its share among few changes says nothing, and a row that is mended later must leave quarantine:
    the days, or the whole table, are read anew and judged as a whole.
    """


def create_stage(connection: dbapi.Connection, contract: Contract) -> None:
    """Creates an empty stage of keys for one load; it goes with the transaction."""
    types = {name: kind for name, kind, _ in contract.sql_columns()}
    columns = ", ".join(f"{quote(name)} {types[name]}" for name in contract.key)
    bulk.execute(
        connection, f"create temporary table {_KEYS} ({columns}, {DAY} date) on commit drop"
    )


def remove(connection: dbapi.Connection, contract: Contract, keys: pl.DataFrame) -> int:
    """Removes rows by their keys, each on its own day alone.

    A row that moved to another day is stored there by a change of that day.

    Args:
        connection: Connection of the load, in the bank's zone.
        contract: The stored table.
        keys: Key columns, and `DAY` for a table with a date.

    Returns:
        Number of rows removed.
    """
    bulk.append_temporary(connection, _KEYS, keys)
    same = " and ".join(f"b.{quote(name)} = k.{quote(name)}" for name in contract.key)
    if contract.date_column is not None:
        column = f"b.{quote(contract.date_column)}"
        first, last = (literal(str(edge)) for edge in (keys[DAY].min(), keys[DAY].max()))
        # The days of all keys are named as well, for the sake of the index on the date.
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
