"""What a connector is: something that turns a read request into frames.

Belongs here: the request, the batch and the protocol. Implementations have a module each.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

import polars as pl

from finplatform.ingest.connectors.config import TableConfig
from finplatform.windows import Window

Position = Mapping[str, int | str]
"""Where a reader is in a source's log; what it means is the connector's own business."""


@dataclass(frozen=True)
class ReadRequest:
    """What to read of one table.

    Attributes:
        table: Bronze table that the rows are for.
        config: Its place in `sources.yaml`.
        date_column: Business date column in the source, for a windowed read.
        window: Days wanted; a connector that can filter does, one that cannot returns all.
        after: Position in the source's log behind which to read, as the last read reported it.
        batch_rows: Most rows of one batch.
        columns: Source columns that the mapping names, for a source of documents; none for all.
        bank_timezone: Zone whose days the window counts.
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
        rule: Which rule of the format it breaks.
        text: The piece as received.
        place: Where it was.
    """

    rule: str
    text: str
    place: str


@dataclass(frozen=True)
class Batch:
    """Rows as the source gives them.

    Attributes:
        frame: The rows.
        origin: File or table that they came from.
        malformed: Pieces that are not rows.
        position: Log position after this batch, for a reader that goes on from there.
        day: Business day that the source gives for all of it (by a file's name); None where only
            the rows say theirs.
        is_cut: Whether the source left out the rows of other days.
        removed: Rows whose place captured changes take, as they are named in the source; None for
            what is no list of changes.
        as_of: Instant of the state that the rows are of, where the source says it.
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
        """Yields the wanted rows; none at all where a day's file has not come."""
        ...

    def read_lookup(self, relation: str) -> pl.DataFrame:
        """Whole of a small side table."""
        ...

    def is_journalled(self, relation: str) -> bool:
        """Whether reading a table yields its changes since the last position."""
        ...
