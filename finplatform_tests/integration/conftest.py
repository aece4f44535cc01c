"""Fixtures of tests that change a bank, and so need one of their own."""

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import URL

from finplatform.ingest.quarantine import REJECTED_ROWS
from finplatform.orchestration.build import all_contracts
from finplatform.settings import Settings
from finplatform.warehouse import bulk, dbt, ddl
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


@pytest.fixture(scope="module")
def empty_tables(postgres_server: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a warehouse whose tables and views are all there, as tables that hold nothing."""
    manifest = dbt.load_manifest(Settings(home=tmp_path_factory.mktemp("empty_pages")))
    with new_databases(postgres_server, "empty_pages") as (url,):
        with bulk.connect(url) as connection:
            ddl.create_schemas(connection)
            for contract in (*all_contracts(manifest).values(), REJECTED_ROWS):
                ddl.create_table(connection, contract)
            connection.commit()
        yield url
