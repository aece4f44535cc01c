"""Tables as assets see them: what an input arrives as, what `store` writes, and what then waits."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pandera.polars as pa
import polars as pl
import psycopg
import pytest

from finplatform.contracts.contract import Contract, Kind
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.storing import store, table_arguments, table_spec
from finplatform.orchestration.checks.contract_checks import contract_check_spec
from finplatform.orchestration.incidents import CheckedGraph
from finplatform.orchestration.io_managers.tables import TableIOManager
from finplatform.orchestration.partitions import RANGE_END_TAG, RANGE_START_TAG, Partitions
from finplatform.orchestration.resources.held_tables import HeldTables
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.settings import Settings

pytestmark = pytest.mark.integration

PARTITIONS = Partitions.of_history(date(2025, 1, 1), date(2025, 3, 31))
SINGLE_RUN = dg.BackfillPolicy.single_run()
READINGS = Contract(
    schema_name="gold",
    table="readings",
    grain="one row per reading",
    kind=Kind.EVENT,
    fields={
        "reading_id": pa.Column(pl.String),
        "day": pa.Column(pl.Date),
        "amount": pa.Column(pl.Decimal(18, 2), pa.Check.ge(0), nullable=True),
        "taken_at": pa.Column(pl.Datetime("us", "UTC"), nullable=True),
    },
    key=("reading_id",),
    date_column="day",
)
TOTALS = Contract(
    schema_name="gold",
    table="totals",
    grain="one row per unit",
    kind=Kind.TABLE,
    fields={"unit": pa.Column(pl.String), "amount": pa.Column(pl.Decimal(18, 2))},
    key=("unit",),
)


def readings(*days: date, amount: str = "0.10") -> pl.DataFrame:
    """A reading a day."""
    return pl.DataFrame(
        {
            "reading_id": [f"R{day:%m%d}" for day in days],
            "day": list(days),
            "amount": [Decimal(amount)] * len(days),
            "taken_at": [
                datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC) for day in days
            ],
        },
        schema=READINGS.dtypes,
    )


class Platform:
    """A warehouse of two tables, and runs on it."""

    def __init__(self, url: str, home: Path, instance: dg.DagsterInstance) -> None:
        settings = Settings(home=home, database_url=url)
        warehouse = WarehouseResource(settings=settings)
        contracts = {contract.name: contract for contract in (READINGS, TOTALS)}
        graph = CheckedGraph({}, frozenset(), {})
        held = HeldTables(warehouse=warehouse, graph=graph)
        tables = TablesResource(warehouse=warehouse, contracts=contracts, held=held)
        self.url = url
        self.instance = instance
        self.resources = {
            "warehouse": warehouse,
            "held": held,
            "tables": tables,
            "tables_io": TableIOManager(tables=tables),
        }

    def run(self, *assets: Any, partition: str | None = None, **tags: str) -> Any:
        """Materializes assets in a run that may fail."""
        return dg.materialize(
            assets,
            instance=self.instance,
            resources=self.resources,
            partition_key=partition,
            tags=tags,
            raise_on_error=False,
        )

    def stored(self) -> list[tuple[str, Decimal]]:
        """Readings with their amounts."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(
                "select reading_id, amount from gold.readings order by reading_id"
            ).fetchall()


@pytest.fixture
def platform(postgres_url: str, tmp_path: Path) -> Iterator[Platform]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Platform(postgres_url, tmp_path, instance)


def stored_readings(frame: pl.DataFrame) -> dg.AssetsDefinition:
    """The asset of the readings, which stores a frame."""

    @dg.asset(
        **table_arguments(READINGS, "analytics"),
        partitions_def=PARTITIONS.daily,
        backfill_policy=SINGLE_RUN,
    )
    def table(context: dg.AssetExecutionContext, tables: TablesResource) -> dg.MaterializeResult:
        return store(context, tables, READINGS.name, frame, {"told": "so"})

    return table


JANUARY_1, JANUARY_2 = date(2025, 1, 1), date(2025, 1, 2)


def test_store_replaces_the_days_of_the_run_and_no_others(platform: Platform) -> None:
    both = {RANGE_START_TAG: "2025-01-01", RANGE_END_TAG: "2025-01-02"}
    assert platform.run(stored_readings(readings(JANUARY_1, JANUARY_2)), **both).success
    again = stored_readings(readings(JANUARY_2, amount="7.00"))
    assert platform.run(again, partition="2025-01-02").success
    assert platform.stored() == [("R0101", Decimal("0.10")), ("R0102", Decimal("7.00"))]


def test_store_tells_rows_metadata_and_the_verdict_of_the_contract(platform: Platform) -> None:
    result = platform.run(stored_readings(readings(JANUARY_1)), partition="2025-01-01")
    (made,) = result.asset_materializations_for_node("gold__readings")
    assert made.metadata["dagster/partition_row_count"].value == 1
    assert made.metadata["told"].value == "so"
    (verdict,) = result.get_asset_check_evaluations()
    assert (verdict.check_name, verdict.passed, verdict.blocking) == ("contract", True, True)


def test_rows_outside_the_run_are_refused_and_nothing_is_changed(platform: Platform) -> None:
    assert platform.run(stored_readings(readings(JANUARY_1)), partition="2025-01-01").success
    outside = stored_readings(readings(JANUARY_1, amount="7.00"))
    assert not platform.run(outside, partition="2025-01-02").success
    assert platform.stored() == [("R0101", Decimal("0.10"))]


