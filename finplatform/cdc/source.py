"""Configuration of a captured source and its tables.

Does not belong here: reading `sources.yaml` (see `finplatform.ingest.loaders`).
"""

import hashlib
import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class CapturedTable:
    """A captured table.

    Attributes:
        table: Its bronze table.
        schema_name: Its schema in the source.
        name: Its name in the source.
        key: Source columns that identify a row of the bronze table.
        day: Source column of the business day; None for a table without days.
        columns: Captured source columns; empty for all.
        loaded_after: Bronze tables of the source that it references.
    """

    table: str
    schema_name: str
    name: str
    key: tuple[str, ...]
    day: str | None = None
    columns: tuple[str, ...] = ()
    loaded_after: tuple[str, ...] = ()

    @property
    def relation(self) -> str:
        """Its name in the source, with the schema."""
        return f"{self.schema_name}.{self.name}"


@dataclass(frozen=True)
class CapturedSource:
    """A PostgreSQL database with captured tables.

    Attributes:
        name: Name of the source.
        url: libpq URL of its database.
        tables: Captured tables.
        timezone: Zone of times without a zone.
        bank_timezone: Zone whose days are the bank's business days.
        keep_bytes: Most bytes of pending captured changes.
    """

    name: str
    url: str = field(repr=False)
    tables: tuple[CapturedTable, ...]
    timezone: str = "UTC"
    bank_timezone: str = "UTC"
    keep_bytes: int = 2**31

    @property
    def publication(self) -> str:
        """Name of its publication."""
        return f"finplatform_{_plain(self.name)}"

    def slot_name(self, warehouse: str) -> str:
        """Name of its slot.

        Args:
            warehouse: Identifier of the warehouse: slot names are unique in a server, and two
                warehouses with one slot would each miss changes that the other one confirms.
        """
        mark = hashlib.sha256(f"{warehouse}/{self.name}".encode()).hexdigest()[:8]
        return f"finplatform_{_plain(self.name)[:40]}_{mark}"


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9_]", "_", name.lower())
