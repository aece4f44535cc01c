"""PostgreSQL as a source: tables by window, entities from the change journal or as a snapshot.

Reads stream as Arrow batches, so memory does not grow with the table. Does not belong here: where
the position in a journal is kept (the load that stores the rows keeps it, in the same
transaction).
"""

from collections.abc import Iterator

import polars as pl
from adbc_driver_manager import Error as AdbcError

from finplatform.connectors.base import Batch, ReadRequest
from finplatform.connectors.config import PostgresSource
from finplatform.errors import FinplatformError
from finplatform.oltp.journal import Watermark, read_changes_sql
from finplatform.oltp.models import ENTITY_TABLES
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import quote


class PostgresConnector:
    """Reads the tables of one PostgreSQL schema.

    Args:
        source: The source's settings.
        url: libpq URL of its database.
    """

    def __init__(self, source: PostgresSource, url: str) -> None:
        self._source = source
        self._url = url

    def read(self, request: ReadRequest) -> Iterator[Batch]:
        """Yields the window of an event table, or the changes or state of an entity table.

        Raises:
            FinplatformError: If the source cannot be reached or lacks the table.
        """
        try:
            if self.is_journalled(request.relation):
                yield from self._read_journal(request)
            else:
                yield from self._read_table(request)
        except AdbcError as error:
            raise FinplatformError(
                f"Table {self._name(request.relation)} could not be read: {_first_line(error)}",
                "Check the source's `url`, `schema` and `read` in the source configuration.",
            ) from error

    def read_lookup(self, relation: str) -> pl.DataFrame:
        """Whole of a small table."""
        with bulk.connect(self._url) as connection:
            return bulk.read_frame(connection, f"select * from {self._name(relation)}")

    def is_journalled(self, relation: str) -> bool:
        """Whether the schema's change journal covers a table."""
        return self._source.journal and relation in ENTITY_TABLES

    def _read_table(self, request: ReadRequest) -> Iterator[Batch]:
        query = f"select * from {self._name(request.relation)}"
        if request.window is not None and request.date_column is not None:
            query += f" where {request.window.predicate(quote(request.date_column))}"
        with bulk.connect(self._url) as connection:
            for frame in bulk.read_batches(connection, query, batch_rows=request.batch_rows):
                yield Batch(frame, request.relation)

    def _read_journal(self, request: ReadRequest) -> Iterator[Batch]:
        after = Watermark(**(request.after or {}))
        with bulk.connect(self._url) as connection:
            for frame in bulk.read_batches(
                connection,
                read_changes_sql(request.relation, after),
                batch_rows=request.batch_rows,
            ):
                if frame.height:
                    after = Watermark(int(frame["xid"][-1]), int(frame["lsn"][-1]))
                yield Batch(
                    frame.drop("xid").rename(
                        {"op": "_op", "changed_at": "_changed_at", "lsn": "_lsn"}
                    ),
                    f"{request.relation} (journal)",
                    position=after._asdict(),
                )

    def _name(self, relation: str) -> str:
        return f"{quote(self._source.schema_name)}.{quote(relation)}"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