def test_a_table_that_breaks_its_contract_blocks_what_is_made_from_it(platform: Platform) -> None:
    seen = []

    @dg.asset(
        deps=[key("gold", "readings")],
        partitions_def=PARTITIONS.daily,
        backfill_policy=SINGLE_RUN,
    )
    def reader() -> None:
        seen.append("reader")

    @dg.asset
    def stranger() -> None:
        seen.append("stranger")

    broken = stored_readings(readings(JANUARY_1, amount="-1.00"))
    result = platform.run(broken, reader, stranger, partition="2025-01-01")
    assert not result.success
    assert seen == ["stranger"]
    (verdict,) = result.get_asset_check_evaluations()
    assert "amount" in verdict.description
    assert platform.stored() == [("R0101", Decimal("-1.00"))]


def test_what_a_step_makes_beside_a_broken_table_is_stored_but_not_read(
    platform: Platform,
) -> None:
    seen = []
    totals = pl.DataFrame({"unit": ["kg"], "amount": [Decimal("1.00")]}, schema=TOTALS.dtypes)

    @dg.multi_asset(
        name="both",
        specs=[table_spec(contract, "analytics") for contract in (READINGS, TOTALS)],
        check_specs=[contract_check_spec(contract) for contract in (READINGS, TOTALS)],
        partitions_def=PARTITIONS.daily,
        backfill_policy=SINGLE_RUN,
    )
    def both(
        context: dg.AssetExecutionContext, tables: TablesResource
    ) -> Iterator[dg.MaterializeResult]:
        yield store(context, tables, READINGS.name, readings(JANUARY_1, amount="-1.00"))
        yield store(context, tables, TOTALS.name, totals)

    @dg.asset(
        deps=[key("gold", "readings")],
        partitions_def=PARTITIONS.daily,
        backfill_policy=SINGLE_RUN,
    )
    def reader() -> None:
        seen.append("reader")

    result = platform.run(both, reader, partition="2025-01-01")
    assert not result.success
    assert seen == []
    assert {
        each.asset_key.path[-1]: each.passed for each in result.get_asset_check_evaluations()
    } == {
        "readings": False,
        "totals": True,
    }


def test_an_input_is_a_frame_of_the_annotated_library_with_exact_values(
    platform: Platform,
) -> None:
    assert platform.run(stored_readings(readings(JANUARY_1)), partition="2025-01-01").success
    seen: dict[str, Any] = {}
    table = dg.AssetIn(key("gold", "readings"), input_manager_key="tables_io")

    @dg.asset(ins={"table": table}, partitions_def=PARTITIONS.daily)
    def with_pandas(table: pd.DataFrame) -> None:
        seen["pandas"] = table

    @dg.asset(ins={"table": table}, partitions_def=PARTITIONS.daily)
    def with_polars(table: pl.DataFrame) -> None:
        seen["polars"] = table

    source = dg.AssetSpec(key("gold", "readings"), partitions_def=PARTITIONS.daily)
    assert platform.run(source, with_pandas, with_polars, partition="2025-01-01").success
    assert seen["polars"].equals(readings(JANUARY_1))
    frame = seen["pandas"]
    assert isinstance(frame, pd.DataFrame)
    assert frame["amount"].dtype == "decimal128(18, 2)[pyarrow]"
    assert frame.to_dict("records") == [
        {
            "reading_id": "R0101",
            "day": JANUARY_1,
            "amount": Decimal("0.10"),
            "taken_at": pd.Timestamp("2025-01-01 23:59", tz="UTC"),
        }
    ]


def test_an_input_has_the_days_of_the_run_and_the_columns_that_it_names(
    platform: Platform,
) -> None:
    days = [JANUARY_1, JANUARY_2, date(2025, 2, 1)]
    quarter = {RANGE_START_TAG: "2025-01-01", RANGE_END_TAG: "2025-02-01"}
    assert platform.run(stored_readings(readings(*days)), **quarter).success
    seen = []

    @dg.asset(
        ins={
            "table": dg.AssetIn(
                key("gold", "readings"),
                input_manager_key="tables_io",
                metadata={"columns": ["day"]},
            )
        },
        partitions_def=PARTITIONS.monthly,
    )
    def month(table: pl.DataFrame) -> None:
        seen.append(table)

    source = dg.AssetSpec(key("gold", "readings"), partitions_def=PARTITIONS.daily)
    assert platform.run(source, month, partition="2025-01-01").success
    assert seen[0].to_dict(as_series=False) == {"day": [JANUARY_1, JANUARY_2]}


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_frame_that_an_asset_returns_replaces_its_table(platform: Platform, library: str) -> None:
    frame = readings(JANUARY_1)

    @dg.asset(
        key=key("gold", "readings"),
        io_manager_key="tables_io",
        partitions_def=PARTITIONS.daily,
        backfill_policy=SINGLE_RUN,
    )
    def table() -> Any:
        return frame.to_pandas(use_pyarrow_extension_array=True) if library == "pandas" else frame

    assert platform.run(table, partition="2025-01-01").success
    assert platform.run(table, partition="2025-01-01").success
    assert platform.stored() == [("R0101", Decimal("0.10"))]
