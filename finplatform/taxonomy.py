"""Taxonomy: layers, groups, owners and kinds of the asset graph.

Decorators and dbt models do not set these for Python assets; the tables here do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

DATA_ENGINEERING = "team:data-engineering"
RISK = "team:risk"
ANALYTICS = "team:analytics"
COMPLIANCE = "team:compliance"


@dataclass(frozen=True)
class Group:
    """One group of the asset graph.

    Attributes:
        owners: Owners of its tables.
        kinds: Kinds of its Python assets.
        layer: Layer of the data flow.
    """

    owners: tuple[str, ...]
    kinds: frozenset[str]
    layer: str


GROUPS: Mapping[str, Group] = MappingProxyType(
    {
        "source_systems": Group((DATA_ENGINEERING,), frozenset({"postgresql"}), "source"),
        "sources": Group((DATA_ENGINEERING,), frozenset({"python", "postgres"}), "bronze"),
        "staging": Group((DATA_ENGINEERING,), frozenset({"dbt", "postgres"}), "silver"),
        "dimensions": Group((DATA_ENGINEERING,), frozenset({"dbt", "postgres"}), "gold"),
        "facts": Group((DATA_ENGINEERING,), frozenset({"dbt", "postgres"}), "gold"),
        "features": Group((RISK,), frozenset({"dbt", "postgres"}), "gold"),
        "lake": Group((DATA_ENGINEERING,), frozenset({"python", "duckdb", "parquet"}), "lake"),
        "bi": Group((ANALYTICS,), frozenset({"dbt", "postgres"}), "bi"),
        "analytics": Group((ANALYTICS,), frozenset({"python", "postgres"}), "gold"),
        "models": Group((RISK,), frozenset({"python", "scikitlearn"}), "gold"),
        "risk": Group((RISK,), frozenset({"python", "postgres"}), "gold"),
        "compliance": Group((COMPLIANCE,), frozenset({"python", "postgres"}), "compliance"),
        "platform": Group((DATA_ENGINEERING,), frozenset({"python", "postgres"}), "ops"),
        "reports": Group((RISK,), frozenset({"python"}), "report"),
    }
)
"""Groups of the graph, in the order of the data flow."""


def owners_of(group: str) -> Sequence[str]:
    """Owners of a group."""
    return GROUPS[group].owners


def kinds_of(group: str) -> set[str]:
    """Kinds of the Python assets of a group."""
    return set(GROUPS[group].kinds)
