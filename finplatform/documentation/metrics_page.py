"""The page of metrics: what each measures, as SQL over its view, and whether it adds up.

Belongs here: its layout. Does not belong here: the metrics (see `finplatform.contracts.metrics` and
`dbt_project/models/metrics`).
"""

from collections.abc import Iterable
from itertools import groupby

from finplatform.contracts.metrics import Additivity, Metric
from finplatform.documentation.markdown import cell, code, document, table

_INTRODUCTION = """\
Every measure has one definition, in `dbt_project/models/metrics`: MetricFlow reads it as dbt's
semantic layer, the Superset export takes its metrics from it, and a test holds each equal to the
views and analytics that show the same figure. The SQL is an aggregate over the rows of the view,
grouped as you like; of a balance, over the rows of one date. A share is a fraction: 0.05 is 5%.
Written by `make docs`; do not edit."""

_MEANINGS = {
    Additivity.SUM: "Days add up to months, members to totals.",
    Additivity.DISTINCT: (
        "**Does not add up**, neither over days nor over members: who acts on two days is counted"
        " once in the month. Count anew for each period."
    ),
    Additivity.LAST: (
        "**Does not add up over time**: a period shows its last date. Members of one date add up."
    ),
    Additivity.RATE: (
        "**Does not add up**, and its average over days is another figure. Divide the sums of both"
        " measures anew."
    ),
}


def metrics_page(metrics: Iterable[Metric]) -> str:
    """The page as Markdown.

    Args:
        metrics: All metrics, those of a view together.
    """
    lines = ["", "## What adds up", ""]
    lines += table(
        ["kind", "over time and members"], [(kind.value, _MEANINGS[kind]) for kind in Additivity]
    )
    for view, members in groupby(metrics, key=lambda metric: metric.view):
        rows = list(members)
        lines += ["", f"## {view}", "", f"By {code(rows[0].time_column)}.", ""]
        lines += table(
            ["metric", "label", "unit", "kind", "meaning", "SQL"],
            [
                (
                    code(metric.name),
                    cell(metric.label),
                    cell(metric.unit),
                    metric.additivity.value,
                    cell(metric.description),
                    code(metric.expression),
                )
                for metric in rows
            ],
        )
    return document("Metrics", _INTRODUCTION, lines)
