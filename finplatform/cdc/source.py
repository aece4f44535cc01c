"""A source that is captured, as its configuration describes it.

Belongs here: the two descriptions that everything in this package works with. Does not belong here:
reading them from `sources.yaml` (see `finplatform.ingest.captured`).
"""

import hashlib
import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class CapturedTable:
    """A table whose changes are captured.

    Attributes:
        table: Bronze table that they are for.
        schema_name: Its schema in the source.
        name: Its name in the source.
        key: Source columns that identify a row of the bronze table.
        day: Source column of the business day that the bronze table is cut by; None if it is not.
        columns: Source columns that are kept; none for all.
        loaded_after: Bronze tables of the source that it refers to.
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
    """A PostgreSQL database of which tables are captured.

    Attributes:
        name: Name of the source.
        url: libpq URL of its database.
        tables: Tables that are captured.
        timezone: Zone of times that do not name theirs.
        bank_timezone: Zone whose days are the bank's business days.
        keep_bytes: Bytes of captured changes that may wait to be loaded.
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
            warehouse: Identifies the warehouse: slots of one server share their names, and two
                warehouses that read one slot would each lose what the other one takes.
        """
        mark = hashlib.sha256(f"{warehouse}/{self.name}".encode()).hexdigest()[:8]
        return f"finplatform_{_plain(self.name)[:40]}_{mark}"


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9_]", "_", name.lower())
