"""Contracts of gold tables from Pandera models.

Does not belong here: any particular table.
"""

from typing import Annotated

import pandera.polars as pa
import polars as pl

from finplatform.contracts.contract import Contract, Kind

SCHEMA = "gold"

RatioOfCapital = Annotated[pl.Decimal, 18, 6]
"""A ratio of two amounts as a fraction: 0.08 is eight per cent."""


def gold_contract(
    table: str,
    model: type[pa.DataFrameModel],
    key: tuple[str, ...],
    date_column: str | None = None,
) -> Contract:
    """Contract of a gold table.

    Args:
        table: Name of the table.
        model: Its columns; the docstring is the grain.
        key: Columns that identify a row.
        date_column: Business date of the partitions; None for a table rebuilt in full.
    """
    return Contract(
        schema_name=SCHEMA,
        table=table,
        grain=(model.__doc__ or "").strip().rstrip(".").lower(),
        kind=Kind.EVENT if date_column else Kind.TABLE,
        fields=model.to_schema().columns,
        key=key,
        date_column=date_column,
    )
