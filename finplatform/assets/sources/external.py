"""External assets: the tables and files of the source systems, for lineage to begin with.

Belongs here: one `AssetSpec` per configured source table. They are never materialized by the
platform.
"""

import dagster as dg

from finplatform.connectors.config import PostgresSource, SourcesConfig
from finplatform.taxonomy import owners_of

GROUP = "source_systems"

_KINDS = {"postgres": "postgresql", "files": "file", "simulate": "python"}


def build_source_specs(sources: SourcesConfig) -> list[dg.AssetSpec]:
    """One spec per configured source table."""
    specs = {}
    for table, config in sources.tables.items():
        (asset_key,) = source_key(table, sources)
        source = sources.sources[config.source]
        specs[asset_key] = dg.AssetSpec(
            key=asset_key,
            group_name=GROUP,
            owners=list(owners_of(GROUP)),
            kinds={_KINDS[source.connector]},
            description=f"`{config.read or table}` in source system `{config.source}`.",
        )
    return list(specs.values())


def source_key(table: str, sources: SourcesConfig) -> list[dg.AssetKey]:
    """Key of the source table behind a bronze table, if one is configured."""
    config = sources.tables.get(table)
    if config is None:
        return []
    source = sources.sources[config.source]
    prefix = source.schema_name if isinstance(source, PostgresSource) else config.source
    return [dg.AssetKey([prefix, table])]
