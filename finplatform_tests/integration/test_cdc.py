"""Captured tables: what is stored is what the source holds, change by change."""

import pytest

from finplatform_tests.integration.captured_cases import DAY, SCHEMA, Bank, branch, price

pytestmark = pytest.mark.integration


@pytest.fixture
def bank(postgres_url: str) -> Bank:
    """A source with a branch and a price, nothing of it loaded."""
    bank = Bank(postgres_url)
    bank.run(SCHEMA, branch(1), price(1))
    return bank


def _log(bank: Bank) -> list[tuple]:
    return bank.rows(
        "select branch_id, branch_name, _op from bronze.branches order by _changed_at, _lsn"
    )


def test_an_entity_has_each_change_with_its_commit_and_place_in_the_log(bank: Bank) -> None:
    bank.load("branches")
    bank.run(branch(2), "update core.branches set branch_name = 'Old' where branch_id = 'BR001'")
    bank.run("update core.branches set branch_name = 'New' where branch_id = 'BR001'")
    bank.run("delete from core.branches where branch_id = 'BR002'")
    bank.load("branches")
    assert _log(bank) == [
        ("BR001", "Main", "r"),
        ("BR002", "Main", "c"),
        ("BR001", "Old", "u"),
        ("BR001", "New", "u"),
        ("BR002", "Main", "d"),
    ]
    assert bank.load("branches").rows_read == 0


def test_events_follow_their_source(bank: Bank) -> None:
    bank.load("market_data", DAY)
    bank.run(price(2), "update core.market_data set close_price = 11 where data_id = 1")
    bank.run("update core.market_data set close_price = 12 where data_id = 1", price(3))
    bank.run("delete from core.market_data where data_id = 2")
    bank.load("market_data", DAY)
    assert bank.rows("select symbol, close_price::int from bronze.market_data order by 1") == [
        ("S1", 12),
        ("S3", 10),
    ]
