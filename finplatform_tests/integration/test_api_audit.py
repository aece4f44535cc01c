"""Requests of the API in the trail: each once, before its answer; none without its event."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse
from sqlalchemy.engine import make_url

from finplatform.api.audit import Audit, note_let_in, note_name
from finplatform.api.login.identity import Identity, note_caller
from finplatform.security.audit.events import Event
from finplatform.security.rights import Role
from finplatform.settings import Settings
from finplatform.warehouse import audit_log
from finplatform.warehouse.audit_log import Search, find, trail
from finplatform.warehouse.audit_seals import verify_trail
from finplatform.warehouse.audit_writer import AuditUnavailableError, AuditWriter
from finplatform.warehouse.database import Warehouse

pytestmark = pytest.mark.integration

PEOPLE = {"anna": Role.AUDITOR, "ben": Role.ENGINEER, "cleo": Role.SERVICE}
ACCESSES = 1_000
CLIENTS = 50


@pytest.fixture
def warehouse(postgres_url: str) -> Warehouse:
    found = Warehouse(make_url(postgres_url))
    with trail(found):
        return found


GATE = APIRouter()
"""Answers by whose handling the trail is told of a request before its end."""


def caller(request: Request) -> None:
    name = request.headers.get("x-name", "")
    if name in PEOPLE:
        note_caller(request, Identity(name, PEOPLE[name], "s", "person"))


@GATE.get("/let-in/{status}")
async def let_in(request: Request, status: int) -> None:
    caller(request)
    note_let_in(request)
    if status != 200:
        raise HTTPException(status)


@GATE.post("/login")
def login(request: Request) -> None:
    note_name(request, request.headers["x-name"])
    raise HTTPException(401)


def _app(writer: AuditWriter) -> FastAPI:
    """Answers of every kind, under the middleware."""
    app = FastAPI()
    app.add_middleware(Audit, record=writer.record)
    app.include_router(GATE)

    @app.get("/accounts/{account}")
    def account(request: Request, account: str) -> dict[str, str]:
        caller(request)
        return {"account": account}

    @app.post("/runs")
    def run(request: Request) -> dict[str, str]:
        caller(request)
        return {"run": "x"}

    @app.get("/denied")
    def denied(request: Request) -> None:
        caller(request)
        raise HTTPException(403)

    @app.get("/broken")
    def broken(request: Request) -> None:
        caller(request)
        raise ValueError("defect")

    @app.get("/stream")
    def stream(request: Request) -> StreamingResponse:
        caller(request)
        return StreamingResponse(iter(["a", "b"]))

    @app.get("/static/house.css")
    def static() -> str:
        return "look"

    return app


@asynccontextmanager
async def _serving(warehouse: Warehouse) -> AsyncIterator[tuple[httpx.AsyncClient, AuditWriter]]:
    writer = AuditWriter(lambda: psycopg.AsyncConnection.connect(warehouse.url))
    transport = httpx.ASGITransport(_app(writer), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://bank") as client:
        yield client, writer
    await writer.close()


def test_a_thousand_mixed_accesses_are_a_thousand_events(
    warehouse: Warehouse, tmp_path: Path, postgres_url: str
) -> None:
    settings = Settings(home=tmp_path / "home", database_url=postgres_url)
    choice = random.Random(3)  # noqa: S311 - the same accesses each time
    wanted: Counter[tuple[str, str, str]] = Counter()

    def drawn() -> tuple[str, str, str, str]:
        name = choice.choice([*PEOPLE, ""])
        path, route, outcome = choice.choice(
            [
                (f"/accounts/A-{choice.randint(1, 99)}", "GET /accounts/{account}", "ok"),
                ("/denied", "GET /denied", "denied"),
                ("/broken", "GET /broken", "failed"),
                ("/stream", "GET /stream", "ok"),
                ("/none", "GET -", "failed"),
                ("/runs", "POST /runs", "ok"),
            ]
        )
        # A path that does not exist finds no one out.
        wanted[(name if name and path != "/none" else "anonymous", route, outcome)] += 1
        return name, route.split(" ")[0], path, outcome

    async def ask() -> None:
        async with _serving(warehouse) as (client, _):
            work = [drawn() for _ in range(ACCESSES - 20)]

            async def take() -> None:
                while work:
                    name, method, path, _ = work.pop()
                    await client.request(method, path, headers={"x-name": name})

            await asyncio.gather(*(take() for _ in range(CLIENTS)))

    asyncio.run(ask())
    for number in range(20):
        audit_log.record_command(settings, "export", f"gold.table_{number}")
    with trail(warehouse) as connection:
        found = find(connection, Search(most=2 * ACCESSES))
    assert len(found) == ACCESSES
    by_request = Counter(
        (row["actor"], row["action"], row["outcome"]) for row in found if row["action"] != "export"
    )
    assert by_request == wanted
    assert verify_trail(settings, warehouse).holds


def test_an_event_says_who_asked_for_what_and_from_where(warehouse: Warehouse) -> None:
    async def ask() -> httpx.Response:
        async with _serving(warehouse) as (client, _):
            return await client.get(
                "/accounts/A-1",
                params={"from": "2026-01-01", "note": "x" * 500},
                headers={"x-name": "anna", "user-agent": "tester", "idempotency-key": "k"},
            )

    answer = asyncio.run(ask())
    with trail(warehouse) as connection:
        (found,) = find(connection, Search())
    assert (found["actor"], found["role"], found["object"]) == ("anna", "auditor", "/accounts/A-1")
    detail = found["detail"]
    assert detail["status"] == 200
    assert detail["query"] == {"from": "2026-01-01", "note": "x" * 100}
    assert (detail["agent"], detail["idempotency_key"]) == ("tester", "k")
    assert detail["request"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("status", "outcomes"), [(200, ["ok"]), (404, ["ok", "failed"]), (403, ["ok", "denied"])]
)
def test_a_request_that_is_let_in_is_recorded_so_and_once_more_if_it_fails(
    warehouse: Warehouse, status: int, outcomes: list[str]
) -> None:
    async def ask() -> httpx.Response:
        async with _serving(warehouse) as (client, _):
            return await client.get(f"/let-in/{status}", headers={"x-name": "ben"})

    answer = asyncio.run(ask())
    with trail(warehouse) as connection:
        found = list(reversed(find(connection, Search())))
    assert answer.status_code == status
    assert [row["outcome"] for row in found] == outcomes
    assert {row["actor"] for row in found} == {"ben"}
    assert {row["detail"]["request"] for row in found} == {answer.headers["x-request-id"]}


def test_a_wrong_login_is_recorded_under_the_name_that_was_tried(warehouse: Warehouse) -> None:
    async def ask() -> None:
        async with _serving(warehouse) as (client, _):
            await client.post("/login", headers={"x-name": "dora"})

    asyncio.run(ask())
    with trail(warehouse) as connection:
        (found,) = find(connection, Search())
    assert (found["actor"], found["outcome"]) == ("dora", "denied")


def test_files_of_pages_are_not_recorded(warehouse: Warehouse) -> None:
    async def ask() -> int:
        async with _serving(warehouse) as (client, _):
            return (await client.get("/static/house.css")).status_code

    assert asyncio.run(ask()) == 200
    with trail(warehouse) as connection:
        assert not find(connection, Search())


def test_an_answer_leaves_when_its_event_is_committed(warehouse: Warehouse) -> None:
    """Somebody else holds the trail: nobody is answered until it is let go."""

    async def ask() -> None:
        async with _serving(warehouse) as (client, _):
            with trail(warehouse) as holder:
                audit_log.record(holder, Event("holder", "-", "hold", "trail"))
                asked = asyncio.create_task(client.get("/accounts/A-1"))
                await asyncio.sleep(0.5)
                assert not asked.done()
                holder.commit()
                assert (await asked).status_code == 200

    asyncio.run(ask())


@pytest.mark.parametrize("path", ["/accounts/A-1", "/stream", "/none", "/runs", "/let-in/200"])
def test_without_its_event_a_request_is_not_answered(path: str) -> None:
    nowhere = Warehouse(make_url("postgresql://nobody@127.0.0.1:1/none"))

    async def ask() -> httpx.Response:
        async with _serving(nowhere) as (client, _):
            return await client.request("POST" if path == "/runs" else "GET", path)

    answer = asyncio.run(ask())
    assert answer.status_code == 503
    assert "A-1" not in answer.text
    assert answer.headers["retry-after"]


def test_a_session_that_is_lost_is_opened_anew(warehouse: Warehouse) -> None:
    async def ask() -> list[int]:
        async with _serving(warehouse) as (client, _):
            statuses = [(await client.get("/accounts/A-1")).status_code]
            with warehouse.connect() as connection:
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and query like '%append_events%'"
                    " and pid <> pg_backend_pid()"
                )
            return [*statuses, (await client.get("/accounts/A-2")).status_code]

    assert asyncio.run(ask()) == [200, 200]


def test_a_batch_that_the_database_refuses_is_refused_to_all_in_it() -> None:
    async def refused() -> list[bool]:
        async def connect() -> psycopg.AsyncConnection:
            raise psycopg.OperationalError

        writer = AuditWriter(connect)
        events = [writer.record(Event("a", "-", "b", "c")) for _ in range(5)]
        found = await asyncio.gather(*events, return_exceptions=True)
        return [isinstance(error, AuditUnavailableError) for error in found]

    assert asyncio.run(refused()) == [True] * 5


def test_events_keep_the_numbers_that_they_were_given(warehouse: Warehouse) -> None:
    async def numbers() -> list[int]:
        async with _serving(warehouse) as (_, writer):
            events = [writer.record(Event("a", "-", "b", str(n))) for n in range(1_200)]
            return await asyncio.gather(*events)

    given = asyncio.run(numbers())
    with trail(warehouse) as connection:
        kept = {row["object"]: row["seq"] for row in find(connection, Search(most=2_000))}
    assert [kept[str(n)] for n in range(1_200)] == given
