"""Bronze assets: one per source contract, made by one factory.

Belongs here: the factory. Does not belong here: the list of tables (see
`finplatform.contracts.bronze`) or where they come from (see `sources.yaml`).
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import dagster as dg

from finplatform.contracts.bronze import SCHEMA
from finplatform.contracts.contract import Kind, SourceContract
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.ingest.load_result import LoadResult, LoadSettings
from finplatform.ingest.loaders import loader_of
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.metadata import load_metadata
from finplatform.orchestration.assets.sources.external import source_key
from finplatform.orchestration.assets.storing import table_arguments
from finplatform.orchestration.checks.contract_checks import contract_check_result
from finplatform.orchestration.partitions import (
    Partitions,
    history_end,
    history_start,
    last_complete_day,
    window_of,
)
from finplatform.orchestration.resources.held_tables import HeldTables
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.orchestration.retrying import retried
from finplatform.warehouse import bulk, ddl

LOGGER = logging.getLogger(__name__)

GROUP = "sources"


def build_bronze_assets(
    contracts: Iterable[SourceContract],
    sources: SourcesConfig,
    partitions: Partitions,
) -> list[dg.AssetsDefinition]:
    """One asset per source contract.

    Args:
        contracts: Source tables.
        sources: The source configuration.
        partitions: Partitions of the event tables.
    """
    return [_bronze_asset(contract, sources, partitions) for contract in contracts]


def _bronze_asset(
    contract: SourceContract, sources: SourcesConfig, partitions: Partitions
) -> dg.AssetsDefinition:
    is_event = contract.stored.kind is Kind.EVENT
    referenced = [key(SCHEMA, target.partition(".")[0]) for target in contract.references.values()]

    @dg.asset(
        **table_arguments(contract.stored, GROUP, _origin(contract.table, sources)),
        deps=[*source_key(contract.table, sources), *referenced],
        partitions_def=partitions.daily if is_event else None,
        backfill_policy=dg.BackfillPolicy.single_run() if is_event else None,
    )
    @retried
    def bronze(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource, held: HeldTables
    ) -> dg.MaterializeResult:
        held.refuse(context)
        report = _load(contract, sources, context, warehouse)
        return dg.MaterializeResult(
            metadata=dict(load_metadata(report, contract.stored)),
            check_results=[
                contract_check_result(contract.stored, warehouse, report.window, context.run.run_id)
            ],
        )

    return bronze


def _load(
    contract: SourceContract,
    sources: SourcesConfig,
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
) -> LoadResult:
    settings = warehouse.settings
    window = window_of(context) if contract.stored.kind is Kind.EVENT else None
    config = sources.tables.get(contract.table)
    if config is None:
        LOGGER.info("No source is configured for %s: it stays empty.", contract.table)
        with bulk.connect(warehouse.url) as connection:
            ddl.create_schemas(connection)
            ddl.create_table(connection, contract.stored)
        return LoadResult(contract.table, window)
    loader = loader_of(
        contract,
        sources,
        settings,
        warehouse.url,
        LoadSettings(
            first_day=history_start(settings, sources),
            last_day=last_complete_day(
                datetime.now(ZoneInfo(sources.bank.day_zone)), history_end(settings, sources)
            ),
            reject_limit=settings.reject_limit,
            batch_rows=settings.batch_rows,
            bank_timezone=sources.bank.day_zone,
            run_id=context.run.run_id,
        ),
    )
    report = loader.load(warehouse.url, window)
    LOGGER.info(
        "Loaded %s rows into %s, %s rejected.",
        report.rows_loaded,
        contract.stored.name,
        report.rows_rejected,
    )
    return report


def _origin(table: str, sources: SourcesConfig) -> str:
    config = sources.tables.get(table)
    if config is None:
        return "No source is configured; the table stays empty."
    origins = (
        f"`{place.read or table}` of source `{place.source}`"
        f" ({sources.sources[place.source].connector})"
        for place in config.entries
    )
    return f"From {' and '.join(origins)}."
