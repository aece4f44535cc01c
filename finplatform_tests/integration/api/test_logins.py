"""Logins: who comes in, how long it lasts, and what wrong ones cost whom."""

import base64
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from finplatform.api.login.credentials import COOKIE
from finplatform.security.access_tokens import AccessTokens, load_access_tokens
from finplatform.security.rights import Role
from finplatform.security.throttle import Limits
from finplatform.warehouse import people, users
from finplatform.warehouse.database import open_warehouse
from finplatform_tests.integration.api.people import (
    CLIENT,
    PASSWORD,
    SECRET,
    Api,
    add_person,
    served,
)
from finplatform_tests.integration.bank import BuiltBank

pytestmark = pytest.mark.integration

ME = "/api/v1/me"


@pytest.fixture
def visitor(api: Api) -> Iterator[str]:
    """Somebody who is there for one test."""
    name = "visitor"
    add_person(api.settings, name, Role.AUDITOR)
    yield name
    with open_warehouse(api.settings).connect() as connection:
        if any(user.name == name for user in users.list_users(connection)):
            users.remove_user(connection, users.found_user(connection, name))
        if any(person.name == name for person in people.people(connection)):
            people.drop_person(connection, name)


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def cookie_of(api: Api, name: str, password: str = PASSWORD) -> dict[str, str]:
    answer = api.client.post("/login", data={"name": name, "password": password, "next": "/live"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/live"
    return {COOKIE: answer.cookies[COOKIE]}


def status(api: Api, **given: object) -> int:
    return api.client.get(ME, **given).status_code


def test_a_person_comes_in_by_token_password_and_cookie(api: Api) -> None:
    expected = {"name": "auditor", "role": "auditor", "kind": "person"}
    assert api.client.get(ME, headers=bearer(api.token("auditor"))).json() == expected
    assert api.client.get(ME, headers=basic("auditor", PASSWORD)).json() == expected
    assert api.client.get(ME, cookies=cookie_of(api, "auditor")).json() == expected


def test_a_service_comes_in_by_its_secret(api: Api) -> None:
    expected = {"name": CLIENT, "role": "service", "kind": "service"}
    form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
    grant = api.client.post("/api/v1/token", data=form).json()
    assert grant["refresh_token"] is None
    assert api.client.get(ME, headers=bearer(grant["access_token"])).json() == expected
    by_header = api.client.post(
        "/api/v1/token",
        data={"grant_type": "client_credentials"},
        headers=basic(CLIENT, SECRET),
    )
    assert by_header.status_code == 200
    assert api.client.get(ME, headers=basic(CLIENT, SECRET)).json() == expected


def test_a_service_is_no_person_and_a_person_no_service(api: Api) -> None:
    as_person = {"grant_type": "password", "username": CLIENT, "password": SECRET}
    as_client = {
        "grant_type": "client_credentials", "client_id": "auditor", "client_secret": PASSWORD,
    }  # fmt: skip
    for form in (as_person, as_client):
        answer = api.client.post("/api/v1/token", data=form)
        assert answer.status_code == 400
        assert answer.json()["error"] == "invalid_grant"
    assert api.client.post("/login", data={"name": CLIENT, "password": SECRET}).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        basic("auditor", "wrong password"),
        basic("nobody", PASSWORD),
        basic("auditor", ""),
        basic("", ""),
        basic("auditor\x00", PASSWORD),
        {"Authorization": "Basic !!"},
        {"Authorization": "Basic YWJj"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer abc.def.ghi"},
        {"Authorization": "Negotiate abc"},
        {"Authorization": ""},
        {},
    ],
)
def test_without_valid_credentials_nobody_comes_in(api: Api, headers: dict[str, str]) -> None:
    answer = api.client.get(ME, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_header_that_is_not_valid_is_refused_whatever_cookie_comes_along(api: Api) -> None:
    cookies = cookie_of(api, "auditor")
    assert status(api, cookies=cookies) == 200
    assert status(api, cookies=cookies, headers=bearer("no token")) == 401


def test_tokens_expired_forged_and_of_another_audience_are_refused(api: Api) -> None:
    session = load_access_tokens(api.settings).read(api.token("auditor")).session
    own = load_access_tokens(api.settings)
    old = own.issue("auditor", session, datetime.now(UTC) - timedelta(hours=1))
    claims = {"sub": "auditor", "sid": session}
    refused = [
        old,
        AccessTokens(Ed25519PrivateKey.generate()).issue("auditor", session),
        own.sign(claims, "another-audience", timedelta(minutes=5)),
        own.issue("admin", session),
        own.issue("auditor", "no session"),
        api.token("auditor")[:-4] + "AAAA",
    ]
    header, body, _ = api.token("auditor").split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    refused += [f"{none}.{body}.", f"{header}.{body}."]
    assert status(api, headers=bearer(own.issue("auditor", session))) == 200
    for token in refused:
        assert status(api, headers=bearer(token)) == 401, token


def test_a_session_ends_at_logout(api: Api, visitor: str) -> None:
    grant = api.log_in(visitor)
    token = bearer(grant["access_token"])
    assert status(api, headers=token) == 200
    assert api.client.post("/api/v1/logout", headers=token).status_code == 204
    assert status(api, headers=token) == 401
    form = {"grant_type": "refresh_token", "refresh_token": grant["refresh_token"]}
    assert api.client.post("/api/v1/token", data=form).status_code == 400


def test_the_session_of_a_browser_ends_at_logout(api: Api, visitor: str) -> None:
    cookies, other = cookie_of(api, visitor), cookie_of(api, visitor)
    answer = api.client.post("/logout", cookies=cookies)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert status(api, cookies=cookies) == 401
    assert status(api, cookies=other) == 200


@pytest.mark.parametrize("change", ["role", "password", "disabled", "removed"])
def test_sessions_end_when_the_person_changes(api: Api, visitor: str, change: str) -> None:
    grant, cookies = api.log_in(visitor), cookie_of(api, visitor)
    with open_warehouse(api.settings).connect() as connection:
        user = users.found_user(connection, visitor)
        match change:
            case "role":
                users.set_role(connection, user, Role.ENGINEER)
            case "password":
                users.set_password(connection, user, "no hash")
            case "disabled":
                users.set_disabled(connection, user, is_disabled=True)
            case "removed":
                users.remove_user(connection, user)
    assert status(api, headers=bearer(grant["access_token"])) == 401
    assert status(api, cookies=cookies) == 401
    form = {"grant_type": "refresh_token", "refresh_token": grant["refresh_token"]}
    assert api.client.post("/api/v1/token", data=form).status_code == 400
    expected = 200 if change == "role" else 400
    form = {"grant_type": "password", "username": visitor, "password": PASSWORD}
    assert api.client.post("/api/v1/token", data=form).status_code == expected


def test_another_role_counts_from_the_next_login_on(api: Api, visitor: str) -> None:
    with open_warehouse(api.settings).connect() as connection:
        users.set_role(connection, users.found_user(connection, visitor), Role.ENGINEER)
        people.change_person(connection, visitor, role=Role.ENGINEER)
    token = api.log_in(visitor)["access_token"]
    assert api.client.get(ME, headers=bearer(token)).json()["role"] == "engineer"


def test_a_refresh_token_is_good_once_and_a_stolen_one_ends_the_session(
    api: Api, visitor: str
) -> None:
    first = api.log_in(visitor)
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = api.client.post("/api/v1/token", data=form).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert status(api, headers=bearer(second["access_token"])) == 200
    assert api.client.post("/api/v1/token", data=form).status_code == 400
    assert status(api, headers=bearer(second["access_token"])) == 401
    form = {"grant_type": "refresh_token", "refresh_token": second["refresh_token"]}
    assert api.client.post("/api/v1/token", data=form).status_code == 400


def test_a_cookie_is_for_this_site_alone_and_for_no_script(api: Api) -> None:
    answer = api.client.post("/login", data={"name": "auditor", "password": PASSWORD})
    written = answer.headers["set-cookie"].lower()
    assert "httponly" in written
    assert "samesite=strict" in written
    assert "path=/" in written
    assert "secure" not in written


def test_what_is_kept_of_sessions_opens_none(api: Api) -> None:
    cookie = cookie_of(api, "auditor")[COOKIE]
    session_id, _, secret = cookie.partition(".")
    with psycopg.connect(api.settings.database_url.get_secret_value()) as connection:
        kept = str(
            connection.execute(
                "select * from vault.sessions where session_id = %s", (session_id,)
            ).fetchone()
        )
    assert secret not in kept
    for value in (session_id, f"{session_id}.", f"{session_id}.wrong", f".{secret}", "."):
        assert status(api, cookies={COOKIE: value}) == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_another_site_does_nothing_with_a_cookie(
    api: Api, headers: dict[str, str]
) -> None:
    cookies = cookie_of(api, "admin")
    launched = len(api.dagster.launched)
    for path in ("/api/etl/run", "/api/v1/jobs/daily/runs", "/api/v1/logout", "/logout"):
        answer = api.client.post(path, cookies=cookies, headers=headers)
        assert answer.status_code == 403, path
    form = {"name": "admin", "password": PASSWORD}
    assert api.client.post("/login", data=form, headers=headers).status_code == 403
    assert len(api.dagster.launched) == launched
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    answer = api.client.post("/api/v1/jobs/daily/runs", cookies=cookies, headers=own)
    assert answer.status_code == 202


def test_people_are_sent_to_the_login_and_programs_are_told(api: Api) -> None:
    html = {"Accept": "text/html,application/xhtml+xml"}
    answer = api.client.get("/live?x=1", headers=html)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/live%3Fx%3D1")
    assert api.client.get("/live").status_code == 401
    assert api.client.get("/api/v1/customers", headers=html).status_code == 401
    page = api.client.get("/login?next=/live", headers=html)
    assert page.status_code == 200
    assert 'value="/live"' in page.text
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)",
        "evil", "", "/\t/evil.example", "/%0d%0aSet-Cookie:x=1",
    ],
)  # fmt: skip
def test_a_login_goes_on_to_pages_of_this_site_alone(api: Api, path: str) -> None:
    answer = api.client.post("/login", data={"name": "auditor", "password": PASSWORD, "next": path})
    assert answer.status_code == 303
    target = answer.headers["location"]
    assert target.startswith("/")
    assert target[1:2] not in ("/", "\\")
    assert "\r" not in target
    assert "evil.example" not in target


