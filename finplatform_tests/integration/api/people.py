"""People of every role, a server in this process, and a Dagster that runs nothing.

Belongs here: what the tests of the API share. Does not belong here: what they test.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI

from finplatform.api.app import Parts, create_app
from finplatform.api.server import Server
from finplatform.security.passwords import Passwords
from finplatform.security.rights import PEOPLE, Role
from finplatform.security.throttle import Limits, Throttle
from finplatform.settings import Settings
from finplatform.warehouse import people, users
from finplatform.warehouse.database import open_warehouse
from finplatform.warehouse.embedded.ports import free_port
from finplatform.warehouse.login_setup import prepare_logins
from finplatform_tests.in_process import Client
from finplatform_tests.waiting import wait_for_end, wait_until

FAST = Passwords(time_cost=1, memory_kib=8, lanes=1)
PASSWORD = "a quiet harbour at dawn"  # noqa: S105
CLIENT, SECRET = "nightly", "the secret of a service that runs at night"
RUN_ID = "00000000-0000-4000-8000-000000000001"

PATIENT = Limits(pair=("1000000 per hour",), name="1000000 per hour", address="1000000 per hour")
"""Limits for tests that log in wrongly again and again for another reason."""


class Dagster(httpx.AsyncBaseTransport):
    """Answers as the Dagster webserver does, of jobs and runs that are none."""

    def __init__(self) -> None:
        self.launched: list[Mapping[str, Any]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(await request.aread())
        variables = asked["variables"]
        name = asked["query"].split()[1].partition("(")[0]
        answer = getattr(self, f"_{name.lower()}")(variables)
        return httpx.Response(200, json={"data": answer})

    def _jobs(self, _: Mapping[str, Any]) -> Any:
        found = [{"name": name, "description": "Days."} for name in ("daily", "__ASSET_JOB")]
        return {"repositoryOrError": {"__typename": "Repository", "jobs": found}}

    def _latest(self, _: Mapping[str, Any]) -> Any:
        keys = {"partitionKeys": ["2025-03-30", "2025-03-31"]}
        return {"pipelineOrError": {"__typename": "Job", "partitionKeysOrError": keys}}

    def _launch(self, variables: Mapping[str, Any]) -> Any:
        self.launched.append(variables["params"])
        tags = variables["params"]["executionMetadata"]["tags"]
        return {"launchRun": {"__typename": "LaunchRunSuccess", "run": self._shown(tags)}}

    def _run(self, variables: Mapping[str, Any]) -> Any:
        if variables["id"] != RUN_ID:
            return {"runOrError": {"__typename": "RunNotFoundError"}}
        return {"runOrError": {"__typename": "Run", **self._shown([])}}

    def _graph(self, _: Mapping[str, Any]) -> Any:
        edges = {
            "bronze.payments": [],
            "silver.stg_payments": ["bronze.payments"],
            "gold.fact_payments": ["silver.stg_payments"],
            "bi.payments": ["gold.fact_payments"],
        }
        return {
            "assetNodes": [
                {
                    "assetKey": {"path": name.split(".")},
                    "groupName": name.partition(".")[0],
                    "kinds": ["dbt"],
                    "dependencyKeys": [{"path": one.split(".")} for one in upstream],
                }
                for name, upstream in edges.items()
            ]
        }

    @staticmethod
    def _shown(tags: list[Any]) -> dict[str, Any]:
        return {
            "runId": RUN_ID,
            "jobName": "daily",
            "status": "SUCCESS",
            "creationTime": 1.7e9,
            "startTime": 1.7e9,
            "endTime": 1.7e9 + 9,
            "tags": tags,
        }


@dataclass
class Api:
    """The API of a bank, in this process.

    Attributes:
        settings: Settings of the bank.
        app: The application.
        client: Asks it, from this machine and without a login.
        dagster: Its Dagster.
    """

    settings: Settings
    app: FastAPI
    client: Client
    dagster: Dagster
    _tokens: dict[str, str] = field(default_factory=dict)

    def token(self, name: str) -> str:
        """An access token of a person, who logs in once."""
        if name not in self._tokens:
            self._tokens[name] = self.log_in(name)["access_token"]
        return self._tokens[name]

    def log_in(self, name: str, password: str = PASSWORD) -> Any:
        form = {"grant_type": "password", "username": name, "password": password}
        answer = self.client.post("/api/v1/token", data=form)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def bearer(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(name)}"}

    def get(self, path: str, name: str = "admin", **given: Any) -> httpx.Response:
        headers = {**self.bearer(name), **given.pop("headers", {})}
        return self.client.get(path, headers=headers, **given)

    def post(self, path: str, name: str = "admin", **given: Any) -> httpx.Response:
        headers = {**self.bearer(name), **given.pop("headers", {})}
        return self.client.post(path, headers=headers, **given)


def add_person(
    settings: Settings, name: str, role: Role, regions: tuple[str, ...] | None = None
) -> None:
    """Adds a person with the password of all."""
    with open_warehouse(settings).connect() as connection:
        users.add_user(connection, name, role, FAST.hash(PASSWORD))
        people.make_person(connection, name, role, regions)


def add_people(settings: Settings) -> None:
    """Adds a person of each role, who is called as it, and a service."""
    prepare_logins(settings)
    with open_warehouse(settings).connect() as connection:
        known = {user.name for user in users.list_users(connection)}
    if known:
        return
    for role in PEOPLE:
        add_person(settings, role, role)
    with open_warehouse(settings).connect() as connection:
        users.add_client(connection, CLIENT, Role.SERVICE, FAST.hash(SECRET))
        people.make_person(connection, CLIENT, Role.SERVICE)


@contextmanager
def served(
    settings: Settings,
    limits: Limits = PATIENT,
    address: str = "127.0.0.1",
    passwords: Passwords = FAST,
) -> Iterator[Api]:
    """The API of a bank while the block lasts.

    Args:
        settings: Settings of the bank.
        limits: Wrong logins that are borne.
        address: Where its client is.
        passwords: Hashes passwords.
    """
    dagster = Dagster()
    parts = Parts(passwords=passwords, throttle=Throttle(limits), dagster=dagster)
    app = create_app(settings, parts)
    with Client(app, address) as client:
        yield Api(settings, app, client, dagster)


@contextmanager
def listening(settings: Settings) -> Iterator[str]:
    """URL of the API at a port of its own while the block lasts."""
    port = free_port()
    own = settings.model_copy(update={"api_port": port})
    parts = Parts(passwords=FAST, throttle=Throttle(PATIENT), dagster=Dagster())
    server = Server(create_app(own, parts), own)
    thread = threading.Thread(target=server.run, name="api")
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive(), "the API listens")
        assert server.started
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        wait_for_end(thread)
