"""Assembly of the definitions, the same for the application and for tests.

Belongs here: combining assets, checks, jobs, sensors and resources. Does not belong here: defining
them.
"""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from finplatform.contracts.audit import AUDIT
from finplatform.contracts.backups import BACKUPS
from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import Contract
from finplatform.contracts.controls import CONTROLS
from finplatform.contracts.from_dbt import contract_from_model, seed_contracts
from finplatform.contracts.gold import GOLD
from finplatform.contracts.kyc import KYC
from finplatform.contracts.laundering import LAUNDERING
from finplatform.contracts.platform import PLATFORM
from finplatform.contracts.privacy import PRIVACY
from finplatform.contracts.register import REGISTER
from finplatform.contracts.screening import SCREENING
from finplatform.contracts.streamed import STREAMED
from finplatform.ingest.connectors.config import SourcesConfig, load_sources
from finplatform.lake.catalog import tables_of
from finplatform.notifications.backup_probe import BACKUP, backup_age
from finplatform.notifications.capture_probe import CDC_LAG, capture_probe
from finplatform.notifications.probes import PROBES
from finplatform.orchestration.asset_keys import table_of
from finplatform.orchestration.assets.analytics.causal import causal_analytics
from finplatform.orchestration.assets.analytics.churn_drivers import churn_drivers
from finplatform.orchestration.assets.analytics.exploration import exploration
from finplatform.orchestration.assets.analytics.importance import feature_importance
from finplatform.orchestration.assets.analytics.inferential import inferential_analytics
from finplatform.orchestration.assets.analytics.lifetime_value import build_lifetime_value_assets
from finplatform.orchestration.assets.analytics.predictive import build_predictive_assets
from finplatform.orchestration.assets.analytics.prescription import prescription
from finplatform.orchestration.assets.compliance.closing import closed_months
from finplatform.orchestration.assets.compliance.controls import control_evidence, sox_controls
from finplatform.orchestration.assets.compliance.customers import customer_due_diligence
from finplatform.orchestration.assets.compliance.laundering import build_laundering_assets
from finplatform.orchestration.assets.compliance.privacy import privacy_duties
from finplatform.orchestration.assets.compliance.register import regulatory_register
from finplatform.orchestration.assets.compliance.screening import screening
from finplatform.orchestration.assets.dbt import build_dbt_assets, dbt_project, dbt_resource
from finplatform.orchestration.assets.lake import build_lake_assets
from finplatform.orchestration.assets.models.default_probability import build_model_assets
from finplatform.orchestration.assets.models.fraud import build_fraud_assets
from finplatform.orchestration.assets.models.rating import build_rating_assets
from finplatform.orchestration.assets.models.validation import build_validation_assets
from finplatform.orchestration.assets.platform.audit import audit_tree_heads
from finplatform.orchestration.assets.platform.history import platform_history
from finplatform.orchestration.assets.platform.restore_drill import restore_drills
from finplatform.orchestration.assets.reports.analysis_pages import report_index, report_pages
from finplatform.orchestration.assets.reports.model_card import model_card
from finplatform.orchestration.assets.reports.templates import supervisory_templates
from finplatform.orchestration.assets.risk.capital import build_risk_assets
from finplatform.orchestration.assets.risk.loss import loss_parameters
from finplatform.orchestration.assets.sources.bronze import build_bronze_assets
from finplatform.orchestration.assets.sources.external import build_source_specs
from finplatform.orchestration.assets.sources.streamed import build_streamed_assets
from finplatform.orchestration.automation import automation_sensor, with_automation
from finplatform.orchestration.backups import (
    build_backup_job,
    build_backup_schedules,
    build_wal_sensor,
)
from finplatform.orchestration.checks.audit_check import build_audit_check
from finplatform.orchestration.checks.benchmark_check import build_benchmark_check
from finplatform.orchestration.checks.compliance_checks import build_compliance_checks
from finplatform.orchestration.checks.contract_checks import build_contract_checks
from finplatform.orchestration.checks.drill_check import build_drill_check
from finplatform.orchestration.checks.figures_agree import build_figures_check
from finplatform.orchestration.checks.fraud_rules_check import build_fraud_rules_check
from finplatform.orchestration.checks.lineage import ADDS_UP, build_lineage_checks
from finplatform.orchestration.checks.model_checks import build_model_checks
from finplatform.orchestration.checks.reconciliation import build_reconciliation_checks
from finplatform.orchestration.checks.reconciliations import RECONCILIATIONS
from finplatform.orchestration.checks.report_checks import build_report_checks
from finplatform.orchestration.checks.report_page_checks import build_report_page_checks
from finplatform.orchestration.checks.supervisory_checks import SUPERVISORY_CHECKS
from finplatform.orchestration.downstream import DownstreamAssets
from finplatform.orchestration.executors import executor_for
from finplatform.orchestration.incidents import CheckedGraph
from finplatform.orchestration.io_managers.models import ModelIOManager
from finplatform.orchestration.io_managers.tables import TableIOManager
from finplatform.orchestration.jobs import Grains, build_jobs
from finplatform.orchestration.partitions import Partitions, history_end, history_start
from finplatform.orchestration.report_mails import (
    build_report_mail_job,
    build_report_mail_schedules,
)
from finplatform.orchestration.resources.held_tables import HeldTables
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.orchestration.retention_job import build_retention_job
from finplatform.orchestration.schedules import build_schedules
from finplatform.orchestration.sensors.incidents import build_incident_sensors
from finplatform.orchestration.sensors.landing import build_landing_sensor
from finplatform.orchestration.sensors.retraining import build_retraining_sensor
from finplatform.orchestration.sensors.source_changes import build_source_changes_sensor
from finplatform.orchestration.sensors.streamed_days import build_streamed_days_sensor
from finplatform.orchestration.table_facts import facts_of_tables
from finplatform.settings import Settings, get_settings
from finplatform.warehouse import dbt

