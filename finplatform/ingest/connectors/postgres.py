"""PostgreSQL as a source: tables by window, entities from the change journal or as a snapshot.

Reads stream as Arrow batches, so memory does not grow with the table. Does not belong here: storing
the position in a journal, which the load does in its transaction.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from adbc_driver_manager import Error as AdbcError
from adbc_driver_postgresql import dbapi

from finplatform.cdc.pending import Reading
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import Batch, Position, ReadRequest
from finplatform.ingest.connectors.config import PostgresSource
from finplatform.oltp.codes import ENTITY_TABLES
from finplatform.oltp.journal import SOURCE_IDENTITY_SQL, Watermark, read_changes_sql
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import literal, quote

_ARROW_TYPES = frozenset(
    ("bool", "int2", "int4", "int8", "float4", "float8", "text", "varchar", "date", "timestamp",
     "timestamptz")
)  # fmt: skip
"""Types that the driver delivers unchanged. Others are cast to text by the server: the driver gives
money as cents and a uuid as bytes, and converts numerics more slowly."""

_DAY_TYPES = frozenset(("date", "timestamp", "timestamptz"))


@dataclass
class ReadingNote:
    """Snapshot of a read of a captured table.

    Attributes:
        not_before: Time of an earlier captured commit, in case the clock went back.
        reading: Snapshot of the read; None before it.
    """

    not_before: datetime | None = None
    reading: Reading | None = None

    def take(self, connection: dbapi.Connection) -> datetime:
        """Stores the snapshot of the transaction.

        Returns:
            Instant of the snapshot.
        """
        found = bulk.read_frame(
            connection,
            "select pg_current_snapshot()::text as snapshot,"
            " (pg_current_wal_insert_lsn() - '0/0')::bigint as lsn, clock_timestamp() as at",
        ).row(0, named=True)
        found["at"] = max(found["at"], self.not_before or found["at"])
        self.reading = Reading(**found)
        return self.reading.at


class PostgresConnector:
    """Reads the tables of one PostgreSQL schema.

    Args:
        source: The source's settings.
        url: libpq URL of its database.
        note: Receives the snapshot of a read, for a captured table.
    """

    def __init__(
        self, source: PostgresSource, url: str, *, note: ReadingNote | None = None
    ) -> None:
        self._source = source
        self._url = url
        self._note = note

    def read(self, request: ReadRequest) -> Iterator[Batch]:
        """Yields the window of an event table, or the changes or state of an entity table.

        A row without a date, or with an infinite one, is in every window, so that it is found and
        rejected.

        Raises:
            FinplatformError: If the source cannot be reached or lacks the table.
        """
        with self._reading(request.relation) as connection:
            if self.is_journalled(request.relation):
                yield from self._read_journal(connection, request)
            else:
                yield from self._read_table(connection, request)

    def read_lookup(self, relation: str) -> pl.DataFrame:
        """All rows of a small table."""
        with self._reading(relation) as connection:
            types = self._types(connection, relation)
            return bulk.read_frame(connection, self._select(relation, types))

    def is_journalled(self, relation: str) -> bool:
        """Whether the schema's change journal covers a table."""
        return self._source.journal and relation in ENTITY_TABLES

    @contextmanager
    def _reading(self, relation: str) -> Iterator[dbapi.Connection]:
        """A connection in UTC; its errors are raised without values of the source."""
        try:
            with bulk.connect(self._url) as connection:
                if self._note is not None:
                    bulk.execute(connection, "set transaction isolation level repeatable read")
                bulk.execute(connection, "set time zone 'UTC'")
                yield connection
        except AdbcError as error:
            raise FinplatformError(
                f"Table {self._name(relation)} could not be read: {bulk.reason(error)}.",
                "Check the source's `url`, `schema` and `read` in the source configuration.",
            ) from None

    def _read_table(self, connection: dbapi.Connection, request: ReadRequest) -> Iterator[Batch]:
        types = self._types(connection, request.relation)
        query = self._select(request.relation, types)
        is_cut = False
        if request.window is not None and types.get(request.date_column or "") in _DAY_TYPES:
            column = quote(str(request.date_column))
            day = column
            if types[str(request.date_column)] == "timestamp":
                zone = self._source.timezone or request.bank_timezone
                day = f"({column} at time zone {literal(zone)})"
            # The session's zone applies to casts of days to instants, and so to the window.
            bulk.execute(connection, f"set time zone {literal(request.bank_timezone)}")
            outside = f"{column} is null or not isfinite({column})"
            query += f" where {request.window.predicate(day)} or {outside}"
            is_cut = True
        as_of = self._note.take(connection) if self._note is not None else None
        for frame in bulk.read_batches(connection, query, batch_rows=request.batch_rows):
            yield Batch(frame, request.relation, is_cut=is_cut, as_of=as_of)

    def _read_journal(self, connection: dbapi.Connection, request: ReadRequest) -> Iterator[Batch]:
        cluster = str(bulk.fetch_value(connection, SOURCE_IDENTITY_SQL))
        if self._source.url is None:
            # Journal and position are in one database, so a restore to an earlier time, which
            # begins a new timeline, brings both back together.
            cluster = cluster.partition("/")[0]
        after = self._resumed(request, cluster)
        query = read_changes_sql(request.relation, after)
        for frame in bulk.read_batches(connection, query, batch_rows=request.batch_rows):
            if frame.height:
                after = Watermark(int(frame["xid"][-1]), int(frame["lsn"][-1]))
            position: Position = {**after._asdict(), "cluster": cluster}
            yield Batch(
                frame.drop("xid").rename({"op": "_op", "changed_at": "_changed_at", "lsn": "_lsn"}),
                f"{request.relation} (journal)",
                position=position,
            )

    def _resumed(self, request: ReadRequest, cluster: str) -> Watermark:
        """Position in the journal from which to continue.

        A position is a transaction id, which is valid on its own server only.

        Raises:
            FinplatformError: If the position was taken on another server.
        """
        if request.after is None:
            return Watermark()
        if request.after.get("cluster", cluster) != cluster:
            raise FinplatformError(
                f"The journal of {self._name(request.relation)} is on another server, or in"
                " another history of it, than the one that was read so far.",
                "See `After a restore` in docs/operational_schema.md; the position is the row"
                f" {request.table} of ops.watermarks.",
            )
        return Watermark(int(request.after["xid"]), int(request.after["journal_id"]))

    def _types(self, connection: dbapi.Connection, relation: str) -> Mapping[str, str]:
        """Type per column of a table or view; domains by their base type.

        Raises:
            FinplatformError: If there is no such table.
        """
        found = bulk.read_frame(
            connection,
            "select a.attname::text as name, coalesce(b.typname, t.typname)::text as type"
            " from pg_attribute as a inner join pg_type as t on t.oid = a.atttypid"
            " left join pg_type as b on b.oid = nullif(t.typbasetype, 0)"
            f" where a.attrelid = to_regclass({literal(self._name(relation))})"
            " and a.attnum > 0 and not a.attisdropped order by a.attnum",
        )
        if found.is_empty():
            raise FinplatformError(
                f"The source has no table {self._name(relation)}.",
                "Correct `schema` or `read` in the source configuration.",
            )
        return dict(found.iter_rows())

    def _select(self, relation: str, types: Mapping[str, str]) -> str:
        columns = ", ".join(_as_arrow(name, kind) for name, kind in types.items())
        return f"select {columns} from {self._name(relation)}"

    def _name(self, relation: str) -> str:
        return f"{quote(self._source.schema_name)}.{quote(relation)}"


def _as_arrow(name: str, kind: str) -> str:
    """A column in the select list, cast to text unless the driver delivers it unchanged."""
    column = quote(name)
    if kind in _ARROW_TYPES:
        return column
    return f"{column}{'::numeric' if kind == 'money' else ''}::text as {column}"
