"""Published economies and prices through bronze, silver and gold, by `examples/latin_america`.

What the files say is worked out here by the standard library, not by the platform. Skipped without
the data: `FINPLATFORM_TEST_DATA` names the folder that holds `country_indicators/` and
`market_lean_daily/`.
"""

import csv
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import Kind
from finplatform.ingest.connectors.config import FilesSource, load_sources
from finplatform.ingest.connectors.files import FilesConnector
from finplatform.ingest.connectors.registry import TableSource
from finplatform.ingest.load import LoadResult, LoadSettings, TableLoader
from finplatform.security.keys import MasterKey
from finplatform.settings import PROJECT_ROOT, Settings
from finplatform.warehouse import bulk, dbt, ddl
from finplatform.warehouse.calendar_seed import MEMBERS
from finplatform.warehouse.database import Warehouse
from finplatform.windows import Window
from finplatform_tests.databases import new_databases

HISTORY = Window.through(date(1998, 1, 2), date(2021, 3, 31))
MODELS = "+fact_country_month +fact_market_prices"


def _folder() -> Path | None:
    root = os.environ.get("FINPLATFORM_TEST_DATA")
    folder = Path(root) if root else None
    needed = ("country_indicators", "market_lean_daily")
    return folder if folder and all((folder / name).is_dir() for name in needed) else None


FOLDER = _folder()

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        FOLDER is None,
        reason="FINPLATFORM_TEST_DATA holds no country_indicators/ and market_lean_daily/",
    ),
]


