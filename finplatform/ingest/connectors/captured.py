"""Captured changes as a source: the changes of a PostgreSQL log that are not loaded yet.

Every change of an entity is a row of its log. For events and whole tables the last change of each
row counts. Belongs here: from sealed changes to batches. Does not belong here: capturing (see
`finplatform.cdc`), and the plan of a load (see `finplatform.ingest.captured`).
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import polars as pl

from finplatform.cdc.pending import Reading, read_coverage
from finplatform.cdc.seal import ChangeSeal
from finplatform.cdc.source import CapturedTable
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import Batch, ReadRequest
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import literal

_DAY = "_day"


class CapturedConnector:
    """Reads the captured changes of one table.

    Args:
        table: The table.
        warehouse_url: libpq URL of the warehouse, which stores the changes.
        seal: Decrypts them.
        is_entity: Whether every change counts instead of the last one of each row.
        through: Number of the last capture whose changes are read.
        days: Business days whose changes are read; None for a table without days.

    Attributes:
        taken: Numbers of the changes of the last read.
    """

    def __init__(
        self,
        table: CapturedTable,
        warehouse_url: str,
        seal: ChangeSeal,
        *,
        is_entity: bool,
        through: int,
        days: Sequence[date] | None = None,
    ) -> None:
        self._table = table
        self._url = warehouse_url
        self._seal = seal
        self._is_entity = is_entity
        self._through = through
        self._days = days
        self.taken: list[int] = []

    def read(self, request: ReadRequest) -> Iterator[Batch]:
        """Yields pending changes in the order of the log."""
        self.taken = []
        waiting: list[pl.DataFrame] = []
        for changes in self._changes():
            is_other = bool(waiting) and waiting[0].schema != changes.schema
            if is_other or sum(part.height for part in waiting) >= request.batch_rows:
                yield self._batch(waiting)
                waiting = []
            waiting.append(changes)
        if waiting:
            yield self._batch(waiting)

    def read_lookup(self, relation: str) -> pl.DataFrame:
        """Refuses: captured changes have no lookups.

        Raises:
            FinplatformError: Always.
        """
        raise FinplatformError(
            f"Table {self._table.table} is captured and has the lookup {relation}.",
            "Changes of a lookup table would be missed. Remove `lookups`, or load the table by"
            " `load: full`.",
        )

    def is_journalled(self, relation: str) -> bool:  # noqa: ARG002 - signature of the protocol
        """Always: a read returns changes."""
        return True

    def _changes(self) -> Iterator[pl.DataFrame]:
        """Pending changes that no snapshot of a read contains, payload by payload."""
        where = f"table_name = {literal(self._table.table)} and capture <= {self._through}"
        if self._days is not None:
            listed = ", ".join(f"{literal(day)}::date" for day in self._days) or "null"
            where += f" and business_day in ({listed})"
        with bulk.connect(self._url) as connection:
            coverage = read_coverage(connection, self._table.table)
            stored = bulk.read_batches(
                connection,
                "select change_id, business_day, (first_lsn - '0/0')::bigint as lsn, payload"
                f" from ops.captured_changes where {where} order by change_id",
            )
            for batch in stored:
                for change_id, day, lsn, payload in batch.iter_rows():
                    self.taken.append(change_id)
                    changes = self._seal.open(payload, self._table.table)
                    changes = _unseen(changes, coverage, day, lsn)
                    if changes.height:
                        yield changes.with_columns(pl.lit(day, dtype=pl.Date).alias(_DAY))

    def _batch(self, parts: list[pl.DataFrame]) -> Batch:
        changes = pl.concat(parts)
        origin = f"{self._table.relation} (changes)"
        if self._is_entity:
            return Batch(changes.drop("_xid", _DAY), origin)
        place = [*self._table.key, _DAY]
        first = changes.unique(place, keep="first", maintain_order=True)
        last = changes.unique(place, keep="last", maintain_order=True)
        own = ["_op", "_changed_at", "_lsn", "_xid", _DAY]
        # Rows created since the last load are not stored yet.
        return Batch(
            last.filter(pl.col("_op") != "d").drop(own),
            origin,
            removed=first.filter(pl.col("_op") != "c").drop(own),
        )


def _unseen(
    changes: pl.DataFrame, coverage: pl.DataFrame, day: date | None, lsn: int
) -> pl.DataFrame:
    """Changes that the snapshot of the latest read of their day does not contain.

    They follow the read, independent of the time of their commit.
    """
    if day is not None:
        coverage = coverage.filter((pl.col("first_day") <= day) & (pl.col("last_day") >= day))
    if coverage.is_empty() or coverage["lsn"][0] <= lsn:
        return changes
    latest = coverage.row(0, named=True)
    reading = Reading(latest["snapshot"], latest["lsn"], latest["at"])
    after = reading.at + timedelta(microseconds=1)
    return changes.filter(~reading.saw(changes["_xid"])).with_columns(
        pl.col("_changed_at").clip(after)
    )