_RUNNING = (dg.DefaultSensorStatus.RUNNING, dg.DefaultScheduleStatus.RUNNING)
_STOPPED = (dg.DefaultSensorStatus.STOPPED, dg.DefaultScheduleStatus.STOPPED)
_ACCEPTED_BETA = (
    "Function `with_source_code_references`",
    # A single run for a range of partitions makes a window one transaction.
    "Parameter `backfill_policy`",
    # Links from the UI to the code.
    "Class `LocalFileCodeReference`",
    "Class `CodeReferencesMetadataValue`",
)


def build_definitions(
    *,
    settings: Settings | None = None,
    sources: SourcesConfig | None = None,
    resources: Mapping[str, Any] | None = None,
) -> dg.Definitions:
    """The whole graph.

    Args:
        settings: The settings; default: from the environment.
        sources: The source configuration; default: `settings.sources_file`.
        resources: Resources that replace the default ones.
    """
    settings = settings or get_settings()
    sources = sources or load_sources(settings.sources_file, frozenset(SOURCES))
    with warnings.catch_warnings():
        for message in _ACCEPTED_BETA:
            warnings.filterwarnings("ignore", message, dg.BetaWarning)
        return _definitions(settings, sources, resources or {})


def _definitions(
    settings: Settings, sources: SourcesConfig, resources: Mapping[str, Any]
) -> dg.Definitions:
    project = dbt_project(settings)
    manifest = dbt.load_manifest(settings)
    contracts = all_contracts(manifest)
    last_day = history_end(settings, sources)
    partitions = Partitions.of_history(
        history_start(settings, sources), last_day, sources.bank.day_zone
    )
    models = build_dbt_assets(project, partitions, contracts)
    lake = build_lake_assets(tables_of(manifest).values(), partitions)
    assets = [*models, *_python_assets(partitions, sources), *lake]
    grains = Grains.of_assets(assets)
    jobs = build_jobs(grains, assets, has_lake=settings.lake_daily)
    jobs.append(build_retention_job())
    downstream = DownstreamAssets.of_assets(assets, grains)
    sensors, schedules = _RUNNING if settings.automation else _STOPPED
    assets = with_automation(assets, grains, is_open=last_day is None)
    checks = [*(_contract_checks(part, contracts) for part in models), *_further_checks()]
    graph = CheckedGraph.of_assets(assets, checks)
    return dg.Definitions(
        assets=[*build_source_specs(sources), *dg.with_source_code_references(assets)],
        asset_checks=checks,
        jobs=[*jobs, build_report_mail_job(), build_backup_job()],
        schedules=[
            *build_schedules(jobs, partitions.monthly, schedules, sources.bank.day_zone),
            *build_report_mail_schedules(settings.report_mails, schedules, sources.bank.day_zone),
            *build_backup_schedules(schedules, sources.bank.day_zone),
        ],
        sensors=[
            build_landing_sensor(partitions.daily, sources, downstream, jobs, sensors),
            build_source_changes_sensor(partitions.daily, downstream, jobs, sensors),
            build_streamed_days_sensor(partitions.daily, downstream, jobs, sensors),
            build_retraining_sensor(sensors),
            automation_sensor(grains, sensors),
            build_wal_sensor(sensors),
            *build_incident_sensors(
                graph,
                _with_policy(assets),
                {**PROBES, CDC_LAG: capture_probe(sources), BACKUP: backup_age},
                sensors,
            ),
            *_lineage_sensors(settings, assets, contracts, sources, graph, sensors),
        ],
        resources={
            **default_resources(settings, sources, contracts, graph),
            "dbt": dbt_resource(project),
            **resources,
        },
        executor=executor_for(settings),
    )