def _published(name: str) -> list[dict[str, str]]:
    assert FOLDER is not None
    with (FOLDER / "country_indicators" / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


class Bank:
    """The loaded bank: its database and what each load said."""

    def __init__(self, location: URL, home: Path) -> None:
        assert FOLDER is not None
        self._home = home
        self._warehouse = Warehouse(location)
        config = load_sources(
            PROJECT_ROOT / "examples" / "latin_america" / "sources.yaml", frozenset(SOURCES)
        )
        master = MasterKey.generate()
        with bulk.connect(self._warehouse.url) as connection:
            ddl.create_schemas(connection)
            for contract in SOURCES.values():
                ddl.create_table(connection, contract.stored)
            connection.commit()
        self.reports: dict[str, LoadResult] = {}
        for table, mapping in config.tables.items():
            source = config.sources[mapping.source]
            assert isinstance(source, FilesSource)
            root = Path(source.root.format(landing=FOLDER, home=home))
            contract = SOURCES[table]
            loader = TableLoader(
                contract,
                [TableSource(mapping, FilesConnector(source, root))],
                master,
                LoadSettings(first_day=HISTORY.start, last_day=HISTORY.last),
            )
            is_event = contract.stored.kind is Kind.EVENT
            self.reports[table] = loader.load(self._warehouse.url, HISTORY if is_event else None)
        self.build(MODELS, HISTORY)

    def build(self, models: str, window: Window) -> None:
        """Builds dbt models, with the tests of their data."""
        arguments = ["build", "--exclude-resource-type", "unit_test", "--select", *models.split()]
        environment = dbt.dbt_environment(Settings(home=self._home), self._warehouse.location)
        dbt.run_dbt([*arguments, *dbt.window_arguments(window)], environment)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the warehouse."""
        with psycopg.connect(self._warehouse.url) as connection:
            return connection.execute(query.encode()).fetchall()

    def execute(self, statement: str) -> None:
        """Runs a statement on the warehouse."""
        with psycopg.connect(self._warehouse.url) as connection:
            connection.execute(statement.encode())

    def prices_fingerprint(self) -> tuple[Any, ...]:
        """Count and md5 of all rows of the price fact."""
        (row,) = self.rows(
            "select count(*), md5(string_agg(p::text, '|' order by price_key))"
            " from gold.fact_market_prices as p"
        )
        return row


@pytest.fixture(scope="module")
def bank(postgres_server: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """The published data, loaded and built once into a database of its own."""
    with new_databases(postgres_server, "latin_america") as (url,):
        yield Bank(make_url(url), tmp_path_factory.mktemp("latin_america"))


def test_every_published_price_arrives_and_nothing_is_rejected(bank: Bank) -> None:
    assert bank.rows("select * from quarantine.rejected_rows limit 5") == []
    assert bank.reports["market_data"].rows_loaded == 98_716
    assert bank.reports["price_adjustments"].rows_loaded == 415


@pytest.mark.parametrize(("year", "inflation"), [(2010, "5.04"), (2020, "3.21")])
def test_consumer_inflation_of_brazil_is_what_was_published(
    bank: Bank, year: int, inflation: str
) -> None:
    (published,) = (
        row["Inflation"]
        # The names of the two files are swapped: this one has consumer prices.
        for row in _published("inflation__inflation-gdp.csv")
        if (row["Country Code"], row["Year"]) == ("BRA", str(year))
    )
    assert f"{float(published):.2f}" == inflation
    condition = f"where country = 'BR' and extract(year from {{}}) = {year}"
    for table, column, day in (
        ("bronze.country_indicators", "value", "indicator_date"),
        ("silver.stg_country_indicators", "value", "indicator_date"),
        ("gold.fact_country_month", "inflation_pct", "month_end_date"),
    ):
        only = "" if table.startswith("gold") else " and indicator_code = 'INFLATION'"
        found = bank.rows(f"select {column} from {table} {condition.format(day)}{only}")
        assert len(found) == (12 if table.startswith("gold") else 1)
        assert {f"{value:.2f}" for (value,) in found} == {inflation}


def test_a_figure_is_known_when_its_year_is_over(bank: Bank) -> None:
    known = dict(
        bank.rows(
            "select to_char(month_end_date, 'YYYY-MM'),"
            " round(known_inflation_pct::numeric, 2)::text"
            " from gold.fact_country_month where country = 'BR' and month_end_date >= '2020-01-01'"
        )
    )
    assert known["2021-01"] == known["2020-12"] == "3.21"
    assert known["2020-11"] != "3.21"


def test_the_gap_of_argentina_is_missing_and_not_zero(bank: Bank) -> None:
    published = {row["Country Code"] for row in _published("inflation__inflation-gdp.csv")}
    assert "ARG" not in published
    (counts,) = bank.rows(
        "select count(*), count(inflation_pct), count(known_inflation_pct),"
        " count(*) filter (where missing_indicators like '%INFLATION%')"
        " from gold.fact_country_month where country = 'AR'"
    )
    assert counts[0] > 680
    assert counts[1:] == (0, 0, counts[0])


def test_what_is_null_is_listed_as_missing_in_every_country(bank: Bank) -> None:
    found = bank.rows(
        "select count(*) from gold.fact_country_month where"
        " (inflation_pct is null) <> coalesce(missing_indicators ~ '\\yINFLATION\\y', false)"
        " or (gdp_usd is null) <> coalesce(missing_indicators ~ '\\yGDP_USD\\y', false)"
        " or (unemployment_pct is null)"
        " <> coalesce(missing_indicators ~ '\\yUNEMPLOYMENT\\y', false)"
    )
    assert found == [(0,)]


def test_ten_countries_have_their_economy(bank: Bank) -> None:
    found = bank.rows(
        "select country, count(gdp_usd), count(unemployment_pct), count(population)"
        " from gold.fact_country_month group by country order by country"
    )
    assert [row[0] for row in found] == list(MEMBERS)
    assert all(min(row[1:]) > 0 for row in found)


def test_a_split_is_no_loss_and_adjusted_prices_are_the_published_factors(bank: Bank) -> None:
    """Apple split seven for one on 9 June 2014."""
    (row,) = bank.rows(
        "select close_price, return_rate, adjusted_close / close_price from gold.fact_market_prices"
        " where symbol = 'AAPL' and data_date = '2014-06-09'"
    )
    (before,) = bank.rows(
        "select close_price, adjusted_close / close_price from gold.fact_market_prices"
        " where symbol = 'AAPL' and data_date = '2014-06-06'"
    )
    assert float(row[0] / before[0]) < 0.15
    assert 0.01 < row[1] < 0.02
    assert float(row[2] / before[1]) == pytest.approx(7, rel=1e-4)


@pytest.mark.graph
def test_prices_are_the_same_whatever_the_order_of_their_windows(bank: Bank) -> None:
    whole = bank.prices_fingerprint()
    assert whole[0] == 98_716
    bank.execute("delete from gold.fact_market_prices")
    seam = date(2014, 6, 9)
    bank.build("fact_market_prices", Window(seam, HISTORY.end))
    assert bank.prices_fingerprint() != whole
    bank.build("fact_market_prices", Window(HISTORY.start, seam))
    assert bank.prices_fingerprint() == whole


@pytest.mark.graph
def test_a_new_split_reaches_every_day_before_it(bank: Bank) -> None:
    before = dict(
        bank.rows(
            "select data_date, return_rate from gold.fact_market_prices where symbol = 'FB'"
            " and data_date <= '2021-03-30'"
        )
    )
    bank.execute(
        "update silver.stg_price_adjustments set adjustment_factor = 0.5 where symbol = 'FB'"
    )
    bank.build("fact_market_prices", Window.day(HISTORY.last))
    assert bank.rows(
        "select distinct adjustment_factor::float8 from gold.fact_market_prices where symbol = 'FB'"
    ) == [(0.5,)]
    after = dict(
        bank.rows(
            "select data_date, return_rate from gold.fact_market_prices where symbol = 'FB'"
            " and data_date <= '2021-03-30'"
        )
    )
    assert after == before
