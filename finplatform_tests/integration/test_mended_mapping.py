"""A bank whose accounts were mapped wrongly: what is said, and how its log is loaded anew.

The accounts first name their branches by a column that is not the branches' key.
"""

import json
import re
from collections.abc import Iterator

import pytest
from sqlalchemy.engine import URL

from finplatform_tests.databases import new_databases
from finplatform_tests.integration.file_bank import ACCOUNTS, TRANSACTIONS, YEAR, FileBank

pytestmark = [pytest.mark.integration, pytest.mark.graph]

Said = dict[str, str]


@pytest.fixture(scope="module")
def bank(postgres_server: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileBank]:
    """The bank before anything was loaded."""
    with new_databases(postgres_server, "warehouse", "dagster") as urls:
        bank = FileBank(tmp_path_factory.mktemp("mended"), *urls)
        bank.deliver()
        yield bank


@pytest.fixture(scope="module")
def said(bank: FileBank) -> Said:
    """What was said of a year's run with the wrong mapping, and of another with the right one."""
    said: Said = {}
    bank.map_branch("branch_as_float")
    said["wrong"] = bank.typed(*YEAR, fails=True)
    bank.map_branch("branch_id")
    said["mended"] = bank.typed(*YEAR, fails=True)
    said["logs"] = bank.typed("logs")
    said["logs --json"] = bank.typed("logs", "last", "--json")
    said["status"] = bank.typed("status")
    return said


def test_a_run_fails_when_the_identifiers_of_a_dimension_are_not_those_of_its_facts(
    said: Said,
) -> None:
    assert "most_transactions_find_their_dimensions" in said["wrong"]


def test_a_mended_mapping_does_not_mend_what_the_log_holds(bank: FileBank, said: Said) -> None:
    assert "most_transactions_find_their_dimensions" in said["mended"]
    assert bank.rows("select count(*) from bronze.accounts") == [(2 * ACCOUNTS,)]


def test_the_failed_step_is_said_before_its_checks_and_no_warning_is_a_reason(said: Said) -> None:
    told = json.loads(said["logs --json"])
    assert [failed["step"] for failed in told["failed_steps"]] == ["dbt_daily"]
    reasons = said["mended"].partition("error: ")[2]
    assert reasons.index("dbt_daily") < reasons.index("gold/fact_transactions")
    assert told["warnings"]
    for warning in told["warnings"]:
        assert warning.split(": ")[1] not in reasons


@pytest.mark.parametrize("command", ["logs", "status"])
def test_logs_and_status_say_why_the_run_failed(said: Said, command: str) -> None:
    run_id = json.loads(said["logs --json"])["run_id"]
    assert run_id[:8] in said[command]
    assert "dbt_daily" in said[command]
    assert "most_transactions_find_their_dimensions" in re.sub(r"\s", "", said[command])


def test_forgetting_the_log_and_loading_it_again_mends_the_facts(
    bank: FileBank, said: Said
) -> None:
    assert "find_their_dimensions" in said["mended"]
    told = json.loads(
        bank.run("sources", "forget", "accounts", "--yes", "--json", "--reason", "wrong column")
    )
    assert (told["rows"], told["entities"]) == (2 * ACCOUNTS, ACCOUNTS)
    assert re.search(r"backfill .*--from 2025-01-01 --to 2025-12-31", told["load_again"])
    bank.typed(*YEAR)
    assert bank.rows("select count(*), count(distinct account_id), min(_op), max(_op)"
                     " from bronze.accounts") == [(ACCOUNTS, ACCOUNTS, "r", "r")]  # fmt: skip
    assert bank.rows(
        "select count(*), count(*) filter (where branch_key = -1 or account_key = -1)"
        " from gold.fact_transactions"
    ) == [(TRANSACTIONS, 0)]
