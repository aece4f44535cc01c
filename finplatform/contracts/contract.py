"""`Contract`: the contract of one table as an object.

Used by ingest, the asset checks, the UI's Columns tab and the data dictionary. Does not belong
here: any particular table.
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
    """Load semantics of a table.

    Attributes:
        ENTITY: An append-only change log, one row per change of an entity.
        EVENT: Rows of a business day, replaced by window.
        STREAM: An append-only log of messages, each stored once.
        TABLE: Rebuilt in full.
        SEED: Rows of a file of the dbt project, loaded in full.
    """

    ENTITY = "entity"
    EVENT = "event"
    STREAM = "stream"
    TABLE = "table"
    SEED = "seed"


class Form(StrEnum):
    """Database object of a contract.

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
    """Contract of one stored table.

    Attributes:
        schema_name: Database schema.
        table: Table name.
        grain: "one row per ..." in plain words.
        kind: Load semantics.
        fields: Pandera's stored columns by name, in order.
        key: Columns that identify a row.
        date_column: Business date of an event, which determines its partition.
        form: Database object.
        arrival_column: Instant at which a row of a stream was stored, for reading the newest rows.
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
        """Whether values of its rows are restricted to its readers, including samples."""
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
        """Pandera schema of the stored columns, built on first use, because it copies them."""
        return pa.DataFrameSchema(dict(self.fields), strict=True, ordered=True)

    def sql_columns(self) -> list[tuple[str, str, bool]]:
        """Column name, PostgreSQL type, and whether null is allowed."""
        return [
            (name, sql_type(dtype_of(column)), bool(column.nullable))
            for name, column in self.fields.items()
        ]


@dataclass(frozen=True)
class Shrinkage:
    """Permitted shrinkage of a fully published table between two loads.

    Attributes:
        group: Column by which names are counted separately.
        names: Column with further names of a row, separated by `; `.
        least_share: Minimum share of a group's names that must remain.
    """

    group: str
    names: str
    least_share: float = 0.5


@dataclass(frozen=True)
class SourceContract:
    """Contract of a source for one bronze table: received and stored columns.

    Attributes:
        received: Pandera schema of the columns as they arrive, identifiers in clear.
        stored: Contract of the bronze table.
        subject: Column with the owner of the personal identifiers of the row, if any.
        identifiers: Kind of personal identifier by column.
        references: Bronze column that must contain a column's values, by column.
        reject_limit: Share of bad rows above which a load fails, where the platform's does not fit:
            a few rows that people wrote are judged one by one.
        products: Pairs of columns that are multiplied downstream, into an amount of money.
        shrinkage: Permitted shrinkage; None: unlimited.
        is_large: Whether other tables are loaded without waiting for this one.
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
