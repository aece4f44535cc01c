"""The real PKDD'99 bank through bronze, by `examples/berka/sources.yaml` alone.

What the files say is worked out here by the standard library, not by the platform. Skipped without
the data: `FINPLATFORM_TEST_DATA` names the folder that holds `berka/`.
"""

import csv
import gzip
import os
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import URL

from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import Kind
from finplatform.ingest.connectors.config import FilesSource, load_sources
from finplatform.ingest.connectors.files import FilesConnector
from finplatform.ingest.connectors.registry import TableSource
from finplatform.ingest.load import LoadResult, LoadSettings, TableLoader
from finplatform.security.keys import MasterKey
from finplatform.settings import PROJECT_ROOT
from finplatform.windows import Window

FIRST, LAST = date(1993, 1, 1), date(1998, 12, 31)
ORDER = ("branches", "products", "customers", "accounts", "loans", "transactions")


def _folder() -> Path | None:
    root = os.environ.get("FINPLATFORM_TEST_DATA")
    folder = Path(root) / "berka" if root else None
    return folder if folder and folder.is_dir() else None


FOLDER = _folder()

pytestmark = pytest.mark.skipif(FOLDER is None, reason="FINPLATFORM_TEST_DATA holds no berka/")


def _published(name: str) -> list[dict[str, str]]:
    assert FOLDER is not None
    rows: list[dict[str, str]] = []
    for path in sorted(FOLDER.glob(name)):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="latin-1", newline="") as stream:
            rows.extend(csv.DictReader(stream, delimiter=";"))
    return rows


def _iso(text: str) -> date:
    return date(1900 + int(text[:2]), int(text[2:4]), int(text[4:6]))


def _signed() -> str:
    """SQL of an amount with the sign that the platform gives to its type."""
    seed = PROJECT_ROOT / "dbt_project" / "seeds" / "transaction_types.csv"
    with seed.open(encoding="utf-8", newline="") as stream:
        whens = " ".join(
            f"when '{row['transaction_type']}' then {row['direction']}"
            for row in csv.DictReader(stream)
        )
    return f"amount * case transaction_type {whens} end"


class Bank:
    """The loaded bank: its database and what each load said."""

    def __init__(self, url: str) -> None:
        assert FOLDER is not None
        config = load_sources(
            PROJECT_ROOT / "examples" / "berka" / "sources.yaml", frozenset(SOURCES)
        )
        source = config.sources["berka"]
        assert isinstance(source, FilesSource)
        self._connector = FilesConnector(source, FOLDER)
        self._config = config
        self._master = MasterKey.generate()
        self.url = url
        self.reports = {table: self.load(table) for table in ORDER}

    def load(self, table: str) -> LoadResult:
        """Loads one table as its asset would, over the whole history."""
        contract = SOURCES[table]
        loader = TableLoader(
            contract,
            [TableSource(self._config.tables[table], self._connector)],
            self._master,
            LoadSettings(first_day=FIRST, last_day=LAST),
        )
        is_event = contract.stored.kind is Kind.EVENT
        return loader.load(self.url, Window.through(FIRST, LAST) if is_event else None)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the warehouse."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()

    def counts(self, query: str) -> dict[Any, Any]:
        """A query of two columns as a mapping."""
        return {row[0]: row[1] for row in self.rows(query)}


