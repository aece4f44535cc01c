"""No mutation passes for who may only look, by whatever way it comes; for engineers each does.

Every mutation of the schema, found by introspection, for every role, against real webservers.
"""

import json
from collections.abc import Callable
from urllib.parse import quote, urlencode

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from finplatform.security.rights import PEOPLE, Role, UiRight, load_rights
from finplatform_tests.integration.ui.conftest import Ui, as_json

pytestmark = pytest.mark.integration

RIGHTS = {role: load_rights().roles[role].ui for role in PEOPLE}
FULL = [role for role in PEOPLE if RIGHTS[role] is UiRight.FULL]
VIEWERS = [role for role in PEOPLE if RIGHTS[role] is UiRight.READ]
LEAST_MUTATIONS = 30

Way = Callable[[httpx.Client, str], httpx.Response]
JSON = {"content-type": "application/json"}


def _in_query(document: str) -> str:
    return f"?{urlencode({'query': document})}"


def _typed(content_type: str) -> dict[str, str]:
    return {"content-type": content_type}


WAYS: dict[str, Way] = {
    "GET": lambda c, d: c.get(f"/graphql{_in_query(d)}"),
    "GET of a page": lambda c, d: c.get(f"/graphql{_in_query(d)}", headers={"accept": "text/html"}),
    "GET of an escaped path": lambda c, d: c.get(f"/%67raphql{_in_query(d)}"),
    "HEAD": lambda c, d: c.head(f"/graphql{_in_query(d)}"),
    "POST JSON": lambda c, d: c.post("/graphql", content=as_json(d), headers=JSON),
    "POST JSON with a query": lambda c, d: c.post(
        f"/graphql{_in_query(d)}", content=as_json(d), headers=JSON
    ),
    "POST JSON beside a harmless operation": lambda c, d: c.post(
        "/graphql",
        content=json.dumps({"query": f"query Q {{ version }} {d}", "operationName": "M"}),
        headers=JSON,
    ),
    "POST JSON with two queries": lambda c, d: c.post(
        "/graphql",
        content=f'{{"query": "{{ version }}", "query": {json.dumps(d)}}}',
        headers=JSON,
    ),
    "POST a list of JSON": lambda c, d: c.post("/graphql", content=f"[{as_json(d)}]", headers=JSON),
    "POST UTF-16": lambda c, d: c.post(
        "/graphql", content=as_json(d).encode("utf-16"), headers=JSON
    ),
    "POST text": lambda c, d: c.post("/graphql", content=as_json(d), headers=_typed("text/plain")),
    "POST text that is called JSON": lambda c, d: c.post(
        "/graphql", content=as_json(d), headers=_typed("text/plain; application/json")
    ),
    "POST text with a query": lambda c, d: c.post(
        f"/graphql{_in_query(d)}", content="x", headers=_typed("text/plain")
    ),
    "POST nothing with a query": lambda c, d: c.post(f"/graphql{_in_query(d)}"),
    "POST a form": lambda c, d: c.post("/graphql", data={"query": d}),
    "POST a form with a query": lambda c, d: c.post(f"/graphql{_in_query(d)}", data={"a": "b"}),
    "POST parts": lambda c, d: c.post("/graphql", files={"query": ("q", d)}),
    "POST GraphQL": lambda c, d: c.post(
        "/graphql", content=d, headers=_typed("application/graphql")
    ),
    "PUT": lambda c, d: c.put("/graphql", content=as_json(d), headers=JSON),
    "PATCH": lambda c, d: c.patch("/graphql", content=as_json(d), headers=JSON),
    "DELETE": lambda c, d: c.request("DELETE", "/graphql", content=as_json(d), headers=JSON),
    "OPTIONS": lambda c, d: c.request("OPTIONS", "/graphql", content=as_json(d), headers=JSON),
    "POST to a path with a slash": lambda c, d: c.post(
        "/graphql/", content=as_json(d), headers=JSON
    ),
    "POST elsewhere": lambda c, d: c.post("/runs", content=as_json(d), headers=JSON),
}
ONLY_JSON = ("POST JSON", "POST JSON with a query", "POST JSON beside a harmless operation",
             "POST JSON with two queries", "POST UTF-16")  # fmt: skip
"""Ways that reach the webserver for those who may do everything."""


def _client(ui: Ui, role: Role | None) -> httpx.Client:
    headers = ui.headers(role) if role else {"origin": ui.url}
    return httpx.Client(base_url=ui.url, headers=headers, trust_env=False, timeout=120)


