"""How dbt's nodes appear in the asset graph.

Keys are `[schema, table]`; groups, owners and contracts come from the model's own YAML. Belongs
here: the translation. Does not belong here: which models run together (see
`finplatform.assets.warehouse`).
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

from finplatform.assets.metadata import table_metadata
from finplatform.contracts.contract import Contract

SEED_GROUP = "staging"
_BADGES = {"view": "view", "sql_function": "function"}


class Translator(DagsterDbtTranslator):
    """Names, groups and describes dbt's nodes.

    Args:
        contracts: Contract of every model, by `schema.table`.
    """

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_asset_checks=True))
        self._contracts = contracts
        self._specs: dict[str, dg.AssetSpec] = {}

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """Spec of a model, seed or source; made once, though Dagster asks for it many times."""
        if unique_id not in self._specs:
            self._specs[unique_id] = self._make_spec(manifest, unique_id, project)
        return self._specs[unique_id]

    def _make_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = (manifest["nodes"] | manifest["sources"])[unique_id]
        placed = spec.replace_attributes(key=dg.AssetKey([node["schema"], node["name"]]))
        if node["resource_type"] == "model":
            return placed.replace_attributes(
                description=" ".join(node["description"].split()), kinds=_kinds(node)
            ).merge_attributes(
                metadata={**table_metadata(self._contracts[_name(node)]), "sql": _sql(node)}
            )
        if node["resource_type"] == "seed":
            return placed.replace_attributes(
                group_name=SEED_GROUP, description=node["description"], kinds={"dbt", "seed"}
            )
        return placed


def _sql(node: Mapping[str, Any]) -> dg.MetadataValue:
    """The model as it is written; what a run made of it is in `HOME/dbt/target/compiled`."""
    return dg.MetadataValue.md(f"```sql\n{node['raw_code'].strip()}\n```")


def _name(node: Mapping[str, Any]) -> str:
    return f"{node['schema']}.{node['name']}"


def _kinds(node: Mapping[str, Any]) -> set[str]:
    return {"dbt", "postgres", _BADGES.get(node["config"]["materialized"], "table")}
