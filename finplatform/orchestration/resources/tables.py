"""Warehouse tables as a Dagster resource: frames by table name.

Does not belong here: reading and writing (see `finplatform.warehouse.tables`).
"""

from collections.abc import Mapping, Sequence
from datetime import date

import dagster as dg
import polars as pl

from finplatform.contracts.contract import Contract
from finplatform.errors import FinplatformError
from finplatform.orchestration.resources.held_tables import HeldTables
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import quote
from finplatform.warehouse.tables import read_rows, replace_rows
from finplatform.windows import Window


class TablesResource(dg.ConfigurableResource):
    """Reads and replaces rows of tables that have a contract.

    Attributes:
        warehouse: The warehouse.
        contracts: Contracts by `schema.table`.
        held: Fails steps with held upstream tables.
    """

    warehouse: dg.ResourceDependency[WarehouseResource]
    contracts: dg.ResourceDependency[Mapping[str, Contract]]
    held: dg.ResourceDependency[HeldTables]

    def contract(self, table: str) -> Contract:
        """Contract of a table.

        Args:
            table: `schema.table`.

        Raises:
            FinplatformError: If the table has none.
        """
        try:
            return self.contracts[table]
        except KeyError:
            raise FinplatformError(
                f"Table {table} has no contract.",
                "Add one to finplatform.contracts, or to the model's YAML.",
            ) from None

    def read(
        self, table: str, window: Window | None = None, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """Rows of a table in the order of its key.

        Args:
            table: `schema.table`.
            window: Days to read; None reads all.
            columns: Columns to read; None reads all.
        """
        return read_rows(self.warehouse.url, self.contract(table), window, columns)

    def count(self, table: str, window: Window | None = None) -> int:
        """Number of rows of a table, or of a window of it.

        Args:
            table: `schema.table`.
            window: Days to count, for a table with a date column.
        """
        contract = self.contract(table)
        query = f"select count(*) from {quote(contract.schema_name)}.{quote(contract.table)}"
        if window is not None and contract.date_column is not None:
            query += f" where {window.predicate(quote(contract.date_column))}"
        with bulk.connect(self.warehouse.url) as connection:
            return int(str(bulk.fetch_value(connection, query)))

    def read_latest(self, table: str, columns: Sequence[str]) -> pl.DataFrame:
        """Rows of the last day of a table with a date column; empty for an empty table.

        Args:
            table: `schema.table`.
            columns: Columns to read.
        """
        contract = self.contract(table)
        if contract.date_column is None:
            raise ValueError(f"{table} has no date column")
        name = f"{quote(contract.schema_name)}.{quote(contract.table)}"
        with bulk.connect(self.warehouse.url) as connection:
            last = bulk.fetch_value(
                connection, f"select max({quote(contract.date_column)}) from {name}"
            )
        if not isinstance(last, date):
            return pl.Schema({column: contract.dtypes[column] for column in columns}).to_frame()
        return self.read(table, Window.day(last), columns)

    def replace(
        self, table: str, frame: pl.DataFrame, window: Window | None, run_id: str | None = None
    ) -> None:
        """Replaces a window of a table, or the whole table, in one transaction.

        Args:
            table: `schema.table`.
            frame: New rows.
            window: Days to replace, for a table with a date column.
            run_id: The run, for the log of loads.
        """
        replace_rows(self.warehouse.url, self.contract(table), frame, window, run_id)
