"""DownstreamAssets: what is made from a table, by the job that makes it.

A change of a table sets off what is made from it and nothing else. Belongs here: the way downstream
through the graph. Does not belong here: when runs are asked for (see `sensors`).
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
    """The way from bronze tables to what is made from them.

    Attributes:
        children: Assets that are made directly from an asset.
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
        """Assets of the job `daily` that are made from bronze tables, with these tables."""
        return self._downstream(tables, self.of_days)

    def entities(self, tables: Iterable[str]) -> list[dg.AssetKey]:
        """Assets of the job `entities` that are made from bronze tables, with these tables."""
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
