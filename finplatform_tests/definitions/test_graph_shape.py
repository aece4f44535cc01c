"""The asset graph as it loads: what every table of it must have."""

from collections import Counter

import dagster as dg
import pytest
from dagster._core.execution.api import create_execution_plan

from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import Contract
from finplatform.definitions import defs
from finplatform.orchestration.assets.dbt_specs import UNIQUE_ID
from finplatform.orchestration.assets.warehouse import PARTS
from finplatform.orchestration.build import all_contracts
from finplatform.orchestration.checks.contract_checks import CHECK_NAME
from finplatform.orchestration.jobs import FULL_HISTORY
from finplatform.settings import get_settings
from finplatform.taxonomy import GROUPS
from finplatform.warehouse import dbt_manifest

SPECS = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}
TABLES = sorted(
    name
    for name, spec in SPECS.items()
    if spec.group_name != "source_systems" and "seed" not in spec.kinds
)


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    return all_contracts(dbt_manifest.load_manifest(get_settings()))


def test_the_graph_loads_whole() -> None:
    dg.Definitions.validate_loadable(defs)


@pytest.mark.parametrize("name", TABLES)
def test_every_asset_says_its_grain_owner_group_and_kinds(name: str) -> None:
    spec = SPECS[name]
    assert spec.group_name in GROUPS
    assert spec.owners
    assert spec.kinds
    assert (spec.description or "").lower().startswith("one ")


def test_every_stored_table_has_one_blocking_contract_check(
    contracts: dict[str, Contract],
) -> None:
    graph = defs.resolve_asset_graph()
    checks = Counter(
        key.asset_key.to_user_string().replace("/", ".")
        for key in graph.asset_check_keys
        if key.name == CHECK_NAME
    )
    assert checks == dict.fromkeys(contracts, 1)
    for key in graph.asset_check_keys:
        if key.name == CHECK_NAME:
            assert graph.get_check_spec(key).blocking


def test_every_part_of_the_project_is_built_in_one_piece() -> None:
    """Dagster silently cuts a step up where checks would make it wait for itself."""
    plan = create_execution_plan(defs.resolve_job_def(FULL_HISTORY))
    steps = {step.key for step in plan.get_steps_to_execute_in_topo_order()}
    for part in PARTS:
        assert part.name in steps
        # What seeds hold is in the code, and their tests say all that there is to say.
        assert f"{part.name}_contract" in steps or part.name == "seeds"
        assert not any(step.startswith(f"{part.name}_2") for step in steps)


@pytest.mark.parametrize("part", ["silver_entities", "silver_events", "dimensions"])
def test_nothing_waits_for_a_large_source_but_what_is_made_from_it(part: str) -> None:
    plan = create_execution_plan(defs.resolve_job_def(FULL_HISTORY))
    needed = plan.get_executable_step_deps()
    waited_for, left = set[str](), [part]
    while left:
        new = needed[left.pop()] - waited_for
        waited_for |= new
        left.extend(new)
    large = {f"bronze__{source.table}" for source in SOURCES.values() if source.is_large}
    assert large == {"bronze__transactions"}
    assert "bronze__loans_contract" in waited_for
    assert not waited_for & large
    assert "bronze__transactions_contract" in needed["silver_transactions"]


def test_every_stored_table_shows_its_columns(contracts: dict[str, Contract]) -> None:
    for name, contract in contracts.items():
        schema = SPECS[name.replace(".", "/")].metadata["dagster/column_schema"]
        assert [column.name for column in schema.columns] == contract.columns
        assert all(column.description for column in schema.columns), name


def test_the_parts_of_the_dbt_project_are_disjoint_and_complete() -> None:
    manifest = dbt_manifest.load_manifest(get_settings())
    for name, node in manifest["nodes"].items():
        if node["resource_type"] in ("model", "seed"):
            assert sum(part.holds(node) for part in PARTS) == 1, name


def test_a_dbt_test_is_judged_in_the_part_that_builds_the_last_of_what_it_reads() -> None:
    """dbt runs it there, whatever part the graph expects its verdict from."""
    nodes = dbt_manifest.load_manifest(get_settings())["nodes"]
    place = {
        unique_id: number
        for number, part in enumerate(PARTS)
        for unique_id, node in nodes.items()
        if node["resource_type"] in ("model", "seed") and part.holds(node)
    }
    place_of_key = {
        dg.AssetKey([nodes[unique_id]["schema"], nodes[unique_id]["name"]]): number
        for unique_id, number in place.items()
    }
    tests = {name for name, node in nodes.items() if node["resource_type"] == "test"}
    for definition in defs.assets or ():
        for check in definition.check_specs if isinstance(definition, dg.AssetsDefinition) else ():
            test = check.metadata[UNIQUE_ID]
            read = nodes[test]["depends_on"]["nodes"]
            last = max(place[parent] for parent in read if parent in place)
            assert place_of_key[check.asset_key] == last, test
            tests.remove(test)
    assert not tests


def test_partitioned_models_are_those_with_a_business_date(
    contracts: dict[str, Contract],
) -> None:
    for name, contract in contracts.items():
        partitions = SPECS[name.replace(".", "/")].partitions_def
        assert (partitions is not None) == (contract.date_column is not None), name


def test_models_are_not_trained_in_the_daily_job() -> None:
    daily = defs.resolve_job_def("daily").asset_layer.selected_asset_keys
    everything = defs.resolve_job_def("full_history").asset_layer.selected_asset_keys
    assert {key.to_user_string() for key in everything - daily} == {
        "gold/credit_outcomes",
        "gold/customer_outcomes",
        "gold/pd_candidates",
        "gold/rating_scale",
        "models/churn_model",
        "models/fraud_model",
        "models/pd_challenger",
        "models/pd_model",
    }


def test_every_source_contract_is_a_table_of_the_graph() -> None:
    assert {f"bronze/{table}" for table in SOURCES} <= set(TABLES)
