"""The sentences of the pages of banks with different extremes are true of the rows they carry.

The banks are a built one as its pages were written, the same as of days on which little was there,
the same without its loans, and one whose tables are empty. Banks that have to be built for it are
in `test_one_day_of_data` and `test_stressed_bank`; rows with every extreme are made up for the
judges (`finplatform_tests.oracle.sentences`).
"""

from datetime import date

import psycopg
import pytest

from finplatform.reporting.catalog.pages import PAGES
from finplatform.reporting.reading import read_page
from finplatform.reporting.report_page import report_html
from finplatform.warehouse.page_queries import queries_of
from finplatform_tests.integration.bank import FIRST, BuiltBank
from finplatform_tests.oracle.sentences.judged import CHARTS
from finplatform_tests.oracle.sentences.pages import Said, sentences_of
from finplatform_tests.said import said_by, untrue

pytestmark = pytest.mark.integration

CURRENCY = "USD"
OF_LOANS = (
    "concentration", "credit_exposures", "credit_outcomes", "credit_risk_portfolio",
    "ecl_roll_forward", "expected_credit_loss", "fact_risk_metrics", "grade_overrides",
    "large_exposures", "loan_ledger_reconciliation", "loss_parameters", "model_calibration",
    "model_monitoring", "pd_candidates", "pd_fairness", "pd_feature_drift", "pd_grades",
    "pd_scores", "rating_scale", "stress_results",
)  # fmt: skip
WITHOUT_LOANS = "; ".join(
    [
        *(f"delete from gold.{table}" for table in OF_LOANS),
        "delete from gold.rwa_by_class where risk_type = 'credit'",
        "delete from gold.product_months where owed_amount > 0",
    ]
)


def said_from(connection: psycopg.Connection, as_of: date | None = None) -> list[Said]:
    """What all pages say of the tables that a connection sees."""
    run = queries_of(connection)
    return [
        said
        for page in PAGES
        for said in said_by(page, read_page(page, run, as_of=as_of, currency=CURRENCY), CURRENCY)
    ]


def test_the_pages_of_a_built_bank_say_what_is_true(built_bank: BuiltBank) -> None:
    folder = built_bank.settings.reports
    said = [
        each
        for page in PAGES
        for each in sentences_of(
            page.name, (folder / f"{page.name}.html").read_text(encoding="utf-8")
        )
    ]
    assert {each.key for each in said} == set(CHARTS)
    assert sum(each.rows is not None for each in said) > len(CHARTS) / 2
    assert untrue(said) == []


@pytest.mark.parametrize("as_of", [FIRST, date(2025, 1, 31), date(2025, 2, 14)])
def test_the_pages_of_an_earlier_day_say_what_is_true(built_bank: BuiltBank, as_of: date) -> None:
    with psycopg.connect(built_bank.url) as connection:
        said = said_from(connection, as_of)
    assert said
    assert untrue(said) == []


def test_the_pages_of_a_bank_without_loans_say_what_is_true(built_bank: BuiltBank) -> None:
    with psycopg.connect(built_bank.url) as connection:
        connection.execute(WITHOUT_LOANS.encode())
        said = said_from(connection)
        connection.rollback()
    assert {page for page, _ in CHARTS} - {each.key[0] for each in said} == {
        "credit_portfolio",
        "expected_loss",
        "pd_model",
    }
    assert untrue(said) == []


def test_the_pages_of_empty_tables_say_that_there_is_nothing(empty_tables: str) -> None:
    with psycopg.connect(empty_tables) as connection:
        run = queries_of(connection)
        pages = {page: read_page(page, run, as_of=None, currency=CURRENCY) for page in PAGES}
    said = [
        each
        for page, rows in pages.items()
        for each in sentences_of(
            page.name, report_html(page, rows, bank="Empty", currency=CURRENCY)
        )
    ]
    assert {each.key for each in said} == set(CHARTS)
    assert all(each.rows is None for each in said)
    assert untrue(said) == []
