"""dbt's nodes are assets and checks with the keys, parents and blocking that dbt's YAML says."""

from typing import Any

import dagster as dg
import pytest

from finplatform.contracts.from_dbt import contract_from_model
from finplatform.errors import FinplatformError
from finplatform.orchestration.assets.dbt_specs import UNIQUE_ID, DbtSpecs, build_dbt_specs

FACT, RATES = "model.bank.fact", "seed.bank.rates"


def _node(kind: str, name: str, parents: list[str], **more: Any) -> dict[str, Any]:
    return {
        "unique_id": f"{kind}.bank.{name}",
        "resource_type": kind,
        "schema": "gold" if kind == "model" else "silver",
        "name": name,
        "tags": [],
        "config": {"materialized": "incremental", "meta": {}, **more.pop("config", {})},
        "columns": {
            "id": {"name": "id", "description": "The key.", "data_type": "text", "constraints": []}
        },
        "description": "One row per thing.\nMore of it.",
        "depends_on": {"nodes": parents},
        "raw_code": "select 1",
        "checksum": {"checksum": "abc"},
        **more,
    }


def _meta(**dagster: Any) -> dict[str, Any]:
    return {"contract": {"key": ["id"]}, "dagster": dagster}


def _manifest(*tests: dict[str, Any]) -> dict[str, Any]:
    fact = _node(
        "model",
        "fact",
        ["source.bank.bronze.things", RATES],
        config={"meta": _meta(group="facts", owners=["team:risk"])},
    )
    nodes = [fact, _node("seed", "rates", []), *tests]
    source = {"schema": "bronze", "name": "things", "resource_type": "source"}
    return {
        "nodes": {node["unique_id"]: node for node in nodes},
        "sources": {"source.bank.bronze.things": source},
    }


def _specs(*tests: dict[str, Any]) -> DbtSpecs:
    manifest = _manifest(*tests)
    return build_dbt_specs(manifest, {"gold.fact": contract_from_model(manifest["nodes"][FACT])})


def test_a_model_is_an_asset_below_its_sources_and_seeds() -> None:
    spec = _specs().assets[FACT]
    assert spec.key == dg.AssetKey(["gold", "fact"])
    assert {dep.asset_key.to_user_string() for dep in spec.deps} == {
        "bronze/things",
        "silver/rates",
    }
    assert (spec.group_name, list(spec.owners)) == ("facts", ["team:risk"])
    assert spec.description == "One row per thing. More of it."
    assert spec.kinds == {"dbt", "postgres", "table"}


def test_the_code_version_follows_the_sql_of_a_model_and_the_rows_of_a_seed() -> None:
    manifest = _manifest()
    contracts = {"gold.fact": contract_from_model(manifest["nodes"][FACT])}
    before = build_dbt_specs(manifest, contracts).assets
    manifest["nodes"][FACT]["raw_code"] = "select 2"
    manifest["nodes"][RATES]["checksum"]["checksum"] = "def"
    after = build_dbt_specs(manifest, contracts).assets
    for name in (FACT, RATES):
        assert before[name].code_version != after[name].code_version


def test_a_generic_test_is_a_check_of_the_table_that_it_is_written_at() -> None:
    test = _node("test", "known_rates", [FACT, RATES], attached_node=FACT)
    [check] = _specs(test).checks[FACT]
    assert check.asset_key == dg.AssetKey(["gold", "fact"])
    assert [dep.asset_key.to_user_string() for dep in check.additional_deps] == ["silver/rates"]
    assert check.metadata[UNIQUE_ID] == "test.bank.known_rates"


@pytest.mark.parametrize(
    ("severity", "blocks"), [("error", True), ("ERROR", True), ("warn", False)]
)
def test_only_tests_that_are_errors_stop_what_comes_after(severity: str, blocks: bool) -> None:
    test = _node("test", "t", [FACT], attached_node=FACT, config={"severity": severity})
    assert _specs(test).checks[FACT][0].blocking is blocks


def test_a_test_of_its_own_judges_the_one_table_that_it_reads_or_the_one_that_it_names() -> None:
    single = _node("test", "single", [FACT, "source.bank.bronze.things"])
    named = _node(
        "test", "named", [FACT, RATES], config={"meta": {"dagster": {"ref": {"name": "rates"}}}}
    )
    specs = _specs(single, named)
    assert [check.name for check in specs.checks[FACT]] == ["single"]
    assert [check.name for check in specs.checks[RATES]] == ["named"]


def test_a_test_that_leaves_open_which_table_it_judges_is_refused_by_name() -> None:
    with pytest.raises(FinplatformError, match="vague does not say which table"):
        _specs(_node("test", "vague", [FACT, RATES]))
