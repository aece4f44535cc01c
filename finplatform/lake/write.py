"""Writing days of a warehouse table into the lake.

DuckDB reads rows from PostgreSQL, some days at a time, writes them as Parquet into a staging folder
and compares them with the warehouse's totals. Then each file replaces its predecessor, and the
manifest follows. A killed process leaves every partition either old or new. Belongs here: that
order. Does not belong here: the format of the manifest, and the comparison of totals.
"""

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb
import psycopg

from finplatform.errors import FinplatformError
from finplatform.home import PRIVATE
from finplatform.lake.catalog import LakeTable
from finplatform.lake.duck import WAREHOUSE, attach, open_duck
from finplatform.lake.manifest import (
    Manifest,
    Partition,
    manifest_key,
    partition_key,
    read_manifest,
)
from finplatform.lake.read import spill_folder
from finplatform.lake.root import LakeRoot
from finplatform.lake.totals import (
    Totals,
    differences,
    file_totals,
    scan,
    warehouse_totals,
)
from finplatform.settings import Settings
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.identifiers import literal, quote
from finplatform.windows import Window

_LOCK_CLASS = 710_044
"""Advisory locks, one a table of the lake, under which it is written."""


@dataclass
class Written:
    """Result of writing a window.

    Attributes:
        table: The table.
        partitions: Days whose file is new or changed.
        unchanged: Days whose file was already up to date.
        removed: Days without rows, whose file was deleted.
        rows: Rows of the window's days.
        size: Bytes of the files that were written.
        files: Keys of all files of the window.
    """

    table: str
    partitions: int = 0
    unchanged: int = 0
    removed: int = 0
    rows: int = 0
    size: int = 0
    files: list[str] = field(default_factory=list)


def write_window(
    settings: Settings,
    warehouse: Warehouse,
    root: LakeRoot,
    table: LakeTable,
    window: Window | None,
) -> Written:
    """Brings the partitions of a window up to date with the warehouse.

    Args:
        settings: Limits of rows and memory, and the staging folder.
        warehouse: The warehouse, with a login that reads the table whole.
        root: The lake.
        table: The table.
        window: Business days; None for all that the warehouse or the lake has.

    Raises:
        FinplatformError: If the table changes while it is read.
    """
    staging = settings.home / "lake" / "_staging" / table.name
    with (
        warehouse.connect() as connection,
        _alone(connection, table),
        _emptied(staging),
        open_duck(settings.lake_memory_mb, spill_folder(settings), threads=1) as duck,
    ):
        expected = warehouse_totals(connection, table, window)
        connection.commit()
        manifest = read_manifest(root, table.name) or _new(table)
        written = Written(table.name, rows=sum(totals.rows for totals in expected.values()))
        if expected:
            attach(duck, warehouse)
        for days in _portions(expected, settings.batch_rows):
            manifest = _write_days(duck, root, table, manifest, days, staging, written)
        covered = set(window.dates()) if window else set(manifest.partitions)
        written.removed = _note_empty_days(root, manifest, table, covered - expected.keys())
    return written


@contextmanager
def _alone(connection: psycopg.Connection, table: LakeTable) -> Iterator[None]:
    """Locks the table against other writers."""
    key = (_LOCK_CLASS, table.name)
    connection.execute("select pg_advisory_lock(%s, hashtext(%s))", key)
    connection.commit()
    try:
        yield
    finally:
        if not connection.closed:
            connection.rollback()
            connection.execute("select pg_advisory_unlock(%s, hashtext(%s))", key)


@contextmanager
def _emptied(folder: Path) -> Iterator[None]:
    """An empty folder for the block, without leftovers of a killed process."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=PRIVATE, parents=True)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _new(table: LakeTable) -> Manifest:
    return Manifest(table.name, table.source, table.date_column)


def _portions(expected: Mapping[date, Totals], most_rows: int) -> Iterator[dict[date, Totals]]:
    """Days in order, in groups of up to `most_rows` rows; at least one day a group."""
    portion: dict[date, Totals] = {}
    rows = 0
    for day, totals in sorted(expected.items()):
        if portion and rows + totals.rows > most_rows:
            yield portion
            portion, rows = {}, 0
        portion[day] = totals
        rows += totals.rows
    if portion:
        yield portion


def _write_days(
    duck: duckdb.DuckDBPyConnection,
    root: LakeRoot,
    table: LakeTable,
    manifest: Manifest,
    expected: Mapping[date, Totals],
    staging: Path,
    written: Written,
) -> Manifest:
    """Writes days and returns the updated manifest."""
    files = _staged(duck, table, expected, staging)
    found = file_totals(duck, table, [str(file) for file in files.values()])
    wrong = list(differences(expected, found))
    if wrong:
        raise FinplatformError(
            f"{table.source} changed while it was read ({wrong[0]}).",
            "The lake is unchanged. Run it again when the load is over.",
        )
    columns = _types(duck, next(iter(files.values())))
    stored = dict(manifest.partitions)
    for day, file in sorted(files.items()):
        made = Partition(
            found[day].rows,
            file.stat().st_size,
            hashlib.sha256(file.read_bytes()).hexdigest(),
            found[day].sums,
            table.fingerprint,
        )
        key = partition_key(table.name, day)
        written.files.append(key)
        if stored.get(day) == made and root.size(key) == made.size:
            written.unchanged += 1
            continue
        root.take(file, key)
        written.partitions += 1
        written.size += made.size
        stored[day] = made
    manifest = replace(manifest, columns=columns, partitions=stored)
    root.write(manifest_key(table.name), manifest.to_json())
    return manifest


def _staged(
    duck: duckdb.DuckDBPyConnection,
    table: LakeTable,
    expected: Mapping[date, Totals],
    staging: Path,
) -> dict[date, Path]:
    """One file a day in the staging folder; rows are in the order of the key."""
    window = Window.through(min(expected), max(expected))
    schema, _, name = table.source.partition(".")
    listed = ", ".join(map(quote, table.contract.columns))
    query = (
        f"select {listed}, {quote(table.date_column)}::date as date"
        f" from {quote(schema)}.{quote(name)}"
        f" where {window.predicate(quote(table.date_column))}"
    )
    key = ", ".join(map(quote, table.contract.key))
    rows = duck.execute(
        f"copy (select * from postgres_query({literal(WAREHOUSE)}, {literal(query)})"
        f" order by date, {key})"
        f" to {literal(str(staging))} (format parquet, compression zstd, partition_by (date),"
        " overwrite_or_ignore, filename_pattern 'part-{i}', return_stats)"
    ).fetchall()
    files = [Path(row[0]) for row in rows]
    return {date.fromisoformat(file.parent.name.removeprefix("date=")): file for file in files}


def _types(duck: duckdb.DuckDBPyConnection, file: Path) -> dict[str, str]:
    """DuckDB's type of each column of a file."""
    described = duck.execute(f"describe select * exclude (date) from {scan([str(file)])}")
    return {name: kind for name, kind, *_ in described.fetchall()}


def _note_empty_days(root: LakeRoot, manifest: Manifest, table: LakeTable, empty: set[date]) -> int:
    """Records that days have no rows, then deletes their files; returns the number of files."""
    nothing = Partition(0, 0, "", {}, table.fingerprint)
    partitions = {**manifest.partitions, **dict.fromkeys(empty, nothing)}
    if partitions != manifest.partitions:
        root.write(manifest_key(table.name), replace(manifest, partitions=partitions).to_json())
    gone = [day for day in empty if manifest.partitions.get(day, nothing).rows]
    for day in gone:
        root.remove(partition_key(table.name, day))
    return len(gone)
