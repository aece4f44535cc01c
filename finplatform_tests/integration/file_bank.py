"""A small bank of files with a year of transactions, for tests of what a stranger to it sees.

Belongs here: its files, its configuration and the commands on it. Does not belong here: assertions
on what they say.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg

from finplatform_tests.integration import ingest_cases
from finplatform_tests.integration.bank import BuiltBank

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
ACCOUNTS, TRANSACTIONS = 30, 400

YEAR = ("backfill", "--job", "warehouse", "--from", FIRST.isoformat(), "--to", LAST.isoformat())
"""Arguments of the command that takes the year from source to facts."""

SOURCES = """
bank: Bank of Files
history: {start: 2025-01-01, end: 2025-12-31}
sources:
  exports: {connector: files, root: "ROOT", timezone: UTC}
tables:
  branches: {source: exports, read: branches.csv}
  products: {source: exports, read: products.csv}
  customers: {source: exports, read: customers.csv}
  accounts: {source: exports, read: accounts.csv, columns: {branch_id: BRANCH}}
  transactions: {source: exports, read: transactions.csv}
"""


def _write_files(root: Path) -> None:
    days = (LAST - FIRST).days + 1
    accounts = ingest_cases.accounts([f"AC{number:05d}" for number in range(ACCOUNTS)])
    places = [
        {"branch_id": str(n), "branch_name": f"Branch {n}", "city": "Prague", "country": "CZ",
         "region": "Bohemia", "timezone": "Europe/Prague", "opened_date": "1990-01-01"}
        for n in range(1, 4)
    ]  # fmt: skip
    for number, account in enumerate(accounts):
        branch = str(number % 3 + 1)
        account |= {"branch_id": branch, "branch_as_float": f"{branch}-0"}
    product = {
        "product_id": "PR001", "product_name": "Current", "product_type": "CHECKING",
        "category": "deposits", "description": "Current account", "interest_rate": "0.01",
        "fees": "1.00", "terms_conditions": "None", "risk_level": "LOW", "minimum_balance": "0.00",
        "is_active": "true",
    }  # fmt: skip
    transactions = ingest_cases.transactions(TRANSACTIONS)
    for number, row in enumerate(transactions):
        day = FIRST + timedelta(days=number * days // len(transactions))
        row |= {
            "account_id": f"AC{number % ACCOUNTS:05d}",
            "transaction_date": f"{day}T10:00:00Z",
            "currency": "CZK",
        }
    for name, rows in (
        ("branches", places), ("products", [product]), ("customers", ingest_cases.customers(1)),
        ("accounts", accounts), ("transactions", transactions),
    ):  # fmt: skip
        ingest_cases.write(root / f"{name}.csv", rows)


@dataclass(frozen=True)
class FileBank(BuiltBank):
    """The bank and where it is."""

    @property
    def environment(self) -> dict[str, str]:
        """Variables that point the platform at this bank's own sources."""
        return {
            **super().environment,
            "FINPLATFORM_SOURCES_FILE": str(self.home / "sources.yaml"),
        }

    @property
    def exports(self) -> Path:
        """Folder of its files."""
        return self.home / "exports"

    def deliver(self) -> None:
        """Writes its files, which are good."""
        _write_files(self.exports)

    def map_branch(self, column: str) -> None:
        """Maps the branch of an account to a column of the file."""
        text = SOURCES.replace("BRANCH", column).replace("ROOT", str(self.exports))
        (self.home / "sources.yaml").write_text(text, encoding="utf-8")

    def typed(self, *arguments: str, fails: bool = False) -> str:
        """Runs a command that succeeds or fails; returns what it wrote to either stream."""
        process = self.command(*arguments)
        output, errors = process.communicate()
        assert (process.returncode != 0) is fails, (output + errors)[-4000:]
        return output if not fails else output + errors

    def rows(self, query: str) -> list[Any]:
        """Rows of a query."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()
