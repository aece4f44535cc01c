"""Load test of the warehouse: each query alone, and concurrent users with think time.

Every user is a session with the reader's login, as in a BI tool. Results are read as the text of
COPY, so that the server is measured and not the parsing of rows in Python. Belongs here: running
and measuring. Does not belong here: the queries (`query_catalog`), and showing the figures
(`finplatform.cli.bench_queries`).
"""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import httpx
import psycopg

from finplatform.bench.api_load import percentile
from finplatform.bench.query import Kind, Query
from finplatform.warehouse.database import Warehouse

_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Api:
    """The running API and its login.

    Attributes:
        url: Its address.
        headers: Of every request, the login among them.
    """

    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class People:
    """Concurrent users.

    Attributes:
        users: Their number.
        seconds: Duration.
        think_s: Seconds between an answer and the next query of a user, on average.
        seed: Of the order of queries.
    """

    users: int = 50
    seconds: float = 120.0
    think_s: float = 1.0
    seed: int = 1


@dataclass(frozen=True)
class Answer:
    """One answer.

    Attributes:
        query: The query.
        seconds: Time from the question to the end of the answer.
        rows: Rows of the answer; of an endpoint its status.
        size: Bytes of the answer.
        error: SQLSTATE or HTTP status of a failure; None on success.
    """

    query: Query
    seconds: float
    rows: int
    size: int
    error: str | None = None


@dataclass(frozen=True)
class Figures:
    """Statistics of the answers to one query, or to all.

    Attributes:
        kind: Kind of the query; empty for all.
        name: Its name.
        answers: Number of answers.
        errors: Of them, those that failed, by what went wrong.
        p50_s: Median time.
        p95_s: Time that 95 of 100 did not exceed.
        rows: Different numbers of rows that were answered.
        size: Bytes of the largest answer.
    """

    kind: str
    name: str
    answers: int
    errors: Mapping[str, int]
    p50_s: float
    p95_s: float
    rows: Sequence[int]
    size: int


class Asker:
    """One person's session; use it in one thread.

    Args:
        warehouse: The database with the login of the users.
        api: The API, for queries that are endpoints.
    """

    def __init__(self, warehouse: Warehouse, api: Api | None = None) -> None:
        self._warehouse = warehouse
        self._client = None if api is None else _client(api)
        self._connection: psycopg.Connection | None = None

    def ask(self, query: Query) -> Answer:
        """Asks, and reads the whole answer."""
        began = time.perf_counter()
        error, rows, size = None, 0, 0
        try:
            ask = self._get if query.kind is Kind.ENDPOINT else self._copy
            error, rows, size = ask(query)
        except psycopg.Error as refused:
            error = refused.sqlstate or type(refused).__name__
        except httpx.HTTPError as refused:
            error = type(refused).__name__
        return Answer(query, time.perf_counter() - began, rows, size, error)

    def close(self) -> None:
        """Ends the session."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
        if self._client is not None:
            self._client.close()

    def _copy(self, query: Query) -> tuple[str | None, int, int]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._warehouse.url, autocommit=True)
        connection = self._connection
        # COPY takes no parameters.
        text = psycopg.ClientCursor(connection).mogrify(query.text.encode(), query.parameters)
        size = 0
        with connection.cursor() as cursor:
            with cursor.copy(f"copy ({text}\n) to stdout".encode()) as copied:
                for part in copied:
                    size += len(part)
            return None, cursor.rowcount, size

    def _get(self, query: Query) -> tuple[str | None, int, int]:
        if self._client is None:
            raise httpx.UnsupportedProtocol("No API is named.")
        answer = self._client.get(query.text)
        status = answer.status_code
        return None if status == httpx.codes.OK else str(status), status, len(answer.content)


def ask_alone(asker: Asker, queries: Sequence[Query], repeats: int) -> list[Answer]:
    """Answers to each query in turn, without concurrent load.

    Args:
        asker: The client.
        queries: The queries.
        repeats: Runs of each query.
    """
    return [asker.ask(query) for query in queries for _ in range(repeats)]


def ask_together(
    warehouse: Warehouse, api: Api | None, queries: Sequence[Query], people: People
) -> list[Answer]:
    """Answers to many people at once.

    Args:
        warehouse: The database with the login of the users.
        api: The API, for endpoints.
        queries: The queries, with equal probability.
        people: The users.
    """
    answers: list[Answer] = []
    threads = [
        threading.Thread(
            target=_person, args=(Asker(warehouse, api), queries, people, number, answers)
        )
        for number in range(people.users)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def figures(answers: Iterable[Answer]) -> tuple[Figures, list[Figures]]:
    """Figures of all answers, and those of each query, the slowest first."""
    by_query: dict[tuple[str, str], list[Answer]] = defaultdict(list)
    every = list(answers)
    for answer in every:
        by_query[answer.query.kind, answer.query.name].append(answer)
    each = [_of(kind, name, found) for (kind, name), found in by_query.items()]
    return _of("", "all", every), sorted(each, key=lambda one: -one.p95_s)


def _client(api: Api) -> httpx.Client:
    return httpx.Client(
        base_url=api.url, headers=dict(api.headers), timeout=_TIMEOUT_S, trust_env=False
    )


def _person(
    asker: Asker, queries: Sequence[Query], people: People, number: int, answers: list[Answer]
) -> None:
    """Runs queries until the deadline, and finishes the last one."""
    chance = random.Random(people.seed * 1_000 + number)  # noqa: S311 - no secret depends on it
    pause = threading.Event()
    end = time.perf_counter() + people.seconds
    pause.wait(chance.uniform(0, people.think_s))
    while time.perf_counter() < end:
        answers.append(asker.ask(chance.choice(queries)))
        pause.wait(chance.uniform(0.5, 1.5) * people.think_s)
    asker.close()


def _of(kind: str, name: str, answers: Sequence[Answer]) -> Figures:
    times = [answer.seconds for answer in answers]
    errors: dict[str, int] = defaultdict(int)
    for answer in answers:
        if answer.error is not None:
            errors[answer.error] += 1
    return Figures(
        kind=kind,
        name=name,
        answers=len(answers),
        errors=dict(errors),
        p50_s=percentile(times, 0.50),
        p95_s=percentile(times, 0.95),
        rows=sorted({answer.rows for answer in answers if answer.error is None}) if kind else [],
        size=max((answer.size for answer in answers), default=0),
    )
