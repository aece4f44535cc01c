"""Business days: the same local bookings are the same days of the bank, whatever brings them.

Times are local and without a zone, as banks export them; the bank's zone is in the configuration.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl
import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import Kind
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import load_sources
from finplatform.ingest.connectors.registry import table_sources_of
from finplatform.ingest.load import LoadSettings, TableLoader
from finplatform.settings import Settings
from finplatform.warehouse import bulk, dbt, ddl
from finplatform.warehouse.database import open_warehouse
from finplatform.windows import Window
from finplatform_tests.databases import new_databases
from finplatform_tests.integration.ingest_cases import MASTER, accounts, customers, query, write

pytestmark = pytest.mark.integration

ZONES = ("UTC", "Europe/Prague", "America/Mexico_City", "Asia/Tokyo", "Asia/Kolkata")
WINDOW = Window(date(2025, 2, 1), date(2025, 5, 1))
TIMES = (time(0), time(0, 30), time(5, 29, 59), time(12), time(18, 30), time(23, 59, 59))
# Clocks go forward in Prague on 30 March: an hour of that night does not exist.
BOOKINGS = [
    datetime.combine(WINDOW.start + timedelta(days=number), at)
    for number in range(WINDOW.days)
    for at in TIMES
]
COLUMNS = {
    "account_id": "AC00001", "transaction_type": "DEPOSIT", "currency": "USD",
    "channel": "ONLINE", "status": "COMPLETED", "fees": "0.00", "exchange_rate": "1",
}  # fmt: skip


def _rows() -> pl.DataFrame:
    count = len(BOOKINGS)
    return pl.DataFrame(
        {
            "transaction_id": [f"T{number:05d}" for number in range(count)],
            "amount": [f"{number + 1}.25" for number in range(count)],
            "transaction_date": BOOKINGS,
        }
    ).with_columns(pl.lit(value).alias(name) for name, value in COLUMNS.items())


def _csv(folder: Path, _: str) -> str:
    _rows().write_csv(folder / "tx.csv", datetime_format="%Y-%m-%d %H:%M:%S")
    return "{source: files, read: tx.csv}"


def _parquet(folder: Path, _: str) -> str:
    _rows().write_parquet(folder / "tx.parquet")
    return "{source: files, read: tx.parquet}"


def _postgres(_: Path, url: str) -> str:
    with bulk.connect(url) as connection:
        bulk.execute(connection, "create schema core")
        bulk.execute(
            connection,
            "create table core.transactions (transaction_id text, amount numeric(18, 2),"
            f" transaction_date timestamp, {', '.join(f'{name} text' for name in COLUMNS)})",
        )
        rows = _rows().with_columns(pl.col("amount").cast(pl.Decimal(18, 2)))
        bulk.append(connection, "core", "transactions", rows)
    return "{source: core}"


Deliver = Callable[[Path, str], str]


class Bank:
    """A bank of one account in a zone, loaded but not built."""

    def __init__(self, zone: str, deliver: Deliver, url: str, folder: Path) -> None:
        write(folder / "customers.csv", customers(2))
        write(folder / "accounts.csv", accounts(("AC00001",)))
        (folder / "sources.yaml").write_text(
            f"bank: {{name: Local, timezone: {zone}}}\n"
            "sources:\n"
            "  files: {connector: files, root: .}\n"
            "  core: {connector: postgres, schema: core}\n"
            "tables:\n"
            "  customers: {source: files, read: customers.csv}\n"
            "  accounts: {source: files, read: accounts.csv}\n"
            f"  transactions: {deliver(folder, url)}\n"
        )
        self.settings = Settings(
            home=folder, database_url=url, sources_file=folder / "sources.yaml"
        )
        self.warehouse = open_warehouse(self.settings)
        self.zone = zone

    def load(self, table: str, *windows: Window) -> None:
        sources = load_sources(self.settings.sources_file, frozenset(SOURCES))
        contract = SOURCES[table]
        places = table_sources_of(sources.tables[table], sources, self.settings, self.warehouse.url)
        loader = TableLoader(
            contract,
            places,
            MASTER,
            LoadSettings(WINDOW.start, WINDOW.last, bank_timezone=sources.bank.day_zone),
        )
        for window in windows or (None,):
            loader.load(self.warehouse.url, window)

    def build(self) -> None:
        with bulk.connect(self.warehouse.url) as connection:
            ddl.create_schemas(connection)
            for contract in SOURCES.values():
                ddl.create_table(connection, contract.stored)
        environment = dbt.dbt_environment(self.settings, self.warehouse.location)
        dbt.run_dbt(
            [
                *("build", "--exclude-resource-type", "unit_test"),
                *("--select", "+fact_transactions", "+fact_balances", "+fact_account_monthly"),
                *dbt.window_arguments(WINDOW),
            ],
            environment,
        )


@pytest.mark.parametrize("deliver", [_csv, _parquet, _postgres])
@pytest.mark.parametrize("zone", ZONES)
def test_local_bookings_are_stored_under_their_local_day(
    zone: str, deliver: Deliver, postgres_server: URL, tmp_path: Path
) -> None:
    with new_databases(postgres_server, "days") as (url,):
        bank = Bank(zone, deliver, url, tmp_path)
        bank.load("customers")
        bank.load("accounts")
        # Month by month, so that a row that is cut into a neighbouring window is seen.
        months = [Window(date(2025, 2, 1), date(2025, 3, 1)), Window(date(2025, 3, 1), WINDOW.end)]
        bank.load("transactions", *months)
        stored = query(
            bank.warehouse.url,
            "select transaction_id, transaction_date::date, to_char(transaction_date,"
            " 'YYYY-MM-DD HH24:MI:SS') from bronze.transactions order by 1",
        )
        assert stored == [
            (f"T{number:05d}", at.date(), str(at)) for number, at in enumerate(BOOKINGS)
        ]


@pytest.mark.parametrize("read", ["tx_{date}.csv", "tx.csv"])
@pytest.mark.parametrize("zone", ZONES)
def test_a_booking_without_a_time_is_its_day_and_belongs_to_that_days_file(
    zone: str, read: str, postgres_server: URL, tmp_path: Path
) -> None:
    days = list(WINDOW.dates())

    def deliver(folder: Path, _: str) -> str:
        rows = _rows().filter(pl.col("transaction_date").dt.time() == time(0))
        dated = rows.with_columns(pl.col("transaction_date").dt.date())
        if "{" in read:
            for (day,), part in dated.group_by("transaction_date"):
                part.write_csv(folder / f"tx_{day}.csv")
        else:
            dated.write_csv(folder / read)
        return f'{{source: files, read: "{read}"}}'

    with new_databases(postgres_server, "days") as (url,):
        bank = Bank(zone, deliver, url, tmp_path)
        bank.load("customers")
        bank.load("accounts")
        bank.load("transactions", *(Window.day(day) for day in days[:3]), WINDOW)
        assert query(
            bank.warehouse.url, "select transaction_date::date from bronze.transactions order by 1"
        ) == [(day,) for day in days]
        assert query(bank.warehouse.url, "select count(*) from quarantine.rejected_rows") == [(0,)]


def test_a_warehouse_keeps_the_zone_of_its_days(postgres_url: str, tmp_path: Path) -> None:
    bank = Bank("Asia/Tokyo", _csv, postgres_url, tmp_path)
    bank.load("customers")
    other = Bank("Europe/Prague", _csv, postgres_url, tmp_path)
    with pytest.raises(FinplatformError, match=r"those of Asia/Tokyo, not of Europe/Prague"):
        other.load("accounts")


def _gold(bank: Bank) -> dict[str, list[tuple]]:
    queries = {
        "days": "select transaction_id, transaction_date, transaction_hour"
        " from gold.fact_transactions order by 1",
        "balances": "select balance_date, closing_balance from gold.fact_balances order by 1",
        "months": "select month_end, credits, balance_sum"
        " from gold.fact_account_monthly order by 1",
    }
    # Read in UTC: what gold says of a day must not depend on the reader's session.
    with psycopg.connect(make_url(bank.warehouse.location).render_as_string(False)) as connection:
        connection.execute("set time zone 'UTC'")
        return {name: connection.execute(text).fetchall() for name, text in queries.items()}


@pytest.mark.graph
@pytest.mark.timeout(1800)
def test_gold_has_the_same_days_balances_and_month_ends_in_every_zone(
    postgres_server: URL, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = {}
    for zone in ZONES:
        for deliver in (_csv, _parquet, _postgres):
            with new_databases(postgres_server, "days") as (url,):
                bank = Bank(zone, deliver, url, tmp_path_factory.mktemp("bank"))
                for table in ("customers", "accounts"):
                    bank.load(table)
                bank.load("transactions", WINDOW)
                bank.build()
                found[zone, deliver.__name__] = _gold(bank)
    expected = found["UTC", "_csv"]
    assert len(expected["days"]) == len(BOOKINGS)
    assert all(day == at.date() for (_, day, _), at in zip(expected["days"], BOOKINGS, strict=True))
    assert {place for place, gold in found.items() if gold != expected} == set()


def test_every_event_table_has_a_day() -> None:
    assert all(c.stored.date_column for c in SOURCES.values() if c.stored.kind is Kind.EVENT)
