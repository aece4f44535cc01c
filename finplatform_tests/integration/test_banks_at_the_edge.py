"""A bank of one day and a bank that lends nothing go through the whole graph to all pages."""

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
from sqlalchemy.engine import URL

from finplatform.orchestration.checks.report_page_checks import page_check_result
from finplatform.reporting.catalog.pages import PAGES
from finplatform.warehouse.page_queries import queries_of
from finplatform.windows import Window
from finplatform_tests.databases import new_databases
from finplatform_tests.integration.bank import BuiltBank

pytestmark = [pytest.mark.integration, pytest.mark.graph]

MONTH_END = date(2025, 1, 31)
NOTHING = "holds no rows to show yet"

LEND_NOTHING = """
truncate oltp.loans, oltp.loan_payments;
delete from oltp.transactions where transaction_type in ('LOAN_PAYMENT', 'LOAN_DISBURSEMENT');
delete from oltp.transactions as t using oltp.accounts as a
where a.account_id = t.account_id and a.account_type = 'CREDIT_CARD';
delete from oltp.accounts where account_type = 'CREDIT_CARD';
truncate oltp.change_journal;
"""


@pytest.fixture(scope="module", params=["one day", "without loans"])
def bank(
    request: pytest.FixtureRequest, postgres_server: URL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuiltBank]:
    first = MONTH_END if request.param == "one day" else date(2025, 1, 1)
    window = Window.through(first, MONTH_END)
    with new_databases(postgres_server, "warehouse", "dagster") as urls:
        made = BuiltBank(tmp_path_factory.mktemp("edge"), *urls, window)
        made.simulate()
        if request.param == "without loans":
            with psycopg.connect(made.url) as connection:
                connection.execute(LEND_NOTHING.encode())
        made.build()
        yield made


def test_every_page_is_written_and_says_what_it_has_not(bank: BuiltBank) -> None:
    with psycopg.connect(bank.url) as connection:
        run = queries_of(connection)
        for page in PAGES:
            result = page_check_result(page, bank.settings, run, "USD")
            assert result.passed, f"{page.name}: {result.description}"
    pages = [
        (bank.settings.reports / f"{page.name}.html").read_text(encoding="utf-8") for page in PAGES
    ]
    assert any(NOTHING in text for text in pages)
    assert not any(word in text for text in pages for word in ("Traceback", ">nan<", ">NaN<"))
