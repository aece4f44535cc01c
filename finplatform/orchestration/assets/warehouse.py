"""Warehouse assets: the dbt models, one Dagster definition per part of the project.

A part is a dbt tag. Seeds need nothing and come first. Parts of entities and dimensions are rebuilt
whole; parts of events, facts and features are cut by business day; views and functions store
nothing. Several parts, not one, so that a blocking check on one layer stops the next, and so that
what stands on a part need not wait for others. Belongs here: the parts and how their results are
told. Does not belong here: models' names.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from finplatform.contracts.contract import Contract
from finplatform.orchestration.assets.dbt_specs import UNIQUE_ID, DbtSpecs, build_dbt_specs
from finplatform.orchestration.partitions import window_of_tags
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.settings import get_settings
from finplatform.thread_executor import ALONE, FIRST
from finplatform.warehouse import dbt
from finplatform.warehouse.dbt_manifest import parents_of
from finplatform.warehouse.dbt_process import DBT
from finplatform.warehouse.dbt_runner import NodeResult
from finplatform.warehouse.row_counts import count_rows
from finplatform.windows import Window

Told = dg.MaterializeResult | dg.AssetCheckResult


@dataclass(frozen=True)
class Part:
    """One part of the dbt project.

    Attributes:
        name: Name of the definition, and tag of its models.
        is_partitioned: Whether its models are cut by business day.
        is_first: Whether it goes before others that are ready: it is short, and frees work that
            needs no server while the server is at the next part.
    """

    name: str
    is_partitioned: bool
    is_first: bool = False

    @property
    def select(self) -> str:
        """The part as dbt selects it."""
        return f"tag:{self.name}"

    def holds(self, node: Mapping[str, Any]) -> bool:
        """Whether a node of dbt's manifest belongs to the part."""
        return self.name in node["tags"]


PARTS = (
    Part("seeds", is_partitioned=False, is_first=True),
    Part("silver_entities", is_partitioned=False),
    Part("silver_events", is_partitioned=True),
    Part("dimensions", is_partitioned=False),
    Part("silver_transactions", is_partitioned=True),
    Part("facts", is_partitioned=True),
    Part("registers", is_partitioned=False, is_first=True),
    Part("aggregates", is_partitioned=True),
    Part("credit", is_partitioned=True),
    Part("outcomes", is_partitioned=False),
    Part("features", is_partitioned=True),
    Part("analytics_months", is_partitioned=True),
    Part("countries", is_partitioned=False),
    Part("analytics", is_partitioned=False),
    Part("bi", is_partitioned=False),
)
"""Parts in the order of the way of the data; together they are the whole project."""


def build_dbt_assets(
    manifest: dict[str, Any],
    partitions: dg.PartitionsDefinition,
    contracts: Mapping[str, Contract],
) -> list[dg.AssetsDefinition]:
    """One definition per part.

    Args:
        manifest: The parsed project.
        partitions: Cut of the parts that are cut by day.
        contracts: Contract of every model, by `schema.table`.
    """
    specs = build_dbt_specs(manifest, contracts)
    return [_part_assets(part, manifest, partitions, specs) for part in PARTS]


def _part_assets(
    part: Part,
    manifest: dict[str, Any],
    partitions: dg.PartitionsDefinition,
    specs: DbtSpecs,
) -> dg.AssetsDefinition:
    own = [unique_id for unique_id in specs.assets if part.holds(manifest["nodes"][unique_id])]
    selection = [part.select, *_checks_to_name(own, manifest, specs)]

    @dg.multi_asset(
        name=part.name,
        specs=[specs.assets[unique_id] for unique_id in own],
        check_specs=[check for unique_id in own for check in specs.checks.get(unique_id, ())],
        can_subset=True,
        partitions_def=partitions if part.is_partitioned else None,
        backfill_policy=dg.BackfillPolicy.single_run() if part.is_partitioned else None,
        # dbt has one process, and keeps its state in its modules.
        op_tags={ALONE: "dbt", **(FIRST if part.is_first else {})},
    )
    def build(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> Iterator[Told]:
        window = window_of_tags(context.run.tags) if part.is_partitioned else None
        arguments = dbt.build_arguments(window, _chosen(context) or selection)
        results = DBT.run(arguments, get_settings(), warehouse.warehouse)
        yield from tell(results, manifest, context, warehouse, window)
        require_built(results)

    return build


def tell(
    results: Sequence[NodeResult],
    manifest: Mapping[str, Any],
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    window: Window | None,
) -> Iterator[Told]:
    """Dbt's results as materializations and check results, tables before what judges them."""
    checks = {spec.metadata[UNIQUE_ID]: spec for spec in context.assets_def.check_specs}
    for result in results:
        if result.resource_type in ("model", "seed") and result.status == "success":
            node = manifest["nodes"][result.unique_id]
            yield dg.MaterializeResult(
                asset_key=dg.AssetKey([node["schema"], node["name"]]),
                metadata={
                    **count_rows(warehouse.url, node, window),
                    "seconds": result.seconds,
                },
            )
    for result in results:
        spec = checks.get(result.unique_id)
        if spec is None or spec.key not in context.selected_asset_check_keys:
            continue
        if result.status != "skipped":
            yield _check_result(result, spec)


def require_built(results: Sequence[NodeResult]) -> None:
    """Fails the step if a model could not be built or a test could not be run.

    Raises:
        dg.Failure: With the first reason, and the number of others.
    """
    broken = [result for result in results if result.is_broken]
    if broken:
        first = broken[0]
        raise dg.Failure(
            f"{first.unique_id}: {first.message} ({len(broken)} in all)", allow_retries=False
        )


def _check_result(result: NodeResult, spec: dg.AssetCheckSpec) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=result.status == "pass",
        severity=(dg.AssetCheckSeverity.ERROR if spec.blocking else dg.AssetCheckSeverity.WARN),
        description=result.message or f"{result.failures} rows fail.",
        metadata={"failing_rows": result.failures, "seconds": result.seconds},
    )


def _checks_to_name(
    own: Sequence[str], manifest: Mapping[str, Any], specs: DbtSpecs
) -> Iterator[str]:
    """Checks that dbt leaves out of a tag, as they also read what none of its models reads."""
    known, unseen = set[str](), list(own)
    while unseen:
        unique_id = unseen.pop()
        if unique_id not in known:
            known.add(unique_id)
            node = manifest["sources"].get(unique_id) or manifest["nodes"][unique_id]
            unseen.extend(parent["unique_id"] for parent in parents_of(node, manifest))
    for unique_id in own:
        for spec in specs.checks.get(unique_id, ()):
            test = manifest["nodes"][spec.metadata[UNIQUE_ID]]
            if any(parent["unique_id"] not in known for parent in parents_of(test, manifest)):
                yield spec.name


def _chosen(context: dg.AssetExecutionContext) -> list[str]:
    """Tables and checks by name, if Dagster has not selected all of the part."""
    if not context.is_subset:
        return []
    return [
        *(key.path[-1] for key in context.selected_asset_keys),
        *(check.name for check in context.selected_asset_check_keys),
    ]
