"""Contracts of dbt models: what their YAML says is what is checked."""

from typing import Any

import pandera.errors
import polars as pl
import pytest

from finplatform.contracts.contract import Form, Kind
from finplatform.contracts.from_dbt import (
    contract_from_model,
    contract_from_seed,
    grain_of,
    seed_contracts,
)
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
    assert grain_of("One row per a.b and ISO code.\nMore.") == "one row per a.b and ISO code"


def _seed(**changes: Any) -> dict[str, Any]:
    columns = {
        "code": {"config": {"meta": {"matches": "^[A-Z]{2}$"}}},
        "number": {"config": {}},
        "kind": {"config": {}},
        "day": {"config": {}},
    }
    node: dict[str, Any] = {
        "unique_id": "seed.codes",
        "resource_type": "seed",
        "schema": "silver",
        "name": "codes",
        "description": "One row per code.",
        "columns": {n: {"name": n, "description": "What it is."} | c for n, c in columns.items()},
        "config": {
            "column_types": {"code": "text", "number": "smallint", "kind": "text", "day": "date"},
        },
    }
    return node | changes


def _test(name: str, column: str | None = None, **more: Any) -> dict[str, Any]:
    arguments = {"column_name": column} if column else {}
    return {
        "resource_type": "test",
        "attached_node": "seed.codes",
        "config": more.pop("config", {"severity": "ERROR"}),
        "test_metadata": {"name": name, "kwargs": arguments | more},
    }


TESTS = [
    _test("unique", "code"),
    _test("not_null", "code"),
    _test("unique", "number"),
    _test("not_null", "number"),
    _test("accepted_values", "number", values=[1, -1], quote=False),
    _test("accepted_values", "kind", values=["a", "b"]),
    _test("relationships", "kind", to="ref('kinds')", field="kind"),
]


def test_a_seed_s_types_and_tests_become_its_contract() -> None:
    contract = contract_from_seed(_seed(), TESTS)
    assert (contract.name, contract.kind, contract.key) == ("silver.codes", Kind.SEED, ("code",))
    assert contract.sql_columns() == [
        ("code", "text", False),
        ("number", "smallint", False),
        ("kind", "text", True),
        ("day", "date", True),
    ]


@pytest.mark.parametrize(
    ("column", "values"),
    [("code", ["XX", None]), ("code", ["xx", "YY"]), ("number", [1, None]), ("number", [1, 2]),
     ("number", [1, 1]), ("kind", ["a", "c"])],
)  # fmt: skip
def test_each_test_of_a_seed_is_a_rule_of_its_contract(column: str, values: list[Any]) -> None:
    contract = contract_from_seed(_seed(), TESTS)
    good = {"code": ["XX", "YY"], "number": [1, -1], "kind": ["a", None], "day": [None, None]}
    contract.schema.validate(pl.DataFrame(good).cast(contract.dtypes))  # type: ignore[arg-type]
    bad = pl.DataFrame(good | {column: values}).cast(contract.dtypes)  # type: ignore[arg-type]
    with pytest.raises(pandera.errors.SchemaError, match=column):
        contract.schema.validate(bad)


@pytest.mark.parametrize("config", [{"severity": "WARN"}, {"severity": "ERROR", "where": "true"}])
def test_a_test_that_only_warns_or_sees_some_rows_is_no_rule(config: dict[str, str]) -> None:
    tests = [_test("unique", "code"), _test("not_null", "day", config=config)]
    assert contract_from_seed(_seed(), tests).fields["day"].nullable


def test_the_key_of_a_seed_may_be_of_several_columns() -> None:
    together = _test("unique_combination", columns=["code", "day"])
    contract = contract_from_seed(_seed(), [together])
    assert contract.key == ("code", "day")
    assert not contract.fields["day"].nullable
    config = _seed()["config"] | {"meta": {"contract": {"key": ["kind"]}}}
    assert contract_from_seed(_seed(config=config), [together]).key == ("kind",)


def test_a_seed_without_a_key_or_a_type_is_told() -> None:
    with pytest.raises(FinplatformError, match=r"silver\.codes has no key"):
        contract_from_seed(_seed(), [])
    with pytest.raises(FinplatformError, match="code of seed silver"):
        contract_from_seed(_seed(config={}), TESTS)


def test_the_seeds_of_a_manifest_have_the_tests_that_are_written_at_them() -> None:
    elsewhere = _test("not_null", "day") | {"attached_node": "seed.other"}
    nodes = {"seed.codes": _seed(), "model.m": {"resource_type": "model"}}
    nodes |= {f"test.{place}": test for place, test in enumerate([*TESTS, elsewhere])}
    contracts = seed_contracts({"nodes": nodes})
    assert list(contracts) == ["silver.codes"]
    assert contracts["silver.codes"].fields["day"].nullable
    assert not contracts["silver.codes"].fields["number"].nullable
