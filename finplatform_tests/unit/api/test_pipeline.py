"""What the Dagster UI answers is told as it is, and a UI that is away is no source."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from finplatform.api.live.pipeline import Pipeline, PipelineValues
from finplatform.api.live.reading import Reading


def run(number: int, status: str, ended: float | None = None) -> dict[str, Any]:
    return {
        "runId": f"r{number}", "jobName": "daily", "status": status, "creationTime": 1.0,
        "startTime": 2.0, "endTime": ended,
    }  # fmt: skip


def node(name: str, freshness: str | None, **checks: tuple[str, str] | None) -> dict[str, Any]:
    def execution(found: tuple[str, str] | None) -> dict[str, Any] | None:
        if found is None:
            return None
        status, severity = found
        return {"status": status, "evaluation": {"severity": severity} if severity else None}

    return {
        "assetKey": {"path": ["gold", name]},
        "freshnessStatusInfo": {"freshnessStatus": freshness} if freshness else None,
        "assetChecksOrError": {
            "checks": [
                {"name": check, "executionForLatestMaterialization": execution(found)}
                for check, found in checks.items()
            ]
        },
    }


class Ui:
    """A Dagster UI that answers what it is given to."""

    def __init__(self) -> None:
        self.runs: list[dict[str, Any]] = []
        self.nodes: list[dict[str, Any]] = []
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        query = json.loads(request.content)["query"]
        self.asked.append("checks" if "assetNodes" in query else "runs")
        return httpx.Response(200, json={"data": self._data()})

    def _data(self) -> Mapping[str, Any]:
        active = [run for run in self.runs if run["endTime"] is None]
        daemons = [
            {"daemonType": "SCHEDULER", "required": True, "healthy": False},
            {"daemonType": "SENSOR", "required": True, "healthy": True},
            {"daemonType": "OTHER", "required": False, "healthy": False},
        ]
        return {
            "latest": {"results": self.runs},
            "active": {"results": active},
            "instance": {"daemonHealth": {"allDaemonStatuses": daemons}},
            "assetNodes": self.nodes,
        }


def read(*answers: Any) -> list[Reading]:
    """Readings of one pipeline, one for each thing that answers."""

    async def reads() -> list[Reading]:
        waiting = list(answers)
        pipeline = Pipeline("http://ui", httpx.MockTransport(lambda request: waiting[0](request)))
        found = []
        while waiting:
            await pipeline.read()
            await pipeline.read_checks()
            found.append(await pipeline.read())
            waiting.pop(0)
        await pipeline.close()
        return found

    return asyncio.run(reads())


def values(reading: Reading) -> PipelineValues:
    assert isinstance(reading.values, PipelineValues)
    return reading.values


def test_runs_are_counted_by_what_they_do() -> None:
    ui = Ui()
    ui.runs = [run(4, "QUEUED"), run(3, "STARTED"), run(2, "CANCELING"), run(1, "FAILURE", 9.0)]
    found = values(*read(ui))
    assert (found.running, found.queued) == (2, 1)
    assert [one.id for one in found.runs] == ["r4", "r3", "r2", "r1"]
    assert found.daemons_down == ["SCHEDULER"]


def test_every_check_has_one_verdict() -> None:
    ui = Ui()
    ui.nodes = [
        node("a", "HEALTHY", good=("SUCCEEDED", "ERROR"), bad=("FAILED", "ERROR")),
        node("b", "DEGRADED", warned=("FAILED", "WARN"), broken=("EXECUTION_FAILED", "")),
        node("c", None, never=None, going=("IN_PROGRESS", ""), skipped=("SKIPPED", "")),
        {**node("d", None), "assetChecksOrError": {}},
    ]
    checks = values(*read(ui)).checks
    assert checks is not None
    assert (checks.passed, checks.failed, checks.warned, checks.unknown) == (1, 2, 1, 3)
    assert checks.failing == ["gold.a: bad", "gold.b: broken"]
    assert checks.stale == ["gold.b"]


def test_checks_are_asked_for_again_when_a_run_has_ended_and_not_before() -> None:
    ui, ended = Ui(), Ui()
    ui.runs, ended.runs = [run(1, "STARTED")], [run(1, "SUCCESS", 9.0)]
    ended.asked = ui.asked
    read(ui, ui, ended, ended)
    assert [asked for asked in ui.asked if asked == "checks"] == ["checks", "checks"]
    assert ui.asked.index("checks", 2) == 6


def refused(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


@pytest.mark.parametrize("away", [refused, lambda _: httpx.Response(502)])
def test_a_ui_that_is_away_is_no_source_and_comes_back(away: Any) -> None:
    first, gone, back = read(Ui(), away, Ui())
    assert (first.state, gone.state, back.state) == ("ok", "no_source", "ok")
    assert gone.values is None
    assert gone.why == "the Dagster UI does not answer at http://ui"
    assert values(back).checks is not None


@pytest.mark.parametrize("body", [{"data": None}, {"errors": []}, [], {"data": {"latest": {}}}])
def test_an_answer_of_another_form_is_said_to_be_one(body: Any) -> None:
    (found,) = read(lambda _: httpx.Response(200, json=body))
    assert found.state == "failed"
