"""The backlog names what has changed since it was loaded, and can be loaded, and nothing else."""

from collections.abc import Sequence
from datetime import date

import psycopg
import pytest

from finplatform.ingest.backlog import PendingChange, backlog
from finplatform.settings import Settings
from finplatform.warehouse.database import Warehouse, parse_location
from finplatform_tests.integration.operational_bank import (
    TABLES,
    OperationalBank,
    account,
    transaction,
)

pytestmark = pytest.mark.integration

ENTITIES = [table for table in TABLES if table != "transactions"]
RENAME = "update oltp.branches set branch_name = branch_name || '!'"
DAY = date(2025, 1, 10)


@pytest.fixture
def bank(postgres_url: str, settings: Settings) -> OperationalBank:
    """A bank of which nothing was loaded."""
    bank = OperationalBank(postgres_url, settings)
    bank.open()
    return bank


def changes(bank: OperationalBank) -> list[PendingChange]:
    warehouse = Warehouse(parse_location(bank.url))
    return backlog(bank.sources, bank.settings, warehouse)


def named(found: Sequence[PendingChange]) -> list[tuple[str, date | None]]:
    return [(one.table, one.day) for one in found]


def capture_all(bank: OperationalBank) -> None:
    bank.how = dict.fromkeys(TABLES, "cdc")
    for table in TABLES:
        bank.load(table)


def test_what_was_never_loaded_is_no_news(bank: OperationalBank) -> None:
    assert changes(bank) == []
    bank.load("branches")
    assert changes(bank) == []


def test_a_row_of_the_journal_is_news_until_it_is_loaded(bank: OperationalBank) -> None:
    bank.load("branches")
    bank.load("products")
    bank.run(RENAME)
    (first,) = changes(bank)
    assert named([first]) == [("branches", None)]
    assert changes(bank) == [first]
    bank.run(RENAME)
    (second,) = changes(bank)
    assert second.mark != first.mark
    bank.load("branches")
    assert changes(bank) == []


def test_a_row_of_the_journal_that_no_load_can_read_yet_is_no_news(bank: OperationalBank) -> None:
    bank.load("branches")
    with psycopg.connect(bank.url) as older:
        older.execute("select pg_current_xact_id()")
        bank.run(RENAME)
        assert changes(bank) == []
    assert named(changes(bank)) == [("branches", None)]


def test_captured_changes_are_news_of_their_tables_and_days(bank: OperationalBank) -> None:
    capture_all(bank)
    assert changes(bank) == []
    bank.run(RENAME, transaction(1))
    assert sorted(named(changes(bank)), key=str) == [("branches", None), ("transactions", DAY)]
    for table in TABLES:
        bank.load(table)
    assert changes(bank) == []


def test_a_day_is_news_once_what_it_refers_to_is_loaded(bank: OperationalBank) -> None:
    capture_all(bank)
    bank.run(account(2), transaction(2, on=2))
    assert named(changes(bank)) == [("accounts", None)]
    bank.load("accounts")
    assert named(changes(bank)) == [("transactions", DAY)]


def test_a_day_that_was_never_loaded_is_left_to_its_schedule(bank: OperationalBank) -> None:
    capture_all(bank)
    bank.run(transaction(3).replace("2025-01-10", "2025-02-20"))
    assert changes(bank) == []


def test_a_source_that_does_not_answer_is_no_news_and_no_error(bank: OperationalBank) -> None:
    capture_all(bank)
    bank.run(
        RENAME,
        "select pg_drop_replication_slot(slot_name) from pg_replication_slots"
        " where database = current_database()",
        "drop publication finplatform_core",
        "alter table oltp.branches rename to elsewhere",
    )
    assert changes(bank) == []
