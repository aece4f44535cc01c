"""What the closing of a month freezes, read from `frozen_tables.yaml`.

Belongs here: the file's grammar. Does not belong here: reading the tables
(`finplatform.warehouse.period_rows`).
"""

from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, model_validator

_FILE = "frozen_tables.yaml"

_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class Part(StrEnum):
    """What a table is a part of."""

    FACTS = "facts"
    LEDGER = "ledger"
    CAPITAL = "capital"
    RETURNS = "returns"


class Keep(StrEnum):
    """What is kept of a row.

    Attributes:
        HASHES: Its key, its hash and its measure.
        ROWS: The row itself as well, to be read as it was reported.
    """

    HASHES = "hashes"
    ROWS = "rows"


class FrozenTable(BaseModel):
    """A table of which a month is frozen.

    Attributes:
        table: `schema.table`.
        part: What it is a part of.
        day: Column by which a row belongs to a month.
        key: Columns that identify a row.
        columns: Columns that are frozen; empty: all that the table has when the month is closed.
        measure: Amount whose sum is kept with the checksum.
        keep: What is kept of a row.
        needed: Whether a month without a row is incomplete.
        windowed: Whether it is loaded by days, so that older reports are out of date.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: Annotated[str, StringConstraints(pattern=r"^[a-z]+\.[a-z0-9_]+$")]
    part: Part
    day: _Name
    key: tuple[_Name, ...]
    columns: tuple[_Name, ...] = ()
    measure: _Name | None = None
    keep: Keep
    needed: bool = False
    windowed: bool = False

    @model_validator(mode="after")
    def _key_is_frozen(self) -> "FrozenTable":
        named = {*self.key, self.day, *([self.measure] if self.measure else [])}
        if self.columns and not named <= {*self.columns}:
            raise ValueError(f"{self.table} does not freeze its key, day and measure")
        return self

    @property
    def is_figure(self) -> bool:
        """Whether its rows are figures that are reported, readable in each version."""
        return self.keep is Keep.ROWS


@lru_cache(maxsize=1)
def frozen_tables() -> tuple[FrozenTable, ...]:
    """The tables, in the order in which they are shown."""
    text = files(__package__).joinpath(_FILE).read_text("utf-8")
    return TypeAdapter(tuple[FrozenTable, ...]).validate_python(yaml.safe_load(text))
