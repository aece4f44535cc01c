"""Asset keys: `[schema, table]` for every table of the warehouse.

Belongs here: building a key and splitting it. The tables are defined by contracts and by dbt.
"""

import dagster as dg


def key(schema: str, table: str) -> dg.AssetKey:
    """Asset key of a table."""
    return dg.AssetKey([schema, table])


def table_of(asset_key: dg.AssetKey) -> tuple[str, str]:
    """Schema and table of an asset key.

    Raises:
        ValueError: If the key does not have these two parts.
    """
    schema, table = asset_key.path
    return schema, table
