"""Frames as warehouse tables: writes replace the run's window in one transaction.

Belongs here: `TableIOManager`, for tables that Python makes and for reading tables that dbt makes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import polars as pl

from finplatform.contracts.contract import Contract
from finplatform.errors import FinplatformError
from finplatform.orchestration.asset_keys import table_of
from finplatform.orchestration.partitions import window_of_tags
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.frames_read import FRAMES
from finplatform.warehouse.identifiers import literal, quote
from finplatform.windows import Window


class TableIOManager(dg.IOManager):
    """Stores a Polars frame in the table of its asset key, and reads a table as a frame.

    Args:
        warehouse: Where the tables are.
        contracts: What tables promise, by `schema.table`.
    """

    def __init__(self, warehouse: WarehouseResource, contracts: Mapping[str, Contract]) -> None:
        self._warehouse = warehouse
        self._contracts = contracts

    def handle_output(self, context: dg.OutputContext, obj: pl.DataFrame) -> None:
        """Replaces the run's window of the table, or the whole of it."""
        contract = self._contract(context.asset_key)
        dtypes = pl.Schema(contract.dtypes)
        frame = obj.select(contract.columns).cast(dtypes) if obj.height else dtypes.to_frame()
        window = self._window(contract, context.step_context.dagster_run.tags)
        replace(self._warehouse.url, contract, frame, window)
        counted = "dagster/row_count" if window is None else "dagster/partition_row_count"
        context.add_output_metadata({counted: frame.height, "dagster/table_name": contract.name})

    def load_input(self, context: dg.InputContext) -> pl.DataFrame:
        """Reads the run's window of the table, or the whole of it.

        An input may name in its metadata, as `columns`, those that it needs of a wide table.
        """
        contract = self._contract(context.asset_key)
        window = self._window(contract, context.step_context.dagster_run.tags)
        columns = context.definition_metadata.get("columns")
        return read(self._warehouse.url, contract, window, columns)

    def _contract(self, asset_key: dg.AssetKey) -> Contract:
        name = ".".join(table_of(asset_key))
        try:
            return self._contracts[name]
        except KeyError:
            raise FinplatformError(
                f"Table {name} has no contract.",
                "Add one to finplatform.contracts, or to the model's YAML.",
            ) from None

    def _window(self, contract: Contract, tags: Mapping[str, str]) -> Window | None:
        return window_of_tags(tags) if contract.date_column else None


def replace(url: str, contract: Contract, frame: pl.DataFrame, window: Window | None) -> None:
    """Replaces a window of a table, or the whole of it, in one transaction.

    Raises:
        FinplatformError: If a row lies outside the window; nothing is changed then.
    """
    name = f"{quote(contract.schema_name)}.{quote(contract.table)}"
    with bulk.connect(url) as connection:
        ddl.create_schemas(connection)
        ddl.create_table(connection, contract)
    with bulk.connect(url) as connection:
        bulk.execute(connection, f"select pg_advisory_xact_lock(hashtext({literal(name)}))")
        condition = "true"
        if window is not None and contract.date_column is not None:
            condition = window.predicate(quote(contract.date_column))
            days = frame[contract.date_column].cast(pl.Date)
            if not ((days >= window.start) & (days < window.end)).all():
                raise FinplatformError(f"A row for {contract.name} lies outside {window}.")
        bulk.execute(connection, f"delete from {name} where {condition}")
        bulk.append(connection, contract.schema_name, contract.table, frame)
        bulk.commit_and_analyze(connection, name)
    FRAMES.forget(contract.name)


def read(
    url: str, contract: Contract, window: Window | None, columns: Sequence[str] | None = None
) -> pl.DataFrame:
    """Rows of a table, or of a window of it, in the order of its key.

    A run reads the same rows once (see `frames_read`).

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

    def fetch() -> pl.DataFrame:
        with bulk.connect(url) as connection:
            frame = bulk.read_frame(connection, query)
        return frame.cast(_decimals(contract, chosen))

    return FRAMES.get(contract.name, (url, query), fetch)


def _decimals(contract: Contract, columns: Sequence[str]) -> dict[Any, pl.DataType]:
    dtypes = contract.dtypes
    return {name: dtypes[name] for name in columns if isinstance(dtypes[name], pl.Decimal)}
