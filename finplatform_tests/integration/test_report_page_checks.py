"""The check of a page of the catalogue fails as soon as the page and its tables differ."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import psycopg
import pytest
from sqlalchemy.engine import URL

from finplatform.contracts.gold import GOLD
from finplatform.orchestration.checks.report_page_checks import page_check_result
from finplatform.reporting.catalog.capital_adequacy import PAGE
from finplatform.reporting.reading import read_page
from finplatform.reporting.report_files import write_page
from finplatform.settings import Settings
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.page_queries import queries_of
from finplatform_tests.contract_rows import valid_rows
from finplatform_tests.databases import new_databases

pytestmark = pytest.mark.integration

DAY = date(2025, 2, 3)
"""Date of the last of four rows of `valid_rows`."""
CURRENCY = "USD"


@dataclass(frozen=True)
class Bank:
    """Where a bank's pages and tables are."""

    settings: Settings
    url: str

    def write(self) -> None:
        """Writes the page as the tables are."""
        with psycopg.connect(self.url) as connection:
            rows = read_page(PAGE, queries_of(connection), as_of=None, currency=CURRENCY)
        path = self.settings.reports / f"{PAGE.name}.html"
        write_page(path, PAGE, rows, bank="Bank", currency=CURRENCY)

    def failures(self) -> str:
        """What the check says, empty if it passes."""
        with psycopg.connect(self.url) as connection:
            result = page_check_result(PAGE, self.settings, queries_of(connection), CURRENCY)
        return "" if result.passed else str(result.description)

    def run(self, statement: str) -> None:
        """Changes a table."""
        with psycopg.connect(self.url) as connection:
            connection.execute(statement.encode())

    def change(self, old: str, new: str) -> None:
        """Replaces text in the written page."""
        path = self.settings.reports / f"{PAGE.name}.html"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _rows(table: str) -> pl.DataFrame:
    """Rows that keep the contract, of one date where the date is not the key."""
    rows = valid_rows(GOLD[table], 4)
    if GOLD[table].key == ("reporting_date",):
        return rows
    rows = rows.with_columns(reporting_date=pl.lit(DAY))
    if table == "rwa_by_class":
        return rows.with_columns(risk_type=pl.lit("credit"), approach=pl.lit("IRB"))
    return rows.unique(GOLD[table].key, keep="first", maintain_order=True)


@pytest.fixture(scope="module")
def url(postgres_server: URL) -> Iterator[str]:
    with new_databases(postgres_server, "report_pages") as (url,):
        yield url


@pytest.fixture
def bank(url: str, tmp_path: Path) -> Bank:
    """A bank with the tables of the page and, from the same rows, the page."""
    with bulk.connect(url) as connection:
        ddl.drop_schemas(connection)
        ddl.create_schemas(connection)
        for source in PAGE.sources:
            table = source.removeprefix("gold.")
            ddl.create_table(connection, GOLD[table])
            bulk.append(connection, "gold", table, _rows(table))
    bank = Bank(Settings(home=tmp_path), url)
    bank.write()
    return bank


def test_a_page_that_shows_what_the_tables_hold_passes(bank: Bank) -> None:
    assert bank.failures() == ""


CHANGES: dict[str, Callable[[Bank], None]] = {
    "Capital ratios: shows the rows of its query": lambda bank: bank.run(
        "update gold.capital_adequacy set cet1_ratio = cet1_ratio + 0.01"
    ),
    "Ratios and minimums: shows the rows of its query": lambda bank: bank.run(
        "update gold.capital_adequacy set total_capital = total_capital + 1"
    ),
    "From exposure to risk-weighted assets: shows the rows of its query": lambda bank: bank.run(
        "update gold.capital_adequacy set defaulted_amount = defaulted_amount + 1"
    ),
    "By exposure class: shows the rows of its query": lambda bank: bank.run(
        "update gold.rwa_by_class set expected_loss = expected_loss + 1"
    ),
    "Buffers above the minimums: shows the rows of its query": lambda bank: bank.run(
        "update gold.capital_adequacy set countercyclical_rate = null"
    ),
    "Rules in force: shows the rows of its query": lambda bank: bank.run(
        "update gold.capital_adequacy set rules = 'RBC99.9:new'"
    ),
    "Own funds: draws these rows": lambda bank: bank.run(
        "update gold.own_funds set counted_amount = counted_amount + 1"
    ),
    "page: is a whole HTML document": lambda bank: bank.change("</script></body>", "</script>"),
    "page: has 8 charts": lambda bank: bank.change('data-chart="own-funds"', ""),
    "page: every figure has a value or a dash": lambda bank: bank.change(">In default<", ">nan<"),
    "capital_adequacy.html: exists": lambda bank: (
        bank.settings.reports / "capital_adequacy.html"
    ).unlink(),
}


@pytest.mark.parametrize(("failure", "change"), CHANGES.items(), ids=CHANGES.keys())
def test_what_differs_between_the_page_and_its_tables_is_named(
    bank: Bank, failure: str, change: Callable[[Bank], None]
) -> None:
    change(bank)
    assert failure in bank.failures()


def test_a_bank_without_a_reporting_date_has_a_page_that_says_so(bank: Bank) -> None:
    for source in PAGE.sources:
        bank.run(f"delete from {source}")
    bank.write()
    text = (bank.settings.reports / "capital_adequacy.html").read_text(encoding="utf-8")
    assert text.count("holds no rows to show yet") == 2 * len(PAGE.charts)
    assert bank.failures() == ""
