"""Samples: the first rows of each piece of a table, as its connectors give them.

A piece is a file, or the whole of what another kind of source has. Belongs here: which pieces there
are, and reading no more of one than is wanted. Does not belong here: judging the rows (see
`source_check`).
"""

import glob
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from finplatform.contracts.contract import Kind, SourceContract
from finplatform.errors import FinplatformError
from finplatform.ingest import entity_log
from finplatform.ingest.conform import mapped_columns
from finplatform.ingest.connectors.base import Batch, ReadRequest
from finplatform.ingest.connectors.config import HttpSource, Source, TableConfig
from finplatform.ingest.connectors.dated_name import DatedName
from finplatform.ingest.connectors.files import FilesConnector
from finplatform.ingest.connectors.object_store import ObjectStoreConnector
from finplatform.ingest.places import Place
from finplatform.windows import Window

_HTTP_DAYS = timedelta(days=31)
"""Days that an API is asked for: a whole history may be more than it gives at once."""


@dataclass(frozen=True)
class Piece:
    """What of a place is read by itself.

    Attributes:
        config: The place, narrowed to the piece.
        window: Days to read; None reads whatever there is.
    """

    config: TableConfig
    window: Window | None = None


def pieces_of(
    place: Place,
    source: Source,
    contract: SourceContract,
    history: Window,
    *,
    root: Path | None = None,
    most: int,
) -> list[Piece]:
    """Pieces of a place: the files of a glob, the files of the newest day, or one for all.

    Args:
        place: The place.
        source: Its source's settings.
        contract: The table.
        history: Business days of the bank.
        root: Folder of a source of files.
        most: Most files, in name order.

    Returns:
        None at all for a name with a date in it of which no file has come.

    Raises:
        FinplatformError: If there is no such folder or file.
    """
    relation = place.config.read or contract.table
    is_event = contract.stored.kind is Kind.EVENT
    if isinstance(place.connector, FilesConnector):
        if DatedName.is_in(relation):
            return _newest_day(place, place.connector, DatedName(relation), root)
        return _files(place, place.connector, relation, root, most)
    if isinstance(place.connector, ObjectStoreConnector):
        # The newest day's files, where names have dates in them.
        return [Piece(place.config, None)]
    window = history if is_event else None
    if is_event and isinstance(source, HttpSource):
        window = Window(max(history.start, history.end - _HTTP_DAYS), history.end)
    return [Piece(place.config, window)]


def sample(
    place: Place,
    piece: Piece,
    contract: SourceContract,
    rows: int,
    *,
    bank_timezone: str,
    batch_rows: int | None = None,
) -> Iterator[Batch]:
    """Yields the first rows of a piece.

    Args:
        place: The place.
        piece: The piece of it.
        contract: The table.
        rows: Most rows, malformed ones included.
        bank_timezone: Zone whose days the window counts.
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
    left, batches = rows, place.connector.read(request)
    try:
        for batch in batches:
            frame = batch.frame.head(left)
            yield replace(batch, frame=frame)
            left -= frame.height + len(batch.malformed)
            if left <= 0:
                return
    finally:
        # A generator closes its files and connections with itself.
        if isinstance(batches, Generator):
            batches.close()


def _files(
    place: Place, connector: FilesConnector, relation: str, root: Path | None, most: int
) -> list[Piece]:
    paths = connector.paths(relation)
    if root is None or not paths:
        # The connector says that there is no such file.
        return [Piece(place.config)]
    names = []
    for path in paths[:most]:
        try:
            names.append(glob.escape(path.relative_to(root).as_posix()))
        except ValueError:
            return [Piece(place.config)]
    return [Piece(place.config.model_copy(update={"read": name})) for name in names]


def _newest_day(
    place: Place, connector: FilesConnector, name: DatedName, root: Path | None
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
            f"None of {len(paths):,} files that could be {place.config.read} has a date as it"
            " writes it, so that none is ever read.",
            "Correct `read` in the source configuration.",
        )
    newest = max(days)
    return [Piece(place.config, Window.through(newest, newest))]
