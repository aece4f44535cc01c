"""Places: where the rows of a table come from, ready to be read.

Belongs here: from the entry of a table in `sources.yaml` to its connectors. Does not belong here:
reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from finplatform.ingest.connectors.base import Connector
from finplatform.ingest.connectors.config import PostgresSource, SourcesConfig, TableConfig
from finplatform.ingest.connectors.registry import connector_for
from finplatform.ingest.connectors.source_values import SourceValues
from finplatform.settings import Settings


@dataclass(frozen=True)
class Place:
    """Where rows of a table come from.

    Attributes:
        config: The place in the source configuration.
        connector: Its reader.
        values: How its times and numbers are written.
    """

    config: TableConfig
    connector: Connector
    values: SourceValues = field(default_factory=SourceValues)


def places_of(
    table: TableConfig, sources: SourcesConfig, settings: Settings, warehouse_url: str
) -> Sequence[Place]:
    """All places of a table, in order.

    Args:
        table: Entry of the table.
        sources: The configuration that it is in.
        settings: Settings that place holders of paths refer to.
        warehouse_url: The platform's own database, for a source without a URL.
    """
    found = []
    for place in table.places:
        source = sources.sources[place.source]
        values = SourceValues(
            timezone=source.timezone or sources.bank.timezone,
            decimal=source.decimal,
            thousands=source.thousands,
        )
        load = sources.load_of(place)
        if isinstance(source, PostgresSource) and load in ("full", "cdc"):
            source = source.model_copy(update={"journal": False})
        found.append(Place(place, connector_for(source, settings, warehouse_url), values))
    return found
