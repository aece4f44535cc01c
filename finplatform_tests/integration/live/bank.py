"""A bank's database for tests of the live page, and the server that shows it.

Belongs here: making the tables, putting rows in, and running the API in a thread. Does not belong
here: what the page makes of them.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import psycopg
from psycopg import sql

from finplatform.api.app import Parts, create_app
from finplatform.api.audit import Recorder
from finplatform.api.live.hub import Hub
from finplatform.api.server import Server
from finplatform.contracts.bronze import SOURCES
from finplatform.oltp import migrate
from finplatform.settings import Settings
from finplatform.warehouse import bulk, ddl
from finplatform_tests.waiting import wait_for_end, wait_until

_PARENTS = """
insert into oltp.branches values
    ('B1', 'Main', 'Town', null, 'US', 'North', 'UTC', '2000-01-01');
insert into oltp.products values
    ('P1', 'Plain', 'CHECKING', 'Deposits', 'Plain', 0, 0, '', 'LOW', 0, true);
insert into oltp.customers (
    customer_id, first_name, last_name, city, country, date_of_birth, customer_since, risk_profile,
    employment_status
) values ('C1', 'Canary', 'Birdsong', 'Town', 'US', '1980-01-01', '2010-01-01', 'LOW', 'EMPLOYED');
insert into oltp.accounts (
    account_id, customer_id, product_id, account_type, account_number, opening_date, status,
    balance, currency, interest_rate, credit_limit, branch_id
) values
    ('A1', 'C1', 'P1', 'CHECKING', 'CANARY1', '2010-01-01', 'ACTIVE', 0, 'USD', 0, 0, 'B1');
"""


@dataclass
class LiveBank:
    """A database that the live page looks at.

    Attributes:
        url: libpq URL of its owner.
        settings: Settings of a home whose warehouse it is.
    """

    url: str
    settings: Settings
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def make_source(self) -> None:
        """Makes the operational schema, with an account and no transaction."""
        migrate.upgrade(self.url)
        self.run(_PARENTS)

    def make_warehouse(self, *tables: str) -> None:
        """Makes the schemas of the warehouse, and tables of bronze without rows."""
        with bulk.connect(self.url) as connection:
            ddl.create_schemas(connection)
            for table in tables:
                ddl.create_table(connection, SOURCES[table].stored)

    def run(self, statement: str, *values: Any) -> None:
        """Runs a statement as the owner."""
        with psycopg.connect(self.url) as connection:
            connection.execute(statement.encode(), values or None)

    def add_transaction(self, **given: Any) -> str:
        """Adds a completed card payment of just now, but for what is given; returns its key."""
        row = {
            "transaction_id": next(self._numbers),
            "account_id": "A1",
            "transaction_type": "CARD_PAYMENT",
            "amount": 10,
            "currency": "USD",
            "transaction_date": datetime.now(UTC),
            "channel": "POS",
            "status": "COMPLETED",
            "fees": 0,
            "exchange_rate": 1,
            **given,
        }
        self._add("oltp.transactions", row)
        return str(row["transaction_id"])

    def add_alert(self, **given: Any) -> str:
        """Adds an open alert of just now, but for what is given; returns its key."""
        number = next(self._numbers)
        row = {
            "alert_id": f"F{number}",
            "transaction_id": str(number),
            "account_id": "A1",
            "transaction_at": datetime.now(UTC),
            "amount": 250,
            "currency": "USD",
            "rule_code": "NEW_PAYEE",
            "score": 900,
            "severity": "HIGH",
            "raised_at": datetime.now(UTC),
            "status": "OPEN",
            **given,
        }
        self._add("bronze.fraud_alerts", row)
        return str(row["alert_id"])

    def add_payment(self, **given: Any) -> None:
        """Adds a pending payment of just now, but for what is given."""
        row = {
            "payment_id": f"P{next(self._numbers)}",
            "customer_id": "C1",
            "merchant_id": "M1",
            "amount": 40,
            "currency": "USD",
            "payment_method": "CREDIT_CARD",
            "status": "PENDING",
            "risk_score": 10,
            "is_fraud_flagged": False,
            "payment_at": datetime.now(UTC) - timedelta(minutes=3),
            "commission_rate": 0,
            "commission_amount": 0,
            **given,
        }
        self._add("bronze.payments", row)

    def add_load(self, table: str, **given: Any) -> None:
        """Notes a load of just now, but for what is given."""
        row = {
            "batch_id": f"L{next(self._numbers)}",
            "table_name": table,
            "rows_read": 5,
            "rows_loaded": 5,
            "rows_rejected": 0,
            "loaded_at": datetime.now(UTC),
            **given,
        }
        self._add("ops.loads", row)

    def _add(self, table: str, row: dict[str, Any]) -> None:
        statement = sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier(*table.split(".")),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join([sql.Placeholder()] * len(row)),
        )
        with psycopg.connect(self.url) as connection:
            connection.execute(statement, list(row.values()))


@contextmanager
def served(
    settings: Settings, round_s: float = 0.05, audit: Recorder | None = None
) -> Iterator[Hub]:
    """The API at the port of the settings for the length of a block, and its hub."""
    app = create_app(settings, Parts(round_s=round_s, audit=audit))
    server = Server(app, settings)
    thread = threading.Thread(target=server.run, name="api")
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive(), "the API listens")
        assert server.started
        hub: Hub = app.state.shared.hub
        yield hub
    finally:
        server.should_exit = True
        wait_for_end(thread)
