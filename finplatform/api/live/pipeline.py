"""Section `pipeline`: runs, daemons and checks, as the Dagster UI answers them over GraphQL.

Belongs here: requests to the UI, which may be down. Does not belong here:
Dagster itself, which the API does not import.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from finplatform.api.live.pace import Pace
from finplatform.api.live.reading import Reading, Values

_RUNS = """
query LiveRuns {
  latest: runsOrError(limit: 6) { ...found }
  active: runsOrError(
    limit: 25, filter: {statuses: [QUEUED, NOT_STARTED, STARTING, STARTED, CANCELING]}
  ) { ...found }
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } }
}
fragment found on RunsOrError {
  ... on Runs { results { runId jobName status creationTime startTime endTime } }
}
"""

_CHECKS = """
query LiveChecks {
  assetNodes {
    assetKey { path }
    freshnessStatusInfo { freshnessStatus }
    assetChecksOrError {
      ... on AssetChecks {
        checks {
          name
          executionForLatestMaterialization { status evaluation { severity } }
        }
      }
    }
  }
}
"""

_CHECKS_EVERY_S = 60.0
_RUNS_TIMEOUT_S, _CHECKS_TIMEOUT_S = 20.0, 120.0
_LISTED = 20


class UiDoesNotAnswerError(Exception):
    """There is no Dagster UI at its port, or it cannot answer."""


class Run(Values):
    """One run of a job."""

    id: str
    job: str
    status: str
    started_at: datetime | None
    ended_at: datetime | None


class Checks(Values):
    """Latest verdicts of the checks.

    Attributes:
        passed: Number of those that passed.
        failed: Number of those that failed, or could not be executed.
        warned: Number of those that failed with a warning.
        unknown: Number of those that were not executed since their table was made.
        failing: Names of the first that failed, `asset: check`.
        stale: Tables that are older than their freshness policy allows.
    """

    passed: int
    failed: int
    warned: int
    unknown: int
    failing: list[str]
    stale: list[str]


class PipelineValues(Values):
    """What the pipeline does.

    Attributes:
        running: Runs that go on.
        queued: Runs that wait.
        runs: The latest, newest first.
        daemons_down: Daemons that are needed and do not run.
        checks: Verdicts; null until they are known.
    """

    running: int
    queued: int
    runs: list[Run]
    daemons_down: list[str]
    checks: Checks | None


class Pipeline:
    """Reader of the Dagster UI.

    Args:
        url: Its address.
        transport: What carries requests; default: the network.
    """

    pause_s = 5.0

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url = url
        # The UI is on this machine, whatever proxies the environment names.
        self._client = httpx.AsyncClient(
            base_url=url, timeout=_RUNS_TIMEOUT_S, trust_env=False, transport=transport
        )
        self._pace = Pace(_CHECKS_EVERY_S)
        self._checks: Checks | None = None
        self._ended: frozenset[str] | None = None

    async def read(self) -> Reading:
        """Reads runs; checks are as last read."""
        try:
            answer = await self._ask(_RUNS, _RUNS_TIMEOUT_S)
            runs, active = _runs(answer["latest"]), _runs(answer["active"])
            daemons_down = _daemons_down(answer["instance"]["daemonHealth"])
        except UiDoesNotAnswerError:
            self._checks = self._ended = None
            return Reading.missing(f"the Dagster UI does not answer at {self._url}")
        except (KeyError, TypeError, ValueError):
            return Reading.failed("the Dagster UI answers in another form than expected")
        ended = frozenset(run.id for run in runs if run.ended_at)
        if self._ended is None or ended - self._ended:
            self._pace.hurry()
        self._ended = ended
        waits = ("QUEUED", "NOT_STARTED")
        values = PipelineValues(
            running=sum(run.status not in waits for run in active),
            queued=sum(run.status in waits for run in active),
            runs=runs,
            daemons_down=daemons_down,
            checks=self._checks,
        )
        return Reading.of("Dagster", values)

    async def read_checks(self) -> None:
        """Reads checks, if the UI is up: once a minute at most, and when a run has ended.

        The UI takes seconds for it, during which runs are read all the same.
        """
        if self._ended is None or not self._pace.is_due:
            return
        with self._pace.measured():
            try:
                answer = await self._ask(_CHECKS, _CHECKS_TIMEOUT_S)
                self._checks = _checks(answer["assetNodes"])
            except (UiDoesNotAnswerError, KeyError, TypeError, ValueError):
                self._checks = None

    async def close(self) -> None:
        """Closes its connections."""
        await self._client.aclose()

    async def _ask(self, query: str, timeout_s: float) -> Mapping[str, Any]:
        try:
            answer = await self._client.post("/graphql", json={"query": query}, timeout=timeout_s)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise UiDoesNotAnswerError from error
        data: Mapping[str, Any] = answer.json()["data"]
        return data


def _runs(found: Mapping[str, Any]) -> list[Run]:
    return [
        Run(
            id=run["runId"],
            job=run["jobName"],
            status=run["status"],
            started_at=_instant(run["startTime"]) or _instant(run["creationTime"]),
            ended_at=_instant(run["endTime"]),
        )
        for run in found["results"]
    ]


def _daemons_down(health: Mapping[str, Any]) -> list[str]:
    statuses = health["allDaemonStatuses"]
    return sorted(one["daemonType"] for one in statuses if one["required"] and not one["healthy"])


def _checks(nodes: Iterable[Mapping[str, Any]]) -> Checks:
    verdicts: Counter[str] = Counter()
    failing, stale = [], []
    for node in nodes:
        asset = ".".join(node["assetKey"]["path"])
        if (node["freshnessStatusInfo"] or {}).get("freshnessStatus") == "DEGRADED":
            stale.append(asset)
        for check in node["assetChecksOrError"].get("checks", ()):
            verdict = _verdict(check["executionForLatestMaterialization"])
            verdicts[verdict] += 1
            if verdict == "failed":
                failing.append(f"{asset}: {check['name']}")
    return Checks(
        **{name: verdicts[name] for name in ("passed", "failed", "warned", "unknown")},
        failing=sorted(failing)[:_LISTED],
        stale=sorted(stale)[:_LISTED],
    )


def _verdict(execution: Mapping[str, Any] | None) -> str:
    match execution:
        case {"status": "SUCCEEDED"}:
            return "passed"
        case {"status": "FAILED", "evaluation": {"severity": "WARN"}}:
            return "warned"
        case {"status": "FAILED" | "EXECUTION_FAILED"}:
            return "failed"
    return "unknown"


def _instant(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
