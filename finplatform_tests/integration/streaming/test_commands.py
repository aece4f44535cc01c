"""The commands of the stream work together, and end when they are told to."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from finplatform.oltp import migrate
from finplatform_tests.integration.streaming.examples import rows, value
from finplatform_tests.waiting import wait_until

pytestmark = pytest.mark.integration

PAYERS = """
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
    ('A1', 'C1', 'P1', 'CHECKING', 'N1', '2010-01-01', 'ACTIVE', 900000, 'USD', 0, 0, 'B1'),
    ('A2', 'C1', 'P1', 'CHECKING', 'N2', '2010-01-01', 'ACTIVE', 50, 'USD', 0, 0, 'B1');
insert into oltp.merchants (
    merchant_id, merchant_name, category, mcc, business_type, city, country, commission_rate,
    risk_level, onboarded_date, is_active
) values ('M1', 'Shop', 'GROCERY', '5411', 'Retail', 'Town', 'US', 0, 'LOW', '2010-01-01', true);
"""


class Bank:
    """A bank with two accounts and a shop, and the commands on it."""

    def __init__(self, home: Path, url: str) -> None:
        self.url = url
        self._environment = os.environ | {
            "FINPLATFORM_HOME": str(home),
            "FINPLATFORM_DATABASE_URL": url,
        }
        self._command = str(Path(sys.executable).with_name("finplatform"))
        migrate.upgrade(url)
        with psycopg.connect(url) as connection:
            connection.execute(PAYERS)

    def run(self, *arguments: str) -> Any:
        """Runs a command of the stream, and reads what it prints as JSON."""
        done = subprocess.run(
            [self._command, "stream", *arguments, "--json"],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def refused(self, *arguments: str) -> str:
        """What a command says that cannot do its work."""
        done = subprocess.run(
            [self._command, "stream", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        return done.stderr

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """A command that runs while a block lasts, and then ends well when it is told to."""
        process = subprocess.Popen([self._command, "stream", name], env=self._environment)
        try:
            yield
            process.send_signal(signal.SIGTERM)
            assert process.wait() == 0
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def bank(tmp_path: Path, postgres_url: str) -> Bank:
    return Bank(tmp_path / "home", postgres_url)


def test_payments_go_from_the_core_to_the_warehouse(bank: Bank) -> None:
    with bank.running("serve"), bank.running("relay"), bank.running("consume"):
        made = bank.run("produce", "--rate", "400", "--count", "120")
        assert made["payments"] == 120
        wait_until(
            lambda: value(bank.url, "select count(*) from bronze.transaction_events") == 120,
            "all payments are stored",
        )
        wait_until(lambda: bank.run("status")["server"]["messages"] == 0, "everything is settled")
        alone = bank.run("produce", "--rate", "400", "--count", "30", "--to", "stream")
        assert alone["payments"] == 30
        wait_until(
            lambda: value(bank.url, "select count(*) from bronze.transaction_events") == 150,
            "what was sent alone is stored",
        )
        found = bank.run("status")
    assert found["server"]["is_running"]
    (group,) = found["server"]["groups"]
    assert (group["name"], group["consumers"]) == ("warehouse", 1)
    assert found["stored"]["events"] == 150
    assert found["outbox_waiting"] == 0
    assert not bank.run("status")["server"]["is_running"]
    same = rows(
        bank.url,
        "select count(*) from bronze.transaction_events as e inner join oltp.transactions as t"
        " on e.transaction_id = t.transaction_id::text and e.amount = t.amount"
        " and e.transaction_date = t.transaction_date and e.status = t.status"
        " where e.source = 'core'",
    )
    assert same == [(120,)]
    balances = rows(
        bank.url,
        "select a.account_id, a.balance + coalesce(sum(t.amount), 0) from oltp.accounts as a"
        " left join oltp.transactions as t on t.account_id = a.account_id"
        " and t.status = 'COMPLETED' group by a.account_id order by 1",
    )
    assert [(name, int(total)) for name, total in balances] == [("A1", 900_000), ("A2", 50)]


def test_without_its_server_the_stream_says_what_to_do(bank: Bank) -> None:
    refused = bank.refused("produce", "--count", "1", "--to", "stream")
    assert "The stream's server does not run." in refused
    assert "finplatform up" in refused
