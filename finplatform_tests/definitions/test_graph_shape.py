"""The asset graph as it loads: what every table of it must have."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import dagster as dg
import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import Contract
from finplatform.definitions import defs
from finplatform.orchestration.build import all_contracts
from finplatform.orchestration.checks import model_checks, report_checks
from finplatform.orchestration.checks.contract_checks import CHECK_NAME
from finplatform.orchestration.partitions import DAYS_OF_MONTH
from finplatform.settings import get_settings
from finplatform.taxonomy import GROUPS
from finplatform.warehouse import dbt

GRAPH = defs.resolve_asset_graph()
SPECS = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}
ASSETS = [asset for asset in defs.assets or () if isinstance(asset, dg.AssetsDefinition)]
DBT = {asset.op.name: asset for asset in ASSETS if "dbt" in {*asset.required_resource_keys}}
TABLES = sorted(name for name, spec in SPECS.items() if spec.group_name != "source_systems")


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return dbt.load_manifest(get_settings())


@pytest.fixture(scope="module")
def contracts(manifest: Mapping[str, Any]) -> dict[str, Contract]:
    return all_contracts(manifest)


def _key(node: Mapping[str, Any]) -> dg.AssetKey:
    return dg.AssetKey(dbt.table_name(node).split("."))


def _spec(asset_key: dg.AssetKey) -> dg.AssetSpec:
    return SPECS[asset_key.to_user_string()]


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
    checks = Counter(
        key.asset_key.to_user_string().replace("/", ".")
        for key in GRAPH.asset_check_keys
        if key.name == CHECK_NAME
    )
    assert {table: checks[table] for table in contracts} == dict.fromkeys(contracts, 1)
    for key in GRAPH.asset_check_keys:
        if key.name == CHECK_NAME:
            assert GRAPH.get_check_spec(key).blocking


def test_every_asset_that_stores_something_has_a_blocking_check_of_what_it_stores() -> None:
    names = {CHECK_NAME, model_checks.CHECK_NAME, report_checks.CHECK_NAME}
    checked = {
        key.asset_key
        for key in GRAPH.asset_check_keys
        if key.name in names and GRAPH.get_check_spec(key).blocking
    }
    assert GRAPH.materializable_asset_keys - checked == set()


def test_a_table_that_python_makes_is_checked_in_the_step_that_makes_it(
    contracts: dict[str, Contract],
) -> None:
    made = {
        asset_key: asset
        for asset in ASSETS
        if asset.op.name not in DBT
        for asset_key in asset.keys
        if ".".join(asset_key.path) in contracts
    }
    without = {
        asset_key.to_user_string()
        for asset_key, asset in made.items()
        if dg.AssetCheckKey(asset_key, CHECK_NAME) not in asset.check_keys
    }
    assert len(made) > 60
    assert not without


def test_every_stored_table_shows_its_columns(contracts: dict[str, Contract]) -> None:
    for name, contract in contracts.items():
        schema = SPECS[name.replace(".", "/")].metadata["dagster/column_schema"]
        assert [column.name for column in schema.columns] == contract.columns
        if "seed" not in SPECS[name.replace(".", "/")].kinds:
            assert all(column.description for column in schema.columns), name


def test_the_dbt_definitions_are_disjoint_and_complete(manifest: Mapping[str, Any]) -> None:
    assert DBT.keys() == {
        "dbt_reference", "dbt_daily", "dbt_monthly", "dbt_marts", "dbt_reports",
    }  # fmt: skip
    made = Counter(asset_key for asset in DBT.values() for asset_key in asset.keys)
    nodes = [
        node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")
    ]
    assert made == dict.fromkeys(map(_key, nodes), 1)


@pytest.mark.parametrize(
    ("job", "parts"),
    [
        ("history_by_day", {"dbt_reference", "dbt_daily", "dbt_marts"}),
        ("history_by_month", {"dbt_monthly", "dbt_marts", "dbt_reports"}),
    ],
)
def test_a_definition_is_one_invocation_of_dbt_in_a_run(job: str, parts: set[str]) -> None:
    """Dagster silently cuts a step up where it would wait for itself."""
    steps = defs.resolve_job_def(job).graph.node_dict
    checks = {f"{part}_{CHECK_NAME}" for part in parts}
    assert {name for name in steps if name.startswith("dbt_")} == parts | checks


def test_every_dbt_test_is_a_check_of_its_table_that_blocks_unless_it_warns(
    manifest: Mapping[str, Any],
) -> None:
    nodes = manifest["nodes"]
    tests = [node for node in nodes.values() if node["resource_type"] == "test"]
    for test in tests:
        (check,) = (key for key in GRAPH.asset_check_keys if key.name == test["name"])
        read = (
            [test.get("attached_node")]
            if test.get("attached_node")
            else test["depends_on"]["nodes"]
        )
        assert check.asset_key in [_key(nodes[name]) for name in read if name in nodes]
        is_blocking = GRAPH.get_check_spec(check).blocking
        assert is_blocking == (test["config"]["severity"].lower() == "error"), test["name"]
    assert len(tests) > 150


def test_a_dbt_test_is_judged_by_the_definition_that_builds_the_last_of_what_it_reads(
    manifest: Mapping[str, Any],
) -> None:
    """dbt runs it there, so a test that another definition announces has no verdict."""
    order = list(DBT)
    place = {
        asset_key: order.index(name) for name, asset in DBT.items() for asset_key in asset.keys
    }
    wrong = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test":
            read = [manifest["nodes"].get(name) for name in node["depends_on"]["nodes"]]
            last = max(place[_key(parent)] for parent in read if parent)
            (judged,) = (
                name
                for name, asset in DBT.items()
                if any(key.name == node["name"] for key in asset.check_keys)
            )
            if order.index(judged) != last:
                wrong[node["name"]] = (judged, order[last])
    assert not wrong


def test_partitioned_tables_are_those_with_a_business_date(
    contracts: dict[str, Contract],
) -> None:
    for name, contract in contracts.items():
        partitions = SPECS[name.replace(".", "/")].partitions_def
        assert (partitions is not None) == (contract.date_column is not None), name


def test_a_monthly_table_depends_on_a_daily_one_by_the_days_of_its_month() -> None:
    pairs = [
        (name, parent)
        for name, spec in SPECS.items()
        if isinstance(spec.partitions_def, dg.MonthlyPartitionsDefinition)
        for parent in GRAPH.get(spec.key).parent_keys
        if isinstance(_spec(parent).partitions_def, dg.DailyPartitionsDefinition)
    ]
    assert ("gold/fact_customer_monthly", dg.AssetKey(["gold", "fact_transactions"])) in pairs
    for name, parent in pairs:
        assert GRAPH.get(SPECS[name].key).partition_mappings[parent] == DAYS_OF_MONTH, name


def test_no_daily_table_waits_for_a_month() -> None:
    for spec in SPECS.values():
        if isinstance(spec.partitions_def, dg.DailyPartitionsDefinition):
            parents = map(_spec, GRAPH.get(spec.key).parent_keys)
            assert not [
                parent.key
                for parent in parents
                if isinstance(parent.partitions_def, dg.MonthlyPartitionsDefinition)
            ]


def test_every_source_contract_is_a_table_of_the_graph() -> None:
    assert {f"bronze/{table}" for table in SOURCES} <= set(TABLES)
