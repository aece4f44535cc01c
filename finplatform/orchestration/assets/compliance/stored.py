"""Rows of tables that a run extends, as stored by earlier runs.

Does not belong here: the rows that a run adds.
"""

from collections.abc import Iterable

import polars as pl

from finplatform.contracts.contract import Contract
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.warehouse import bulk, ddl


def stored(tables: TablesResource, contracts: Iterable[Contract]) -> dict[str, pl.DataFrame]:
    """Rows of tables by table name; creates missing tables.

    Args:
        tables: The warehouse's tables.
        contracts: The tables.
    """
    chosen = list(contracts)
    with bulk.connect(tables.warehouse.url) as connection:
        ddl.create_schemas(connection)
        for contract in chosen:
            ddl.create_table(connection, contract)
    return {contract.table: tables.read(contract.name) for contract in chosen}
