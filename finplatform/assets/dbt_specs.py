"""How dbt's nodes appear in the asset graph.

A model or seed is an asset with the key `[schema, table]`, a test is a check of the table that it
is written at; groups, owners and contracts come from the YAML. Belongs here: this translation of
dbt's manifest. Does not belong here: which models run together (`finplatform.assets.warehouse`).
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg

from finplatform.assets.metadata import table_metadata
from finplatform.contracts.contract import Contract
from finplatform.errors import FinplatformError

UNIQUE_ID = "dbt/unique_id"
"""Metadata of a check: which of dbt's tests it is."""

SEED_GROUP = "staging"
_STORED = ("model", "seed")
_BADGES = {"view": "view", "sql_function": "function"}

Node = Mapping[str, Any]


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
            judged = _judged(node, manifest)
            checks.setdefault(judged, []).append(_check_spec(node, judged, manifest))
    assets = {
        unique_id: _asset_spec(node, manifest, contracts)
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in _STORED
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
        "deps": sorted({_key(parent) for parent in _parents(node, manifest)}),
        "description": " ".join(node["description"].split()),
        "owners": told.get("owners"),
        "code_version": _code_version(node),
    }
    if node["resource_type"] == "seed":
        return dg.AssetSpec(
            **common,
            group_name=SEED_GROUP,
            kinds={"dbt", "seed"},
            metadata={"dagster/table_name": _name(node), "dagster/column_schema": _columns(node)},
        )
    badge = _BADGES.get(node["config"]["materialized"], "table")
    return dg.AssetSpec(
        **common,
        group_name=told.get("group"),
        kinds={"dbt", "postgres", badge},
        metadata={**table_metadata(contracts[_name(node)]), "sql": _sql(node)},
    )


def _check_spec(test: Node, judged: str, manifest: Mapping[str, Any]) -> dg.AssetCheckSpec:
    asset = _key(manifest["nodes"][judged])
    return dg.AssetCheckSpec(
        name=test["name"],
        asset=asset,
        description=" ".join(test["description"].split()) or None,
        additional_deps=sorted({_key(parent) for parent in _parents(test, manifest)} - {asset}),
        metadata={UNIQUE_ID: test["unique_id"]},
        blocking=(test["config"].get("severity") or "error").lower() == "error",
    )


def _judged(test: Node, manifest: Mapping[str, Any]) -> str:
    """Id of the model or seed that a test is written at, or that its `meta` names."""
    if test.get("attached_node"):
        return str(test["attached_node"])
    named = test["config"].get("meta", {}).get("dagster", {}).get("ref", {}).get("name")
    read = [node for node in _parents(test, manifest) if node["resource_type"] in _STORED]
    found = [node for node in read if len(read) == 1 or node["name"] == named]
    if not found:
        raise FinplatformError(
            f"The dbt test {test['name']} does not say which table it judges.",
            "Give it `meta: dagster: ref: name:` with one of the tables that it reads.",
        )
    return str(found[0]["unique_id"])


def _parents(node: Node, manifest: Mapping[str, Any]) -> Iterator[Node]:
    for unique_id in node["depends_on"].get("nodes", ()):
        yield manifest["sources"].get(unique_id) or manifest["nodes"][unique_id]


def _name(node: Node) -> str:
    return f"{node['schema']}.{node['name']}"


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
