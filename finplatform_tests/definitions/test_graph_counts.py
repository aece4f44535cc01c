"""What the graph has to have, counted from the graph itself; a failure lists what was counted."""

from collections.abc import Callable

import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import Contract, Form
from finplatform.definitions import defs
from finplatform.orchestration.build import all_contracts
from finplatform.orchestration.checks.contract_checks import CHECK_NAME
from finplatform.reporting.catalog.pages import PAGES
from finplatform.settings import get_settings
from finplatform.taxonomy import GROUPS
from finplatform.warehouse import dbt

GRAPH = defs.resolve_asset_graph()
SPECS = {".".join(spec.key.path): spec for spec in defs.resolve_all_asset_specs()}

ANALYTICS = tuple(
    f"{question}_analytics"
    for question in (
        "descriptive", "diagnostic", "exploratory", "inferential", "predictive", "prescriptive",
        "causal", "realtime",
    )
)  # fmt: skip
"""One table of analytics for each kind of question."""

KEYS_AND_LABELS = {"customer_id", "observation_date", "customer_key", "date_key"}
"""Columns of `gold.customer_features` that say which row it is and are no features."""

NO_MEASURES = {"transaction_hour", "day_of_week", "direction", "exchange_rate"}
"""Numbers of `gold.fact_transactions` that say when, which way or in what."""


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    return all_contracts(dbt.load_manifest(get_settings()))


def _named(schema: str, prefix: str = "") -> list[str]:
    return sorted(
        name
        for name, spec in SPECS.items()
        if name.startswith(f"{schema}.{prefix}") and "seed" not in spec.kinds
    )


@pytest.mark.parametrize(
    ("what", "least", "found"),
    [
        ("sources", 24, lambda: _named("bronze")),
        ("staging tables", 24, lambda: _named("silver", "stg_")),
        ("dimensions", 10, lambda: _named("gold", "dim_")),
        ("facts", 15, lambda: _named("gold", "fact_")),
    ],
)
def test_the_graph_has_as_many_tables_as_it_must(
    what: str, least: int, found: Callable[[], list[str]]
) -> None:
    names = found()
    assert len(names) >= least, f"{len(names)} {what}: {', '.join(names)}"


def test_every_source_has_its_staging_table() -> None:
    staged = {name.removeprefix("silver.stg_") for name in _named("silver", "stg_")}
    assert set(SOURCES) <= staged


def test_the_graph_has_the_eight_tables_of_analytics() -> None:
    held = {name.partition(".")[2] for name in SPECS}
    assert set(ANALYTICS) <= held, f"missing: {', '.join(sorted(set(ANALYTICS) - held))}"


def test_customers_have_at_least_ninety_features(contracts: dict[str, Contract]) -> None:
    columns = contracts["gold.customer_features"].columns
    features = [column for column in columns if column not in KEYS_AND_LABELS]
    assert len(features) >= 90, f"{len(features)} features: {', '.join(features)}"


def test_transactions_have_at_least_forty_measures(contracts: dict[str, Contract]) -> None:
    """Numbers that are summed, averaged or ranked; keys, flags and parts of the date are none."""
    fields = contracts["gold.fact_transactions"].fields
    measures = [
        name
        for name, field in fields.items()
        if field.dtype.type.is_numeric() and not name.endswith("_key") and name not in NO_MEASURES
    ]
    assert len(measures) >= 40, f"{len(measures)} measures: {', '.join(measures)}"


def test_predictions_stand_beside_all_the_features(contracts: dict[str, Contract]) -> None:
    """A column means in the view what it means in the table that it is read from."""
    view, features, predictions = (
        contracts[f"gold.{name}"]
        for name in ("predictive_analytics", "customer_features", "customer_predictions")
    )
    assert list(view.columns) == [
        *predictions.columns,
        *(name for name in features.columns if name not in predictions.columns),
    ]
    assert len(set(view.columns) & set(features.columns) - KEYS_AND_LABELS) >= 90
    for name, field in view.fields.items():
        source = (predictions if name in predictions.fields else features).fields[name]
        assert (field.dtype, field.description) == (source.dtype, source.description), name


