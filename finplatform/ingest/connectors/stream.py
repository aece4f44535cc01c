"""The stream as a source of transactions: the events stored by its consumers, by business day.

The last event of a transaction counts. Events of systems whose transactions also have another
source, such as the core banking system with its outbox, are excluded. Does not belong here: the
stream (see `finplatform.streaming`).
"""

from collections.abc import Iterator

import polars as pl

from finplatform.contracts.streamed import TRANSACTION_EVENTS
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import Batch, ReadRequest
from finplatform.ingest.connectors.config import StreamSource
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import literal, quote

_TABLE = TRANSACTION_EVENTS.stored
_OWN = ("event_id", "source")
"""Columns of an event that do not belong to its transaction."""


class StreamConnector:
    """Reads the stored events of the stream.

    Args:
        source: The source's settings.
        url: libpq URL of the warehouse.
    """

    def __init__(self, source: StreamSource, url: str) -> None:
        self._source = source
        self._url = url

    def read(self, request: ReadRequest) -> Iterator[Batch]:
        """Yields the transactions of a window; none before the first consumer has run.

        Raises:
            FinplatformError: If the table is not `transactions`.
        """
        if request.table != "transactions":
            raise FinplatformError(
                f"Table {request.table} cannot come from the stream, which has transactions.",
                "Correct its `source` in the source configuration.",
            )
        with bulk.connect(self._url) as connection:
            found = f"select to_regclass({literal(_TABLE.name)})::text"
            if bulk.fetch_value(connection, found) is None:
                return
            # The session's zone applies to the days.
            bulk.execute(connection, f"set time zone {literal(request.bank_timezone)}")
            query = self._query(request)
            for frame in bulk.read_batches(connection, query, batch_rows=request.batch_rows):
                yield Batch(frame, _TABLE.table, is_cut=request.window is not None)

    def read_lookup(self, relation: str) -> pl.DataFrame:
        """Refuses: the stream has no lookup tables.

        Raises:
            FinplatformError: Always.
        """
        raise FinplatformError(
            f"The stream has no table {relation}.", "Take the lookup from another source."
        )

    def is_journalled(self, relation: str) -> bool:
        """Never: a window of events is read whole."""
        del relation
        return False

    def _query(self, request: ReadRequest) -> str:
        day = quote(str(_TABLE.date_column))
        conditions = [f"source <> {literal(name)}" for name in self._source.without]
        if request.window is not None:
            conditions.append(request.window.predicate(day))
        columns = ", ".join(
            f"{quote(name)}::text as {quote(name)}" if dtype.is_decimal() else quote(name)
            for name, dtype in TRANSACTION_EVENTS.dtypes.items()
            if name not in _OWN
        )
        place = "split_part(message_id, '-', {})::numeric desc"
        newest_first = f"{place.format(1)}, {place.format(2)}"
        return (
            f"select * from (select distinct on (transaction_id) {columns} from {_TABLE.name}"
            f" where {' and '.join(conditions) or 'true'}"
            f" order by transaction_id, {newest_first}) as latest order by {day}"
        )
