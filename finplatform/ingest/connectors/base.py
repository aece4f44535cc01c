"""Protocol of a connector, with the read request and the batch.

Implementations have a module each.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

import polars as pl

from finplatform.ingest.connectors.config import TableConfig
from finplatform.windows import Window

Position = Mapping[str, int | str]
"""Position of a reader in a source's log, in the format of its connector."""


@dataclass(frozen=True)
class ReadRequest:
    """Request to read one table.

    Attributes:
        table: Bronze table.
        config: Its entry in `sources.yaml`.
        date_column: Business date column in the source, for a windowed read.
        window: Requested days; a connector that cannot filter returns all rows.
        after: Position in the source's log after which to read, as the last read returned it.
        batch_rows: Most rows of one batch.
        columns: Source columns of the mapping, for a source of documents; empty for all.
        bank_timezone: Zone of the business days.
    """

    table: str
    config: TableConfig
    date_column: str | None = None
    window: Window | None = None
    after: Position | None = None
    batch_rows: int = 200_000
    columns: tuple[str, ...] = ()
    bank_timezone: str = "UTC"

    @property
    def relation(self) -> str:
        """Table name or file glob in the source."""
        return self.config.read or self.table


@dataclass(frozen=True)
class Malformed:
    """A piece of the source that could not be read as a row.

    Attributes:
        rule: Violated rule of the format.
        text: The piece as received.
        place: Position in the source.
    """

    rule: str
    text: str
    place: str


@dataclass(frozen=True)
class Batch:
    """Rows as received.

    Attributes:
        frame: The rows.
        origin: File or table of the rows.
        malformed: Pieces that are not rows.
        position: Log position after this batch, for the next incremental read.
        day: Business day of the whole batch (by the file's name); None where it is a column.
        is_cut: Whether the source filtered the rows to the window.
        removed: Rows that captured changes replace, under their source names; None without changes.
        as_of: Instant of the state, where the source delivers it.
    """

    frame: pl.DataFrame
    origin: str
    malformed: list[Malformed] = field(default_factory=list)
    position: Position | None = None
    day: date | None = None
    is_cut: bool = False
    removed: pl.DataFrame | None = None
    as_of: datetime | None = None


class Connector(Protocol):
    """Reads tables of one source system."""

    def read(self, request: ReadRequest) -> Iterator[Batch]:
        """Yields the requested rows; nothing for a day without a file."""
        ...

    def read_lookup(self, relation: str) -> pl.DataFrame:
        """All rows of a lookup table."""
        ...

    def is_journalled(self, relation: str) -> bool:
        """Whether reading a table yields its changes since the last position."""
        ...
