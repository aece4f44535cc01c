"""dbt models and seeds as assets: one definition for each of five tags of the project.

A definition has one partitioning, and each invocation of dbt costs seconds. The five are
reference data and dimensions, tables cut by day, tables cut by month, marts with the BI views, and
the BI views of Python reports, which are built after the marts.
`dbt build` runs the tests of a model right after it and skips what is downstream of a failed one,
so tests block inside a definition as checks block between them. Belongs here: the definitions, and
the translation of dbt's nodes. Does not belong here: models' names.
"""

import shutil
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)

from finplatform.contracts.contract import Contract, Form
from finplatform.orchestration.assets.metadata import table_metadata
from finplatform.orchestration.partitions import DAYS_OF_MONTH, Partitions, window_of
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.settings import Settings
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.access import settle
from finplatform.warehouse.dbt import (
    PROJECT_DIR,
    dbt_executable,
    manifest_path,
    table_name,
    window_arguments,
)
from finplatform.warehouse.load_log import StoredRows, log
from finplatform.windows import Window

_BUILD = ("build", "--exclude-resource-type", "unit_test")
"""Models, seeds and data tests. Unit tests of models run in the test suite."""

_BADGES = {"seed": "seed", "view": "view", "sql_function": "function"}


class WarehouseDbtTranslator(DagsterDbtTranslator):
    """Adds the metadata of contracts to dbt's nodes.

    Args:
        contracts: Contract of every model and seed, by `schema.table`.
    """

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_code_references=True))
        self._contracts = contracts

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """Spec with the materialization as a kind."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = self.get_resource_props(manifest, unique_id)
        if node["resource_type"] == "source":
            return spec
        badge = _BADGES.get(node["config"]["materialized"], "table")
        return spec.replace_attributes(kinds={"dbt", "postgres", badge})

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The model's description; the code reference leads to its SQL."""
        return " ".join(dbt_resource_props["description"].split())

    def get_metadata(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, Any]:
        """Columns, rules and key of the contract."""
        contract = self._contracts.get(table_name(dbt_resource_props))
        found = super().get_metadata(dbt_resource_props)
        return {**found, **table_metadata(contract)} if contract else found

    def get_tags(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, str]:
        """The layer; dbt's own tags assign a model to its definition."""
        return {"layer": dbt_resource_props["schema"]}

    def get_partition_mapping(
        self,
        dbt_resource_props: Mapping[str, Any],
        dbt_parent_resource_props: Mapping[str, Any],
    ) -> dg.PartitionMapping | None:
        """A monthly model depends on its month's days; Dagster's default mapping otherwise."""
        reads_days = "monthly" in dbt_resource_props["tags"]
        reads_days &= "daily" in dbt_parent_resource_props["tags"]
        return DAYS_OF_MONTH if reads_days else None


def dbt_project(settings: Settings) -> DbtProject:
    """The project with an up-to-date manifest."""
    return DbtProject(
        PROJECT_DIR, target_path=manifest_path(settings).parent, profiles_dir=PROJECT_DIR
    )


def dbt_resource(project: DbtProject) -> DbtCliResource:
    """The `dbt` command of this Python environment on the project."""
    return DbtCliResource(
        project_dir=project,
        dbt_executable=dbt_executable(),
        global_config_flags=["--no-use-colors", "--log-level-file", "none", "--no-write-json"],
    )


def build_dbt_assets(
    project: DbtProject, partitions: Partitions, contracts: Mapping[str, Contract]
) -> list[dg.AssetsDefinition]:
    """The definitions, in the order of the data flow.

    Args:
        project: The project, with its manifest.
        partitions: Days and months.
        contracts: Contract of every model and seed, by `schema.table`.
    """
    translator = WarehouseDbtTranslator(contracts)
    return [
        _dbt_assets(tag, definition, project, translator)
        for tag, definition in (
            ("reference", None),
            ("daily", partitions.daily),
            ("monthly", partitions.monthly),
            ("marts", None),
            ("reports", None),
        )
    ]


def _dbt_assets(
    tag: str,
    partitions: dg.TimeWindowPartitionsDefinition | None,
    project: DbtProject,
    translator: DagsterDbtTranslator,
) -> dg.AssetsDefinition:
    @dbt_assets(
        manifest=project.manifest_path,
        select=f"tag:{tag}",
        name=f"dbt_{tag}",
        project=project,
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run() if partitions else None,
        dagster_dbt_translator=translator,
    )
    @retried
    def build(
        context: dg.AssetExecutionContext, dbt: DbtCliResource, tables: TablesResource
    ) -> Iterator[Any]:
        tables.held.refuse(context)
        with bulk.connect(tables.warehouse.url) as connection:
            ddl.create_schemas(connection)
        tables.warehouse.export_dbt_environment()
        window = window_of(context) if partitions else None
        invocation = dbt.cli([*_BUILD, *window_arguments(window)], context=context)
        for event in invocation.stream():
            if isinstance(event, dg.Output):
                asset_key = context.asset_key_for_output(event.output_name)
                table = ".".join(asset_key.path)
                counted = _row_count(tables, table, window)
                _log(tables, table, window, counted, event, context.run.run_id)
                yield event.with_metadata({**event.metadata, **counted})
            else:
                yield event
        settle(tables.warehouse.warehouse)
        # The folder of a failed invocation stays for debugging.
        shutil.rmtree(invocation.target_path, ignore_errors=True)

    return build


def _log(
    tables: TablesResource,
    table: str,
    window: Window | None,
    counted: Mapping[str, int],
    made: dg.Output[Any],
    run_id: str,
) -> None:
    """Records a model or seed in the log of loads; views and functions store no rows."""
    took = made.metadata.get("Execution Duration")
    for name, rows in counted.items():
        of_window = window if name == "dagster/partition_row_count" else None
        seconds = (took.value if isinstance(took, dg.FloatMetadataValue) else None) or 0.0
        stored = StoredRows(table, of_window, rows, seconds, run_id=run_id)
        with bulk.connect(tables.warehouse.url) as connection:
            log(connection, stored)


def _row_count(tables: TablesResource, table: str, window: Window | None) -> dict[str, int]:
    """Number of rows that a run has replaced; None for views and functions."""
    contract = tables.contract(table)
    if contract.form is not Form.TABLE:
        return {}
    if window is None or contract.date_column is None:
        return {"dagster/row_count": tables.count(table)}
    return {"dagster/partition_row_count": tables.count(table, window)}
