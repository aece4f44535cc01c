"""The check of a report fails as soon as the report and its tables say different things."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import psycopg
import pytest
from sqlalchemy.engine import URL

from finplatform.contracts.gold import GOLD
from finplatform.orchestration.checks.report_checks import report_check_result
from finplatform.reporting import corep, pages
from finplatform.reporting.model_card import CardSource, card_html, card_markdown
from finplatform.settings import Settings
from finplatform.warehouse import bulk, ddl
from finplatform_tests.contract_rows import valid_rows
from finplatform_tests.databases import new_databases

pytestmark = pytest.mark.integration

DAY = date(2025, 2, 3)
"""Date of the last of four rows of `valid_rows`."""
TABLES = (
    "capital_adequacy",
    "own_funds",
    "rwa_by_class",
    "operational_risk",
    "leverage",
)


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


def _rows(table: str) -> pl.DataFrame:
    """Rows that keep the contract, all of one date but those of the ratios, and that add up."""
    rows = valid_rows(GOLD[table], 4)
    if table == "capital_adequacy":
        return rows
    rows = rows.with_columns(reporting_date=pl.lit(DAY))
    match table:
        case "own_funds":
            lines = ["common_shares", "retained_earnings", "at1_instruments", "t2_instruments"]
            tiers = ["CET1", "CET1", "AT1", "T2"]
            return rows.with_columns(line=pl.Series(lines), tier=pl.Series(tiers))
        case "rwa_by_class":
            return rows.with_columns(risk_type=pl.lit("credit"))
        case "operational_risk":
            return rows[-1:]
        case "leverage":
            measure = (
                pl.col("on_balance_amount")
                - pl.col("specific_provisions")
                - pl.col("tier1_deductions")
                + pl.col("undrawn_exposure")
            )
            return rows[-1:].with_columns(exposure_measure=measure)
    return rows


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
        for table in TABLES:
            ddl.create_table(connection, GOLD[table])
            bulk.append(connection, "gold", table, _rows(table))
    bank = Bank(Settings(home=tmp_path), url)
    _write_templates(bank)
    return bank


def _write_templates(bank: Bank) -> None:
    own_funds, cells, operational, leverage = (_rows(table) for table in TABLES[1:])
    made = corep.templates(
        list(own_funds.iter_rows(named=True)),
        list(cells.iter_rows(named=True)),
        operational.row(-1, named=True),
        leverage.row(-1, named=True),
    )
    for template in made:
        path = bank.settings.reports / "templates" / f"{template.name}.csv"
        pages.write(path, template.text(str(DAY), "USD"))


def test_templates_that_show_what_the_tables_hold_pass(bank: Bank) -> None:
    assert bank.failures("supervisory_templates") == ""


TEMPLATE_CHANGES: dict[str, Callable[[Bank], None]] = {
    "own_funds r0010 c0010: in_range": lambda bank: bank.run(
        "update gold.own_funds set counted_amount = counted_amount + 1"
    ),
    "credit_sa r0010 c0220: in_range": lambda bank: bank.run(
        "update gold.rwa_by_class set risk_type = 'credit',"
        " sa_risk_weighted_assets = sa_risk_weighted_assets + 1"
    ),
    "date: equal_to(2025-02-04)": lambda bank: bank.run(
        "update gold.capital_adequacy set reporting_date = reporting_date + 1000;"
        "update gold.capital_adequacy set reporting_date = reporting_date - 999"
    ),
    "amount: str_matches": lambda bank: bank.change(
        "templates/own_funds.csv", "Own funds,", "Own funds,nan"
    ),
    "row: str_matches": lambda bank: bank.change("templates/own_funds.csv", ",0010,", ",10,"),
    "leverage.csv: exists": lambda bank: (
        bank.settings.reports / "templates" / "leverage.csv"
    ).unlink(),
}


@pytest.mark.parametrize(
    ("failure", "change"), TEMPLATE_CHANGES.items(), ids=TEMPLATE_CHANGES.keys()
)
def test_what_differs_between_the_templates_and_their_tables_is_named(
    bank: Bank, failure: str, change: Callable[[Bank], None]
) -> None:
    change(bank)
    if failure.startswith("date"):
        for table in TABLES[1:]:
            # Past all other dates and back, as a key holds one row.
            bank.run(f"update gold.{table} set reporting_date = reporting_date + 1000")
            bank.run(f"update gold.{table} set reporting_date = reporting_date - 999")
    assert failure in bank.failures("supervisory_templates")


def test_a_bank_without_a_reporting_date_needs_no_templates(bank: Bank) -> None:
    bank.run("delete from gold.capital_adequacy")
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
    assert away.failures("supervisory_templates").startswith(
        "FinplatformError: There is no connection"
    )
