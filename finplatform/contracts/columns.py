"""Declaration of contract columns and their SQL types.

A column is a Pandera field with a description and, for personal data, the treatment before storage.
Does not belong here: any particular table.
"""

from enum import StrEnum
from typing import Annotated, Any

import pandera.polars as pa
import polars as pl

Money = Annotated[pl.Decimal, 18, 2]
"""An amount in the row's currency."""
Price = Annotated[pl.Decimal, 18, 6]
"""A quoted price."""
RateOfExchange = Annotated[pl.Decimal, 18, 8]
"""Units of one currency for one unit of another."""
Share = Annotated[pl.Decimal, 9, 6]
"""A share or yearly rate as a fraction: 0.05 is five per cent."""
Turnover = Annotated[pl.Decimal, 12, 3]
"""Yearly sales in millions of euro."""
Timestamp = Annotated[pl.Datetime, "us", "UTC"]
"""An instant in UTC, to the microsecond."""


class Identifier(StrEnum):
    """Kind of personal identifier in a column, which determines its treatment at ingest.

    All but `COUNTERPARTY` and `FREE_TEXT` are sealed in the vault before the row is stored.
    """

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    BIRTH_DATE = "birth_date"
    ACCOUNT_NUMBER = "account_number"
    COUNTERPARTY = "counterparty"
    FREE_TEXT = "free_text"

    @property
    def is_sealed(self) -> bool:
        """Whether the clear value is sealed in the customer's vault record."""
        return self not in (Identifier.COUNTERPARTY, Identifier.FREE_TEXT)


def column(
    description: str,
    *,
    identifier: Identifier | None = None,
    references: str | None = None,
    nullable: bool = False,
    **checks: Any,
) -> Any:
    """Declares one column of a contract.

    Args:
        description: What the value means, with its unit.
        identifier: Kind of personal identifier in the column, if any.
        references: `table.column` of bronze that must contain the value.
        nullable: Whether the value may be missing.
        **checks: Pandera's own checks (`ge`, `isin`, `str_matches`, ...).

    Returns:
        A Pandera field.
    """
    metadata = {"identifier": identifier, "references": references}
    return pa.Field(description=description, nullable=nullable, metadata=metadata, **checks)


_SQL_TYPES: dict[Any, str] = {
    pl.String: "text",
    pl.Int16: "smallint",
    pl.Int32: "integer",
    pl.Int64: "bigint",
    pl.Float64: "double precision",
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.Binary: "bytea",
}


def sql_type(dtype: pl.DataType | type[pl.DataType]) -> str:
    """PostgreSQL type of a Polars dtype.

    Raises:
        TypeError: If no contract may use the dtype.
    """
    if isinstance(dtype, pl.Decimal):
        return f"numeric({dtype.precision},{dtype.scale})"
    if isinstance(dtype, pl.Datetime):
        return "timestamptz"
    for polars_type, name in _SQL_TYPES.items():
        if dtype == polars_type:
            return name
    raise TypeError(f"no SQL type for {dtype}")


def polars_type(name: str) -> pl.DataType:
    """Polars dtype of a PostgreSQL type name, the inverse of `sql_type`.

    Raises:
        TypeError: If the type is not one that contracts use.
    """
    base, _, arguments = name.lower().partition("(")
    if base in ("numeric", "decimal"):
        precision, _, scale = arguments.rstrip(")").partition(",")
        return pl.Decimal(int(precision or 38), int(scale or 10))
    if base in ("timestamptz", "timestamp with time zone"):
        return pl.Datetime("us", "UTC")
    aliases = {"varchar": "text", "character varying": "text", "int": "integer", "bool": "boolean"}
    for dtype, sql_name in _SQL_TYPES.items():
        if aliases.get(base, base) == sql_name:
            return dtype()
    raise TypeError(f"no contract column may have the type {name}")
