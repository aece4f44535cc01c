"""Samples: the first rows of each piece of a table source, and the keys of a referenced table.

A piece is a file, or the whole relation of another kind of source. Does not belong here: the
validation of the rows (see `source_check`).
"""

import glob
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from finplatform.contracts.contract import Kind, SourceContract
from finplatform.errors import FinplatformError
from finplatform.ingest import entity_log
from finplatform.ingest.conform import conform, mapped_columns, selected
from finplatform.ingest.connectors.base import Batch, ReadRequest
from finplatform.ingest.connectors.config import HttpSource, Source, TableConfig
from finplatform.ingest.connectors.dated_name import DatedName
from finplatform.ingest.connectors.files import FilesConnector
from finplatform.ingest.connectors.object_store import ObjectStoreConnector
from finplatform.ingest.connectors.registry import TableSource
from finplatform.ingest.values import Reading
from finplatform.windows import Window

_HTTP_DAYS = timedelta(days=31)
"""Days requested of an API, which may refuse a whole history."""


@dataclass(frozen=True)
class Piece:
    """Part of a table source that is sampled separately.

    Attributes:
        config: Entry of the table source, narrowed to the piece.
        window: Days to read; None for all.
    """

    config: TableConfig
    window: Window | None = None


def pieces_of(
    table_source: TableSource,
    source: Source,
    contract: SourceContract,
    history: Window,
    *,
    root: Path | None = None,
    most: int,
) -> list[Piece]:
    """Pieces of a table source: the files of a glob, the files of the newest day, or one for all.

    Args:
        table_source: The table source.
        source: Configuration of its source.
        contract: The table.
        history: Business days of the bank.
        root: Folder of a source of files.
        most: Most files, in name order.

    Returns:
        Empty for a name with a date of which there is no file.

    Raises:
        FinplatformError: If there is no such folder or file.
    """
    relation = table_source.config.read or contract.table
    is_event = contract.stored.kind is Kind.EVENT
    if isinstance(table_source.connector, FilesConnector):
        if DatedName.is_in(relation):
            return _newest_day(table_source, table_source.connector, DatedName(relation), root)
        return _files(table_source, table_source.connector, relation, root, most)
    if isinstance(table_source.connector, ObjectStoreConnector):
        # For names with dates, the connector reads the newest day's files.
        return [Piece(table_source.config, None)]
    window = history if is_event else None
    if is_event and isinstance(source, HttpSource):
        window = Window(max(history.start, history.end - _HTTP_DAYS), history.end)
    return [Piece(table_source.config, window)]


def sample(
    table_source: TableSource,
    piece: Piece,
    contract: SourceContract,
    rows: int,
    *,
    bank_timezone: str,
    batch_rows: int | None = None,
) -> Iterator[Batch]:
    """Yields the first rows of a piece.

    Args:
        table_source: The table source.
        piece: A piece of it.
        contract: The table.
        rows: Most rows, malformed ones included.
        bank_timezone: Zone of the business days.
        batch_rows: Most rows of a batch; default: `rows`.

    Raises:
        FinplatformError: If the piece cannot be read.
    """
    date_column = contract.stored.date_column
    request = ReadRequest(
        table=contract.table,
        config=piece.config,
        date_column=piece.config.date_column
        or (piece.config.columns.get(date_column, date_column) if date_column else None),
        window=piece.window,
        batch_rows=batch_rows or rows,
        columns=mapped_columns(contract, piece.config, tuple(entity_log.INPUT_DTYPES)),
        bank_timezone=bank_timezone,
    )
    left, batches = rows, table_source.connector.read(request)
    try:
        for batch in batches:
            frame = batch.frame.head(left)
            yield replace(batch, frame=frame)
            left -= frame.height + len(batch.malformed)
            if left <= 0:
                return
    finally:
        # Closing the generator closes its files and connections.
        if isinstance(batches, Generator):
            batches.close()


def _files(
    table_source: TableSource,
    connector: FilesConnector,
    relation: str,
    root: Path | None,
    most: int,
) -> list[Piece]:
    paths = connector.paths(relation)
    if root is None or not paths:
        # The connector reports the missing file.
        return [Piece(table_source.config)]
    names = []
    for path in paths[:most]:
        try:
            names.append(glob.escape(path.relative_to(root).as_posix()))
        except ValueError:
            return [Piece(table_source.config)]
    return [Piece(table_source.config.model_copy(update={"read": name})) for name in names]


def _newest_day(
    table_source: TableSource, connector: FilesConnector, name: DatedName, root: Path | None
) -> list[Piece]:
    paths = connector.paths(name.any_day)
    if not paths:
        return []
    days: list[date] = []
    for path in paths:
        day = name.day_of(path.relative_to(root).as_posix()) if root else None
        if day is not None:
            days.append(day)
    if not days:
        raise FinplatformError(
            f"None of {len(paths):,} files that match {table_source.config.read} has a date in its"
            " format, so that none is ever read.",
            "Correct `read` in the source configuration.",
        )
    newest = max(days)
    return [Piece(table_source.config, Window.through(newest, newest))]


_BATCH_ROWS = 50_000


@dataclass(frozen=True)
class KnownKeys:
    """Keys of a table.

    Attributes:
        keys: Distinct keys.
        is_whole: Whether all rows were read, so that any other key is unknown.
    """

    keys: pl.Series
    is_whole: bool


def known_keys(
    pieces: Iterable[tuple[TableSource, Piece, Reading]],
    contract: SourceContract,
    column: str,
    most: int,
) -> KnownKeys:
    """Reads the keys of a table.

    Args:
        pieces: Pieces of the table's sources, and the format of their values.
        contract: The table.
        column: The key.
        most: Most rows to read.

    Raises:
        FinplatformError: If the source cannot be read.
    """
    found, rows = [pl.Series(column, [], dtype=pl.String)], 0
    for table_source, piece, reading in pieces:
        config = piece.config
        lookups = {
            name: table_source.connector.read_lookup(relation)
            for name, relation in config.lookups.items()
        }
        batches = sample(
            table_source,
            piece,
            contract,
            most - rows + 1,
            bank_timezone=reading.bank_timezone,
            batch_rows=_BATCH_ROWS,
        )
        for batch in batches:
            frame = selected(batch.frame, config, contract, lookups)
            rows += batch.frame.height
            source_name = config.columns.get(column, column)
            if source_name in frame.columns:
                received = frame.select(pl.col(source_name).alias(column))
                typed = conform(received, {column: pl.String()}, {}, reading)
                found.append(typed.frame[column].unique())
            if rows > most:
                return KnownKeys(pl.concat(found).unique(), is_whole=False)
    return KnownKeys(pl.concat(found).drop_nulls().unique(), is_whole=True)
