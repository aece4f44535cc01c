"""The synthetic bank as a source: its tables straight from the generator.

For trials without an operational database. The bank is generated once per process. Does not belong
here: the generator (see `finplatform.simulate`).
"""

from collections.abc import Iterator
from functools import lru_cache

import polars as pl

from finplatform.ingest.connectors.base import Batch, ReadRequest
from finplatform.ingest.connectors.config import SimulateSource
from finplatform.ingest.values import business_day
from finplatform.oltp.codes import ENTITY_TABLES
from finplatform.simulate import Bank, SimulationConfig, generate
from finplatform.simulate.feeds import FEEDS, feed


class SimulateConnector:
    """Reads the tables of a synthetic bank.

    Args:
        source: Parameters of the bank.
    """

    def __init__(self, source: SimulateSource) -> None:
        self._bank = _bank(
            SimulationConfig(
                customers=source.customers,
                transactions=source.transactions,
                start=source.start,
                end=source.end,
                seed=source.seed,
            )
        )

    def read(self, request: ReadRequest) -> Iterator[Batch]:
        """Yields a table's rows: all versions of an entity, the window of events."""
        for frame in self._frames(request):
            yield Batch(_inside(frame, request), f"simulated {request.relation}")

    def read_lookup(self, relation: str) -> pl.DataFrame:
        """All rows of a table."""
        return self._bank.table(relation)

    def is_journalled(self, relation: str) -> bool:  # noqa: ARG002 - signature of the protocol
        """Never: a read returns the whole history."""
        return False

    def _frames(self, request: ReadRequest) -> Iterator[pl.DataFrame]:
        match request.relation:
            case "transactions":
                yield from self._bank.transactions(request.batch_rows)
            case table if table in FEEDS:
                yield feed(self._bank, table)
            case entity if entity in ENTITY_TABLES:
                yield self._bank.changes(entity)
            case table:
                yield self._bank.table(table)


@lru_cache(maxsize=1)
def _bank(config: SimulationConfig) -> Bank:
    return generate(config)


def _inside(frame: pl.DataFrame, request: ReadRequest) -> pl.DataFrame:
    if request.window is None or request.date_column is None:
        return frame
    days = business_day(frame[request.date_column], request.bank_timezone)
    return frame.filter((days >= request.window.start) & (days < request.window.end))
