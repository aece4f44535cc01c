"""Contracts of dbt models: what their YAML says is what is checked."""

from typing import Any

import pandera.errors
import polars as pl
import pytest

from finplatform.contracts.contract import Form, Kind
from finplatform.contracts.from_dbt import contract_from_model, grain_of
from finplatform.errors import FinplatformError


def _node(**changes: Any) -> dict[str, Any]:
    column: dict[str, Any] = {"description": "What it is.", "constraints": [], "config": {}}
    columns = {
        "id": column | {"data_type": "bigint", "constraints": [{"type": "not_null"}]},
        "day": column | {"data_type": "date"},
        "share": column | {"data_type": "numeric(9,6)", "config": {"meta": {"min": 0, "max": 1}}},
        "kind": column | {"data_type": "text", "config": {"meta": {"isin": ["a", "b"]}}},
        "code": column | {"data_type": "varchar", "config": {"meta": {"matches": "^[A-Z]+$"}}},
    }
    node: dict[str, Any] = {
        "schema": "gold",
        "name": "t",
        "description": "One row per id. More words.",
        "columns": {name: {"name": name} | rest for name, rest in columns.items()},
        "config": {"meta": {"contract": {"key": ["id"], "date_column": "day"}}},
    }
    return node | changes


GOOD = {"id": [1], "day": [None], "share": ["0.5"], "kind": ["a"], "code": ["X"]}


def test_a_model_s_yaml_becomes_its_contract() -> None:
    contract = contract_from_model(_node())
    assert (contract.name, contract.kind, contract.key) == ("gold.t", Kind.EVENT, ("id",))
    assert contract.grain == "one row per id"
    assert contract.sql_columns()[0] == ("id", "bigint", False)
    assert contract.sql_columns()[4] == ("code", "text", True)


@pytest.mark.parametrize(
    ("materialized", "form"),
    [("incremental", Form.TABLE), ("view", Form.VIEW), ("sql_function", Form.FUNCTION)],
)
def test_a_contract_knows_whether_rows_are_stored(materialized: str, form: Form) -> None:
    config = {"materialized": materialized, "meta": {"contract": {"key": ["id"]}}}
    assert contract_from_model(_node(config=config)).form is form


@pytest.mark.parametrize(
    ("column", "value"), [("id", None), ("share", "1.5"), ("share", "-0.1"), ("kind", "c"),
                          ("code", "x1")]
)  # fmt: skip
def test_each_rule_of_the_yaml_is_checked(column: str, value: object) -> None:
    contract = contract_from_model(_node())
    good = pl.DataFrame(GOOD).cast(contract.dtypes)  # type: ignore[arg-type]
    contract.schema.validate(good)
    bad = pl.DataFrame(GOOD | {column: [value]}).cast(contract.dtypes)  # type: ignore[arg-type]
    with pytest.raises(pandera.errors.SchemaError, match=column):
        contract.schema.validate(bad)


def test_a_model_without_a_contract_or_a_type_is_told() -> None:
    with pytest.raises(FinplatformError, match=r"gold\.t has no contract"):
        contract_from_model(_node(config={"meta": {}}))
    untyped = {"id": {"name": "id", "description": "x", "data_type": None}}
    with pytest.raises(FinplatformError, match="no data_type"):
        contract_from_model(_node(columns=untyped))


def test_the_grain_is_the_first_sentence() -> None:
    assert grain_of("One row per a.b and c.\nMore.") == "one row per a.b and c"
