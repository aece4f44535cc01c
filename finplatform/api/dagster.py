"""Dagster over its GraphQL interface: jobs, runs and the asset graph.

Belongs here: GraphQL requests to the Dagster webserver. The API does not import Dagster, which
takes more memory and time than all else that it does. Does not belong here: the live page's reading
(`live.pipeline`).
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import httpx

from finplatform.api.problems import DependencyError
from finplatform.errors import FinplatformError, NothingFoundError

LOCATION, REPOSITORY = "finplatform", "__repository__"

PARTITION_TAG = "dagster/partition"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"

ENDED = ("SUCCESS", "FAILURE", "CANCELED")

_TIMEOUT_S = 60.0
_GRAPH_SECONDS = 300.0
_SHORTEST_MONTH = 28
_HIDDEN = "__"
_SELECTOR = {"repositoryName": REPOSITORY, "repositoryLocationName": LOCATION}

_JOBS = """
query Jobs($selector: RepositorySelector!) {
  repositoryOrError(repositorySelector: $selector) {
    __typename
    ... on Repository { jobs { name description } }
  }
}
"""

_LATEST = """
query Latest($params: PipelineSelector!) {
  pipelineOrError(params: $params) {
    __typename
    ... on Pipeline { partitionKeysOrError(limit: 2, reverse: true) { partitionKeys } }
  }
}
"""

_LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { ...found } }
    ... on PythonError { message }
    ... on UnauthorizedError { message }
  }
}
fragment found on Run { runId jobName status creationTime startTime endTime tags { key value } }
"""

_RUN = """
query Run($id: ID!) {
  runOrError(runId: $id) { __typename ... on Run { ...found } }
}
fragment found on Run { runId jobName status creationTime startTime endTime tags { key value } }
"""

_GRAPH = """
query Graph {
  assetNodes { assetKey { path } groupName kinds dependencyKeys { path } }
}
"""


class DagsterUnavailableError(DependencyError):
    """The Dagster webserver does not answer, or not as it should."""

    def __init__(self) -> None:
        super().__init__("Dagster does not answer.", "Start it with `finplatform up`.")


class UnknownJobError(NothingFoundError):
    """There is no job of that name."""


class UnknownRunError(NothingFoundError):
    """There is no run of that id."""


@dataclass(frozen=True)
class JobFound:
    """A job.

    Attributes:
        name: Its name.
        description: What it makes.
    """

    name: str
    description: str


@dataclass(frozen=True)
class RunFound:
    """A run of a job.

    Attributes:
        run_id: Dagster's id.
        job: Name of the job.
        status: How it stands, in Dagster's words.
        first_partition: First day or month that it covers; None without partitions.
        last_partition: The last one.
        created_at: Instant of the request.
        started_at: Instant at which it began; None until then.
        ended_at: Instant at which it ended; None until then.
    """

    run_id: str
    job: str
    status: str
    first_partition: str | None
    last_partition: str | None
    created_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def is_ended(self) -> bool:
        """Whether it is over."""
        return self.status in ENDED


@dataclass(frozen=True)
class AssetFound:
    """An asset of the graph.

    Attributes:
        name: `schema.table`.
        group: Its group.
        kinds: What makes it.
        upstream: Names of what it is made from.
    """

    name: str
    group: str
    kinds: tuple[str, ...]
    upstream: tuple[str, ...]


