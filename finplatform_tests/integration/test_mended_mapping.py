"""A bank whose accounts were mapped wrongly: what is said, and how its log is loaded anew.

The accounts name their branches by a column that has the branches' numbers as floats would have
them. Whatever a run does is asked of the real commands, and of the Dagster UI's own server.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy.engine import URL

from finplatform.orchestration.instance import dagster_home
from finplatform.settings import PROJECT_ROOT
from finplatform.warehouse.embedded.ports import free_port
from finplatform_tests.databases import new_databases
from finplatform_tests.integration import ingest_cases
from finplatform_tests.integration.bank import BuiltBank
from finplatform_tests.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.graph]

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
ACCOUNTS = 30

SOURCES = """
bank: Mended Bank
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

QUERY = """
query Run($id: ID!) {
  runOrError(runId: $id) {
    __typename
    ... on Run {
      status
      stepKeysToExecute
      stepStats { stepKey status }
      assets { key { path } }
      assetCheckEvaluations: eventConnection(limit: 1000) {
        cursor
        hasMore
        events {
          __typename
          ... on MessageEvent { message stepKey }
          ... on AssetMaterializationPlannedEvent { assetKey { path } }
          ... on ExecutionStepFailureEvent { error { message causes { message } } }
        }
      }
    }
    ... on PythonError { message }
  }
}
"""

PARTITIONS = """
query Partitions($keys: [AssetKeyInput!]!) {
  assetNodes(assetKeys: $keys) {
    assetKey { path }
    partitionStats { numMaterialized numFailed numMaterializing numPartitions }
    assetPartitionStatuses {
      __typename
      ... on TimePartitionStatuses { ranges { startKey endKey status } }
    }
  }
}
"""


def _rows(root: Path) -> None:
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
    transactions = ingest_cases.transactions(400)
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
class MendedBank(BuiltBank):
    """The bank, with what its commands said."""

    said: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Variables that point the platform at this bank's own sources."""
        return {
            **super().environment,
            "FINPLATFORM_SOURCES_FILE": str(self.home / "sources.yaml"),
        }

    def map_branch(self, column: str) -> None:
        """Maps the branch of an account to a column of the file."""
        text = SOURCES.replace("BRANCH", column).replace("ROOT", str(self.home / "exports"))
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


YEAR = ("backfill", "--job", "warehouse", "--from", FIRST.isoformat(), "--to", LAST.isoformat())


@pytest.fixture(scope="module")
def bank(postgres_server: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MendedBank]:
    """The bank after a year's run with the wrong mapping, and another one with the right one."""
    with new_databases(postgres_server, "warehouse", "dagster") as urls:
        bank = MendedBank(tmp_path_factory.mktemp("mended"), *urls)
        _rows(bank.home / "exports")
        bank.map_branch("branch_as_float")
        bank.said["wrong"] = bank.typed(*YEAR, fails=True)
        bank.map_branch("branch_id")
        bank.said["mended"] = bank.typed(*YEAR, fails=True)
        bank.said["logs"] = bank.typed("logs")
        bank.said["logs --json"] = bank.typed("logs", "last", "--json")
        bank.said["status"] = bank.typed("status")
        yield bank


def test_a_run_fails_when_the_identifiers_of_a_dimension_are_not_those_of_its_facts(
    bank: MendedBank,
) -> None:
    assert "most_transactions_find_their_dimensions" in bank.said["wrong"]


def test_a_mended_mapping_does_not_mend_what_the_log_holds(bank: MendedBank) -> None:
    assert "most_transactions_find_their_dimensions" in bank.said["mended"]
    assert bank.rows("select count(*) from bronze.accounts") == [(2 * ACCOUNTS,)]


def test_the_failed_step_is_said_before_anything_else_and_no_warning_is_a_reason(
    bank: MendedBank,
) -> None:
    told = json.loads(bank.said["logs --json"])
    assert told["failed_steps"][0]["step"] == "dbt_daily"
    said = bank.said["mended"]
    assert said.index("error: ") < said.index("dbt_daily") < said.index("find_their_dimensions")
    assert told["warnings"]
    reasons = said[said.index("error: ") :]
    for warning in told["warnings"]:
        assert warning.split(": ")[1] not in reasons


def test_logs_and_status_say_why_the_run_failed(bank: MendedBank) -> None:
    run_id = json.loads(bank.said["logs --json"])["run_id"]
    for said in (bank.said["logs"], bank.said["status"]):
        assert run_id[:8] in said
        assert "dbt_daily" in said
        assert "most_transactions_find_their_dimensions" in said.replace("\n", "").replace(" ", "")


def test_a_failed_run_over_a_year_opens_in_the_ui(bank: MendedBank) -> None:
    run_id = json.loads(bank.said["logs --json"])["run_id"]
    with _Webserver(bank) as graphql:
        opened = graphql(QUERY, {"id": run_id})["runOrError"]
        assert opened["__typename"] == "Run"
        assert opened["status"] == "FAILURE"
        events = opened["assetCheckEvaluations"]["events"]
        assert {
            "AssetMaterializationPlannedEvent",
            "ExecutionStepFailureEvent",
            "RunFailureEvent",
        } <= {event["__typename"] for event in events}
        keys = [asset["key"] for asset in opened["assets"]]
        nodes = graphql(PARTITIONS, {"keys": keys})["assetNodes"]
        assert len(nodes) == len(keys)


def test_forgetting_the_log_and_loading_it_again_mends_the_facts(bank: MendedBank) -> None:
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
    ) == [(400, 0)]


class _Webserver:
    """The Dagster UI's server on a bank, as a function from a query to its data."""

    def __init__(self, bank: MendedBank) -> None:
        self._bank = bank

    def __enter__(self) -> "_Webserver":
        port = free_port()
        self._url = f"http://127.0.0.1:{port}"
        storage = self._bank.dagster_url.replace("postgresql://", "postgresql+psycopg2://", 1)
        self._process = subprocess.Popen(
            [
                str(Path(sys.executable).with_name("dagster-webserver")),
                "--port", str(port), "--host", "127.0.0.1", "-m", "finplatform.definitions",
            ],
            cwd=PROJECT_ROOT,
            env={
                **os.environ,
                **self._bank.environment,
                "DAGSTER_HOME": str(dagster_home(self._bank.settings)),
                "FINPLATFORM_DAGSTER_PG_URL": storage,
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(self._answers, "the UI answers")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def __call__(self, query: str, variables: dict[str, Any]) -> Any:
        answer = httpx.post(
            f"{self._url}/graphql", json={"query": query, "variables": variables}, timeout=300
        ).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def _answers(self) -> bool:
        assert self._process.poll() is None
        try:
            return httpx.get(f"{self._url}/server_info", timeout=60).status_code == 200
        except httpx.TransportError:
            return False
