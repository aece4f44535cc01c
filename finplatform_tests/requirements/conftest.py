"""Sessions on the built bank, for tests of what the requirements print."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from finplatform_tests.integration.bank import BuiltBank

Connection = psycopg.Connection[DictRow]


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
