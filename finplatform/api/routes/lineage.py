"""`/api/v1/lineage`: what a table is made from and what is made from it, from the asset graph.

Belongs here: the resource, and walking the graph some levels up and down.
"""

from collections.abc import Mapping, Set
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from finplatform.api.dagster import AssetFound
from finplatform.api.login.identity import Caller
from finplatform.api.problems import described
from finplatform.api.state import FromApp
from finplatform.errors import NothingFoundError

router = APIRouter(prefix="/api/v1/lineage", tags=["lineage"])

_TABLE = r"^[a-z][a-z0-9_]{0,62}\.[A-Za-z0-9_.-]{1,80}$"


class LinkedTable(BaseModel):
    """A table of the lineage; `upstream` are those that it is made from directly."""

    table: str
    group: str
    made_by: list[str]
    upstream: list[str]


class Lineage(BaseModel):
    """Where a table comes from and what is made of it, nearest first."""

    table: str
    group: str
    made_by: list[str]
    upstream: list[LinkedTable]
    downstream: list[LinkedTable]


@router.get("/{table}", responses=described(404))
async def get_lineage(
    shared: FromApp,
    _: Caller,
    table: Annotated[str, Path(pattern=_TABLE, description="Schema and name.")],
    depth: Annotated[int, Query(ge=1, le=30, description="Levels up and down.")] = 1,
) -> Lineage:
    """Tables upstream and downstream of a table."""
    graph = await shared.dagster.graph()
    if table not in graph:
        raise NothingFoundError("There is no such table in the graph.")
    upstream = {name: set(asset.upstream) for name, asset in graph.items()}
    downstream: dict[str, set[str]] = {}
    for name, parents in upstream.items():
        for parent in parents:
            downstream.setdefault(parent, set()).add(name)
    one = _linked(graph[table])
    return Lineage(
        table=table,
        group=one.group,
        made_by=one.made_by,
        upstream=_shown(graph, _reached(table, upstream, depth)),
        downstream=_shown(graph, _reached(table, downstream, depth)),
    )


def _reached(start: str, links: Mapping[str, Set[str]], depth: int) -> list[str]:
    """Names within some steps of a start, nearest first, each once."""
    found: dict[str, None] = {}
    front = {start}
    for _ in range(depth):
        front = {name for one in front for name in links.get(one, ())} - found.keys() - {start}
        found.update(dict.fromkeys(sorted(front)))
    return list(found)


def _shown(graph: Mapping[str, AssetFound], names: list[str]) -> list[LinkedTable]:
    """Tables by name; what is outside of the graph has no more than a name."""
    outside = AssetFound("", "outside", (), ())
    return [_linked(graph.get(name, outside), name) for name in names]


def _linked(asset: AssetFound, name: str | None = None) -> LinkedTable:
    return LinkedTable(
        table=name or asset.name,
        group=asset.group,
        made_by=list(asset.kinds),
        upstream=list(asset.upstream),
    )
