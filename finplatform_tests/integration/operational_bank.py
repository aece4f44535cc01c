"""A small bank in the operational schema, whose tables are loaded as a test says.

Belongs here: its rows, and capturing and loading them. Does not belong here: assertions.
"""

from collections.abc import Mapping
from datetime import date

import psycopg

from finplatform.cdc.capture import capture
from finplatform.contracts.bronze import SOURCES
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.ingest.load_result import LoadResult, LoadSettings
from finplatform.ingest.loaders import captured_sources, loader_of
from finplatform.ingest.vault_key import vault_master_key
from finplatform.oltp import migrate
from finplatform.settings import Settings
from finplatform.windows import Window

DAY = Window.day(date(2025, 1, 10))
LOAD = LoadSettings(first_day=date(2025, 1, 1), last_day=date(2025, 3, 31))
TABLES = ("branches", "products", "customers", "accounts", "transactions", "merchants")


class OperationalBank:
    """A bank's operational schema and its warehouse, in one database."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.url, self.settings = url, settings
        self.how: Mapping[str, str] = {}

    def open(self) -> None:
        """Makes the schema, with a branch, a product and a customer with an account."""
        migrate.upgrade(self.url)
        self.run(
            "insert into oltp.branches values"
            " ('BR001', 'Main', 'Prague', null, 'CZ', 'Bohemia', 'Europe/Prague', '2016-07-01')",
            "insert into oltp.products values ('PR001', 'Current', 'CHECKING', 'DEPOSIT',"
            " 'Current', 0, 0, 'None', 'LOW', 0, true)",
            "insert into oltp.customers values ('CU001', 'Ana', 'Nova', 'ana@example.com',"
            " '+420777', 'Long Street', 'Prague', null, 'CZ', '1984-02-29', 'F', '2016-07-01',"
            " 'LOW', 700, 64000, 'EMPLOYED')",
            account(1),
        )

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

    def load(self, table: str) -> LoadResult:
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
