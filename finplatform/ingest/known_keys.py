"""Known keys: the keys that a source has of a table to which other tables refer.

Belongs here: reading them from the source alone, where nothing has been loaded. Does not belong
here: the keys that a load knows, which are in bronze (see `load`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from finplatform.contracts.contract import SourceContract
from finplatform.ingest.conform import conform, selected
from finplatform.ingest.places import Place
from finplatform.ingest.sampling import Piece, sample
from finplatform.ingest.values import Reading

_BATCH_ROWS = 50_000


@dataclass(frozen=True)
class KnownKeys:
    """Keys of a table.

    Attributes:
        keys: Distinct keys.
        is_whole: Whether no row was left out, so that any other key is unknown.
    """

    keys: pl.Series
    is_whole: bool


def known_keys(
    pieces: Iterable[tuple[Place, Piece, Reading]], contract: SourceContract, column: str, most: int
) -> KnownKeys:
    """Reads the keys of a table.

    Args:
        pieces: Where its rows are, and how they are written.
        contract: The table.
        column: The key.
        most: Most rows to read.

    Raises:
        FinplatformError: If the source cannot be read.
    """
    found, rows = [pl.Series(column, [], dtype=pl.String)], 0
    for place, piece, reading in pieces:
        config = piece.config
        lookups = {
            name: place.connector.read_lookup(relation) for name, relation in config.lookups.items()
        }
        batches = sample(
            place,
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
