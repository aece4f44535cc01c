"""`finplatform capital`: a reported figure followed to the rows and paragraphs that it came from.

Belongs here: printing the tree. Walking the lineage is `finplatform.warehouse.figure_tree`.
"""

from datetime import date

from rich.tree import Tree

from finplatform.cli.output import OUT, print_json, styled
from finplatform.settings import get_settings
from finplatform.warehouse.figure_tree import DEEPEST, Node, figure_tree
from finplatform.warehouse.reader_role import open_reader


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
        node = figure_tree(connection, figure, day, rows, depth or DEEPEST)
    if as_json:
        print_json(node)
    else:
        OUT.print(_branch(node))


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
    if not rows["is_readable"]:
        tree.add(styled((f"rows of {rows['table']}, which this login may not read", "dim")))
        return
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