class Dagster:
    """Client of the Dagster webserver.

    Args:
        url: Its address.
        transport: What carries requests; default: the network.
    """

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url, self._transport = url, transport
        self._client = self._opened()
        self._graph: dict[str, AssetFound] = {}
        self._read_at = -_GRAPH_SECONDS
        self._reading = asyncio.Lock()

    async def close(self) -> None:
        """Closes its connections."""
        await self._client.aclose()

    async def jobs(self) -> list[JobFound]:
        """Jobs that may be started by name.

        Raises:
            DagsterUnavailableError: If the webserver does not answer.
        """
        answer = await self._ask(_JOBS, {"selector": _SELECTOR}, "repositoryOrError")
        found = [JobFound(job["name"], job["description"] or "") for job in answer["jobs"]]
        return sorted(
            (job for job in found if not job.name.startswith(_HIDDEN)), key=lambda job: job.name
        )

    async def start(self, job: str, first: date | None, last: date | None) -> RunFound:
        """Starts a job on the partitions of a range of days.

        Args:
            job: Its name.
            first: First day, or a day of the first month; None: the latest partition alone.
            last: The last one; None: as the first.

        Raises:
            UnknownJobError: If there is no such job.
            FinplatformError: If Dagster refuses the run, with its words.
            DagsterUnavailableError: If the webserver does not answer.
        """
        if job not in {found.name for found in await self.jobs()}:
            raise UnknownJobError(f"There is no job {job}.", "See GET /api/v1/jobs.")
        params = {
            "selector": {"jobName": job, **_SELECTOR},
            "runConfigData": {},
            "executionMetadata": {
                "tags": [
                    {"key": key, "value": value}
                    for key, value in (await self._tags(job, first, last)).items()
                ]
            },
        }
        answer = await self._ask(_LAUNCH, {"params": params}, "launchRun")
        if answer["__typename"] != "LaunchRunSuccess":
            message = answer.get("message") or answer["__typename"]
            raise FinplatformError(f"Dagster refused the run: {message}.", "See the Dagster UI.")
        return _run(answer["run"])

    async def run(self, run_id: str) -> RunFound:
        """A run as it stands.

        Raises:
            UnknownRunError: If there is none of that id.
            DagsterUnavailableError: If the webserver does not answer.
        """
        answer = await self._ask(_RUN, {"id": run_id}, "runOrError")
        if answer["__typename"] != "Run":
            raise UnknownRunError(f"There is no run {run_id}.")
        return _run(answer)

    async def graph(self) -> Mapping[str, AssetFound]:
        """Every asset by name, at most some minutes old.

        Raises:
            DagsterUnavailableError: If the webserver does not answer.
        """
        async with self._reading:
            if time.monotonic() - self._read_at >= _GRAPH_SECONDS:
                nodes = await self._ask(_GRAPH, {}, "assetNodes")
                self._graph = {asset.name: asset for asset in map(_asset, nodes)}
                self._read_at = time.monotonic()
        return self._graph

    async def _tags(self, job: str, first: date | None, last: date | None) -> dict[str, str]:
        """Tags of the partitions of a range; none for a job without partitions."""
        latest = await self._latest_partitions(job)
        if not latest:
            return {}
        is_monthly = _are_months(latest)
        keys = [_partition(day, is_monthly=is_monthly) for day in (first, last) if day is not None]
        if not keys:
            return {PARTITION_TAG: latest[0]}
        if keys[0] == keys[-1]:
            return {PARTITION_TAG: keys[0]}
        return {RANGE_START_TAG: keys[0], RANGE_END_TAG: keys[-1]}

    async def _latest_partitions(self, job: str) -> list[str]:
        """The last two partitions of a job, the latest first; none for a job without."""
        params = {"pipelineName": job, **_SELECTOR}
        answer = await self._ask(_LATEST, {"params": params}, "pipelineOrError")
        found: list[str] = answer.get("partitionKeysOrError", {}).get("partitionKeys", [])
        # They come in their own order, whichever end they are counted from.
        return sorted(found, reverse=True)

    def _opened(self) -> httpx.AsyncClient:
        # The webserver is on this machine, whatever proxies the environment names.
        return httpx.AsyncClient(
            base_url=self._url, timeout=_TIMEOUT_S, trust_env=False, transport=self._transport
        )

    async def _ask(self, query: str, variables: Mapping[str, Any], field: str) -> Any:
        body = {"query": query, "variables": variables}
        if self._client.is_closed:
            self._client = self._opened()
        try:
            answer = await self._client.post("/graphql", json=body)
            answer.raise_for_status()
            return answer.json()["data"][field]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise DagsterUnavailableError from error


def _are_months(latest: list[str]) -> bool:
    """Whether partitions, the latest first, are months; a single one is if it begins a month."""
    days = [date.fromisoformat(key) for key in latest]
    if len(days) == 1:
        return days[0].day == 1
    return (days[0] - days[1]).days >= _SHORTEST_MONTH


def _partition(day: date, *, is_monthly: bool) -> str:
    return (day.replace(day=1) if is_monthly else day).isoformat()


def _run(found: Mapping[str, Any]) -> RunFound:
    tags = {tag["key"]: tag["value"] for tag in found["tags"]}
    one = tags.get(PARTITION_TAG)
    return RunFound(
        run_id=found["runId"],
        job=found["jobName"],
        status=found["status"],
        first_partition=tags.get(RANGE_START_TAG, one),
        last_partition=tags.get(RANGE_END_TAG, one),
        created_at=_instant(found["creationTime"]),
        started_at=_instant(found["startTime"]),
        ended_at=_instant(found["endTime"]),
    )


def _asset(found: Mapping[str, Any]) -> AssetFound:
    return AssetFound(
        name=_name(found["assetKey"]),
        group=found["groupName"],
        kinds=tuple(sorted(found["kinds"])),
        upstream=tuple(sorted(_name(key) for key in found["dependencyKeys"])),
    )


def _name(key: Mapping[str, Any]) -> str:
    return ".".join(key["path"])


def _instant(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
