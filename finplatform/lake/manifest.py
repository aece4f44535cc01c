"""Manifest of a lake table: its partitions, with totals and a checksum of each.

Readers take the list of files from it, checks the totals and checksums. Belongs here: its JSON
format. Does not belong here: writing partitions.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from finplatform.errors import FinplatformError
from finplatform.lake.root import LakeRoot

FORMAT = 1
FILE_NAME = "_manifest.json"
"""Readers of folders leave out names that begin with an underscore."""


@dataclass(frozen=True)
class Partition:
    """One business day of a table.

    Attributes:
        rows: Number of rows; a day without rows has no file.
        size: Bytes of the file.
        sha256: Checksum of the file, equal for equal rows.
        sums: Exact sum of each column of money or other decimals.
        schema: Fingerprint of the columns and types that the file was written with.
    """

    rows: int
    size: int
    sha256: str
    sums: Mapping[str, Decimal]
    schema: str


@dataclass(frozen=True)
class Manifest:
    """Content of a lake table.

    Attributes:
        table: Name in the lake.
        source: `schema.table` in the warehouse.
        date_column: Column whose day is the partition.
        columns: DuckDB's type of each column, in order, as last written.
        partitions: Partitions by day.
    """

    table: str
    source: str
    date_column: str
    columns: Mapping[str, str] = field(default_factory=dict)
    partitions: Mapping[date, Partition] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows of all partitions."""
        return sum(partition.rows for partition in self.partitions.values())

    @property
    def size(self) -> int:
        """Bytes of all partitions."""
        return sum(partition.size for partition in self.partitions.values())

    @property
    def files(self) -> list[str]:
        """Keys of the files, by day."""
        days = sorted(day for day, partition in self.partitions.items() if partition.rows)
        return [partition_key(self.table, day) for day in days]

    def to_json(self) -> bytes:
        """The manifest as it is stored."""
        content = {
            "format": FORMAT,
            "table": self.table,
            "source": self.source,
            "date_column": self.date_column,
            "columns": dict(self.columns),
            "rows": self.rows,
            "partitions": {
                day.isoformat(): asdict(partition)
                for day, partition in sorted(self.partitions.items())
            },
        }
        return (json.dumps(content, indent=1, default=str) + "\n").encode()


def partition_key(table: str, day: date) -> str:
    """Key of the file of one day."""
    return f"{table}/date={day.isoformat()}/part-0.parquet"


def manifest_key(table: str) -> str:
    """Key of a table's manifest."""
    return f"{table}/{FILE_NAME}"


def read_manifest(root: LakeRoot, table: str) -> Manifest | None:
    """Manifest of a table; None if it was never written.

    Raises:
        FinplatformError: If it cannot be read, or a later version wrote it.
    """
    stored = root.read(manifest_key(table))
    if stored is None:
        return None
    try:
        content = json.loads(stored)
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']}")
        return Manifest(
            content["table"],
            content["source"],
            content["date_column"],
            content["columns"],
            {
                date.fromisoformat(day): _partition(about)
                for day, about in content["partitions"].items()
            },
        )
    except (ValueError, KeyError, TypeError) as error:
        raise FinplatformError(
            f"The manifest of {table} in the lake cannot be read ({error}).",
            f"Delete {root.path(manifest_key(table))} and run `finplatform lake sync`.",
        ) from error


def _partition(about: Mapping[str, Any]) -> Partition:
    sums = {column: Decimal(total) for column, total in about["sums"].items()}
    return Partition(about["rows"], about["size"], about["sha256"], sums, about["schema"])
