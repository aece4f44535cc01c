"""One small built bank for all tests of what the requirements print."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row
from sqlalchemy.engine import URL

from finplatform_tests.integration.bank import HISTORY, BuiltBank
from finplatform_tests.integration.conftest import new_databases

Connection = psycopg.Connection[DictRow]


@pytest.fixture(scope="session")
def built_bank(
    postgres_server: URL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuiltBank]:
    """A simulated bank from its sources to the views, without models and reports."""
    with new_databases(postgres_server, "warehouse", "dagster") as urls:
        built = BuiltBank(tmp_path_factory.mktemp("required_bank"), *urls)
        built.simulate()
        built.backfill(HISTORY, "warehouse")
        yield built


@pytest.fixture
def warehouse(built_bank: BuiltBank) -> Iterator[Connection]:
    """A session on the bank's warehouse; what a test changes is rolled back."""
    with psycopg.connect(
        built_bank.url, row_factory=dict_row, options="-ctimezone=UTC"
    ) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def session(built_bank: BuiltBank) -> Iterator[psycopg.Connection]:
    """The same with rows as tuples, for statements whose columns have no names worth asking for."""
    with psycopg.connect(built_bank.url, options="-ctimezone=UTC") as connection:
        yield connection
        connection.rollback()
