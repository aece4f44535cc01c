"""A failed run over a year in the Dagster UI: its server answers what the pages of it ask."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.engine import URL

from finplatform.orchestration.instance import dagster_home
from finplatform.settings import PROJECT_ROOT
from finplatform.warehouse.embedded.ports import free_port
from finplatform_tests.databases import new_databases
from finplatform_tests.integration.file_bank import YEAR, FileBank
from finplatform_tests.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.graph]

RUN = """
query Run($id: ID!, $cursor: String) {
  runOrError(runId: $id) {
    __typename
    ... on Run {
      status
      hasReExecutePermission
      executionPlan { steps { key kind inputs { dependsOn { key } } } }
      stepKeysToExecute
      stepStats { stepKey status startTime endTime attempts { startTime endTime } }
      assets { key { path } }
      assetSelection { path }
      assetChecks { name assetKey { path } }
      eventConnection(afterCursor: $cursor, limit: 1000) {
        cursor
        hasMore
        events {
          __typename
          ... on MessageEvent { message stepKey timestamp level eventType }
          ... on AssetMaterializationPlannedEvent { assetKey { path } runOrError { __typename } }
          ... on ExecutionStepFailureEvent { error { message causes { message } stack } }
          ... on RunFailureEvent { error { message } }
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
  assetsLatestInfo(assetKeys: $keys) {
    assetKey { path }
    unstartedRunIds
    inProgressRunIds
    latestRun { id status }
  }
}
"""

RUNS = """
query Runs {
  runsOrError(limit: 25) {
    __typename
    ... on Runs { results { id status tags { key value } startTime endTime jobName } }
  }
}
"""


@pytest.fixture(scope="module")
def bank(postgres_server: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileBank]:
    """The bank after a run over a year that failed: its transactions lack a column."""
    with new_databases(postgres_server, "warehouse", "dagster") as urls:
        bank = FileBank(tmp_path_factory.mktemp("failed"), *urls)
        bank.deliver()
        bank.map_branch("branch_id")
        file = bank.exports / "transactions.csv"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("amount", "amt", 1), encoding="utf-8")
        said = bank.typed(*YEAR, fails=True)
        assert "bronze__transactions: The source of transactions has no column amount" in " ".join(
            said.split()
        )
        yield bank


def test_a_failed_run_over_a_year_opens_with_all_its_events(bank: FileBank) -> None:
    with _webserver(bank) as ask:
        runs = ask(RUNS, {})["runsOrError"]["results"]
        assert [run["status"] for run in runs] == ["FAILURE"]
        kinds, messages, cursor, has_more = set(), [], None, True
        while has_more:
            opened = ask(RUN, {"id": runs[0]["id"], "cursor": cursor})["runOrError"]
            assert opened["__typename"] == "Run", opened
            page = opened["eventConnection"]
            kinds |= {event["__typename"] for event in page["events"]}
            messages += [e["error"] for e in page["events"] if e.get("error")]
            cursor, has_more = page["cursor"], page["hasMore"]
        assert opened["status"] == "FAILURE"
        assert {
            "AssetMaterializationPlannedEvent", "ExecutionStepFailureEvent", "RunFailureEvent"
        } <= kinds  # fmt: skip
        assert "has no column amount" in str(messages)
        failed = {one["stepKey"] for one in opened["stepStats"] if one["status"] == "FAILURE"}
        assert failed == {"bronze__transactions"}
        keys = [{"path": asset["key"]["path"]} for asset in opened["assets"]]
        pages = ask(PARTITIONS, {"keys": [*keys, {"path": ["gold", "fact_transactions"]}]})
        days = {
            tuple(one["assetKey"]["path"]): one["partitionStats"] for one in pages["assetNodes"]
        }
        assert days["gold", "fact_transactions"]["numPartitions"] == 365
        assert days["gold", "fact_transactions"]["numMaterialized"] == 0


@contextmanager
def _webserver(bank: FileBank) -> Iterator[Callable[[str, dict[str, Any]], Any]]:
    """The Dagster UI's own server on a bank, as a function from a query to its data."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    program = str(Path(sys.executable).with_name("dagster-webserver"))
    storage = bank.dagster_url.replace("postgresql://", "postgresql+psycopg2://", 1)
    process = subprocess.Popen(
        [program, "--port", str(port), "--host", "127.0.0.1", "-m", "finplatform.definitions"],
        cwd=PROJECT_ROOT,
        env={
            **os.environ,
            **bank.environment,
            "DAGSTER_HOME": str(dagster_home(bank.settings)),
            "FINPLATFORM_DAGSTER_PG_URL": storage,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def answers() -> bool:
        assert process.poll() is None
        try:
            return httpx.get(f"{url}/server_info", timeout=60).status_code == 200
        except httpx.TransportError:
            return False

    def ask(query: str, variables: dict[str, Any]) -> Any:
        asked = {"query": query, "variables": variables}
        answer = httpx.post(f"{url}/graphql", json=asked, timeout=300).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    try:
        wait_until(answers, "the UI answers")
        yield ask
    finally:
        process.terminate()
        process.wait()
