"""Tables and business days of an arrived file, by the configured file names.

The connector opens files by the same patterns, so that the sensor and the load derive the same day.
Does not belong here: listing folders.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path, PurePosixPath

from finplatform.ingest.connectors.config import FilesSource, SourcesConfig, TableConfig
from finplatform.ingest.connectors.dated_name import DatedName
from finplatform.ingest.connectors.registry import files_root
from finplatform.settings import Settings


@dataclass(frozen=True)
class ReadName:
    """A name or glob that a table, or a lookup of one, reads.

    Attributes:
        root: Folder of the source.
        pattern: The name, with or without a date.
    """

    root: Path
    pattern: str

    def day_of(self, path: Path) -> date | None:
        """Day of a file; None if the name does not match or has no date."""
        if not path.is_relative_to(self.root) or not DatedName.is_in(self.pattern):
            return None
        return _dated(self.pattern).day_of(path.relative_to(self.root).as_posix())

    def is_of(self, path: Path) -> bool:
        """Whether a name without a date matches a file."""
        if not path.is_relative_to(self.root) or DatedName.is_in(self.pattern):
            return False
        return PurePosixPath(path.relative_to(self.root).as_posix()).match(self.pattern)


def read_tables(sources: SourcesConfig, settings: Settings) -> dict[ReadName, frozenset[str]]:
    """Tables by the names that they or their lookups read."""
    found: dict[ReadName, set[str]] = {}
    for table, config in sources.tables.items():
        for place in config.entries:
            source = sources.sources[place.source]
            if isinstance(source, FilesSource):
                for relation in _relations(table, place):
                    name = ReadName(files_root(source, settings), relation)
                    found.setdefault(name, set()).add(table)
    return {name: frozenset(tables) for name, tables in found.items()}


def tables_of(path: Path, day: date | None, tables: Mapping[ReadName, Iterable[str]]) -> set[str]:
    """Tables that read a file.

    Args:
        path: The file.
        day: Day of the file; None for names without a date.
        tables: Tables by the names that they read.
    """
    return {
        table
        for name, readers in tables.items()
        for table in readers
        if (name.is_of(path) if day is None else name.day_of(path) == day)
    }


def days_of(path: Path, names: list[ReadName]) -> list[date]:
    """Business days of a file, in order.

    Args:
        path: The file.
        names: Names that the tables read.
    """
    days = (name.day_of(path) for name in names)
    return sorted({day for day in days if day is not None})


@lru_cache(maxsize=1_000)
def _dated(pattern: str) -> DatedName:
    return DatedName(pattern)


def _relations(table: str, place: TableConfig) -> Iterator[str]:
    yield place.read or table
    yield from place.lookups.values()
