"""Reading the latest day of a table, for what is made anew on every run.

Belongs here: the reading. Does not belong here: what is made of the rows.
"""

from collections.abc import Sequence
from datetime import date

import polars as pl

from finplatform.contracts.contract import Contract
from finplatform.orchestration.io_managers.tables import read
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import quote
from finplatform.windows import Window


def read_latest(url: str, contract: Contract, columns: Sequence[str]) -> pl.DataFrame:
    """Rows of the last day that a table cut by day holds; none if it is empty.

    Args:
        url: libpq URL of the warehouse.
        contract: The table's contract, with a date column.
        columns: Columns wanted.
    """
    if contract.date_column is None:
        raise ValueError(f"{contract.name} is not cut by day")
    name = f"{quote(contract.schema_name)}.{quote(contract.table)}"
    with bulk.connect(url) as connection:
        last = bulk.fetch_value(
            connection, f"select max({quote(contract.date_column)}) from {name}"
        )
    if not isinstance(last, date):
        return pl.Schema({column: contract.dtypes[column] for column in columns}).to_frame()
    return read(url, contract, Window.day(last)).select(columns)
