"""The check of a report fails as soon as the report and its tables say different things."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import psycopg
import pytest
from sqlalchemy.engine import URL

from finplatform.contracts.gold import GOLD
from finplatform.orchestration.checks.report_checks import report_check_result
from finplatform.reporting import pages
from finplatform.reporting.model_card import CardSource, card_html, card_markdown
from finplatform.reporting.xbrl_csv import Filing, packages
from finplatform.settings import Settings
from finplatform.warehouse import bulk, ddl
from finplatform_tests.contract_rows import valid_rows
from finplatform_tests.databases import new_databases

pytestmark = pytest.mark.integration

DAY = date(2025, 2, 3)
"""Date of the last of four rows of `valid_rows`."""


@dataclass(frozen=True)
class Bank:
    """Where a bank's reports and tables are."""

    settings: Settings
    url: str

    def failures(self, report: str) -> str:
        """What the check of a report says, empty if it passes."""
        result = report_check_result(report, self.settings, self.url)
        return "" if result.passed else str(result.description)

    def change(self, file: str, old: str, new: str) -> None:
        """Replaces text in a written report."""
        path = self.settings.reports / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def run(self, statement: str) -> None:
        """Changes a table."""
        with psycopg.connect(self.url) as connection:
            connection.execute(statement.encode())


def _cells() -> pl.DataFrame:
    """Filled cells of the latest date, one in each of two packages, and a gap."""
    rows = valid_rows(GOLD["supervisory_cells"], 3)
    return rows.with_columns(
        reporting_date=pl.lit(DAY),
        template=pl.Series(["C_01.00", "C_07.00", "C_47.00"]),
        table_code=pl.Series(["C_01.00", "C_07.00.a", "C_47.00"]),
        sheet=pl.Series(["all", "eba_qEC:qx01", "all"]),
        datapoint=pl.Series(["dp33413", "dp3293799", "dp132890"]),
        kind=pl.lit("m"),
        amount=pl.Series([Decimal(100), Decimal("20.25"), None], dtype=pl.Decimal(24, 6)),
    )


@pytest.fixture(scope="module")
def url(postgres_server: URL) -> Iterator[str]:
    with new_databases(postgres_server, "reports") as (url,):
        yield url


@pytest.fixture
def bank(url: str, tmp_path: Path) -> Bank:
    """A bank with tables and, from the same rows, its templates."""
    with bulk.connect(url) as connection:
        ddl.drop_schemas(connection)
        ddl.create_schemas(connection)
        ddl.create_table(connection, GOLD["supervisory_cells"])
        bulk.append(connection, "gold", "supervisory_cells", _cells())
    bank = Bank(Settings(home=tmp_path), url)
    _write_templates(bank)
    return bank


def _write_templates(bank: Bank) -> None:
    for module, files in packages(_cells().rows(named=True), Filing(DAY, "USD")).items():
        for path, text in files.items():
            pages.write(bank.settings.reports / "templates" / module / path, text)


def test_templates_that_show_what_the_tables_hold_pass(bank: Bank) -> None:
    assert bank.failures("supervisory_templates") == ""


OWN_FUNDS = "templates/corep_of/reports/c_01.00.csv"
TEMPLATE_CHANGES: dict[str, Callable[[Bank], None]] = {
    "c_01.00.csv: files what the warehouse holds": lambda bank: bank.run(
        "update gold.supervisory_cells set amount = amount + 1"
    ),
    "c_07.00.a.csv: files what the warehouse holds": lambda bank: bank.change(
        "templates/corep_of/reports/c_07.00.a.csv", "eba_qEC:qx01", "eba_qEC:qx16"
    ),
    "parameters.csv: is of 2025-02-03": lambda bank: bank.change(
        "templates/corep_of/reports/parameters.csv", "2025-02-03", "2025-02-02"
    ),
    "FilingIndicators.csv: names the templates with a filled cell": lambda bank: bank.change(
        "templates/corep_of/reports/FilingIndicators.csv", "C_01.00,true", "C_01.00,false"
    ),
    "factValue: str_matches": lambda bank: bank.change(OWN_FUNDS, "100.00", "nan"),
    "datapoint: str_matches": lambda bank: bank.change(OWN_FUNDS, "dp33413", "33413"),
    "c_01.00.csv: exists": lambda bank: (bank.settings.reports / OWN_FUNDS).unlink(),
    "c_47.00.csv: has a filled cell": lambda bank: pages.write(
        bank.settings.reports / "templates/corep_lr/reports/c_47.00.csv", "datapoint,factValue\n"
    ),
}


@pytest.mark.parametrize(
    ("failure", "change"), TEMPLATE_CHANGES.items(), ids=TEMPLATE_CHANGES.keys()
)
def test_what_differs_between_the_templates_and_their_tables_is_named(
    bank: Bank, failure: str, change: Callable[[Bank], None]
) -> None:
    change(bank)
    assert failure in bank.failures("supervisory_templates")


def test_a_bank_without_a_reporting_date_needs_no_templates(bank: Bank) -> None:
    bank.run("delete from gold.supervisory_cells")
    assert bank.failures("supervisory_templates") == ""


def test_a_card_of_the_prior_is_checked_for_its_version(bank: Bank) -> None:
    from finplatform.ml.prior import PriorModel

    source = CardSource("Bank", PriorModel().model_version, "expert prior")
    pages.write(bank.settings.reports / "model_card.html", card_html(source))
    pages.write(bank.settings.reports / "model_card.md", card_markdown(source))
    assert bank.failures("model_card") == ""
    bank.change("model_card.html", "Model card prior", "Model card pd")
    bank.change("model_card.md", "# Model card", "# Card")
    found = bank.failures("model_card")
    assert "title: is Model card prior-" in found
    assert "model_card.md: begins with Model card prior-" in found


def test_a_warehouse_that_is_away_fails_the_check(bank: Bank) -> None:
    away = Bank(bank.settings, "postgresql://nobody@127.0.0.1:1/none")
    assert away.failures("supervisory_templates").startswith("PassingError: There is no connection")
