"""Contracts of dbt-made tables, built from the project's YAML.

A model's columns, types and constraints are written once, where dbt enforces them; this module
turns them into the same `Contract` that Python-made tables have. Rules beyond dbt's constraints
stand in a column's `meta`: `min`, `max`, `isin`, `matches`.
"""

from collections.abc import Mapping
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
        FinplatformError: If the model's YAML leaves out what a contract needs.
    """
    name = f"{node['schema']}.{node['name']}"
    declared = node["config"].get("meta", {}).get("contract") or {}
    if not node["columns"] or "key" not in declared:
        raise FinplatformError(
            f"Model {name} has no contract.",
            "Give it columns with types and `meta: contract: key:` in its YAML.",
        )
    date_column = declared.get("date_column")
    return Contract(
        schema_name=node["schema"],
        table=node["name"],
        grain=grain_of(node["description"]),
        kind=Kind.EVENT if date_column else Kind.TABLE,
        fields={column["name"]: _column(name, column) for column in node["columns"].values()},
        key=tuple(declared["key"]),
        date_column=date_column,
        form=_FORMS.get(node["config"].get("materialized"), Form.TABLE),
    )


def grain_of(description: str) -> str:
    """First sentence of a table's description, which says what one row is."""
    return description.strip().split(". ")[0].split(".\n")[0].rstrip(".").lower()


def _column(model: str, column: Mapping[str, Any]) -> pa.Column:
    if not column.get("data_type"):
        raise FinplatformError(f"Column {column['name']} of model {model} has no data_type.")
    constraints = {constraint["type"] for constraint in column.get("constraints", [])}
    dtype = polars_type(column["data_type"])
    return pa.Column(
        dtype,
        checks=_checks(column.get("config", {}).get("meta") or column.get("meta") or {}, dtype),
        nullable=not constraints & {"not_null", "primary_key"},
        description=" ".join(column["description"].split()),
    )


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
