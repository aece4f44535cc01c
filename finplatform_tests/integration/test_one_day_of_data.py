"""One day of data gives the pages of days, which say what is not there yet."""

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
from sqlalchemy.engine import URL

from finplatform.orchestration.checks.report_page_checks import page_check_result
from finplatform.orchestration.jobs import HISTORY_BY_DAY_JOB
from finplatform.reporting.catalog.pages import PAGES
from finplatform.warehouse.page_queries import queries_of
from finplatform.windows import Window
from finplatform_tests.databases import new_databases
from finplatform_tests.integration.bank import BuiltBank
from finplatform_tests.oracle.sentences.pages import sentences_of
from finplatform_tests.said import untrue

pytestmark = [pytest.mark.integration, pytest.mark.graph]

DAY = date(2025, 1, 31)
NOTHING = "holds no rows to show yet"


@pytest.fixture(scope="module")
def bank(postgres_server: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuiltBank]:
    """A bank of which one day was loaded, and no month was closed."""
    month = Window.through(date(2025, 1, 1), DAY)
    with new_databases(postgres_server, "warehouse", "dagster") as urls:
        made = BuiltBank(tmp_path_factory.mktemp("one_day"), *urls, month)
        made.simulate()
        made.backfill(Window.day(DAY), HISTORY_BY_DAY_JOB)
        yield made


def test_the_pages_of_days_are_written_and_say_what_they_have_not(bank: BuiltBank) -> None:
    files = {page: bank.settings.reports / f"{page.name}.html" for page in PAGES}
    written = {page.name: file.read_text("utf-8") for page, file in files.items() if file.exists()}
    assert {"payments", "settlements", "country_months"} <= written.keys()
    with psycopg.connect(bank.url) as connection:
        run = queries_of(connection)
        for page in PAGES:
            if page.name in written:
                result = page_check_result(page, bank.settings, run, "USD")
                assert result.passed, f"{page.name}: {result.description}"
    assert any(NOTHING in text for text in written.values())
    words = ("Traceback", ">nan<", ">NaN<")
    assert not any(word in text for text in written.values() for word in words)
    said = [each for page, text in written.items() for each in sentences_of(page, text)]
    assert untrue(said) == []
