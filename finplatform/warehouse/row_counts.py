"""Row counts of dbt-made tables, for the graph of rows over time in the UI.

Belongs here: counting a table, or the window of it that a run has replaced.
"""

from collections.abc import Mapping
from typing import Any

from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import quote
from finplatform.windows import Window


def count_rows(url: str, node: Mapping[str, Any], window: Window | None) -> dict[str, int]:
    """Row count as Dagster metadata.

    Args:
        url: libpq URL of the warehouse.
        node: The table's node in dbt's manifest.
        window: Days that the run has replaced; None counts the whole table.

    Returns:
        Nothing for a view or function, which would be computed for it.
    """
    if node["config"]["materialized"] in ("view", "sql_function"):
        return {}
    query = f"select count(*) from {quote(node['schema'])}.{quote(node['name'])}"
    date_column = (node["config"].get("meta", {}).get("contract") or {}).get("date_column")
    is_windowed = window is not None and date_column is not None
    if window is not None and date_column is not None:
        query += f" where {window.predicate(quote(date_column))}"
    with bulk.connect(url) as connection:
        count = int(str(bulk.fetch_value(connection, query)))
    return {"dagster/partition_row_count" if is_windowed else "dagster/row_count": count}
