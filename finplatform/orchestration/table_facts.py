"""Facts of tables for lineage: from the graph, contracts and sources.

Belongs here: parents and columns of every asset, and source columns of bronze. Does not belong
here: runs (see `sensors.lineage`).
"""

from collections.abc import Iterable, Mapping

import dagster as dg

from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import Contract, SourceContract
from finplatform.contracts.treatment import stored_columns
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.lineage.facts import SourceColumn, TableFacts
from finplatform.orchestration.assets.sources.external import place_key


def facts_of_tables(
    assets: Iterable[dg.AssetsDefinition],
    contracts: Mapping[str, Contract],
    sources: SourcesConfig,
) -> dict[str, TableFacts]:
    """Facts of every asset by its name.

    Args:
        assets: All materializable assets.
        contracts: Contracts by `schema.table`.
        sources: The source configuration.
    """
    columns = {source.stored.name: _source_columns(source, sources) for source in SOURCES.values()}
    return {
        _name(key): TableFacts(
            tuple(sorted(map(_name, asset.asset_deps[key]))),
            _columns(contracts.get(_name(key))),
            columns.get(_name(key), {}),
        )
        for asset in assets
        for key in asset.keys
    }


def _name(key: dg.AssetKey) -> str:
    return ".".join(key.path)


def _columns(contract: Contract | None) -> tuple[tuple[str, str, str], ...]:
    if contract is None:
        return ()
    return tuple(
        (name, kind, contract.fields[name].description or "")
        for name, kind, _ in contract.sql_columns()
    )


def _source_columns(
    contract: SourceContract, sources: SourcesConfig
) -> dict[str, tuple[SourceColumn, ...]]:
    """Source columns of a bronze table, without those behind a `select`."""
    config = sources.tables.get(contract.table)
    places = [place for place in config.entries if place.select is None] if config else []
    found: dict[str, tuple[SourceColumn, ...]] = {}
    for name, column in contract.received.columns.items():
        identifier = contract.identifiers.get(name)
        for stored in stored_columns(name, column, identifier):
            origins = tuple(
                SourceColumn(
                    _name(place_key(contract.table, place, sources)),
                    place.columns.get(name, name),
                    identifier is not None,
                )
                for place in places
                if name not in place.defaults or name in place.columns
            )
            if origins:
                found[stored.name or name] = origins
    return found
