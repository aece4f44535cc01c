"""What lineage events are made from: runs, and the tables that they have made, as plain facts.

Belongs here: the facts, and how a table is called outside of the platform. Does not belong here:
OpenLineage's own classes (see `events`).
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
    """A column that another one comes from.

    Attributes:
        table: `schema.table`, or what stands for a file.
        column: Its name.
        is_masked: Whether no original value is left.
    """

    table: str
    column: str
    is_masked: bool = False


@dataclass(frozen=True)
class TableFacts:
    """What is known of a table, whichever run makes it.

    Attributes:
        parents: Names of what it is made from.
        columns: Name, type and description of its columns.
        sources: By column, where it comes from; those of which it is not known are left out.
    """

    parents: tuple[str, ...] = ()
    columns: tuple[tuple[str, str, str], ...] = ()
    sources: Mapping[str, tuple[SourceColumn, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """A table that a run has made, or failed to make.

    Attributes:
        name: `schema.table`.
        started_at: When its step began.
        ended_at: When it was stored, or its step failed.
        rows: Rows that were stored; None if it is not known.
        has_failed: Whether it was not made.
        figures: Of a table of capital, how its figures are made, from `gold.figure_lineage`.
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
        at: When it began, or ended.
        tables: Names of what it makes.
        window: Business days that it covers; None if none.
    """

    run_id: str
    job: str
    at: datetime
    tables: tuple[str, ...]
    window: Window | None = None


@dataclass(frozen=True)
class Names:
    """How things are called in events.

    Attributes:
        database: Namespace of the warehouse's server, `postgres://host:port`.
        catalog: Name of the database.
        own: Namespace of jobs, and of what is no table.
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
