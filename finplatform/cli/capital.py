"""`finplatform capital`: a reported figure followed to the rows and paragraphs that it came from.

Belongs here: walking `gold.figure_lineage` and printing it as a tree. What the lineage holds is
`finplatform.risk.figures`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from rich.tree import Tree

from finplatform.cli.output import OUT, print_json, styled
from finplatform.errors import FinplatformError
from finplatform.risk.rules import rule_rows
from finplatform.settings import get_settings
from finplatform.warehouse.reader_role import open_reader

Node = dict[str, Any]
_DEEPEST = 13
_EXPOSURES = "gold.fact_risk_metrics"


def explain(figure: str, day: date | None, rows: int, depth: int | None, *, as_json: bool) -> None:
    """Prints a figure of a date with everything that it is made of.

    Args:
        figure: Name of the figure, such as `cet1_ratio`.
        day: Reporting date; None: the latest.
        rows: Largest rows to show of each component.
        depth: Levels of components; None: all.
        as_json: Whether to print the tree as JSON.

    Raises:
        FinplatformError: If there is no such figure or date.
    """
    with open_reader(get_settings()).connect() as connection:
        connection.read_only = True
        node = figure_tree(connection, figure, day, rows, depth or _DEEPEST)
    if as_json:
        print_json(node)
    else:
        OUT.print(_branch(node))


def figure_tree(
    connection: psycopg.Connection,
    figure: str,
    day: date | None,
    rows: int,
    levels: int = _DEEPEST,
) -> Node:
    """A figure and its components, down to rows, as nested nodes.

    Args:
        connection: Session on the warehouse.
        figure: Name of the figure.
        day: Reporting date; None: the latest.
        rows: Largest rows of each component.
        levels: Levels of components.

    Raises:
        FinplatformError: If there is no such figure or date.
    """
    steps = _steps(connection, day)
    if figure not in steps:
        known = sorted(name for name in steps if "." not in name)
        raise FinplatformError(
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
            raise FinplatformError(
                "No figures have been reported yet.", "Build the graph: finplatform demo."
            ) from None
        found = cursor.fetchall()
    if not found:
        raise FinplatformError(
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
    """The largest rows behind a component, how many there are, and what all of them add up to."""
    schema, table = step["source_table"].split(".")
    source = sql.SQL(" from {} where ").format(sql.Identifier(schema, table))
    # Written by the platform itself into a table that only it writes to.
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
    return {
        "table": step["source_table"],
        "column": step["source_column"],
        "condition": step["source_filter"],
        "count": count,
        "total": amount,
        "largest": largest,
    }


def _loan(cursor: psycopg.Cursor[Node], row: Node) -> Node | None:
    """The exposure's own row: the loan or card as the core system knew it on the date."""
    return cursor.execute(
        "select loan_id, account_id, customer_id, drawn_amount, undrawn_amount, collateral_value,"
        " days_past_due, specific_provision, interest_rate, remaining_months"
        " from gold.credit_exposures where risk_key = %s",
        (row["risk_key"],),
    ).fetchone()


def _branch(node: Node) -> Tree:
    tree = Tree(
        styled((node["figure"], "bold"), f" {_value(node)} on {node['reporting_date']}"),
    )
    for component in node["components"]:
        _add(tree, component)
    return tree


def _value(node: Node) -> str:
    return f"{node['value']:.4%}" if node["is_ratio"] else f"{node['value']:,.2f}"


def _add(tree: Tree, component: Node) -> None:
    sign = {"numerator": "over", "denominator": "by", "addend": ""}[component["relation"]]
    factor = "" if component["factor"] == 1 else f" x {component['factor']:.6g}"
    shown = f"{component['amount']:,.2f}{factor}"
    if factor:
        shown += f" = {component['contribution']:,.2f}"
    cited = ", ".join(_cited(rule) for rule in component["rules"] if rule["rule_id"] != "sum")
    name = (component["component"], "cyan")
    branch = tree.add(styled(f"{sign} " if sign else "", name, f" {shown} ", (cited, "dim")))
    for further in component.get("from", {}).get("components", ()):
        _add(branch, further)
    if "rows" in component:
        _add_rows(branch, component["rows"])


def _cited(rule: Node) -> str:
    figures = rule["figures"]
    return f"{rule['rule_id']} = {figures['']}" if "" in figures else str(rule["rule_id"])


def _add_rows(tree: Tree, rows: Node) -> None:
    branch = tree.add(
        styled(
            (f"{rows['count']:,} rows", "green"),
            f" of {rows['table']}.{rows['column']}: {rows['total']:,.2f} ",
            (f"where {rows['condition']}", "dim"),
        )
    )
    for row in rows["largest"]:
        name = next(
            (
                str(row[key])
                for key in ("exposure_id", "loss_id", "account_name", "line", "kind", "component")
                if row.get(key) is not None
            ),
            "row",
        )
        rules = f" {row['irb_rules']}" if row.get("irb_rules") else ""
        leaf = branch.add(styled(f"{name} {row[rows['column']]:,.2f}", (rules, "dim")))
        if row.get("loan"):
            loan = row["loan"]
            about = (
                f"{loan['loan_id'] or loan['account_id']}: drawn {loan['drawn_amount']:,.2f},"
                f" {loan['days_past_due']} days past due, provision"
                f" {loan['specific_provision']:,.2f}"
            )
            leaf.add(styled((about, "dim")))
    if rows["count"] > len(rows["largest"]):
        more = rows["count"] - len(rows["largest"])
        branch.add(styled((f"and {more:,} more", "dim")))
