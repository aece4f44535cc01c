"""A small captured source for the tests of change data capture.

Belongs here: its tables, and capturing and loading them. Does not belong here: assertions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import psycopg

from finplatform.cdc.capture import Captured, capture
from finplatform.cdc.source import CapturedSource
from finplatform.contracts.bronze import SOURCES
from finplatform.ingest.captured import CapturedLoader
from finplatform.ingest.connectors.config import PostgresSource, SourcesConfig
from finplatform.ingest.connectors.registry import table_sources_of
from finplatform.ingest.load import LoadResult, LoadSettings
from finplatform.ingest.loaders import captured_sources
from finplatform.settings import Settings
from finplatform.windows import Window
from finplatform_tests.integration.ingest_cases import MASTER

FIRST_DAY, LAST_DAY = date(2025, 1, 1), date(2025, 3, 31)
DAY = Window.day(date(2025, 1, 10))

SCHEMA = """
create schema core;
create table core.branches (
    branch_id text primary key, branch_name text not null, city text not null, state text,
    country text not null, region text, timezone text, opened_date date
);
create table core.market_data (
    data_id bigint primary key, symbol text not null, data_date date not null,
    open_price numeric(18,6), high_price numeric(18,6), low_price numeric(18,6),
    close_price numeric(18,6) not null, volume bigint, market_cap numeric(20,2), sector text
);
create table core.risk_assessments (
    assessment_id bigint primary key, customer_id text not null, assessment_date date not null,
    credit_score smallint, risk_category text not null, probability_default numeric(9,6) not null,
    assessment_model text not null, notes text
);
"""
"""An entity, events, and a table that is stored whole."""


@dataclass(frozen=True)
class Bank:
    """A captured source and its warehouse, in one database.

    Attributes:
        url: libpq URL of both.
        timezone: The bank's.
        tables: Captured tables.
        settings: Settings of loads.
    """

    url: str
    timezone: str = "UTC"
    tables: Sequence[str] = ("branches", "market_data", "risk_assessments")
    settings: LoadSettings = field(
        default_factory=lambda: LoadSettings(first_day=FIRST_DAY, last_day=LAST_DAY)
    )
    keep_mb: int = 2_048

    @property
    def sources(self) -> SourcesConfig:
        """Its `sources.yaml`."""
        return SourcesConfig.model_validate(
            {
                "bank": {"name": "Test", "timezone": self.timezone},
                "sources": {
                    "core": {
                        "connector": "postgres", "url": self.url, "schema": "core", "load": "cdc"
                    }
                },
                "tables": {name: {"source": "core"} for name in self.tables},
            }
        )  # fmt: skip

    @property
    def captured(self) -> CapturedSource:
        """The source as it is captured."""
        settings = Settings(captured_mb=self.keep_mb)
        return captured_sources(self.sources, settings, self.url)["core"]

    def capture(self) -> Captured:
        """Captures what is new."""
        return capture(self.captured, self.url, MASTER)

    def load(self, table: str, window: Window | None = None) -> LoadResult:
        """Loads a table."""
        sources = self.sources
        config, source = sources.tables[table], sources.sources["core"]
        assert isinstance(source, PostgresSource)
        (place,) = table_sources_of(config, sources, Settings(), self.url)
        settings = replace(self.settings, bank_timezone=self.timezone)
        return CapturedLoader(SOURCES[table], place, source, self.captured, MASTER, settings).load(
            self.url, window
        )

    def load_all(self, window: Window) -> None:
        """Loads all tables, events of a window."""
        for table in self.tables:
            self.load(table, window if SOURCES[table].stored.date_column else None)

    def run(self, *statements: str) -> None:
        """Runs statements on the source, all in one transaction."""
        with psycopg.connect(self.url) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def rows(self, query: str) -> list[tuple]:
        """Rows of a query."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()


def branch(number: int, name: str = "Main") -> str:
    """Statement that opens a branch."""
    return (
        "insert into core.branches values"
        f" ('BR{number:03d}', '{name}', 'Prague', null, 'CZ', 'Bohemia', 'Europe/Prague',"
        " '2016-07-01')"
    )


def price(number: int, day: date = DAY.start, close: str = "10") -> str:
    """Statement that adds a price."""
    return (
        "insert into core.market_data values"
        f" ({number}, 'S{number}', '{day}', 10, 12, 8, {close}, 1000, null, 'Tech')"
    )


def assessment(number: int) -> str:
    """Statement that assesses a customer."""
    return (
        "insert into core.risk_assessments values"
        f" ({number}, 'CU{number:05d}', '2025-01-10', 700, 'LOW', 0.01, 'SCORECARD', null)"
    )
