"""Derivation of capital figures for the tables that report them.

Belongs here: the steps of `gold.figure_lineage` behind a table's columns. Does not belong here: the
computation (`finplatform.risk.reports`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row

from finplatform.contracts.gold import GOLD
from finplatform.settings import Settings
from finplatform.warehouse.database import open_warehouse
from finplatform.windows import Window

_PREFIXES: Mapping[str, str] = {
    "capital_adequacy": "",
    "leverage": "",
    "liquidity_coverage": "lcr.",
    "net_stable_funding": "nsfr.",
    "operational_risk": "operational.",
}
"""Tables of gold that report figures, and the prefix of their columns' figures."""

_STEPS = """
    select
        reporting_date::text, figure, component, relation, figure_value,
        figure_amount::text, base_amount::text, factor, contribution::text, rules,
        source_table, source_column, source_filter
    from gold.figure_lineage
    where reporting_date = (
        select max(reporting_date) from gold.figure_lineage
        where %(start)s::date is null
            or (reporting_date >= %(start)s and reporting_date < %(end)s)
    )
    order by figure, position
"""


def figure_steps(
    settings: Settings, tables: Iterable[str], window: Window | None
) -> dict[str, list[dict[str, Any]]]:
    """Steps behind the figures of each table of capital, on the latest date of a window.

    Args:
        settings: The warehouse.
        tables: Names of tables; others than those of capital have no figures.
        window: Business days; None: all.
    """
    figures = {
        f"gold.{table}": [
            name for column in GOLD[table].columns for name in (column, f"{prefix}{column}")
        ]
        for table, prefix in _PREFIXES.items()
        if f"gold.{table}" in set(tables)
    }
    if not figures:
        return {}
    steps = _stored(settings, window)
    found = {name: steps_to(steps, names) for name, names in figures.items()}
    return {name: reached for name, reached in found.items() if reached}


def steps_to(steps: Sequence[Mapping[str, Any]], figures: Collection[str]) -> list[dict[str, Any]]:
    """Steps of some figures, with all intermediate figures.

    Args:
        steps: Steps, each of a `figure` and a `component`, which may be another figure.
        figures: The figures.
    """
    by_figure: dict[str, list[Mapping[str, Any]]] = {}
    for step in steps:
        by_figure.setdefault(step["figure"], []).append(step)
    reached: set[str] = set()
    waiting = [figure for figure in figures if figure in by_figure]
    while waiting:
        figure = waiting.pop()
        if figure not in reached:
            reached.add(figure)
            parts = (step["component"] for step in by_figure[figure])
            waiting += [part for part in parts if part in by_figure]
    return [dict(step) for step in steps if step["figure"] in reached]


def _stored(settings: Settings, window: Window | None) -> list[dict[str, Any]]:
    start, end = (window.start, window.end) if window else (None, None)
    with (
        open_warehouse(settings).connect() as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        try:
            return cursor.execute(_STEPS, {"start": start, "end": end}).fetchall()
        except psycopg.errors.UndefinedTable:
            return []