def test_no_report_shows_a_suspicion_of_the_rules_as_a_finding(
    contracts: dict[str, Contract],
) -> None:
    """Reports show what was confirmed; acquirers flag payments by a rule of their own."""
    analytics = {f"gold.{name}" for name in ANALYTICS} - {"gold.predictive_analytics"}
    views = {name for name in contracts if name.startswith("bi.")} - {"bi.transactions"}
    shown = {
        f"{name}.{column}"
        for name in analytics | views
        for column in contracts[name].columns
        if "flagged" in column.replace("fraud_flagged", "")
    }
    assert not shown
    rules = str(contracts["gold.realtime_analytics"].fields["metric"].checks)
    assert "FAILURE_RATE" in rules
    assert "FLAGGED" not in rules
    for page in PAGES:
        for part in (*page.charts, *page.tables):
            assert "flagged" not in part.query, f"{page.name}: {part.title}"


def test_who_reads_the_flag_is_told_whose_it_is(contracts: dict[str, Contract]) -> None:
    silent = {
        f"{name}.{column}"
        for name, contract in contracts.items()
        for column, field in contract.fields.items()
        if "flagged" in column.replace("fraud_flagged", "")
        and "fraud rules suspect" not in (field.description or "")
    }
    assert not silent


def test_every_table_has_grain_owner_group_contract_key_and_blocking_check(
    contracts: dict[str, Contract],
) -> None:
    lacking = []
    for name in _tables_of_rows(contracts):
        spec, contract = SPECS[name], contracts.get(name)
        check = next(
            (
                GRAPH.get_check_spec(key)
                for key in GRAPH.asset_check_keys
                if key.asset_key == spec.key and key.name == CHECK_NAME
            ),
            None,
        )
        has = {
            "grain": (spec.description or "").lower().startswith("one "),
            "owner": bool(spec.owners),
            "group": spec.group_name in GROUPS,
            "kinds": bool(spec.kinds),
            "contract": contract is not None and bool(contract.columns),
            "described columns": contract is not None
            and all(column.description for column in contract.fields.values()),
            "key": contract is not None
            and (contract.form is Form.FUNCTION or bool(contract.key))
            and set(contract.key) <= set(contract.columns),
            "blocking check": check is not None and check.blocking,
        }
        lacking += [f"{name} lacks {what}" for what, held in has.items() if not held]
    assert not lacking, "; ".join(lacking)


def test_the_graph_has_at_least_three_hundred_checks() -> None:
    names = sorted(f"{'.'.join(key.asset_key.path)}:{key.name}" for key in GRAPH.asset_check_keys)
    assert len(names) >= 300, f"{len(names)} checks: {', '.join(names)}"


def test_every_key_of_a_fact_is_tested_to_be_in_its_dimension(
    contracts: dict[str, Contract],
) -> None:
    """Facts that dbt makes; of those that Python makes the keys are copied from such."""
    from finplatform.documentation.relations import star_keys

    manifest = dbt.load_manifest(get_settings())
    tested = set()
    for node in manifest["nodes"].values():
        test = node.get("test_metadata") or {}
        if test.get("name") == "keys_exist":
            table = manifest["nodes"][node["attached_node"]]["name"]
            tested |= {(table, key) for key in test["kwargs"]["keys"]}
    made_by_dbt = {
        name.partition(".")[2]
        for name, node in dbt.models(manifest).items()
        if node["config"]["materialized"] not in ("view", "sql_function")
    }
    untested = {
        f"{key.table}.{key.column}"
        for key in star_keys(contracts)
        if key.table in made_by_dbt and key.target.startswith("dim_")
    } - {f"{table}.{column}" for table, column in tested}
    assert not untested, f"no test looks these up: {', '.join(sorted(untested))}"


def _tables_of_rows(contracts: dict[str, Contract]) -> list[str]:
    """Assets that hold or return rows: whatever is in a schema that has contracts."""
    schemas = {contract.schema_name for contract in contracts.values()}
    return sorted(name for name in SPECS if name.partition(".")[0] in schemas)
