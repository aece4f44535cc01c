"""Connectors and table sources of a configuration.

Belongs here: one constructor per kind of source, and the sources of a table in order. Does not
belong here: reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from finplatform.ingest.connectors.base import Connector
from finplatform.ingest.connectors.config import (
    DltSource,
    FilesSource,
    HttpSource,
    LakeSource,
    MongoSource,
    PostgresSource,
    SimulateSource,
    Source,
    SourcesConfig,
    StreamSource,
    TableConfig,
)
from finplatform.ingest.connectors.files import FilesConnector
from finplatform.ingest.connectors.limits import limits_of
from finplatform.ingest.connectors.object_store import ObjectStoreConnector, is_object_store
from finplatform.ingest.connectors.postgres import PostgresConnector
from finplatform.ingest.connectors.source_values import SourceValues
from finplatform.ingest.values import Reading
from finplatform.settings import Settings


def connector_for(source: Source, settings: Settings, warehouse_url: str) -> Connector:
    """The connector of a configured source.

    Args:
        source: One entry of `sources` in the configuration.
        settings: Settings that placeholders of paths refer to.
        warehouse_url: The platform's own database, for a source without a URL.
    """
    match source:
        case PostgresSource():
            return PostgresConnector(source, source.location(warehouse_url))
        case FilesSource():
            return _of_files(source, settings)
        case MongoSource():
            from finplatform.ingest.connectors.mongo import MongoConnector

            return MongoConnector(source)
        case HttpSource():
            from finplatform.ingest.connectors.http import HttpConnector

            return HttpConnector(source, limits=limits_of(settings))
        case DltSource():
            from finplatform.ingest.connectors.dlt import DltConnector

            return DltConnector(source, limits_of(settings))
        case SimulateSource():
            from finplatform.ingest.connectors.simulate import SimulateConnector

            return SimulateConnector(source)
        case StreamSource():
            from finplatform.ingest.connectors.stream import StreamConnector

            return StreamConnector(source, warehouse_url)
        case LakeSource():
            return _of_lake(source, settings)


def _of_files(source: FilesSource, settings: Settings) -> Connector:
    if is_object_store(source.root):
        return ObjectStoreConnector(source, limits_of(settings))
    return FilesConnector(source, files_root(source, settings), limits_of(settings))


def _of_lake(source: LakeSource, settings: Settings) -> Connector:
    from finplatform.ingest.connectors.lake import LakeConnector
    from finplatform.lake.root import LakeRoot, root_at

    if "://" in source.root:
        return LakeConnector(root_at(source.root), limits_of(settings))
    root = LakeRoot(str(folder_of(source.root, settings)))
    return LakeConnector(root, limits_of(settings))


def files_root(source: FilesSource, settings: Settings) -> Path:
    """Absolute folder of a file source."""
    return folder_of(source.root, settings)


def folder_of(root: str, settings: Settings) -> Path:
    """Absolute folder that a source's `root` names."""
    named = root.format(home=settings.home, landing=settings.landing)
    return (settings.sources_file.parent / Path(named).expanduser()).resolve()


@dataclass(frozen=True)
class TableSource:
    """A source of a table.

    Attributes:
        config: Its entry in the source configuration.
        connector: Its connector.
        values: Format of its times and numbers.
    """

    config: TableConfig
    connector: Connector
    values: SourceValues = field(default_factory=SourceValues)

    def reading(self, bank_timezone: str, identifiers: frozenset[str]) -> Reading:
        """Format of the source's values for a bank's days and a table's identifiers."""
        return Reading(
            timezone=self.values.timezone,
            bank_timezone=bank_timezone,
            decimal=self.values.decimal,
            thousands=self.values.thousands,
            identifiers=identifiers,
        )


def table_sources_of(
    table: TableConfig, sources: SourcesConfig, settings: Settings, warehouse_url: str
) -> Sequence[TableSource]:
    """All sources of a table, in order.

    Args:
        table: Entry of the table.
        sources: The configuration that holds it.
        settings: Settings that placeholders of paths refer to.
        warehouse_url: The platform's own database, for a source without a URL.
    """
    found = []
    for entry in table.entries:
        source = sources.sources[entry.source]
        values = SourceValues(
            timezone=source.timezone or sources.bank.timezone,
            decimal=source.decimal,
            thousands=source.thousands,
        )
        load = sources.load_of(entry)
        if isinstance(source, PostgresSource) and load in ("full", "cdc"):
            source = source.model_copy(update={"journal": False})
        found.append(TableSource(entry, connector_for(source, settings, warehouse_url), values))
    return found
