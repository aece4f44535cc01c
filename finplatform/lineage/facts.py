"""Facts of lineage events: runs and their tables, independent of OpenLineage.

Belongs here: the facts, and the external names of tables. Does not belong here: OpenLineage's
    classes
(see `events`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from finplatform.oltp.codes import SCHEMA as OLTP
from finplatform.warehouse.ddl import SCHEMAS
from finplatform.windows import Window


@dataclass(frozen=True)
class SourceColumn:
    """A source column of a column.

    Attributes:
        table: `schema.table`, or the name of a file.
        column: Its name.
        is_masked: Whether its values are masked.
    """

    table: str
    column: str
    is_masked: bool = False


@dataclass(frozen=True)
class TableFacts:
    """Facts of a table, independent of a run.

    Attributes:
        parents: Names of its upstream datasets.
        columns: Name, type and description of its columns.
        sources: Source columns by column, where known.
    """

    parents: tuple[str, ...] = ()
    columns: tuple[tuple[str, str, str], ...] = ()
    sources: Mapping[str, tuple[SourceColumn, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """A table of a run, materialized or failed.

    Attributes:
        name: `schema.table`.
        started_at: Start of its step.
        ended_at: Instant of its materialization, or of the failure.
        rows: Stored rows; None if unknown.
        has_failed: Whether its step failed.
        figures: For a table of capital, the derivation of its figures in `gold.figure_lineage`.
    """

    name: str
    started_at: datetime
    ended_at: datetime
    rows: int | None = None
    has_failed: bool = False
    figures: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class RunFacts:
    """A run.

    Attributes:
        run_id: Its id, a UUID.
        job: Its job.
        at: Its start or end.
        tables: Names of its tables.
        window: Its business days; None without partitions.
    """

    run_id: str
    job: str
    at: datetime
    tables: tuple[str, ...]
    window: Window | None = None


@dataclass(frozen=True)
class Names:
    """Naming of datasets and jobs in events.

    Attributes:
        database: Namespace of the warehouse's server, `postgres://host:port`.
        catalog: Name of the database.
        own: Namespace of jobs, and of datasets other than tables.
    """

    database: str
    catalog: str
    own: str

    def dataset(self, name: str) -> tuple[str, str]:
        """Namespace and name of a table, a model, a report or a file."""
        schema = name.partition(".")[0]
        if schema in SCHEMAS or schema == OLTP:
            return self.database, f"{self.catalog}.{name}"
        return self.own, name
