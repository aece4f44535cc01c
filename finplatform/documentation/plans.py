"""Query plans of PostgreSQL: executed, parsed and summarised.

Belongs here: `explain` and the parsed plan. Does not belong here: the explained queries (see
`indexes` and `builds`).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

_SCANS = ("Index Only Scan", "Index Scan", "Bitmap Index Scan", "Seq Scan", "Tid Scan")


@dataclass(frozen=True)
class Step:
    """One node of a plan.

    Attributes:
        depth: Levels below the root.
        description: Operation, in PostgreSQL's terms.
        rows: Returned rows of all loops.
        seconds: Time without its child nodes.
        spilled_kb: Kilobytes spilled to disk for lack of memory.
    """

    depth: int
    description: str
    rows: int
    seconds: float
    spilled_kb: int


@dataclass(frozen=True)
class Plan:
    """A plan that has been run.

    Attributes:
        steps: Its nodes, from the top.
        indexes: Names of the indexes that it uses.
        milliseconds: Time of execution.
    """

    steps: tuple[Step, ...]
    indexes: frozenset[str]
    milliseconds: float

    @property
    def scan(self) -> str:
        """How the table is read, in the server's words."""
        for step in reversed(self.steps):
            for scan in _SCANS:
                if step.description.startswith(scan):
                    return scan
        return self.steps[0].description if self.steps else ""

    @property
    def outline(self) -> list[str]:
        """The plan as indented lines with rows."""
        return [f"{'  ' * step.depth}{step.description}  rows={step.rows:,}" for step in self.steps]


def explain(
    connection: psycopg.Connection, query: sql.Composable | str, off: Sequence[str] = ()
) -> Plan:
    """Runs a query twice, the first time to warm it, and gives the plan of the second.

    Args:
        connection: To the warehouse; left in no transaction.
        query: A query that changes nothing.
        off: Planner settings to switch off for it.
    """
    text = query if isinstance(query, sql.Composable) else sql.SQL(query)
    with connection.transaction(force_rollback=True):
        connection.execute("set transaction read only")
        for name in off:
            connection.execute(sql.SQL("set local {} = off").format(sql.Identifier(name)))
        connection.execute(sql.SQL("set local jit = off"))
        return _explained(connection, text, warm=True)


def explain_once(connection: psycopg.Connection, query: str) -> Plan:
    """The same for a long query: run once, with the settings of the server."""
    with connection.transaction(force_rollback=True):
        return _explained(connection, sql.SQL(query), warm=False)


def read_plan(explained: Mapping[str, Any]) -> Plan:
    """A plan from what `explain (analyze, format json)` returns."""
    root = explained["Plan"]
    steps = tuple(_steps(root, 0))
    indexes = frozenset(node["Index Name"] for node in _nodes(root) if "Index Name" in node)
    return Plan(steps, indexes, float(explained["Execution Time"]))


def _explained(connection: psycopg.Connection, query: sql.Composable, *, warm: bool) -> Plan:
    command = sql.SQL("explain (analyze, format json) {}").format(query)
    found: Any = None
    for _ in range(2 if warm else 1):
        found = connection.execute(command).fetchone()
    parsed = json.loads(found[0]) if isinstance(found[0], str) else found[0]
    return read_plan(parsed[0])


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _steps(node: Mapping[str, Any], depth: int) -> Iterator[Step]:
    children = node.get("Plans", ())
    own = _seconds(node) - sum(_seconds(child) for child in children)
    yield Step(
        depth=depth,
        description=_description(node),
        rows=round(node.get("Actual Rows", 0) * node.get("Actual Loops", 1)),
        seconds=max(own, 0.0),
        spilled_kb=_spilled(node),
    )
    for child in children:
        yield from _steps(child, depth + 1)


def _seconds(node: Mapping[str, Any]) -> float:
    # Workers run at the same time, so their loops do not add up to time that passed.
    loops = 1 if node.get("Parallel Aware") else node.get("Actual Loops", 1)
    return float(node.get("Actual Total Time", 0)) * loops / 1000


def _spilled(node: Mapping[str, Any]) -> int:
    if node.get("Sort Space Type") == "Disk":
        return int(node["Sort Space Used"])
    return int(node.get("Disk Usage", 0) or 0)


def _description(node: Mapping[str, Any]) -> str:
    text = str(node["Node Type"])
    if node.get("Join Type", "Inner") != "Inner":
        text += f" ({node['Join Type'].lower()})"
    if "Index Name" in node:
        text += f" using {node['Index Name']}"
    if "Relation Name" in node:
        text += f" on {node['Relation Name']}"
    if "CTE Name" in node:
        text += f" on {node['CTE Name']}"
    keys = node.get("Sort Key") or node.get("Group Key")
    if keys:
        shown = ", ".join(str(key) for key in keys[:4])
        text += f" by {shown if len(shown) < 80 else shown[:77] + '...'}"
    return text