def test_the_schema_has_mutations(mutations: dict[str, str]) -> None:
    assert len(mutations) >= LEAST_MUTATIONS, sorted(mutations)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("role", [None, *(role for role in PEOPLE if role not in FULL)])
def test_no_mutation_passes_for_who_may_not(
    ui: Ui, mutations: dict[str, str], role: Role | None, way: str
) -> None:
    passed = {}
    with _client(ui, role) as client:
        for name, document in mutations.items():
            answer = WAYS[way](client, document)
            if answer.status_code not in (400, 401, 403, 404, 405, 415):
                passed[name] = answer.status_code
    assert not passed
    recorded = {(event.action, event.outcome) for event in ui.events}
    assert ("ui mutation", "ok") not in recorded


@pytest.mark.parametrize("way", [way for way in WAYS if way not in ONLY_JSON])
@pytest.mark.parametrize("role", FULL)
def test_a_mutation_passes_by_json_alone(
    ui: Ui, mutations: dict[str, str], role: Role, way: str
) -> None:
    with _client(ui, role) as client:
        for document in mutations.values():
            answer = WAYS[way](client, document)
            assert answer.status_code in (400, 404, 405, 415), (document, answer.status_code)
    assert not ui.events


@pytest.mark.parametrize("role", FULL)
def test_every_mutation_of_who_may_do_everything_is_answered_by_the_full_webserver(
    ui: Ui, mutations: dict[str, str], role: Role
) -> None:
    """As it answers by itself: of what does not exist it says so, or that nobody may."""
    differs = {}
    with (
        _client(ui, role) as client,
        httpx.Client(base_url=ui.full, trust_env=False, timeout=120) as direct,
    ):
        for name, document in mutations.items():
            answers = [WAYS["POST JSON"](one, document) for one in (client, direct)]
            kinds = [(answer.status_code, _kind(answer)) for answer in answers]
            if kinds[0] != kinds[1] or answers[0].status_code in (401, 403, 405, 415):
                differs[name] = kinds
    assert not differs
    recorded = [event.object for event in ui.events if event.action == "ui mutation"]
    assert recorded == list(mutations)


def _kind(answer: httpx.Response) -> object:
    """What an answer holds, without what differs each time."""
    data = answer.json().get("data")
    return data if data is None else {name: str(value)[:60] for name, value in data.items()}


LAUNCH = """
mutation M { launchRun(executionParams: {
    selector: {
        repositoryLocationName: "graph.py", repositoryName: "__repository__", jobName: "idle"
    },
    runConfigData: {}
}) { __typename ... on PythonError { message } } }
"""
RUNS = "{ runsOrError { ... on Runs { count } } }"


def test_an_engineer_launches_a_run_and_a_viewer_does_not(ui: Ui) -> None:
    def count() -> int:
        with _client(ui, Role.AUDITOR) as client:
            answer = client.post("/graphql", content=as_json(RUNS), headers=JSON)
        return int(answer.json()["data"]["runsOrError"]["count"])

    before = count()
    with _client(ui, Role.ENGINEER) as client:
        answer = client.post("/graphql", content=as_json(LAUNCH), headers=JSON)
    assert answer.json()["data"]["launchRun"]["__typename"] == "LaunchRunSuccess", answer.text
    assert count() == before + 1
    for role in VIEWERS:
        with _client(ui, role) as client:
            answer = client.post("/graphql", content=as_json(LAUNCH), headers=JSON)
        assert answer.status_code == 403
    assert count() == before + 1


def test_the_webserver_of_viewers_launches_nothing_by_itself_either(ui: Ui) -> None:
    """The second wall."""
    with httpx.Client(base_url=ui.read, trust_env=False, timeout=120) as client:
        answer = WAYS["POST JSON"](client, LAUNCH)
    assert answer.json()["data"]["launchRun"]["__typename"] == "UnauthorizedError", answer.text


@pytest.mark.parametrize("role", PEOPLE)
def test_no_mutation_passes_by_websocket(ui: Ui, mutations: dict[str, str], role: Role) -> None:
    """Not even for engineers: their place is a POST, which is recorded."""
    answered = {}
    for name, document in mutations.items():
        try:
            with connect(
                ui.url.replace("http", "ws") + "/graphql",
                origin=ui.url,
                additional_headers={"Cookie": f"test_role={role}"},
                subprotocols=[Subprotocol("graphql-ws")],
                proxy=None,
            ) as socket:
                socket.send('{"type": "connection_init"}')
                start = {"id": "1", "type": "start", "payload": {"query": document}}
                socket.send(json.dumps(start))
                while True:
                    message = json.loads(socket.recv(timeout=60))
                    if message["type"] != "connection_ack":
                        answered[name] = message
        except (ConnectionClosed, InvalidStatus):
            continue
    assert not answered


