"""Fixtures of tests that change a bank, and so need one of their own."""

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import URL

from finplatform_tests.databases import new_databases
from finplatform_tests.integration.bank import BuiltBank


@pytest.fixture(scope="module")
def empty_bank(
    postgres_server: URL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuiltBank]:
    """A simulated bank of which nothing has been built."""
    with new_databases(postgres_server, "warehouse", "dagster") as urls:
        bank = BuiltBank(tmp_path_factory.mktemp("bank"), *urls)
        bank.simulate()
        yield bank


@pytest.fixture(scope="module")
def own_bank(empty_bank: BuiltBank) -> BuiltBank:
    """A simulated bank through the whole graph, for one module to do with as it likes."""
    empty_bank.build()
    return empty_bank
