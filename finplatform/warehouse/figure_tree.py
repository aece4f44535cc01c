"""Lineage tree of a reported figure: components, rows and paragraphs as nested nodes.

Belongs here: traversing `gold.figure_lineage`. Does not belong here: the content of the lineage
(`finplatform.risk.reports`), and its display.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from finplatform.errors import NothingFoundError
from finplatform.risk.rules import rule_rows

Node = dict[str, Any]

DEEPEST = 13
"""Levels of the deepest tree."""

_EXPOSURES = "gold.fact_risk_metrics"


class UnknownFigureError(NothingFoundError):
    """There is no figure of that name, or none on that date."""


def figure_tree(
    connection: psycopg.Connection,
    figure: str,
    day: date | None,
    rows: int,
    levels: int = DEEPEST,
) -> Node:
    """A figure and its components, down to rows, as nested nodes.

    Args:
        connection: Session on the warehouse.
        figure: Name of the figure.
        day: Reporting date; None: the latest.
        rows: Largest rows of each component.
        levels: Levels of components.

    Raises:
        UnknownFigureError: If there is no such figure or date.
    """
    steps = _steps(connection, day)
    if figure not in steps:
        known = sorted(name for name in steps if "." not in name)
        raise UnknownFigureError(
            f"No figure is called {figure!r} on that date.", f"Figures: {', '.join(known)}."
        )
    return _node(connection, figure, steps, rows, levels)


def _steps(connection: psycopg.Connection, day: date | None) -> dict[str, list[Node]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        try:
            cursor.execute(
                "select * from gold.figure_lineage where reporting_date = coalesce(%s,"
                " (select max(reporting_date) from gold.figure_lineage))"
                " order by figure, position",
                (day,),
            )
        except psycopg.errors.UndefinedTable:
            raise UnknownFigureError(
                "No figures have been reported yet.", "Build the graph: finplatform demo."
            ) from None
        found = cursor.fetchall()
    if not found:
        raise UnknownFigureError(
            f"No figures are reported for {day or 'any date'}.",
            "Figures exist at month ends: finplatform sql"
            ' "select distinct reporting_date from gold.figure_lineage".',
        )
    steps: dict[str, list[Node]] = {}
    for step in found:
        steps.setdefault(step["figure"], []).append(step)
    return steps


def _node(
    connection: psycopg.Connection,
    figure: str,
    steps: Mapping[str, list[Node]],
    rows: int,
    levels: int,
) -> Node:
    first = steps[figure][0]
    is_ratio = first["figure_amount"] is None
    return {
        "figure": figure,
        "reporting_date": first["reporting_date"],
        "value": Decimal(str(round(first["figure_value"], 6)))
        if is_ratio
        else first["figure_amount"],
        "is_ratio": is_ratio,
        "components": [_component(connection, step, steps, rows, levels) for step in steps[figure]],
    }


def _component(
    connection: psycopg.Connection,
    step: Node,
    steps: Mapping[str, list[Node]],
    rows: int,
    levels: int,
) -> Node:
    node: Node = {
        "component": step["component"],
        "relation": step["relation"],
        "amount": step["base_amount"],
        "factor": step["factor"],
        "contribution": step["contribution"],
        "rules": _rules(step["rules"], step["reporting_date"]),
    }
    if step["source_table"]:
        node["rows"] = _rows(connection, step, rows)
    elif step["component"] in steps and levels > 1:
        node["from"] = _node(connection, step["component"], steps, rows, levels - 1)
    return node


def _rules(names: str, day: date) -> list[Node]:
    """Rules of a step with their figures on the date; a paragraph alone has none."""
    found = []
    for name in names.split(";"):
        figures = {
            row.part: row.value for row in rule_rows() if row.rule_id == name and row.in_force(day)
        }
        found.append({"rule_id": name, "paragraph": name.partition(":")[0], "figures": figures})
    return found


def _rows(connection: psycopg.Connection, step: Node, most: int) -> Node:
    """The largest rows of a component, their number and their sum.

    If the session may not read the table, only its name, its column and the condition.
    """
    place = {
        "table": step["source_table"],
        "column": step["source_column"],
        "condition": step["source_filter"],
    }
    if not _may_read(connection, step["source_table"]):
        return {**place, "is_readable": False, "count": None, "total": None, "largest": []}
    schema, table = step["source_table"].split(".")
    source = sql.SQL(" from {} where ").format(sql.Identifier(schema, table))
    # The text is from a table that only the platform writes.
    chosen = sql.SQL(step["source_filter"])
    column = sql.Identifier(step["source_column"])
    total = sql.SQL("select count(*), coalesce(sum({}), 0)").format(column) + source + chosen
    count, amount = connection.execute(total).fetchone() or (0, Decimal(0))
    listing = (
        sql.SQL("select *")
        + source
        + chosen
        + sql.SQL(" order by abs({}) desc nulls last limit {}").format(column, sql.Literal(most))
    )
    with connection.cursor(row_factory=dict_row) as cursor:
        largest = cursor.execute(listing).fetchall()
        if step["source_table"] == _EXPOSURES:
            largest = [row | {"loan": _loan(cursor, row)} for row in largest]
    return {**place, "is_readable": True, "count": count, "total": amount, "largest": largest}


def _may_read(connection: psycopg.Connection, table: str) -> bool:
    """Whether the session may read a table's rows."""
    found = connection.execute("select has_table_privilege(%s, 'select')", (table,)).fetchone()
    return bool(found and found[0])


def _loan(cursor: psycopg.Cursor[Node], row: Node) -> Node | None:
    """The exposure's own row: the loan or card in the core system on the date."""
    return cursor.execute(
        "select loan_id, account_id, customer_id, drawn_amount, undrawn_amount, collateral_value,"
        " days_past_due, specific_provision, interest_rate, remaining_months"
        " from gold.credit_exposures where risk_key = %s",
        (row["risk_key"],),
    ).fetchone()
