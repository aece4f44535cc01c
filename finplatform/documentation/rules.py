"""The business rules in force, from where they are enforced.

Belongs here: the page, from contracts, dbt's tests and constraints, reconciliations and the rules
of capital. Does not belong here: any rule.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from finplatform.contracts.contract import Contract
from finplatform.contracts.rule_names import rule_name
from finplatform.documentation.dictionary import layer_order
from finplatform.documentation.markdown import cell, code, codes, document, table
from finplatform.errors import FinplatformError
from finplatform.risk.rules import RuleRow
from finplatform.warehouse.dbt import Node, table_name

_INTRODUCTION = """\
What must hold, from where it is enforced. A **contract** refuses rows at ingest and is the
blocking check on the stored table. A **test** looks across columns and tables after each run. A
**reconciliation** compares two roads to one total. **Capital rules** are data with a date and a
paragraph. Written by `make docs`; do not edit."""

_GENERIC = {
    "expression_is_true": "every row: {expression}",
    "keys_exist": "found in their tables: {keys}",
    "unique_combination": "occur once together: {columns}",
    "versions_are_seamless": "versions of {key} follow each other without gap or overlap",
    "not_null": "{column_name} is never null",
    "unique": "{column_name} occurs once",
    "relationships": "{column_name} is found in {to}.{field}",
    "accepted_values": "{column_name} is one of {values}",
}


@dataclass(frozen=True)
class DataTest:
    """One dbt test.

    Attributes:
        table: Tested table.
        name: Its name.
        rule: The rule.
        is_blocking: Whether a failure blocks downstream assets.
    """

    table: str
    name: str
    rule: str
    is_blocking: bool


def rules_page(
    contracts: Iterable[Contract],
    tests: Iterable[DataTest],
    constraints: Iterable[tuple[str, str, str]],
    reconciliations: Iterable[tuple[str, str, str]],
    capital: Iterable[RuleRow],
) -> str:
    """The page as Markdown.

    Args:
        contracts: All contracts.
        tests: All dbt tests.
        constraints: Table, name and condition of the checks that the server makes.
        reconciliations: Table, name and what must be equal.
        capital: All rows of capital rules.
    """
    lines = [
        "",
        "## Columns",
        "",
        "Rules of contracts, by rule; `null` rules are in the dictionary.",
    ]
    lines += ["", *_column_rules(contracts)]
    lines += ["", "## Conditions that the database holds", ""]
    lines += table(
        ("table", "name", "condition"),
        ((code(where), code(name), code(rule)) for where, name, rule in sorted(constraints)),
    )
    lines += ["", "## Tests", "", "A test stops what comes after, unless it only warns.", ""]
    lines += table(
        ("table", "test", "what must hold", "on failure"),
        (
            (code(t.table), code(t.name), cell(t.rule), "stops" if t.is_blocking else "warns")
            for t in sorted(tests, key=lambda t: (t.table, t.name))
        ),
    )
    lines += ["", "## Reconciliations", ""]
    lines += table(
        ("table", "check", "what is equal"),
        ((code(where), code(name), cell(rule)) for where, name, rule in reconciliations),
    )
    lines += ["", "## Capital rules", ""]
    lines += table(
        ("rule", "part", "value", "from", "until", "meaning"),
        (
            (
                code(row.rule_id),
                cell(row.part),
                row.value,
                row.valid_from,
                row.valid_to or "",
                cell(row.description),
            )
            for row in capital
        ),
    )
    return document("Business rules", _INTRODUCTION, lines)


def data_tests(manifest: Mapping[str, Any]) -> list[DataTest]:
    """Data tests of dbt, with their rules as text."""
    found = []
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test":
            judged = _tested_node(node, manifest)
            severity = str(node["config"].get("severity", "error")).lower()
            rule = " ".join(node.get("description", "").split()) or _rule_text(node)
            found.append(DataTest(table_name(judged), node["name"], rule, severity == "error"))
    return found


def constraint_rules(manifest: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Checks that the server makes on dbt's tables: table, name, condition."""
    return [
        (table_name(node), constraint["name"], constraint["expression"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        for constraint in node.get("constraints", ())
        if constraint["type"] == "check"
    ]


def _rule_text(node: Mapping[str, Any]) -> str:
    generic = node.get("test_metadata") or {}
    arguments = {key: _plain(value) for key, value in generic.get("kwargs", {}).items()}
    arguments.setdefault("column_name", node.get("column_name") or "")
    template = _GENERIC.get(generic.get("name", ""))
    return template.format_map(defaultdict(str, arguments)) if template else node["name"]


def _plain(value: Any) -> str:
    """An argument of a test in words: the table of a `ref`, the members of a list."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} in {found}" for key, found in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(str(member) for member in value)
    text = " ".join(str(value).split())
    return text.replace("ref('", "").replace("')", "") if text.startswith("ref(") else text


def _column_rules(contracts: Iterable[Contract]) -> list[str]:
    by_rule: dict[str, list[str]] = defaultdict(list)
    for contract in sorted(contracts, key=lambda c: (layer_order(c), c.table)):
        for name, column in contract.fields.items():
            for check in column.checks:
                rule = rule_name(str(check.error or check.name))
                by_rule[rule].append(f"{contract.name}.{name}")
    ordered = sorted(by_rule.items(), key=lambda item: (-len(item[1]), item[0]))
    return table(
        ("rule", "columns", "which"),
        ((code(rule), len(names), _some(names)) for rule, names in ordered),
    )


def _some(names: Sequence[str], most: int = 12) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return codes(names[:most]) + rest


def _tested_node(test: Node, manifest: Mapping[str, Any]) -> Node:
    """The model or seed that a test is attached to, or the only one that it reads, or names.

    Raises:
        FinplatformError: If the test leaves open which table it tests.
    """
    if test.get("attached_node"):
        attached: Node = manifest["nodes"][test["attached_node"]]
        return attached
    named = test["config"].get("meta", {}).get("dagster", {}).get("ref", {}).get("name")
    read = [
        manifest["nodes"][unique_id]
        for unique_id in test["depends_on"]["nodes"]
        if unique_id in manifest["nodes"]
    ]
    for node in read:
        if len(read) == 1 or node["name"] == named:
            return node
    raise FinplatformError(
        f"The dbt test {test['name']} does not name the tested table.",
        "Give it `meta: dagster: ref: name:` with one of the tables that it reads.",
    )
