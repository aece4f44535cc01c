"""The operational schema, switched from its journal to its log: nothing is missed or told twice."""

from collections.abc import Mapping
from datetime import date

import psycopg
import pytest

from finplatform.cdc.capture import capture
from finplatform.cdc.pending import pending
from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.ingest.loaders import captured_sources, loader_of
from finplatform.ingest.report import LoadReport, LoadSettings
from finplatform.ingest.vault_key import vault_master_key
from finplatform.oltp import migrate
from finplatform.settings import Settings
from finplatform.warehouse import bulk, ddl
from finplatform.windows import Window

pytestmark = pytest.mark.integration

DAY = Window.day(date(2025, 1, 10))
LOAD = LoadSettings(first_day=date(2025, 1, 1), last_day=date(2025, 3, 31))
TABLES = ("branches", "products", "customers", "accounts", "transactions", "merchants")


class Bank:
    """A bank's operational schema and its warehouse, in one database."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.url, self.settings = url, settings
        self.how: Mapping[str, str] = {}

    @property
    def sources(self) -> SourcesConfig:
        """Its `sources.yaml`, with `how` its tables are loaded."""
        return SourcesConfig.model_validate(
            {
                "bank": "Test",
                "sources": {"core": {"connector": "postgres", "schema": "oltp", "journal": True}},
                "tables": {
                    table: {"source": "core"}
                    | ({"load": self.how[table]} if table in self.how else {})
                    for table in TABLES
                },
            }
        )

    def load(self, table: str) -> LoadReport:
        """Loads a table, of transactions a day."""
        loader = loader_of(SOURCES[table], self.sources, self.settings, self.url, LOAD)
        return loader.load(self.url, DAY if table == "transactions" else None)

    def capture(self) -> dict[str, int]:
        """Captures what is new; changes per table."""
        source = captured_sources(self.sources, self.settings, self.url)["core"]
        return capture(source, self.url, vault_master_key(self.url, self.settings)).changes

    def run(self, *statements: str) -> None:
        """Runs statements in one transaction."""
        with psycopg.connect(self.url) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def rows(self, query: str) -> list[tuple]:
        """Rows of a query."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()


@pytest.fixture
def bank(postgres_url: str, settings: Settings) -> Bank:
    """A bank with a branch, a product and a customer with an account."""
    migrate.upgrade(postgres_url)
    bank = Bank(postgres_url, settings)
    bank.run(
        "insert into oltp.branches values"
        " ('BR001', 'Main', 'Prague', null, 'CZ', 'Bohemia', 'Europe/Prague', '2016-07-01')",
        "insert into oltp.products values ('PR001', 'Current', 'CHECKING', 'DEPOSIT', 'Current', 0,"
        " 0, 'None', 'LOW', 0, true)",
        "insert into oltp.customers values ('CU001', 'Ana', 'Nova', 'ana@example.com', '+420777',"
        " 'Long Street', 'Prague', null, 'CZ', '1984-02-29', 'F', '2016-07-01', 'LOW', 700, 64000,"
        " 'EMPLOYED')",
        account(1),
    )
    return bank


def account(number: int) -> str:
    """Statement that opens an account."""
    return (
        f"insert into oltp.accounts values ('AC{number:03d}', 'CU001', 'PR001', 'CHECKING',"
        f" 'CZ{number:020d}', '2016-07-01', null, 'ACTIVE', 10, 'CZK', 0.01, 0, 'BR001')"
    )


def transaction(number: int, on: int = 1) -> str:
    """Statement that books a transaction."""
    return (
        "insert into oltp.transactions (transaction_id, account_id, transaction_type, amount,"
        " currency, transaction_date, channel, status, fees, exchange_rate) values"
        f" ({number}, 'AC{on:03d}', 'DEPOSIT', 5, 'CZK', '2025-01-10 10:00+00', 'ATM', 'COMPLETED',"
        " 0, 1)"
    )


def versions(bank: Bank) -> list[tuple]:
    """The log of the branch."""
    return bank.rows("select branch_name, _op from bronze.branches order by _changed_at, _lsn")


def rename(name: str) -> str:
    """Statement that renames the branch."""
    return f"update oltp.branches set branch_name = '{name}'"


def test_a_table_goes_from_its_journal_to_its_log_and_back(bank: Bank) -> None:
    bank.load("branches")
    bank.run(rename("By journal"))
    bank.load("branches")
    bank.how = {"branches": "cdc"}
    assert bank.load("branches").rows_loaded == 0
    bank.run(rename("By log"))
    bank.load("branches")
    bank.how = {"branches": "full"}
    bank.run(rename("By state"))
    bank.load("branches")
    assert versions(bank) == [
        ("Main", "c"),
        ("By journal", "u"),
        ("By log", "u"),
        ("By state", "u"),
    ]


def test_identifiers_wait_sealed_and_are_masked_when_they_are_stored(bank: Bank) -> None:
    bank.how = dict.fromkeys(TABLES, "cdc")
    for table in ("branches", "products", "customers"):
        bank.load(table)
    bank.run("update oltp.customers set last_name = 'Canary', phone = '+420999'")
    bank.capture()
    ((payload,),) = bank.rows("select payload from ops.captured_changes")
    assert b"Canary" not in payload
    bank.load("customers")
    stored = "select last_name_masked, _op from bronze.customers order by _changed_at"
    assert bank.rows(stored) == [("N***", "r"), ("C***", "u")]


def test_changes_come_after_those_that_they_refer_to(bank: Bank) -> None:
    bank.how = dict.fromkeys(TABLES, "cdc")
    for table in TABLES:
        bank.load(table)
    bank.run(transaction(1))
    bank.load("transactions")
    bank.run(account(2), transaction(2, on=2))
    # Loaded before the account that it refers to, it waits.
    assert bank.load("transactions").rows_read == 0
    assert [one.table for one in pending(bank.url)] == ["accounts"]
    bank.load("accounts")
    assert [one.table for one in pending(bank.url)] == ["transactions"]
    assert bank.load("transactions").rows_loaded == 1
    stored = "select count(*) from bronze.transactions"
    assert bank.rows(stored) == [(2,)]
    assert bank.rows("select count(*) from quarantine.rejected_rows") == [(0,)]


def test_a_table_without_a_journal_is_not_loaded_by_it(bank: Bank) -> None:
    bank.how = {"branches": "incremental"}
    bank.load("branches")
    sources = bank.sources.model_copy(
        update={
            "tables": {
                "risk_assessments": bank.sources.tables["branches"].model_copy(
                    update={"read": "risk_assessments"}
                )
            }
        }
    )
    with pytest.raises(FinplatformError, match="keeps no journal of it"):
        loader_of(SOURCES["risk_assessments"], sources, bank.settings, bank.url, LOAD)


def test_another_bank_finds_no_slot_of_the_one_before(bank: Bank) -> None:
    bank.how = {"branches": "cdc"}
    bank.load("branches")
    slots = "select count(*) from pg_replication_slots where database = current_database()"
    assert bank.rows(slots) == [(1,)]
    with bulk.connect(bank.url) as connection:
        ddl.drop_schemas(connection)
    assert bank.rows(slots) == [(0,)]
    bank.load("branches")
    assert versions(bank) == [("Main", "r")]
