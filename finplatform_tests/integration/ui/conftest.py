"""The UI's application in front of two real Dagster webservers, with a caller per role."""

import base64
import json
import os
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.requests import HTTPConnection

from finplatform.api.login.identity import Identity
from finplatform.api.ui.app import Doors, create_ui
from finplatform.api.ui.forward import Forwarder
from finplatform.security.audit.events import Event
from finplatform.security.rights import PEOPLE, Role
from finplatform.warehouse.audit_writer import AuditUnavailableError
from finplatform.warehouse.embedded.ports import free_port
from finplatform_tests.waiting import wait_until

GRAPH = """
    import dagster as dg

    @dg.asset(partitions_def=dg.StaticPartitionsDefinition(["a", "b"]))
    def first():
        return 1

    @dg.op
    def nothing():
        return None

    @dg.job
    def idle():
        nothing()

    @dg.schedule(job=idle, cron_schedule="0 0 1 1 *")
    def yearly():
        return dg.SkipReason("no")

    defs = dg.Definitions(assets=[first], jobs=[idle], schedules=[yearly])
"""


@dataclass
class Ui:
    """The application as it is reached.

    Attributes:
        url: Its address.
        full: Address of the webserver of those who may do everything.
        read: Address of the read-only one.
        events: What was recorded.
        is_recording: Whether events can be recorded.
        ended: Roles whose sessions are over.
    """

    url: str
    full: str
    read: str
    events: list[Event] = field(default_factory=list)
    is_recording: bool = True
    ended: set[Role] = field(default_factory=set)

    def headers(self, role: Role) -> dict[str, str]:
        """What the browser of somebody of a role sends."""
        return {"cookie": f"test_role={role}", "origin": self.url}


def _caller(ui: Ui, connection: HTTPConnection) -> Identity | None:
    name = connection.cookies.get("test_role")
    if name not in set(PEOPLE) or Role(name) in ui.ended:
        return None
    return Identity(f"{name}-person", Role(name), "session", "person")


@contextmanager
def webserver(folder: Path, *options: str) -> Iterator[str]:
    """A Dagster webserver on a small graph; its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    program = Path(sys.executable).with_name("dagster-webserver")
    arguments = ["-f", str(folder / "graph.py"), "-h", "127.0.0.1", "-p", str(port), *options]
    with (folder / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [str(program), *arguments],
            env={**os.environ, "DAGSTER_HOME": str(folder)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:

            def answers() -> bool:
                assert process.poll() is None, (folder / f"{port}.log").read_text()
                with socket.socket() as probe:
                    return probe.connect_ex(("127.0.0.1", port)) == 0

            wait_until(answers, "the webserver answers")
            yield url
        finally:
            process.terminate()
            process.wait()


@contextmanager
def served(app: Any, **options: Any) -> Iterator[int]:
    """An application on a port of its own, served by a thread."""
    port = free_port()
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1,
        **options,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started, "the application is served")
        yield port
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def webservers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Addresses of a full and a read-only webserver on one instance."""
    folder = tmp_path_factory.mktemp("dagster")
    (folder / "graph.py").write_text(textwrap.dedent(GRAPH))
    (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with webserver(folder) as full, webserver(folder, "--read-only") as read:
        yield full, read


@pytest.fixture
def ui(webservers: tuple[str, str]) -> Iterator[Ui]:
    """The application; whoever comes says by a cookie of which role."""
    full, read = webservers
    found = Ui("", full, read)

    async def identify(connection: HTTPConnection) -> Identity | None:
        return _caller(found, connection)

    async def record(event: Event) -> None:
        if not found.is_recording:
            raise AuditUnavailableError
        found.events.append(event)

    doors = Doors(identify, record, Forwarder(full), Forwarder(read))
    with served(create_ui(doors, hosts=("127.0.0.1", "localhost"))) as port:
        found.url = f"http://127.0.0.1:{port}"
        yield found


@pytest.fixture(scope="session")
def mutations(webservers: tuple[str, str]) -> dict[str, str]:
    """A document for every mutation of the schema, by its name."""
    answer = httpx.post(
        f"{webservers[0]}/graphql", json={"query": INTROSPECTION}, trust_env=False, timeout=60
    )
    schema = answer.json()["data"]["__schema"]
    types = {one["name"]: one for one in schema["types"]}
    fields = types[schema["mutationType"]["name"]]["fields"]
    return {one["name"]: _document(one, types) for one in fields}


INTROSPECTION = """
{ __schema {
    mutationType { name }
    types {
        name kind enumValues { name }
        inputFields { name defaultValue type { ...t } }
        fields { name type { ...t } args { name defaultValue type { ...t } } }
    }
} }
fragment t on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }
"""
_SCALARS = {"Int": "0", "Float": "0", "Boolean": "false", "RunConfigData": "{}"}


def _document(mutation: dict[str, Any], types: dict[str, Any]) -> str:
    given = [
        f"{one['name']}: {_value(one['type'], types)}"
        for one in mutation["args"]
        if one["type"]["kind"] == "NON_NULL"
    ]
    arguments = f"({', '.join(given)})" if given else ""
    kind = mutation["type"]
    while kind.get("ofType"):
        kind = kind["ofType"]
    chosen = "" if kind["kind"] in ("SCALAR", "ENUM") else " { __typename }"
    return f"mutation M {{ {mutation['name']}{arguments}{chosen} }}"


def _value(kind: dict[str, Any], types: dict[str, Any]) -> str:
    """A literal of a type; of an input object, its required fields."""
    match kind["kind"]:
        case "NON_NULL":
            return _value(kind["ofType"], types)
        case "LIST":
            return f"[{_value(kind['ofType'], types)}]"
        case "ENUM":
            return str(types[kind["name"]]["enumValues"][0]["name"])
        case "INPUT_OBJECT":
            needed = [
                f"{one['name']}: {_value(one['type'], types)}"
                for one in types[kind["name"]]["inputFields"]
                if one["type"]["kind"] == "NON_NULL"
            ]
            return f"{{{', '.join(needed)}}}"
    return _SCALARS.get(kind["name"], '"x"')


def basic(name: str) -> str:
    """A header of name and password."""
    return f"Basic {base64.b64encode(f'{name}:x'.encode()).decode()}"


def as_json(query: str) -> str:
    """A request as its body."""
    return json.dumps({"query": query})
