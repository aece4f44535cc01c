"""Sources of dlt that tests configure by name: every shape that a resource may yield."""

from collections.abc import Iterator
from typing import Any

import dlt
import pandas as pd
import polars as pl
import pyarrow as pa

ROWS = [{"id": str(number), "who": f"N{number}"} for number in range(5)]


@dlt.source
def shapes() -> Any:
    """Resources of the same rows in each shape."""

    @dlt.resource
    def documents() -> Iterator[Any]:
        yield ROWS[0]
        yield ROWS[1:]

    @dlt.resource
    def arrow() -> Iterator[Any]:
        yield pa.Table.from_pylist(ROWS[:3])
        yield pa.RecordBatch.from_pylist(ROWS[3:])

    @dlt.resource
    def pandas() -> Iterator[Any]:
        yield pd.DataFrame(ROWS)

    @dlt.resource
    def polars() -> Iterator[Any]:
        yield pl.DataFrame(ROWS)

    @dlt.resource
    def mixed() -> Iterator[Any]:
        yield ROWS[:2]
        yield pa.Table.from_pylist(ROWS[2:])

    @dlt.resource
    def broken() -> Iterator[Any]:
        yield ROWS[:1]
        raise ValueError("Canary")

    return documents, arrow, pandas, polars, mixed, broken


@dlt.resource
def alone(login: str, days: dict[str, Any]) -> Iterator[Any]:
    """A resource without a source, which gives back what it was called with."""
    yield {"login": login, **days}


def nothing() -> int:
    """No source."""
    return 1
