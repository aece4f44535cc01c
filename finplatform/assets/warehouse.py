"""Warehouse assets: the dbt models, one Dagster definition per part of the project.

A part is a dbt tag. Parts of entities and dimensions are rebuilt whole; parts of events, facts and
features are cut by business day. Several parts, not one, so that a blocking check on one layer
stops the next. Belongs here: the parts and how dbt is called. Does not belong here: models' names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from finplatform.assets.translator import Translator
from finplatform.partitions import window_of_tags
from finplatform.resources.warehouse import WarehouseResource
from finplatform.settings import get_settings
from finplatform.warehouse import dbt
from finplatform.warehouse.row_counts import count_rows


@dataclass(frozen=True)
class Part:
    """One part of the dbt project.

    Attributes:
        name: Name of the definition.
        select: dbt selection.
        is_partitioned: Whether its models are cut by business day.
    """

    name: str
    select: str
    is_partitioned: bool


PARTS = (
    Part("silver_entities", "tag:silver_entities resource_type:seed", is_partitioned=False),
    Part("silver_events", "tag:silver_events", is_partitioned=True),
    Part("dimensions", "tag:dimensions", is_partitioned=False),
    Part("facts", "tag:facts", is_partitioned=True),
    Part("features", "tag:features", is_partitioned=True),
    Part("outcomes", "tag:outcomes", is_partitioned=False),
)
"""Parts in the order of the way of the data; together they are the whole project."""


def build_dbt_assets(
    manifest: dict[str, Any], partitions: dg.PartitionsDefinition
) -> list[dg.AssetsDefinition]:
    """One definition per part."""
    return [_part_assets(part, manifest, partitions) for part in PARTS]


def _part_assets(
    part: Part, manifest: dict[str, Any], partitions: dg.PartitionsDefinition
) -> dg.AssetsDefinition:
    @dbt_assets(
        manifest=manifest,
        name=part.name,
        select=part.select,
        partitions_def=partitions if part.is_partitioned else None,
        backfill_policy=dg.BackfillPolicy.single_run() if part.is_partitioned else None,
        dagster_dbt_translator=Translator(),
    )
    def build(
        context: dg.AssetExecutionContext, dbt_cli: DbtCliResource, warehouse: WarehouseResource
    ) -> Iterator[Any]:
        window = window_of_tags(context.run.tags) if part.is_partitioned else None
        dbt.export_environment(get_settings(), warehouse.warehouse)
        invocation = dbt_cli.cli(
            dbt.build_arguments(window),
            context=context,
            target_path=_artifacts(context.run_id, part),
        )
        for event in invocation.stream():
            if isinstance(event, dg.Output):
                node = manifest["nodes"][event.metadata["unique_id"].value]
                counted = count_rows(warehouse.url, node, window)
                yield event.with_metadata({**event.metadata, **counted})
            else:
                yield event

    return build


def _artifacts(run_id: str, part: Part) -> Path:
    """Folder of one invocation's artifacts, so that runs at the same time do not mix theirs."""
    return dbt.target_dir(get_settings()).parent / "runs" / run_id / part.name
