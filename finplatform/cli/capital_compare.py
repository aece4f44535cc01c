"""`finplatform capital explain --compare`: what moved a capital ratio between two dates.

Belongs here: reading the reports of two dates and printing the steps as a tree. The decomposition
is `finplatform.risk.movement`.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import psycopg
from psycopg.rows import dict_row
from rich.tree import Tree

from finplatform.cli.output import OUT, print_json, styled
from finplatform.errors import FinplatformError
from finplatform.risk.movement import CLOSING, DEEPEST, OPENING, TIERS_OF_RATIO, capital_movement
from finplatform.settings import get_settings
from finplatform.warehouse.reader_role import open_reader

_TABLES = {
    "capital_adequacy": "select * from gold.capital_adequacy where reporting_date = any(%s)",
    "rwa_by_class": "select * from gold.rwa_by_class where reporting_date = any(%s)",
    "own_funds": "select * from gold.own_funds where reporting_date = any(%s)",
}
_METHOD = "Shapley value of two factors, capital and assets, and exposure and weight of each class"

Node = dict[str, Any]


def compare(
    figure: str, day: date | None, earlier: date, depth: int | None, *, as_json: bool
) -> None:
    """Prints what moved a ratio from one date to another.

    Args:
        figure: Name of the ratio, such as `cet1_ratio`.
        day: Reporting date of the closing ratio; None: the latest.
        earlier: Reporting date of the opening ratio.
        depth: Levels of the tree; None: all.
        as_json: Whether to print the tree as JSON.

    Raises:
        FinplatformError: If there is no such ratio or date.
    """
    if figure not in TIERS_OF_RATIO:
        raise FinplatformError(
            f"{figure!r} is no ratio that can be compared.",
            f"Name one of {', '.join(TIERS_OF_RATIO)}.",
        )
    with open_reader(get_settings()).connect() as connection:
        connection.read_only = True
        node = compared(connection, figure, day, earlier, depth or DEEPEST)
    if as_json:
        print_json(node)
    else:
        OUT.print(_tree(node))


def compared(
    connection: psycopg.Connection, figure: str, day: date | None, earlier: date, depth: int
) -> Node:
    """The ratio on both dates and the steps between them, as nested nodes.

    Args:
        connection: Session on the warehouse.
        figure: One of `TIERS_OF_RATIO`.
        day: Reporting date of the closing ratio; None: the latest.
        earlier: Reporting date of the opening ratio.
        depth: Levels of steps.

    Raises:
        FinplatformError: If a date has no such ratio.
    """
    later = day or _latest(connection)
    frames = {table: _rows(connection, query, earlier, later) for table, query in _TABLES.items()}
    steps = capital_movement(
        frames["capital_adequacy"],
        frames["rwa_by_class"],
        earlier,
        later,
        own_funds=frames["own_funds"],
        ratio=figure,
    )
    ratios = {row["kind"]: row["amount"] for row in steps.rows(named=True)}
    return {
        "figure": figure,
        "from": {"reporting_date": earlier, "value": ratios[OPENING]},
        "to": {"reporting_date": later, "value": ratios[CLOSING]},
        "change": ratios[CLOSING] - ratios[OPENING],
        "method": _METHOD,
        "steps": _nested(steps.filter(pl.col("depth").is_between(1, depth)), None),
    }


def _latest(connection: psycopg.Connection) -> date:
    try:
        row = connection.execute("select max(reporting_date) from gold.capital_adequacy").fetchone()
    except psycopg.errors.UndefinedTable:
        row = None
    if row is None or row[0] is None:
        raise FinplatformError(
            "No figures have been reported yet.", "Build the graph: finplatform demo."
        )
    latest: date = row[0]
    return latest


def _rows(connection: psycopg.Connection, query: str, earlier: date, later: date) -> pl.DataFrame:
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query.encode(), ([earlier, later],)).fetchall()
    return pl.DataFrame(found, infer_schema_length=None)


def _nested(steps: pl.DataFrame, parent: str | None) -> list[Node]:
    own = pl.col("parent").is_null() if parent is None else pl.col("parent") == parent
    return [
        {
            "step": row["name"],
            "kind": row["kind"],
            "change": row["amount"],
            "amount": row["money"],
            "steps": _nested(steps, row["name"]),
        }
        for row in steps.filter(own).rows(named=True)
    ]


def _tree(node: Node) -> Tree:
    first, last = node["from"], node["to"]
    tree = Tree(
        styled(
            (node["figure"], "bold"),
            f" {first['value']:.4%} on {first['reporting_date']},"
            f" {last['value']:.4%} on {last['reporting_date']}:"
            f" {_points(node['change'])}",
        )
    )
    for step in node["steps"]:
        _add(tree, step)
    return tree


def _add(tree: Tree, step: Node, parent: str = "") -> None:
    name = step["step"].removeprefix(parent)
    branch = tree.add(
        styled((name, "cyan"), f" {_points(step['change'])} ", (f"({step['amount']:+,.2f})", "dim"))
    )
    for further in step["steps"]:
        _add(branch, further, f"{step['step']}.")


def _points(change: Decimal) -> str:
    return f"{change * 100:+.4f} points"
