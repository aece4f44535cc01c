"""Rows of the lake's partitions as frames, in batches.

Files are read in the types of their contract. Does not belong here: checking them.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from finplatform.lake.catalog import LakeTable
from finplatform.lake.duck import open_duck, register
from finplatform.lake.root import LakeRoot
from finplatform.lake.totals import Totals, file_totals, scan
from finplatform.settings import Settings
from finplatform.warehouse.identifiers import quote


def read_batches(
    settings: Settings, root: LakeRoot, table: LakeTable, keys: Sequence[str]
) -> Iterator[pl.DataFrame]:
    """Rows of partitions, in frames of the contract's types.

    Args:
        settings: How many rows are held at a time, and in which memory.
        root: The lake.
        table: The table.
        keys: Keys of the partitions' files.
    """
    if not keys:
        return
    columns = ", ".join(map(quote, table.contract.columns))
    with open_duck(settings.lake_memory_mb, spill_folder(settings)) as duck:
        register(duck, root)
        duck.execute("set TimeZone = 'UTC'")
        duck.execute(f"select {columns} from {scan([root.path(key) for key in keys])}")
        for batch in duck.to_arrow_reader(settings.batch_rows):
            frame = pl.from_arrow(batch)
            assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a batch never becomes a Series
            yield frame.cast(pl.Schema(table.contract.dtypes))


def stored_totals(
    settings: Settings, root: LakeRoot, table: LakeTable, keys: Sequence[str]
) -> dict[date, Totals]:
    """Totals of partitions by day, as their files have them."""
    with open_duck(settings.lake_memory_mb, spill_folder(settings)) as duck:
        register(duck, root)
        return file_totals(duck, table, [root.path(key) for key in keys])


def spill_folder(settings: Settings) -> Path:
    """Folder to which DuckDB writes what does not fit into its memory."""
    folder = settings.home / "lake" / "_spill"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
