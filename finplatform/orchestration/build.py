"""Assembly: one function that makes the graph, the same for the application and for tests.

Belongs here: putting assets, checks, jobs, sensors and resources together. Does not belong here:
defining any of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import Contract
from finplatform.contracts.from_dbt import contract_from_model
from finplatform.contracts.gold import GOLD
from finplatform.ingest.connectors.config import SourcesConfig, load_sources
from finplatform.orchestration.assets.analytics.exploration import build_exploration_assets
from finplatform.orchestration.assets.analytics.inference import build_inference_assets
from finplatform.orchestration.assets.analytics.lifetime_value import build_lifetime_value_assets
from finplatform.orchestration.assets.analytics.prescription import build_prescription_assets
from finplatform.orchestration.assets.models.default_probability import build_model_assets
from finplatform.orchestration.assets.models.fraud import build_fraud_assets
from finplatform.orchestration.assets.models.rating import build_rating_assets
from finplatform.orchestration.assets.models.validation import build_validation_assets
from finplatform.orchestration.assets.reports.model_card import build_model_card_asset
from finplatform.orchestration.assets.reports.pages import build_report_assets
from finplatform.orchestration.assets.risk.capital import build_risk_assets
from finplatform.orchestration.assets.risk.loss import build_loss_assets
from finplatform.orchestration.assets.sources.bronze import build_bronze_assets
from finplatform.orchestration.assets.sources.external import build_source_specs
from finplatform.orchestration.assets.warehouse import build_dbt_assets
from finplatform.orchestration.checks.contract_checks import build_contract_checks
from finplatform.orchestration.checks.lineage import ADDS_UP, build_lineage_checks
from finplatform.orchestration.checks.reconciliation import build_reconciliation_checks
from finplatform.orchestration.checks.reconciliations import RECONCILIATIONS
from finplatform.orchestration.io_managers.models import ModelIOManager
from finplatform.orchestration.io_managers.tables import TableIOManager
from finplatform.orchestration.jobs import build_jobs
from finplatform.orchestration.partitions import daily_partitions, history_end, history_start
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.orchestration.schedules import build_schedules
from finplatform.orchestration.sensors.alerts import build_alert_sensors
from finplatform.orchestration.sensors.landing import build_landing_sensor
from finplatform.orchestration.sensors.retraining import build_retraining_sensor
from finplatform.settings import Settings, get_settings
from finplatform.thread_executor import thread_executor
from finplatform.warehouse import dbt_manifest


def build_definitions(
    *,
    settings: Settings | None = None,
    sources: SourcesConfig | None = None,
    resources: Mapping[str, Any] | None = None,
) -> dg.Definitions:
    """The whole graph.

    Args:
        settings: Where things are; default: from the environment.
        sources: Which source feeds which table; default: `settings.sources_file`.
        resources: Resources that replace the default ones.
    """
    settings = settings or get_settings()
    sources = sources or load_sources(settings.sources_file, frozenset(SOURCES))
    manifest = dbt_manifest.load_manifest(settings)
    contracts = all_contracts(manifest)
    partitions = daily_partitions(history_start(settings, sources), history_end(settings, sources))
    jobs = build_jobs()
    bronze = build_bronze_assets(SOURCES.values(), sources, partitions)
    parts = build_dbt_assets(manifest, partitions, contracts)
    derived = [
        *build_model_assets(partitions, contracts),
        *build_rating_assets(partitions, contracts),
        *build_validation_assets(partitions),
        *build_fraud_assets(partitions),
        *build_risk_assets(partitions, contracts, sources),
        *build_loss_assets(sources),
        *build_inference_assets(partitions, contracts),
        *build_exploration_assets(contracts),
        *build_lifetime_value_assets(partitions),
        *build_prescription_assets(contracts),
        *build_report_assets(sources),
        build_model_card_asset(sources),
    ]
    small = [asset for asset in bronze if not SOURCES[asset.key.path[-1]].is_large]
    checked_together = {part.op.name: sorted(part.keys) for part in parts} | {
        **_by_first_reader(_unread(small, bronze), parts),
        "derived": _unread(derived, [*parts, *derived]),
    }
    return dg.Definitions(
        assets=[
            *build_source_specs(sources),
            *bronze,
            *parts,
            *derived,
        ],
        asset_checks=[
            *build_contract_checks(contracts.values(), checked_together),
            *build_reconciliation_checks((*RECONCILIATIONS, ADDS_UP)),
            *build_lineage_checks(),
        ],
        jobs=jobs,
        schedules=build_schedules(jobs),
        sensors=[
            build_landing_sensor(partitions),
            build_retraining_sensor(),
            *build_alert_sensors(),
        ],
        resources={**default_resources(contracts), **(resources or {})},
        # A run is one process: PostgreSQL and dbt do the heavy work, and a process a step would
        # cost more than most steps do.
        executor=thread_executor.configured({"max_concurrent": settings.steps_at_once}),
    )


def _unread(
    assets: Sequence[dg.AssetsDefinition], readers: Sequence[dg.AssetsDefinition]
) -> list[dg.AssetKey]:
    """Assets that none of the readers reads, so that none of these waits for another's check."""
    read = {key for reader in readers for keys in reader.asset_deps.values() for key in keys}
    return sorted(key for asset in assets for key in asset.keys if key not in read)


def _by_first_reader(
    sources: Iterable[dg.AssetKey], parts: Sequence[dg.AssetsDefinition]
) -> dict[str, list[dg.AssetKey]]:
    """Sources by the first part that reads them, which then waits for no other's check."""
    first = {
        key: f"bronze_of_{part.op.name}"
        for part in reversed(parts)
        for keys in part.asset_deps.values()
        for key in keys
    }
    groups: dict[str, list[dg.AssetKey]] = {}
    for source in sources:
        groups.setdefault(first.get(source, "bronze"), []).append(source)
    return groups


def all_contracts(manifest: Mapping[str, Any]) -> dict[str, Contract]:
    """Contract of every stored table, by `schema.table`."""
    python_made = [*(source.stored for source in SOURCES.values()), *GOLD.values()]
    return {contract.name: contract for contract in python_made} | {
        name: contract_from_model(node) for name, node in dbt_manifest.models(manifest).items()
    }


def default_resources(contracts: Mapping[str, Contract]) -> dict[str, Any]:
    """Resources of a deployment."""
    warehouse = WarehouseResource()
    return {
        "warehouse": warehouse,
        "tables": TableIOManager(warehouse, contracts),
        "model_store": ModelIOManager(),
    }
