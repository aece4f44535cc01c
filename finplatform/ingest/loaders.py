"""Loader of a table by its configuration, and the captured sources.

Does not belong here: loading (see `load` and `captured`).
"""

from collections.abc import Mapping
from typing import Protocol

from finplatform.cdc.source import CapturedSource, CapturedTable
from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import Kind, SourceContract
from finplatform.errors import FinplatformError
from finplatform.ingest.captured import CapturedLoader
from finplatform.ingest.conform import mapped_columns
from finplatform.ingest.connectors.config import PostgresSource, SourcesConfig, TableConfig
from finplatform.ingest.connectors.registry import table_sources_of
from finplatform.ingest.load import LoadResult, LoadSettings, TableLoader
from finplatform.ingest.vault_key import vault_master_key
from finplatform.oltp.codes import ENTITY_TABLES
from finplatform.settings import Settings
from finplatform.windows import Window


class Loader(Protocol):
    """Loads one bronze table."""

    def load(self, url: str, window: Window | None) -> LoadResult:
        """Loads a window of events, or the changes of an entity or whole table."""
        ...


def loader_of(
    contract: SourceContract,
    sources: SourcesConfig,
    settings: Settings,
    warehouse_url: str,
    load: LoadSettings,
) -> Loader:
    """Loader of a configured table.

    Args:
        contract: The table.
        sources: The configuration that holds it.
        settings: Settings that placeholders of paths refer to.
        warehouse_url: libpq URL of the warehouse.
        load: See `LoadSettings`.

    Raises:
        FinplatformError: If the table cannot be loaded in the way that is configured.
    """
    table = sources.tables[contract.table]
    table_sources = table_sources_of(table, sources, settings, warehouse_url)
    master = vault_master_key(warehouse_url, settings)
    if sources.load_of(table) == "cdc":
        captured = captured_sources(sources, settings, warehouse_url)[table.source]
        source = _postgres(sources, table.source)
        return CapturedLoader(contract, table_sources[0], source, captured, master, load)
    if sources.load_of(table) == "incremental":
        _check_incremental(contract, table, sources)
    return TableLoader(contract, table_sources, master, load)


def captured_sources(
    sources: SourcesConfig, settings: Settings, warehouse_url: str
) -> Mapping[str, CapturedSource]:
    """Sources of which tables are captured, by name.

    Args:
        sources: The configuration.
        settings: How much may wait to be loaded.
        warehouse_url: libpq URL of the warehouse, for a source without a URL.
    """
    tables: dict[str, list[CapturedTable]] = {}
    for name, table in sources.tables.items():
        if sources.load_of(table) == "cdc":
            tables.setdefault(table.source, []).append(_captured(SOURCES[name], table, sources))
    found = {}
    for name, captured in tables.items():
        source = _postgres(sources, name)
        found[name] = CapturedSource(
            name=name,
            url=source.location(warehouse_url),
            tables=tuple(captured),
            timezone=source.timezone or sources.bank.day_zone,
            bank_timezone=sources.bank.day_zone,
            keep_bytes=settings.captured_mb * 2**20,
        )
    return found


def _captured(
    contract: SourceContract, table: TableConfig, sources: SourcesConfig
) -> CapturedTable:
    stored = contract.stored
    key = stored.key[:1] if stored.kind is Kind.ENTITY else stored.key
    constant = [name for name in key if name in table.defaults and name not in table.columns]
    if constant:
        raise FinplatformError(
            f"Table {contract.table} is captured, and its key {', '.join(constant)} is a constant"
            " in the source configuration.",
            "Map it by `columns`, or set `load: full`.",
        )
    day = None
    if stored.date_column is not None:
        day = table.date_column or table.columns.get(stored.date_column, stored.date_column)
    return CapturedTable(
        table=contract.table,
        schema_name=_postgres(sources, table.source).schema_name,
        name=table.read or contract.table,
        key=tuple(table.columns.get(name, name) for name in key),
        day=day,
        columns=mapped_columns(contract, table, ()),
        loaded_after=tuple(
            sorted(
                {target.partition(".")[0] for target in contract.references.values()}
                - {contract.table}
            )
        ),
    )


def _postgres(sources: SourcesConfig, name: str) -> PostgresSource:
    source = sources.sources[name]
    assert isinstance(source, PostgresSource)  # noqa: S101 - other sources have no load method
    return source


def _check_incremental(
    contract: SourceContract, table: TableConfig, sources: SourcesConfig
) -> None:
    """Refuses an incremental load of a table whose source records no changes.

    Raises:
        FinplatformError: If there is no journal of an entity, or the table is stored whole.
    """
    is_journalled = _postgres(sources, table.source).journal and (
        (table.read or contract.table) in ENTITY_TABLES
    )
    if contract.stored.kind is Kind.EVENT or is_journalled:
        return
    raise FinplatformError(
        f"Table {contract.table} cannot be loaded by `load: incremental`: its source {table.source}"
        " keeps no journal of it.",
        "Set `load: cdc` (docs/cdc.md lists the server's prerequisites), or `load: full`.",
    )
