"""Every endpoint has a row of its own in the declared rights, and passes the gate."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Mount

from finplatform.api.app import Parts, create_app
from finplatform.api.login.gate import GUARDED, PUBLIC, permitted, public
from finplatform.security.rights import PEOPLE, load_rights
from finplatform.settings import PersonsRole, Settings
from finplatform_tests.in_process import Client, TrailInMemory

AWAY = "postgresql://nobody@127.0.0.1:1/none"


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return create_app(Settings(home=tmp_path / "home", database_url=AWAY))


def routes(app: FastAPI) -> Iterator[tuple[str, APIRoute]]:
    """Endpoints of an application with their routes."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, Mount):
            assert context.path == "/static"
            continue
        assert isinstance(route, APIRoute), context.path
        for method in sorted(context.methods or ()):
            yield f"{method} {context.path}", route


def test_endpoints_and_rows_are_the_same(app: FastAPI) -> None:
    rights = load_rights()
    declared = [*rights.endpoints, *rights.public_endpoints]
    assert sorted(name for name, _ in routes(app)) == sorted(declared)


def test_the_path_that_the_gate_sees_is_the_one_that_is_called(app: FastAPI) -> None:
    for name, route in routes(app):
        assert name.partition(" ")[2] == route.path


def test_every_endpoint_that_is_not_declared_public_is_guarded(app: FastAPI) -> None:
    public_endpoints = load_rights().public_endpoints
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, Mount):
            continue
        gates = {depends.dependency for depends in context.dependencies}
        for method in context.methods or ():
            is_public = f"{method} {context.path}" in public_endpoints
            assert gates & {permitted, public} == {public if is_public else permitted}


def test_an_endpoint_without_a_row_is_refused_to_everybody(tmp_path: Path) -> None:
    router = APIRouter()

    @router.get("/undeclared")
    def undeclared() -> str:
        return "Canary"

    for gate in (GUARDED, PUBLIC):
        settings = Settings(home=tmp_path / "home", database_url=AWAY, api_anonymous_role="admin")
        app = create_app(settings, Parts(audit=TrailInMemory()))
        app.include_router(router, dependencies=[gate])
        with Client(app) as client:
            answer = client.get("/undeclared")
        assert answer.status_code == 403
        assert "Canary" not in answer.text


def test_every_role_that_may_act_without_a_login_is_one_of_people() -> None:
    assert sorted(PersonsRole.__args__) == sorted(PEOPLE)


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.1", {}, 401),
        ("127.0.0.1", {"X-Forwarded-For": "10.0.0.1"}, 401),
        ("127.0.0.1", {"Authorization": "Bearer no token"}, 401),
    ],
)
def test_without_a_login_requests_of_this_machine_alone_are_let_in(
    tmp_path: Path, address: str, headers: dict[str, str], status: int
) -> None:
    settings = Settings(home=tmp_path / "home", database_url=AWAY, api_anonymous_role="auditor")
    app = create_app(settings, Parts(audit=TrailInMemory()))
    with Client(app, address) as client:
        answer = client.get("/api/v1/me", headers=headers)
    assert answer.status_code == status
