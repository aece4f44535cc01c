"""Load test of the API: concurrent clients with think time.

Sends the requests and summarises response times; `finplatform.cli.bench_api` prints the result.
"""

import asyncio
import random
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

PATHS: Mapping[str, int] = {
    "/api/reports/daily-summary": 4,
    "/api/reports/sla-breaches?limit=100": 2,
    "/api/reports/high-risk-transactions?risk_threshold=75.0&limit=100": 2,
    "/api/analytics/payment-analytics?limit=100": 2,
    "/api/analytics/merchant-performance?limit=100": 1,
    "/api/analytics/customer-insights?limit=100": 1,
    "/api/v1/customers?limit=50": 4,
    "/api/v1/accounts?limit=50": 4,
    "/api/v1/transactions?limit=50": 4,
    "/api/v1/balances?limit=50": 2,
    "/api/v1/risk/scores?limit=50": 2,
    "/api/v1/alerts?limit=50": 2,
    "/api/v1/capital/figures": 1,
    "/api/v1/me": 2,
}
"""Requests of the clients and their relative frequencies."""

_TIMEOUT_S = 30.0
_MEMORY = re.compile(rb"^process_resident_memory_bytes ([0-9.e+]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Load:
    """The load on the API.

    Attributes:
        clients: Clients at once.
        seconds: Duration.
        think_s: Seconds between an answer and the next request of a client, on average.
        seed: Of the order of requests.
    """

    clients: int = 50
    seconds: float = 120.0
    think_s: float = 1.0
    seed: int = 1


@dataclass(frozen=True)
class Answer:
    """One answer.

    Attributes:
        path: Requested path.
        status: Its status; 0 if there was none.
        seconds: Time from the request to the end of the answer.
    """

    path: str
    status: int
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """Result of a load test.

    Attributes:
        requests: Number of requests.
        errors: Of them, those that were not answered with 200.
        per_second: Requests a second.
        p50_s: Median time.
        p95_s: Time that 95 of 100 did not exceed.
        p99_s: Time that 99 of 100 did not exceed.
        slowest: 95th percentile by path, the slowest first.
        memory_mb: Memory of the API before the load, halfway and after it.
    """

    requests: int
    errors: int
    per_second: float
    p50_s: float
    p95_s: float
    p99_s: float
    slowest: Mapping[str, float]
    memory_mb: Sequence[float]


async def measure(url: str, login: tuple[str, str] | None, load: Load) -> Outcome:
    """Puts a load on an API and measures its answers.

    Args:
        url: Its address.
        login: Name and password; None where no login is needed.
        load: The load.

    Raises:
        httpx.HTTPError: If the login fails, or the API does not respond.
    """
    limits = httpx.Limits(max_connections=load.clients + 1)
    async with httpx.AsyncClient(
        base_url=url, timeout=_TIMEOUT_S, trust_env=False, limits=limits
    ) as client:
        headers = await _headers(client, login)
        memory = [await _memory(client, headers)]
        began = time.perf_counter()
        watch = asyncio.create_task(_halfway(client, headers, load.seconds / 2))
        answers: list[Answer] = []
        await asyncio.gather(
            *(_client(client, headers, load, number, answers) for number in range(load.clients))
        )
        elapsed = time.perf_counter() - began
        memory += [await watch, await _memory(client, headers)]
    return _outcome(answers, elapsed, memory)


async def _client(
    client: httpx.AsyncClient,
    headers: Mapping[str, str],
    load: Load,
    number: int,
    answers: list[Answer],
) -> None:
    """Asks until the time is over; what is sent by then is waited for."""
    chance = random.Random(load.seed * 1_000 + number)  # noqa: S311 - no secret depends on it
    paths, weights = list(PATHS), list(PATHS.values())
    end = time.perf_counter() + load.seconds
    await asyncio.sleep(chance.uniform(0, load.think_s))
    while time.perf_counter() < end:
        (path,) = chance.choices(paths, weights)
        began = time.perf_counter()
        try:
            status = (await client.get(path, headers=headers)).status_code
        except httpx.HTTPError:
            status = 0
        answers.append(Answer(path, status, time.perf_counter() - began))
        await asyncio.sleep(chance.uniform(0.5, 1.5) * load.think_s)


async def _headers(client: httpx.AsyncClient, login: tuple[str, str] | None) -> dict[str, str]:
    if login is None:
        return {}
    form = {"grant_type": "password", "username": login[0], "password": login[1]}
    answer = (await client.post("/api/v1/token", data=form)).raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def _halfway(client: httpx.AsyncClient, headers: Mapping[str, str], after_s: float) -> float:
    await asyncio.sleep(after_s)
    return await _memory(client, headers)


async def _memory(client: httpx.AsyncClient, headers: Mapping[str, str]) -> float:
    """Memory of the API in MB, from its own metrics."""
    answer = (await client.get("/metrics", headers=headers)).raise_for_status()
    found = _MEMORY.search(answer.content)
    return round(float(found.group(1)) / 1e6, 1) if found else float("nan")


def _outcome(answers: Sequence[Answer], elapsed: float, memory: Sequence[float]) -> Outcome:
    by_path: dict[str, list[float]] = {}
    for answer in answers:
        by_path.setdefault(answer.path, []).append(answer.seconds)
    slowest = {path: percentile(times, 0.95) for path, times in by_path.items()}
    every = [answer.seconds for answer in answers]
    return Outcome(
        requests=len(answers),
        errors=sum(answer.status != httpx.codes.OK for answer in answers),
        per_second=round(len(answers) / elapsed, 1),
        p50_s=percentile(every, 0.50),
        p95_s=percentile(every, 0.95),
        p99_s=percentile(every, 0.99),
        slowest=dict(sorted(slowest.items(), key=lambda item: -item[1])),
        memory_mb=memory,
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value that a share of values does not exceed; 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 4)
