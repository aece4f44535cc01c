"""`Contract`: one table's promise, as an object.

Ingest, the asset checks, the UI's Columns tab and the data dictionary all read this one object.
Belongs here: what every contract can answer. Does not belong here: any particular table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, cast

import pandera.polars as pa
import polars as pl

from finplatform.contracts.columns import Identifier, sql_type


class Kind(StrEnum):
    """How rows of a table come and go.

    Attributes:
        ENTITY: An append-only log of changes, one row per version of a thing.
        EVENT: Rows of a business day, replaced a window at a time.
        STREAM: An append-only log of messages, each stored once.
        TABLE: Rebuilt whole.
        SEED: Rows of a file of the dbt project, loaded whole.
    """

    ENTITY = "entity"
    EVENT = "event"
    STREAM = "stream"
    TABLE = "table"
    SEED = "seed"


class Form(StrEnum):
    """What a contract's rows are in the database.

    Attributes:
        TABLE: Stored rows.
        VIEW: A view on tables that have contracts of their own.
        FUNCTION: A function on such tables that returns rows, or a value as a row's only column.
    """

    TABLE = "table"
    VIEW = "view"
    FUNCTION = "function"


@dataclass(frozen=True)
class Contract:
    """What one stored table promises.

    Attributes:
        schema_name: Database schema.
        table: Table name.
        grain: "one row per ..." in plain words.
        kind: How rows come and go.
        fields: Pandera's stored columns by name, in order.
        key: Columns that identify a row.
        date_column: Business date of an event, which its partition is cut by.
        form: What the rows are in the database.
        arrival_column: Instant at which a row of a stream was stored, which its newest are read by.
    """

    schema_name: str
    table: str
    grain: str
    kind: Kind
    fields: Mapping[str, pa.Column]
    key: tuple[str, ...]
    date_column: str | None = None
    form: Form = Form.TABLE
    arrival_column: str | None = None

    @property
    def name(self) -> str:
        """`schema.table`."""
        return f"{self.schema_name}.{self.table}"

    @property
    def is_confidential(self) -> bool:
        """Whether values of its rows are shown to nobody but its readers, not even as samples."""
        return self.schema_name == "compliance"

    @property
    def columns(self) -> list[str]:
        """Stored column names, in order."""
        return list(self.fields)

    @property
    def dtypes(self) -> dict[str, pl.DataType]:
        """Polars dtype per stored column."""
        return {name: dtype_of(column) for name, column in self.fields.items()}

    @cached_property
    def schema(self) -> pa.DataFrameSchema:
        """Pandera schema of the stored columns, made when it is first used: it copies them all."""
        return pa.DataFrameSchema(dict(self.fields), strict=True, ordered=True)

    def sql_columns(self) -> list[tuple[str, str, bool]]:
        """Column name, PostgreSQL type, and whether null is allowed."""
        return [
            (name, sql_type(dtype_of(column)), bool(column.nullable))
            for name, column in self.fields.items()
        ]


@dataclass(frozen=True)
class Shrinkage:
    """How much of a table that is published whole may be gone with the next load.

    Attributes:
        group: Column by which names are counted apart.
        names: Column with further names of a row, separated by `; `.
        least_share: Part of a group's names that must still be there.
    """

    group: str
    names: str
    least_share: float = 0.5


@dataclass(frozen=True)
class SourceContract:
    """What a source must deliver for one bronze table, and what is stored of it.

    Attributes:
        received: Pandera schema of the columns as they arrive, identifiers in clear.
        stored: Contract of the bronze table.
        subject: Column that says whose identifiers the row holds, if it holds any.
        identifiers: How columns identify a person, by column.
        references: What bronze must know of a column's values, by column.
        reject_limit: Share of bad rows above which a load fails, where the platform's does not fit:
            a few rows that people wrote are judged one by one.
        products: Pairs of columns that are multiplied downstream, into an amount of money.
        shrinkage: How much may be gone with the next load; None: any part.
        is_large: Whether others need not wait until this table is loaded and checked.
    """

    received: pa.DataFrameSchema
    stored: Contract
    subject: str | None = None
    identifiers: Mapping[str, Identifier] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    reject_limit: float | None = None
    products: tuple[tuple[str, str], ...] = ()
    shrinkage: Shrinkage | None = None
    is_large: bool = False

    @property
    def table(self) -> str:
        """Name of the bronze table."""
        return self.stored.table

    @property
    def dtypes(self) -> dict[str, pl.DataType]:
        """Polars dtype per received column."""
        return {name: dtype_of(column) for name, column in self.received.columns.items()}

    @property
    def identifier_columns(self) -> frozenset[str]:
        """Text columns whose values identify something, such as keys and account numbers."""
        numbers = {Identifier.ACCOUNT_NUMBER, Identifier.COUNTERPARTY, Identifier.PHONE}
        return frozenset(
            name
            for name, dtype in self.dtypes.items()
            if dtype == pl.String
            and (
                name.endswith(("_id", "reference_number"))
                or name in self.references
                or self.identifiers.get(name) in numbers
            )
        )

    @property
    def sealed(self) -> list[str]:
        """Columns whose clear value is kept only in the vault."""
        return [name for name, kind in self.identifiers.items() if kind.is_sealed]


def dtype_of(column: Any) -> pl.DataType:
    """Polars dtype of a Pandera column."""
    dtype = column.dtype.type
    return cast("pl.DataType", dtype() if isinstance(dtype, type) else dtype)


def column_metadata(schema: pa.DataFrameSchema, key: str) -> dict[str, Any]:
    """Value of one metadata key per column that has it."""
    return {
        name: (column.metadata or {})[key]
        for name, column in schema.columns.items()
        if (column.metadata or {}).get(key) is not None
    }
