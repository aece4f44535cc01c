"""Contracts of dbt-made tables, built from the project's YAML.

Converts columns, types and constraints of a model to a `Contract`. Rules beyond dbt's constraints
are in a column's `meta`: `min`, `max`, `isin`, `matches`. A seed has no constraints: its types are
those of `column_types`, and its dbt tests (`not_null`, `unique`, `accepted_values`,
`unique_combination`) are its rules.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pandera.polars as pa
import polars as pl

from finplatform.contracts.columns import polars_type
from finplatform.contracts.contract import Contract, Form, Kind
from finplatform.errors import FinplatformError

_FORMS = {"view": Form.VIEW, "sql_function": Form.FUNCTION}


def contract_from_model(node: Mapping[str, Any]) -> Contract:
    """Contract of one dbt model.

    Args:
        node: Its node in dbt's manifest.

    Raises:
        FinplatformError: If the model's YAML is incomplete.
    """
    table = node.get("alias") or node["name"]
    name = f"{node['schema']}.{table}"
    declared = node["config"].get("meta", {}).get("contract") or {}
    if not node["columns"] or "key" not in declared:
        raise FinplatformError(
            f"Model {name} has no contract.",
            "Give it columns with types and `meta: contract: key:` in its YAML.",
        )
    date_column = declared.get("date_column")
    return Contract(
        schema_name=node["schema"],
        table=table,
        grain=grain_of(node["description"]),
        kind=Kind.EVENT if date_column else Kind.TABLE,
        fields={column["name"]: _column(name, column) for column in node["columns"].values()},
        key=tuple(declared["key"]),
        date_column=date_column,
        form=_FORMS.get(node["config"].get("materialized"), Form.TABLE),
    )


def seed_contracts(manifest: Mapping[str, Any]) -> dict[str, Contract]:
    """Contracts of all seeds by `schema.table`.

    Args:
        manifest: Dbt's manifest.

    Raises:
        FinplatformError: If the YAML is incomplete.
    """
    tests = defaultdict(list)
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and node.get("test_metadata"):
            tests[node.get("attached_node")].append(node)
    contracts = [
        contract_from_seed(node, tests[unique_id])
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "seed"
    ]
    return {contract.name: contract for contract in contracts}


def contract_from_seed(node: Mapping[str, Any], tests: Iterable[Mapping[str, Any]]) -> Contract:
    """Contract of one dbt seed.

    Args:
        node: Its node in dbt's manifest.
        tests: Nodes of the tests that are written at it. Those that only warn, or look at some of
            the rows, are no rules of the contract.

    Raises:
        FinplatformError: If a column has no type, or the seed has no key.
    """
    name = f"{node['schema']}.{node['name']}"
    rules = _rules_of_tests(tests)
    declared = node["config"].get("meta", {}).get("contract") or {}
    unique = [column for column in node["columns"] if "unique" in rules[column]]
    key = tuple(declared.get("key") or rules[""].get("unique_combination") or unique[:1])
    if not key:
        raise FinplatformError(
            f"Seed {name} has no key.",
            "Give it a test `unique` or `unique_combination`, or `meta: contract: key:`.",
        )
    types = node["config"].get("column_types") or {}
    return Contract(
        schema_name=node["schema"],
        table=node["name"],
        grain=grain_of(node["description"]),
        kind=Kind.SEED,
        fields={
            column: _seed_column(name, written, types.get(column), rules[column], key)
            for column, written in node["columns"].items()
        },
        key=key,
    )


def grain_of(description: str) -> str:
    """First sentence of a table's description: the grain."""
    sentence = description.strip().split(". ")[0].split(".\n")[0].rstrip(".")
    return sentence[:1].lower() + sentence[1:]


def _column(model: str, column: Mapping[str, Any]) -> pa.Column:
    if not column.get("data_type"):
        raise FinplatformError(f"Column {column['name']} of model {model} has no data_type.")
    constraints = {constraint["type"] for constraint in column.get("constraints", [])}
    dtype = polars_type(column["data_type"])
    return pa.Column(
        dtype,
        checks=_checks(_meta(column), dtype),
        nullable=not constraints & {"not_null", "primary_key"},
        description=" ".join(column["description"].split()),
    )


def _seed_column(
    seed: str,
    column: Mapping[str, Any],
    data_type: str | None,
    rules: Mapping[str, Any],
    key: tuple[str, ...],
) -> pa.Column:
    data_type = data_type or column.get("data_type")
    if not data_type:
        raise FinplatformError(
            f"Column {column['name']} of seed {seed} has no type.",
            "Write it into `column_types`.",
        )
    dtype = polars_type(data_type)
    return pa.Column(
        dtype,
        checks=_checks({**_meta(column), **rules}, dtype),
        nullable=column["name"] not in key and "not_null" not in rules,
        # Uniqueness of the key is checked over all rows, not per batch.
        unique="unique" in rules and (column["name"],) != key,
        description=" ".join(column["description"].split()),
    )


def _meta(column: Mapping[str, Any]) -> Mapping[str, Any]:
    return column.get("config", {}).get("meta") or column.get("meta") or {}


def _rules_of_tests(tests: Iterable[Mapping[str, Any]]) -> defaultdict[str, dict[str, Any]]:
    """By column, its tests as rules; by an empty name, those of the whole table."""
    rules: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for test in tests:
        config, written = test["config"], test["test_metadata"]
        if config.get("where") or (config.get("severity") or "error").lower() != "error":
            continue
        arguments = written["kwargs"]
        rule: dict[str, Any] = {
            "not_null": {"not_null": True},
            "unique": {"unique": True},
            "accepted_values": {"isin": arguments.get("values")},
            "unique_combination": {"unique_combination": arguments.get("columns")},
        }.get(written["name"], {})
        rules[arguments.get("column_name") or ""].update(rule)
    return rules


def _checks(rules: Mapping[str, Any], dtype: pl.DataType) -> list[pa.Check]:
    checks = []
    if "min" in rules:
        checks.append(pa.Check.ge(rules["min"]))
    if "max" in rules:
        checks.append(pa.Check.le(rules["max"]))
    if "isin" in rules:
        # dbt writes accepted values as text, whatever the column's type.
        convert = int if dtype.is_integer() else str
        checks.append(pa.Check.isin([convert(value) for value in rules["isin"]]))
    if "matches" in rules:
        checks.append(pa.Check.str_matches(rules["matches"]))
    return checks
