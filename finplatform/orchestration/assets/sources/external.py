"""External assets: the tables and files of the source systems, as the beginning of the lineage.

Belongs here: one `AssetSpec` per configured source table. The platform never materializes them.
"""

import dagster as dg

from finplatform.contracts.streamed import TRANSACTION_EVENTS
from finplatform.ingest.connectors.config import (
    PostgresSource,
    SourcesConfig,
    StreamSource,
    TableConfig,
)
from finplatform.orchestration.asset_keys import key
from finplatform.streaming.names import CHANNEL
from finplatform.taxonomy import owners_of

GROUP = "source_systems"

CHANNEL_KEY = dg.AssetKey(["stream", CHANNEL])
"""The stream of transactions."""

_KINDS = {
    "postgres": "postgresql",
    "files": "file",
    "mongo": "mongodb",
    "http": "http",
    "simulate": "python",
    "lake": "parquet",
}


def build_source_specs(sources: SourcesConfig) -> list[dg.AssetSpec]:
    """One spec per configured source table."""
    specs = {CHANNEL_KEY: _channel_spec()}
    for table, config in sources.tables.items():
        for place in config.entries:
            if isinstance(sources.sources[place.source], StreamSource):
                continue
            asset_key = place_key(table, place, sources)
            specs[asset_key] = dg.AssetSpec(
                key=asset_key,
                group_name=GROUP,
                owners=list(owners_of(GROUP)),
                kinds={_KINDS[sources.sources[place.source].connector]},
                description=f"`{place.read or table}` in source system `{place.source}`.",
            )
    return list(specs.values())


def source_key(table: str, sources: SourcesConfig) -> list[dg.AssetKey]:
    """Keys of the source tables behind a bronze table, if any is configured."""
    config = sources.tables.get(table)
    places = config.entries if config else []
    return list(dict.fromkeys(place_key(table, place, sources) for place in places))


def _channel_spec() -> dg.AssetSpec:
    return dg.AssetSpec(
        key=CHANNEL_KEY,
        group_name=GROUP,
        owners=list(owners_of(GROUP)),
        kinds={"redis"},
        description=f"Stream `{CHANNEL}`, on a Valkey or Redis server.",
    )


def place_key(table: str, place: TableConfig, sources: SourcesConfig) -> dg.AssetKey:
    """Key of the source table behind one entry of a bronze table."""
    source = sources.sources[place.source]
    if isinstance(source, StreamSource):
        # Rows of the stream are read from the table of its consumers.
        return key(TRANSACTION_EVENTS.stored.schema_name, TRANSACTION_EVENTS.table)
    prefix = source.schema_name if isinstance(source, PostgresSource) else place.source
    return dg.AssetKey([prefix, table])
