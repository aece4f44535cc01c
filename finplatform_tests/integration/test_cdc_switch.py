"""The operational schema, switched from its journal to its log: no change is lost or repeated."""

import pytest

from finplatform.cdc.pending import pending
from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.ingest.loaders import loader_of
from finplatform.settings import Settings
from finplatform.warehouse import bulk, ddl
from finplatform_tests.integration.operational_bank import (
    LOAD,
    TABLES,
    OperationalBank,
    account,
    transaction,
)

pytestmark = pytest.mark.integration


@pytest.fixture
def bank(postgres_url: str, settings: Settings) -> OperationalBank:
    """A bank with a branch, a product and a customer with an account."""
    bank = OperationalBank(postgres_url, settings)
    bank.open()
    return bank


def versions(bank: OperationalBank) -> list[tuple]:
    """The log of the branch."""
    return bank.rows("select branch_name, _op from bronze.branches order by _changed_at, _lsn")


def rename(name: str) -> str:
    """Statement that renames the branch."""
    return f"update oltp.branches set branch_name = '{name}'"


def test_a_table_goes_from_its_journal_to_its_log_and_back(bank: OperationalBank) -> None:
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


def test_identifiers_wait_sealed_and_are_masked_when_they_are_stored(bank: OperationalBank) -> None:
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


def test_changes_come_after_those_that_they_refer_to(bank: OperationalBank) -> None:
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


def test_a_table_without_a_journal_is_not_loaded_by_it(bank: OperationalBank) -> None:
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


def test_another_bank_finds_no_slot_of_the_one_before(bank: OperationalBank) -> None:
    bank.how = {"branches": "cdc"}
    bank.load("branches")
    slots = "select count(*) from pg_replication_slots where database = current_database()"
    assert bank.rows(slots) == [(1,)]
    with bulk.connect(bank.url) as connection:
        ddl.drop_schemas(connection)
    assert bank.rows(slots) == [(0,)]
    bank.load("branches")
    assert versions(bank) == [("Main", "r")]