@pytest.fixture(scope="module")
def bank(postgres_server: URL) -> Iterator[Bank]:
    """The bank, loaded once into a database of its own; the tests do not change it."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    server = postgres_server.set(drivername="postgresql")
    admin = server.render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    try:
        url = server.set(database=name).update_query_dict({"options": "-ctimezone=UTC"})
        yield Bank(url.render_as_string(hide_password=False))
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"drop database if exists {name} with (force)".encode())


def test_every_published_row_arrives_and_none_is_rejected(bank: Bank) -> None:
    published = {
        "branches": len(_published("district.asc")),
        "customers": len(_published("client.asc")),
        "accounts": len(_published("account.asc")),
        "loans": len(_published("loan.asc")),
        "transactions": len(_published("trans*.asc*")),
    }
    keys = {table: SOURCES[table].stored.key[0] for table in published}
    stored = {
        table: bank.rows(f"select count(distinct {key}) from bronze.{table}")[0][0]
        for table, key in keys.items()
    }

    assert stored == published
    assert (published["branches"], published["accounts"], published["customers"]) == (
        77,
        4500,
        5369,
    )
    assert bank.rows("select * from quarantine.rejected_rows") == []
    assert all(report.rows_elsewhere == 0 for report in bank.reports.values())


def test_transactions_move_the_published_amounts_in_the_published_direction(bank: Bank) -> None:
    published: dict[str, Decimal] = defaultdict(Decimal)
    for row in _published("trans*.asc*"):
        published["in" if row["type"] == "PRIJEM" else "out"] += Decimal(row["amount"])

    stored = bank.counts(
        f"select case when {_signed()} > 0 then 'in' else 'out' end, sum(amount)"
        " from bronze.transactions group by 1"
    )

    assert stored == published


def test_balances_follow_from_the_transactions(bank: Bank) -> None:
    """Amounts are published to one tenth, so a running balance drifts by up to half of that a row.

    Rows of a day have no order, so any balance after the account's last day counts; a file that was
    cut may hold a part of its own last day, which is left out.
    """
    rows = _published("trans*.asc*")
    last = max(row["date"] for row in rows)
    ending: dict[str, tuple[str, list[Decimal]]] = {}
    count: Counter[str] = Counter()
    for row in (row for row in rows if row["date"] < last):
        account = row["account_id"]
        count[account] += 1
        day, balances = ending.get(account, ("", []))
        kept = balances if row["date"] == day else []
        ending[account] = (row["date"], [*kept, Decimal(row["balance"])])

    stored = bank.counts(
        f"select account_id, sum({_signed()}) from bronze.transactions"
        f" where transaction_date < '{_iso(last)}' group by 1"
    )
    off = {
        account: stored[account]
        for account, (_, balances) in ending.items()
        if min(abs(stored[account] - balance) for balance in balances)
        > Decimal("0.05") * (count[account] + 1)
    }

    assert stored.keys() == ending.keys()
    assert off == {}


def test_loans_begin_sound_and_end_as_published(bank: Bank) -> None:
    published = Counter(row["status"] for row in _published("loan.asc"))
    ends = {"A": "PAID_OFF", "B": "DEFAULTED", "C": "ACTIVE", "D": "DEFAULTED"}

    begun = bank.rows(
        "select distinct _op, status, purpose, outstanding_principal = principal_amount,"
        " _changed_at::date = origination_date from bronze.loans where _op = 'c'"
    )
    ended = bank.rows(
        "select left(purpose, 1), status, count(*) from bronze.loans where _op = 'u'"
        " group by 1, 2 order by 1"
    )

    assert published == {"A": 203, "B": 31, "C": 403, "D": 45}
    assert begun == [("c", "ACTIVE", None, True, True)]
    assert ended == [(letter, ends[letter], published[letter]) for letter in "ABCD"]


def test_running_loans_owe_the_instalments_after_the_last_day(bank: Bank) -> None:
    published = {}
    for row in _published("loan.asc"):
        if row["status"] != "C":
            continue
        paid_out = _iso(row["date"])
        months = [
            date(
                paid_out.year + (paid_out.month - 1 + n) // 12,
                (paid_out.month - 1 + n) % 12 + 1,
                12,
            )
            for n in range(int(row["duration"]) + 1)
        ]
        due = [day for day in months if day > paid_out][: int(row["duration"])]
        left = sum(day > LAST for day in due)
        published[row["loan_id"]] = Decimal(row["payments"]) * left

    stored = bank.counts(
        "select loan_id, outstanding_principal from bronze.loans"
        " where _op = 'u' and purpose like 'C%'"
    )

    assert stored == published


def test_people_are_who_the_birth_number_says(bank: Bank) -> None:
    sexes: Counter[str] = Counter()
    years: Counter[int] = Counter()
    for row in _published("client.asc"):
        sexes["F" if int(row["birth_number"][2:4]) > 50 else "M"] += 1
        years[1900 + int(row["birth_number"][:2])] += 1

    assert bank.counts("select sex, count(*) from bronze.customers group by 1") == sexes
    assert bank.counts("select birth_year, count(*) from bronze.customers group by 1") == years


def test_accounts_belong_to_their_owners_who_joined_no_later(bank: Bank) -> None:
    owners = {
        row["account_id"]: row["client_id"]
        for row in _published("disp.asc")
        if row["type"] == "OWNER"
    }

    assert bank.counts("select account_id, customer_id from bronze.accounts") == owners
    assert not bank.rows(
        "select from bronze.accounts inner join bronze.customers using (customer_id)"
        " where customer_since > opening_date"
    )
    assert not bank.rows(
        "select from bronze.accounts"
        " where product_id not in (select product_id from bronze.products)"
        " or branch_id not in (select branch_id from bronze.branches)"
    )


def test_loading_again_changes_nothing(bank: Bank) -> None:
    counted = "select " + ", ".join(f"(select count(*) from bronze.{table})" for table in ORDER)
    before = bank.rows(counted)

    again = {table: bank.load(table) for table in ORDER}

    assert bank.rows(counted) == before
    assert [again[table].rows_loaded for table in ORDER[:5]] == [0] * 5
