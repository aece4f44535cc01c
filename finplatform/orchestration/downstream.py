"""Assets downstream of a changed table, by job.

A change of a table requests its downstream assets only. Does not belong here: run requests (see
`sensors`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import dagster as dg

from finplatform.contracts.bronze import SCHEMA
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.jobs import TRAINING_ASSETS, Grains, entity_assets


@dataclass(frozen=True)
class DownstreamAssets:
    """Downstream assets of bronze tables.

    Attributes:
        children: Direct downstream assets of an asset.
        of_days: Assets of the job `daily`.
        of_entities: Assets of the job `entities`.
    """

    children: Mapping[dg.AssetKey, frozenset[dg.AssetKey]]
    of_days: frozenset[dg.AssetKey]
    of_entities: frozenset[dg.AssetKey]

    @classmethod
    def of_assets(cls, assets: Iterable[dg.AssetsDefinition], grains: Grains) -> "DownstreamAssets":
        """Reads the graph.

        Args:
            assets: Every asset that is materialized.
            grains: The same assets by partitioning.
        """
        assets = list(assets)
        children: dict[dg.AssetKey, set[dg.AssetKey]] = defaultdict(set)
        for asset in assets:
            for made, parents in asset.asset_deps.items():
                for parent in parents:
                    children[parent].add(made)
        return cls(
            {parent: frozenset(made) for parent, made in children.items()},
            frozenset((grains.days - TRAINING_ASSETS).resolve(assets)),
            frozenset(entity_assets(grains, assets).resolve(assets)),
        )

    def daily(self, tables: Iterable[str]) -> list[dg.AssetKey]:
        """Assets of the job `daily` downstream of bronze tables, with the tables."""
        return self._downstream(tables, self.of_days)

    def entities(self, tables: Iterable[str]) -> list[dg.AssetKey]:
        """Assets of the job `entities` downstream of bronze tables, with the tables."""
        return self._downstream(tables, self.of_entities)

    def _downstream(
        self, tables: Iterable[str], among: Collection[dg.AssetKey]
    ) -> list[dg.AssetKey]:
        found = {key(SCHEMA, table) for table in tables} & set(among)
        ahead = list(found)
        while ahead:
            new = (self.children.get(ahead.pop(), frozenset()) & set(among)) - found
            found |= new
            ahead += new
        return sorted(found)