def test_10_000_wrong_logins_are_slowed_and_nobody_else_is_locked_out(
    bank_with_people: BuiltBank,
) -> None:
    wrong = {"grant_type": "password", "username": "auditor", "password": "wrong password"}
    right = {**wrong, "password": PASSWORD}
    other = {**right, "username": "engineer"}
    with served(bank_with_people.settings, Limits()) as api:
        began = time.monotonic()
        statuses = [api.client.post("/api/v1/token", data=wrong).status_code for _ in range(10_000)]
        minutes = int((time.monotonic() - began) // 60)
        # Five in any minute and thirty in any hour, however long a busy machine takes.
        assert statuses.count(400) <= min(5 * (minutes + 1), 30 * (minutes // 60 + 1))
        assert statuses.count(429) == 10_000 - statuses.count(400)
        refused = api.client.post("/api/v1/token", data=right)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 3_600
        assert api.client.post("/api/v1/token", data=other).status_code == 200
        # Sessions that go on are not asked for a password.
        token = api.client.post("/api/v1/token", data=other).json()["access_token"]
        assert status(api, headers=bearer(token)) == 200
    with served(bank_with_people.settings, Limits(), "10.0.0.2") as elsewhere:
        assert elsewhere.client.post("/api/v1/token", data=right).status_code == 200


def test_many_names_tried_from_one_address_lock_nobody_out(bank_with_people: BuiltBank) -> None:
    limits = Limits(address="20 per hour", wait_s=0.01)
    with served(bank_with_people.settings, limits) as api:
        for number in range(60):
            form = {
                "grant_type": "password", "username": f"name{number}", "password": "wrong",
            }  # fmt: skip
            assert api.client.post("/api/v1/token", data=form).status_code == 400
        assert api.log_in("engineer")


def test_without_any_user_the_login_says_how_to_add_one(api: Api) -> None:
    url = api.settings.database_url.get_secret_value()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("alter table vault.users rename to users_before")
        connection.execute("create table vault.users (like vault.users_before including all)")
        api_role = f"{connection.info.dbname}_api"
        connection.execute(f'grant select on vault.users to "{api_role}"'.encode())
        try:
            told = "finplatform users add NAME --role admin"
            assert told in api.client.get("/login").text
            assert told in api.client.get(ME).json()["detail"]
        finally:
            connection.execute("drop table vault.users")
            connection.execute("alter table vault.users_before rename to users")
