"""The pages of a bank in which many default say what is true of the rows that they carry."""

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import URL

from finplatform.reporting.catalog.pages import PAGES
from finplatform_tests.databases import new_databases
from finplatform_tests.integration.bank import BuiltBank
from finplatform_tests.oracle.sentences.judged import CHARTS
from finplatform_tests.oracle.sentences.pages import sentences_of
from finplatform_tests.said import untrue

pytestmark = [pytest.mark.integration, pytest.mark.graph]

DEFAULTS = "10"
"""Default rates, times those of a sound bank; the simulator allows no more than about twelve."""


@pytest.fixture(scope="module")
def stressed_bank(
    postgres_server: URL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuiltBank]:
    """A built bank with many defaults."""
    with new_databases(postgres_server, "warehouse", "dagster") as urls:
        bank = BuiltBank(tmp_path_factory.mktemp("stressed"), *urls)
        bank.simulate("--stress", DEFAULTS)
        bank.build()
        yield bank


def test_the_pages_of_a_stressed_bank_say_what_is_true(stressed_bank: BuiltBank) -> None:
    folder = stressed_bank.settings.reports
    said = [
        each
        for page in PAGES
        for each in sentences_of(
            page.name, (folder / f"{page.name}.html").read_text(encoding="utf-8")
        )
    ]
    assert {each.key for each in said} == set(CHARTS)
    assert untrue(said) == []
