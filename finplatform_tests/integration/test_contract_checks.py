"""Contract checks as Dagster runs them: in a group, in part, in the step of the table, blocking."""

from collections.abc import Iterator
from datetime import date

import dagster as dg
import pandera.polars as pa
import polars as pl
import psycopg
import pytest

from finplatform.contracts.contract import Contract, Form, Kind
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.checks.contract_checks import (
    CHECK_NAME,
    build_contract_checks,
    contract_check_result,
    contract_check_spec,
)
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.settings import get_settings
from finplatform.warehouse import bulk, ddl

pytestmark = pytest.mark.integration


def _contract(table: str, date_column: str | None = None) -> Contract:
    fields = {"id": pa.Column(pl.Int64, pa.Check.ge(0)), "day": pa.Column(pl.Date)}
    kind = Kind.EVENT if date_column else Kind.TABLE
    return Contract("gold", table, "one row per id", kind, fields, ("id",), date_column)


GOOD, BAD, EVENTS = _contract("good"), _contract("bad"), _contract("events", "day")
CONTRACTS = [GOOD, BAD, EVENTS]
TABLES = """
create table gold.good (id bigint, day date);
create table gold.bad (id bigint, day date);
create table gold.events (id bigint, day date);
insert into gold.good select n, '2025-01-01' from generate_series(1, 5) as n;
insert into gold.bad values (1, '2025-01-01'), (-7, null);
insert into gold.events values (1, '2025-01-01'), (-1, '2025-01-02'), (3, '2025-01-03');
"""


@pytest.fixture
def warehouse(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, home: object
) -> Iterator[WarehouseResource]:
    """The three tables as the warehouse that the settings name."""
    with bulk.connect(postgres_url) as connection:
        ddl.create_schemas(connection)
    with psycopg.connect(postgres_url) as connection:
        connection.execute(TABLES.encode())
    monkeypatch.setenv("FINPLATFORM_DATABASE_URL", postgres_url)
    get_settings.cache_clear()
    yield WarehouseResource(settings=get_settings())
    get_settings.cache_clear()


def _assets(*contracts: Contract) -> list[dg.AssetsDefinition]:
    """Assets that do nothing: their tables are there."""

    def asset(contract: Contract) -> dg.AssetsDefinition:
        days = dg.DailyPartitionsDefinition("2025-01-01", end_date="2025-01-05")
        partitions = days if contract.date_column else None

        @dg.asset(key=key("gold", contract.table), partitions_def=partitions)
        def made() -> None:
            pass

        return made

    return [asset(contract) for contract in contracts]


def _evaluations(
    result: dg.ExecuteInProcessResult,
) -> dict[str, dg.AssetCheckEvaluation]:
    return {
        evaluation.asset_key.path[-1]: evaluation
        for evaluation in result.get_asset_check_evaluations()
    }


def test_a_group_gives_a_result_for_each_table(warehouse: WarehouseResource) -> None:
    checks = build_contract_checks("some", [GOOD, BAD])
    result = dg.materialize(
        [*_assets(GOOD, BAD), checks], resources={"warehouse": warehouse}, raise_on_error=False
    )
    found = _evaluations(result)
    assert checks.op.name == "some_contract"
    assert found["good"].passed
    assert found["good"].metadata["rows_checked"].value == 5
    assert not found["bad"].passed
    assert found["bad"].metadata["failures"].value == {
        "id: greater_than_or_equal_to(0)": 1,
        "day: not_nullable": 1,
    }
    assert '"-7"' in str(found["bad"].metadata["sample"].value)
    assert found["bad"].description == "id: greater_than_or_equal_to(0) (1); day: not_nullable (1)"
    assert found["bad"].severity is dg.AssetCheckSeverity.ERROR


def test_a_part_of_a_group_can_be_selected(warehouse: WarehouseResource) -> None:
    result = dg.materialize(
        [*_assets(GOOD, BAD), build_contract_checks("some", [GOOD, BAD])],
        resources={"warehouse": warehouse},
        selection=dg.AssetSelection.assets(key("gold", "good")),
    )
    assert list(_evaluations(result)) == ["good"]


def test_a_table_that_cannot_be_read_fails_and_the_others_are_judged(
    warehouse: WarehouseResource,
) -> None:
    with psycopg.connect(warehouse.url) as connection:
        connection.execute(
            "alter table gold.bad rename to was_bad;"
            " create view gold.bad as select (id / 0)::bigint as id, day from gold.was_bad"
        )
    result = dg.materialize(
        [*_assets(GOOD, BAD), build_contract_checks("some", [BAD, GOOD])],
        resources={"warehouse": warehouse},
        raise_on_error=False,
    )
    found = _evaluations(result)
    assert found["good"].passed
    assert not found["bad"].passed
    assert "OperationalError" in (found["bad"].description or "")


def test_a_failed_check_stops_what_is_made_from_the_table(warehouse: WarehouseResource) -> None:
    @dg.asset(deps=[key("gold", "good")])
    def from_good() -> None:
        pass

    @dg.asset(deps=[key("gold", "bad")])
    def from_bad() -> None:
        pass

    checks = [build_contract_checks(each.table, [each]) for each in (GOOD, BAD)]
    result = dg.materialize(
        [*_assets(GOOD, BAD), *checks, from_good, from_bad],
        resources={"warehouse": warehouse},
        raise_on_error=False,
    )
    made = {event.asset_key for event in result.get_asset_materialization_events()}
    assert dg.AssetKey("from_good") in made
    assert dg.AssetKey("from_bad") not in made


@pytest.mark.parametrize(("day", "passed"), [(1, True), (2, False), (3, True), (4, True)])
def test_a_run_of_a_day_checks_that_day(
    warehouse: WarehouseResource, day: int, passed: bool
) -> None:
    result = dg.materialize(
        [*_assets(EVENTS), build_contract_checks("events", [EVENTS])],
        resources={"warehouse": warehouse},
        partition_key=date(2025, 1, day).isoformat(),
        raise_on_error=False,
    )
    evaluation = _evaluations(result)["events"]
    assert evaluation.passed is passed
    assert evaluation.metadata["rows_checked"].value == (0 if day == 4 else 1)


def test_the_step_that_makes_a_table_can_check_it(warehouse: WarehouseResource) -> None:
    @dg.asset(key=key("gold", "bad"), check_specs=[contract_check_spec(BAD)])
    def bad(warehouse: WarehouseResource) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        yield dg.MaterializeResult()
        yield contract_check_result(BAD, warehouse, None)

    result = dg.materialize([bad], resources={"warehouse": warehouse}, raise_on_error=False)
    assert not _evaluations(result)["bad"].passed


def test_a_spec_is_blocking_and_says_what_is_checked() -> None:
    spec = contract_check_spec(GOOD)
    assert (spec.name, spec.blocking, spec.asset_key) == (CHECK_NAME, True, key("gold", "good"))
    assert "2 columns' rules, unique id" in (spec.description or "")
    view = Contract("bi", "seen", "", Kind.TABLE, GOOD.fields, ("id",), form=Form.VIEW)
    assert "The view bi.seen returns the 2 columns" in (contract_check_spec(view).description or "")
