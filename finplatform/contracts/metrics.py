"""Metrics of the semantic layer, read from dbt's manifest.

A measure is defined once, in `dbt_project/models/metrics`, over a view of `bi`. MetricFlow
generates its queries from the same YAML. This module provides metrics as SQL aggregates over their
view, with their additivity.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from finplatform.errors import FinplatformError

_AGGREGATES = {"sum": "sum({})", "count_distinct": "count(distinct {})"}


class Additivity(StrEnum):
    """Aggregation of a metric from days to a period."""

    SUM = "sum"
    DISTINCT = "distinct count"
    LAST = "balance"
    RATE = "rate"


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        name: Name.
        label: Name on a chart.
        description: What it measures, in a sentence.
        unit: Counted unit or currency; `share` is a fraction.
        view: View of `bi` whose rows it aggregates.
        time_column: Column of the view with the date of a row.
        expression: SQL aggregate over rows of the view; of a balance, over rows of one date.
        additivity: Aggregation from days to periods.
    """

    name: str
    label: str
    description: str
    unit: str
    view: str
    time_column: str
    expression: str
    additivity: Additivity


@dataclass(frozen=True)
class _Measure:
    view: str
    time_column: str
    expression: str
    additivity: Additivity


def metrics(manifest: Mapping[str, Any]) -> list[Metric]:
    """All metrics, by view and name.

    Args:
        manifest: Dbt's manifest.

    Raises:
        FinplatformError: If a metric is of a kind, or an aggregation, that is not supported.
    """
    measures = _measures(manifest)
    nodes = {node["name"]: node for node in manifest["metrics"].values()}
    found = [_metric(node, nodes, measures) for node in nodes.values()]
    return sorted(found, key=lambda metric: (metric.view, metric.name))


def _measures(manifest: Mapping[str, Any]) -> dict[str, _Measure]:
    found = {}
    for model in manifest["semantic_models"].values():
        relation, default = model["node_relation"], model["defaults"]["agg_time_dimension"]
        for measure in model["measures"]:
            if measure["agg"] not in _AGGREGATES:
                raise FinplatformError(f"Measure {measure['name']} is a {measure['agg']}.")
            expression = " ".join((measure["expr"] or measure["name"]).split())
            found[measure["name"]] = _Measure(
                view=f"{relation['schema_name']}.{relation['alias']}",
                time_column=measure["agg_time_dimension"] or default,
                expression=_AGGREGATES[measure["agg"]].format(expression),
                additivity=_additivity(measure),
            )
    return found


def _additivity(measure: Mapping[str, Any]) -> Additivity:
    if measure["agg"] == "count_distinct":
        return Additivity.DISTINCT
    return Additivity.LAST if measure["non_additive_dimension"] else Additivity.SUM


def _metric(
    node: Mapping[str, Any],
    nodes: Mapping[str, Mapping[str, Any]],
    measures: Mapping[str, _Measure],
) -> Metric:
    whole = _computed(node, nodes, measures)
    return Metric(
        name=node["name"],
        label=node["label"],
        description=" ".join(node["description"].split()),
        unit=node["config"]["meta"]["unit"],
        view=whole.view,
        time_column=whole.time_column,
        expression=whole.expression,
        additivity=whole.additivity,
    )


def _computed(
    node: Mapping[str, Any],
    nodes: Mapping[str, Mapping[str, Any]],
    measures: Mapping[str, _Measure],
) -> _Measure:
    given = node["type_params"]
    if node["type"] == "simple":
        return measures[given["measure"]["name"]]
    if node["type"] != "ratio":
        raise FinplatformError(f"Metric {node['name']} is of the kind {node['type']}.")
    above, below = (
        _computed(nodes[given[part]["name"]], nodes, measures)
        for part in ("numerator", "denominator")
    )
    if above.view != below.view:
        raise FinplatformError(f"Metric {node['name']} divides measures of two views.")
    quotient = f"{above.expression}::double precision / nullif({below.expression}, 0)"
    return _Measure(above.view, above.time_column, quotient, Additivity.RATE)