def _python_assets(partitions: Partitions, sources: SourcesConfig) -> list[dg.AssetsDefinition]:
    return [
        *build_bronze_assets(SOURCES.values(), sources, partitions),
        *build_streamed_assets(partitions),
        *build_model_assets(partitions),
        *build_rating_assets(partitions),
        *build_validation_assets(partitions),
        *build_fraud_assets(partitions),
        *build_laundering_assets(partitions),
        loss_parameters,
        *build_risk_assets(partitions, sources),
        inferential_analytics,
        *build_predictive_assets(partitions),
        causal_analytics,
        churn_drivers,
        exploration,
        feature_importance,
        *build_lifetime_value_assets(partitions),
        prescription,
        screening,
        customer_due_diligence,
        regulatory_register,
        closed_months,
        sox_controls,
        control_evidence,
        privacy_duties,
        platform_history,
        audit_tree_heads,
        restore_drills,
        supervisory_templates,
        model_card,
        report_pages,
        report_index,
    ]


def _further_checks() -> list[dg.AssetChecksDefinition]:
    """Checks in addition to the contracts of dbt's tables."""
    return [
        *build_model_checks(),
        *build_report_checks(),
        build_report_page_checks(),
        *build_reconciliation_checks((*RECONCILIATIONS, *SUPERVISORY_CHECKS, ADDS_UP)),
        *build_lineage_checks(),
        build_audit_check(),
        build_drill_check(),
        build_benchmark_check(),
        build_figures_check(),
        build_fraud_rules_check(),
        *build_compliance_checks(),
    ]


def _lineage_sensors(
    settings: Settings,
    assets: Sequence[dg.AssetsDefinition],
    contracts: Mapping[str, Contract],
    sources: SourcesConfig,
    graph: CheckedGraph,
    status: dg.DefaultSensorStatus,
) -> list[dg.SensorDefinition]:
    """The sensor that sends lineage, if a destination is configured."""
    if settings.openlineage_url is None and settings.openlineage_file is None:
        return []
    # Import the library of these events only if they are sent.
    from finplatform.orchestration.sensors.lineage import LineageGraph, build_lineage_sensor

    known = LineageGraph(facts_of_tables(assets, contracts, sources), graph)
    return [build_lineage_sensor(known, status)]


def _with_policy(assets: Sequence[dg.AssetsDefinition]) -> list[dg.AssetKey]:
    """Assets with a freshness policy."""
    specs = (spec for asset in assets for spec in asset.specs)
    return [spec.key for spec in specs if spec.freshness_policy is not None]


def all_contracts(manifest: Mapping[str, Any]) -> dict[str, Contract]:
    """Contract of every stored table, view and function, by `schema.table`, in this order.

    The order of dbt's manifest differs between parses of the project.
    """
    python_made = [
        *(source.stored for source in SOURCES.values()),
        *STREAMED.values(),
        *GOLD.values(),
        *PLATFORM.values(),
        *AUDIT.values(),
        *BACKUPS.values(),
        *SCREENING.values(),
        *KYC.values(),
        *REGISTER.values(),
        *CONTROLS.values(),
        *PRIVACY.values(),
        *LAUNDERING.values(),
    ]
    models = {name: contract_from_model(node) for name, node in dbt.models(manifest).items()}
    contracts = {contract.name: contract for contract in python_made} | models
    return dict(sorted((contracts | seed_contracts(manifest)).items()))


def default_resources(
    settings: Settings,
    sources: SourcesConfig,
    contracts: Mapping[str, Contract],
    graph: CheckedGraph,
) -> dict[str, Any]:
    """Resources of a deployment."""
    warehouse = WarehouseResource(settings=settings)
    held = HeldTables(warehouse=warehouse, graph=graph)
    tables = TablesResource(warehouse=warehouse, contracts=contracts, held=held)
    return {
        "settings": settings,
        "sources": sources,
        "warehouse": warehouse,
        "held": held,
        "tables": tables,
        "tables_io": TableIOManager(tables=tables),
        "model_store": ModelIOManager(settings=settings),
    }


def _contract_checks(
    part: dg.AssetsDefinition, contracts: Mapping[str, Contract]
) -> dg.AssetChecksDefinition:
    tables = sorted(".".join(table_of(key)) for key in part.keys)
    return build_contract_checks(part.op.name, [contracts[table] for table in tables])
