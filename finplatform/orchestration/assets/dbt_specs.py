"""How dbt's nodes appear in the asset graph.

A model or seed is an asset with the key `[schema, table]`, a test is a check of the table that it
is written at; groups, owners and contracts come from the YAML. Belongs here: this translation of
dbt's manifest. Does not belong here: which models run together (`finplatform.orchestration.assets.warehouse`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg

from finplatform.contracts.contract import Contract
from finplatform.orchestration.assets.metadata import table_metadata
from finplatform.warehouse.dbt_manifest import STORED, Node, judged_node, parents_of, table_name

UNIQUE_ID = "dbt/unique_id"
"""Metadata of a check: which of dbt's tests it is."""

SEED_GROUP = "staging"
_BADGES = {"view": "view", "sql_function": "function"}


@dataclass(frozen=True)
class DbtSpecs:
    """Specs of a project.

    Attributes:
        assets: Of every model and seed, by dbt's id.
        checks: Of every test, by the id of the model or seed that it is written at.
    """

    assets: Mapping[str, dg.AssetSpec]
    checks: Mapping[str, list[dg.AssetCheckSpec]]


def build_dbt_specs(manifest: Mapping[str, Any], contracts: Mapping[str, Contract]) -> DbtSpecs:
    """Specs of all nodes.

    Args:
        manifest: The parsed project.
        contracts: Contract of every model, by `schema.table`.

    Raises:
        FinplatformError: If a test does not say which table it judges.
    """
    checks: dict[str, list[dg.AssetCheckSpec]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test":
            judged = judged_node(node, manifest)
            spec = _check_spec(node, judged, manifest)
            checks.setdefault(str(judged["unique_id"]), []).append(spec)
    assets = {
        unique_id: _asset_spec(node, manifest, contracts)
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in STORED
    }
    return DbtSpecs(assets, checks)


def _asset_spec(
    node: Node, manifest: Mapping[str, Any], contracts: Mapping[str, Contract]
) -> dg.AssetSpec:
    told = node["config"].get("meta", {}).get("dagster", {})
    common: dict[str, Any] = {
        "key": _key(node),
        # Of a run that is asked for some tables of a part, the others are not made.
        "skippable": True,
        "deps": sorted({_key(parent) for parent in parents_of(node, manifest)}),
        "description": " ".join(node["description"].split()),
        "owners": told.get("owners"),
        "code_version": _code_version(node),
    }
    if node["resource_type"] == "seed":
        return dg.AssetSpec(
            **common,
            group_name=SEED_GROUP,
            kinds={"dbt", "seed"},
            metadata={
                "dagster/table_name": table_name(node),
                "dagster/column_schema": _columns(node),
            },
        )
    badge = _BADGES.get(node["config"]["materialized"], "table")
    return dg.AssetSpec(
        **common,
        group_name=told.get("group"),
        kinds={"dbt", "postgres", badge},
        metadata={**table_metadata(contracts[table_name(node)]), "sql": _sql(node)},
    )


def _check_spec(test: Node, judged: Node, manifest: Mapping[str, Any]) -> dg.AssetCheckSpec:
    asset = _key(judged)
    return dg.AssetCheckSpec(
        name=test["name"],
        asset=asset,
        description=" ".join(test["description"].split()) or None,
        additional_deps=sorted({_key(parent) for parent in parents_of(test, manifest)} - {asset}),
        metadata={UNIQUE_ID: test["unique_id"]},
        blocking=(test["config"].get("severity") or "error").lower() == "error",
    )


def _key(node: Node) -> dg.AssetKey:
    return dg.AssetKey([node["schema"], node["name"]])


def _columns(seed: Node) -> dg.TableSchema:
    """A seed's columns as its YAML describes them; dbt finds the types where it says none."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                column["name"],
                type=column.get("data_type") or "text",
                description=" ".join(column["description"].split()),
            )
            for column in seed["columns"].values()
        ]
    )


def _code_version(node: Node) -> str:
    """Changes with the model's SQL, or with the seed's rows."""
    if node["resource_type"] == "seed":
        return str(node["checksum"]["checksum"])
    return hashlib.sha256(node["raw_code"].encode()).hexdigest()


def _sql(node: Node) -> dg.MetadataValue:
    """The model as it is written; what a run made of it is in `HOME/dbt/target/compiled`."""
    return dg.MetadataValue.md(f"```sql\n{node['raw_code'].strip()}\n```")
