"""A platform of four tables, on a real warehouse, whose rows tests choose.

Readings are cut by day, and so are their doubles; totals of a month and of all days are made from
the readings. Belongs here: its assets, its resources and runs on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pandera.polars as pa
import polars as pl
import psycopg

from finplatform.contracts.contract import Contract, Kind
from finplatform.notifications.store import Incident, IncidentStore
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.storing import store, table_arguments
from finplatform.orchestration.incidents import CheckedGraph
from finplatform.orchestration.partitions import (
    RANGE_END_TAG,
    RANGE_START_TAG,
    Partitions,
    days_of_month,
)
from finplatform.orchestration.resources.held_tables import HeldTables
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.orchestration.sensors.incidents import follow_events
from finplatform.settings import Settings
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.database import open_warehouse

PARTITIONS = Partitions.of_history(date(2025, 1, 1), date(2025, 3, 31))
SINGLE_RUN = dg.BackfillPolicy.single_run()
FIRST, SECOND = date(2025, 1, 1), date(2025, 1, 2)


def contract(table: str, *, is_cut: bool = True) -> Contract:
    """Contract of a table whose amounts are not negative."""
    return Contract(
        schema_name="gold",
        table=table,
        grain="one row per day",
        kind=Kind.EVENT if is_cut else Kind.TABLE,
        fields={
            "day": pa.Column(pl.Date),
            "amount": pa.Column(pl.Decimal(18, 2), pa.Check.ge(0)),
        },
        key=("day",),
        date_column="day" if is_cut else None,
    )


READINGS, DOUBLES = contract("readings"), contract("doubles")
MONTHS, TOTALS = contract("months"), contract("totals", is_cut=False)
CONTRACTS = {each.name: each for each in (READINGS, DOUBLES, MONTHS, TOTALS)}


@dataclass
class Bank:
    """What the readings of a day are, and what was made of them.

    Attributes:
        amounts: Amount of each day.
        made: Tables that were made, in order.
        breaks: Whether the step of the doubles fails.
    """

    amounts: dict[date, str] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    breaks: bool = False


def frame(rows: Mapping[date, str]) -> pl.DataFrame:
    """Rows by their day."""
    values = {"day": list(rows), "amount": [Decimal(amount) for amount in rows.values()]}
    return pl.DataFrame(values, schema=READINGS.dtypes)


def assets_of(bank: Bank) -> list[dg.AssetsDefinition]:
    """The assets, whose rows are those of a bank."""
    cut = {"partitions_def": PARTITIONS.daily, "backfill_policy": SINGLE_RUN}
    readings_key = key("gold", "readings")

    @dg.asset(**table_arguments(READINGS, "analytics"), **cut)
    def readings(context: dg.AssetExecutionContext, tables: TablesResource) -> dg.MaterializeResult:
        covered = context.partition_time_window
        inside = {
            day: amount
            for day, amount in bank.amounts.items()
            if covered.start.date() <= day < covered.end.date()
        }
        return store(context, tables, READINGS.name, frame(inside))

    @dg.asset(**table_arguments(DOUBLES, "analytics"), **cut, deps=[readings_key])
    def doubles(context: dg.AssetExecutionContext, tables: TablesResource) -> dg.MaterializeResult:
        if bank.breaks:
            raise ValueError("the row of jane.doe@example.com is odd")
        covered = context.partition_time_window
        result = store(context, tables, DOUBLES.name, frame({covered.start.date(): "1.00"}))
        bank.made.append("doubles")
        return result

    @dg.asset(
        **table_arguments(MONTHS, "analytics"),
        partitions_def=PARTITIONS.monthly,
        backfill_policy=SINGLE_RUN,
        deps=[days_of_month(readings_key)],
    )
    def months(context: dg.AssetExecutionContext, tables: TablesResource) -> dg.MaterializeResult:
        start = context.partition_time_window.start.date()
        result = store(context, tables, MONTHS.name, frame({start: "1.00"}))
        bank.made.append("months")
        return result

    @dg.asset(**table_arguments(TOTALS, "analytics"), deps=[readings_key])
    def totals(context: dg.AssetExecutionContext, tables: TablesResource) -> dg.MaterializeResult:
        result = store(context, tables, TOTALS.name, frame({FIRST: "1.00"}))
        bank.made.append("totals")
        return result

    return [readings, doubles, months, totals]


class SmallPlatform:
    """The assets on a warehouse, and runs on it.

    Args:
        url: libpq URL of an empty database.
        home: Folder of the platform.
        instance: Where runs are recorded.
        settings: Further settings.
    """

    def __init__(self, url: str, home: Path, instance: dg.DagsterInstance, **settings: Any) -> None:
        self.bank = Bank()
        self.instance = instance
        self.settings = Settings(home=home, database_url=url, **settings)
        self.url = url
        assets = assets_of(self.bank)
        self.assets = dict(zip(("readings", "doubles", "months", "totals"), assets, strict=True))
        self.graph = CheckedGraph.of_assets(assets, [])
        warehouse = WarehouseResource(settings=self.settings)
        held = HeldTables(warehouse=warehouse, graph=self.graph)
        self.resources = {
            "warehouse": warehouse,
            "held": held,
            "tables": TablesResource(warehouse=warehouse, contracts=CONTRACTS, held=held),
            "settings": self.settings,
        }
        with bulk.connect(url) as connection:
            ddl.create_schemas(connection)

    def run(self, *names: str, day: date | None = None, last: date | None = None) -> Any:
        """Materializes assets, of a day or a range of days, in a run that may fail."""
        if last is None:
            given: dict[str, Any] = {"partition_key": day.isoformat() if day else None}
        else:
            assert day is not None
            tags = {RANGE_START_TAG: day.isoformat(), RANGE_END_TAG: last.isoformat()}
            given = {"tags": tags}
        return dg.materialize(
            list(self.assets.values()),
            selection=[self.assets[name] for name in names],
            instance=self.instance,
            resources=self.resources,
            raise_on_error=False,
            **given,
        )

    def follow(self, at: datetime | None = None) -> None:
        """Takes events as the sensor does, and delivers."""
        assert follow_events(self.instance, self.graph, self.settings, at or datetime.now(UTC))

    def incidents(self, *, ended: bool = True) -> list[Incident]:
        """The incidents, the open ones first."""
        with open_warehouse(self.settings).connect() as connection:
            return IncidentStore(connection, ()).incidents(datetime.now(UTC), ended=ended)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the warehouse."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()
