"""The application answers errors as problems, and serves its folder alone under its own names."""

import asyncio
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from finplatform.api.app import STATIC, Parts, create_app
from finplatform.api.database import BusyError
from finplatform.errors import FinplatformError
from finplatform.settings import Settings
from finplatform_tests.in_process import TrailInMemory

FAILING = APIRouter(prefix="/failing")


@FAILING.get("/mendable")
def mendable() -> None:
    raise FinplatformError("The month is open.", "Close it.")


@FAILING.get("/busy")
def busy() -> None:
    raise BusyError(7)


@FAILING.get("/defect")
def defect() -> None:
    raise ValueError("Canary")


@FAILING.get("/number")
def number(n: int) -> int:
    return n


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    settings = Settings(
        home=tmp_path / "home",
        database_url="postgresql://nobody@127.0.0.1:1/none",
        api_anonymous_role="admin",
    )
    made = create_app(settings, Parts(audit=TrailInMemory()))
    made.include_router(FAILING)
    return made


class Client:
    """Asks an application, each time from its start to its end."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def get(self, path: str, host: str = "localhost") -> httpx.Response:
        return asyncio.run(self._get(path, host))

    async def _get(self, path: str, host: str) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with (
            self._app.router.lifespan_context(self._app),
            httpx.AsyncClient(
                transport=transport, base_url="http://localhost", follow_redirects=True
            ) as client,
        ):
            return await client.get(path, headers={"Host": host})


@pytest.fixture
def client(app: FastAPI) -> Client:
    return Client(app)


@pytest.fixture
def reports(tmp_path: Path, client: Client) -> Path:
    """The folder of reports, with a secret beside it."""
    client.get("/")
    (tmp_path / "home" / "keys").mkdir(exist_ok=True)
    (tmp_path / "home" / "keys" / "secret").write_text("Canary")
    return tmp_path / "home" / "reports"


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/none", 404, {"title": "Not Found"}),
        ("/api/none", 404, {"title": "Not Found"}),
        ("/static/none.js", 404, {"title": "Not Found"}),
        ("/failing/mendable", 400, {"detail": "The month is open.", "hint": "Close it."}),
        ("/failing/number?n=Canary", 422, {"detail": "A value is not valid."}),
        ("/failing/defect", 500, {"title": "Internal Server Error"}),
    ],
)
def test_every_error_is_a_problem_that_quotes_nothing(
    client: Client, path: str, status: int, told: dict[str, str]
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert told.items() <= body.items()
    assert "Canary" not in answer.text


def test_health_says_that_the_database_is_away(client: Client) -> None:
    answer = client.get("/api/health")
    assert answer.status_code == 503
    assert answer.json()["database"] == "unavailable"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "10.0.0.1:8001"])
def test_another_name_is_not_answered(client: Client, host: str) -> None:
    assert client.get("/", host).status_code == 400


@pytest.mark.parametrize("host", ["localhost:8001", "127.0.0.1:8001", "localhost"])
def test_its_own_names_are_answered(client: Client, host: str) -> None:
    assert client.get("/", host).status_code == 200


def test_the_start_page_links_to_everything(client: Client) -> None:
    page = client.get("/").text
    for link in ("/live", "/reports/", "/docs", "http://localhost:3000"):
        assert f'href="{link}"' in page


def test_pages_ask_nothing_from_outside(client: Client) -> None:
    for path in ("/", "/live"):
        answer = client.get(path)
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    for file in (path for path in STATIC.rglob("*.*") if "vendor" not in path.parts):
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http" not in text
    assert "https://" not in client.get("/docs").text


def test_reports_are_served_and_listed(client: Client, reports: Path) -> None:
    assert "There are no reports yet" in client.get("/reports/").text
    (reports / "capital_adequacy.html").write_text("<p>Ratio</p>")
    (reports / "<b>.html").write_text("")
    listed = client.get("/reports/").text
    assert 'href="/reports/capital_adequacy.html"' in listed
    assert "<b>.html" not in listed
    assert client.get("/reports/capital_adequacy.html").text == "<p>Ratio</p>"
    assert client.get("/reports").status_code == 200
    (reports / "index.html").write_text("<p>Start</p>")
    assert client.get("/reports/").text == "<p>Start</p>"


@pytest.mark.parametrize(
    "path",
    [
        "/reports/../keys/secret",
        "/reports/..%2fkeys%2fsecret",
        "/reports/%2e%2e/keys/secret",
        "/reports/a/../../keys/secret",
        "/reports//etc/passwd",
        "/reports/%2fetc%2fpasswd",
        "/reports/link/secret",
        "/reports/link",
        "/reports/secret",
        "/static/..%2f..%2fapp.py",
    ],
)
def test_no_path_leaves_the_folder(client: Client, reports: Path, path: str) -> None:
    (reports / "link").symlink_to(reports.parent / "keys")
    (reports / "secret").symlink_to(reports.parent / "keys" / "secret")
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Canary" not in answer.text


def test_vendored_scripts_have_their_licences_and_origins() -> None:
    for folder in (STATIC / "vendor").iterdir():
        names = {path.name for path in folder.iterdir()}
        assert {"LICENSE", "README.md"} <= names
        assert "npm" in (folder / "README.md").read_text(encoding="utf-8")


def test_a_line_that_is_too_long_says_when_to_ask_again(app: FastAPI) -> None:
    answer = Client(app).get("/failing/busy")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "7"
    assert answer.json()["detail"] == "Too many queries are waiting for the database."