@pytest.mark.parametrize("role", [None, *PEOPLE])
@pytest.mark.parametrize(
    "path",
    ["/report_asset_materialization/first", "/report_asset_observation/first",
     "/report_asset_check/first?check_name=x&passed=true"],
)  # fmt: skip
def test_events_of_assets_are_taken_from_those_alone_who_may_do_everything(
    ui: Ui, role: Role | None, path: str
) -> None:
    with _client(ui, role) as client:
        answer = client.post(path, content="{}", headers=JSON)
        assert (answer.status_code in (200, 400)) == (role in FULL), answer.text
        assert client.post(path).status_code in (401, 403, 415)
        assert client.get(path).text.find("report_asset") == -1


@pytest.mark.parametrize("role", FULL)
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"host": "evil.example"},
    ],
)
def test_a_page_of_another_site_launches_nothing(
    ui: Ui, role: Role, headers: dict[str, str], mutations: dict[str, str]
) -> None:
    with _client(ui, role) as client:
        for document in (*mutations.values(), "{ version }"):
            answer = client.post("/graphql", content=as_json(document), headers=JSON | headers)
            assert answer.status_code in (400, 403)
    assert not ui.events


@pytest.mark.parametrize("origin", ["http://evil.example", None])
def test_a_page_of_another_site_opens_no_websocket(ui: Ui, origin: str | None) -> None:
    with (
        pytest.raises(InvalidStatus),
        connect(
            ui.url.replace("http", "ws") + "/graphql",
            origin=origin,
            additional_headers={"Cookie": f"test_role={Role.ENGINEER}"},
            subprotocols=[Subprotocol("graphql-ws")],
            proxy=None,
        ),
    ):
        pass


def test_a_mutation_that_cannot_be_recorded_is_not_passed_on(ui: Ui) -> None:
    ui.is_recording = False
    with _client(ui, Role.ENGINEER) as client:
        launch = "mutation { setNuxSeen }"
        answer = client.post("/graphql", content=as_json(launch), headers=JSON)
    assert answer.status_code == 503


@pytest.mark.parametrize("role", [*FULL, *VIEWERS])
def test_queries_and_pages_are_answered_to_who_may_look(ui: Ui, role: Role) -> None:
    with _client(ui, role) as client:
        answer = client.post("/graphql", content=as_json("{ version }"), headers=JSON)
        assert answer.json()["data"]["version"]
        page = client.get("/", headers={"accept": "text/html"})
        assert page.status_code == 200
        assert page.headers["x-frame-options"] == "DENY"
        assert "<html" in page.text.lower()


@pytest.mark.parametrize("role", VIEWERS)
def test_the_ui_knows_that_a_viewer_may_not(ui: Ui, role: Role) -> None:
    query = "{ permissions { permission value } }"
    with _client(ui, role) as client:
        answer = client.post("/graphql", content=as_json(query), headers=JSON).json()
    assert "errors" not in answer
    values = {one["permission"]: one["value"] for one in answer["data"]["permissions"]}
    assert not values["launch_pipeline_execution"]


def test_who_has_no_right_sees_nothing(ui: Ui) -> None:
    for role in (role for role in PEOPLE if RIGHTS[role] is UiRight.NONE):
        with _client(ui, role) as client:
            for path in ("/", "/server_info", "/runs", f"/graphql?query={quote('{version}')}"):
                assert client.get(path).status_code in (403, 405)
            body = as_json("{ version }")
            assert client.post("/graphql", content=body, headers=JSON).status_code == 403


def test_who_is_not_logged_in_is_shown_the_way(ui: Ui) -> None:
    with _client(ui, None) as client:
        page = client.get("/runs?view=all", headers={"accept": "text/html"})
        assert page.status_code == 303
        assert page.headers["location"] == "/login?next=%2Fruns%3Fview%3Dall"
        assert client.get("/server_info").status_code == 401


def test_credentials_do_not_reach_the_webserver_and_its_cookies_not_the_caller(ui: Ui) -> None:
    with _client(ui, Role.ENGINEER) as client:
        answer = client.get("/server_info")
    assert "set-cookie" not in answer.headers
    assert answer.json()["dagster_webserver_version"]
