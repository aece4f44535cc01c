"""Queries of report pages as pandas frames with exact decimals, dates and nulls.

Does not belong here: tables in bulk (see `bulk`).
"""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import psycopg


def queries_of(connection: psycopg.Connection) -> Callable[[str, Mapping[str, Any]], pd.DataFrame]:
    """A function that runs queries with named parameters (`%(name)s`) on a connection.

    Args:
        connection: Connection to the warehouse.
    """

    def run(query: str, parameters: Mapping[str, Any]) -> pd.DataFrame:
        cursor = connection.execute(query.encode(), parameters)
        names = [column.name for column in cursor.description or ()]
        return pd.DataFrame(cursor.fetchall(), columns=names, dtype=object)

    return run
