"""Every endpoint of the description answers every role as declared, and nobody without a login."""

import pytest

from finplatform.security.rights import PEOPLE, Role, load_rights
from finplatform_tests.integration.api.calls import Operation, call, operations
from finplatform_tests.integration.api.people import Api, add_person

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def described(api: Api) -> list[Operation]:
    return list(operations(api.app.openapi()))


def test_the_description_has_every_endpoint_of_programs(described: list[Operation]) -> None:
    rights = load_rights()
    declared = {*rights.endpoints, *rights.public_endpoints}
    pages = (
        "GET /", "GET /live", "GET /api/live/events", "GET /docs", "GET /api/openapi.json",
        "GET /reports/", "GET /logout",
    )  # fmt: skip
    hidden = {
        name
        for name in declared
        if name in pages or name.startswith(("GET /login", "POST /log", "GET /reports/{"))
    }
    assert {operation.endpoint for operation in described} == declared - hidden


@pytest.mark.parametrize("role", PEOPLE)
def test_each_endpoint_answers_a_role_as_declared(
    api: Api, described: list[Operation], role: Role
) -> None:
    rights = load_rights()
    for operation in described:
        if operation.is_public or operation.path.endswith("/logout"):
            continue
        answer = call(api, operation, api.bearer(role))
        may = rights.may_reach(role, operation.endpoint)
        assert (answer.status_code != 403) == may, (operation.endpoint, answer.text[:300])
        assert answer.status_code < 500, (operation.endpoint, answer.text[:300])
    own = {"Authorization": f"Bearer {api.log_in(role)['access_token']}"}
    assert call(api, logout(described), own).status_code == 204


def logout(described: list[Operation]) -> Operation:
    return next(one for one in described if one.path.endswith("/logout"))


def test_without_a_login_only_public_endpoints_answer(api: Api, described: list[Operation]) -> None:
    public = load_rights().public_endpoints
    for operation in described:
        status = call(api, operation, {}).status_code
        assert (status == 401) == (operation.endpoint not in public), operation.endpoint
        assert operation.is_public == (operation.endpoint in public)


@pytest.mark.parametrize("path", ["/", "/live", "/docs", "/reports/", "/api/openapi.json"])
def test_pages_need_a_login(api: Api, path: str) -> None:
    assert api.client.get(path).status_code == 401
    assert api.get(path, "auditor").status_code == 200


def test_the_stream_of_the_live_page_needs_its_row(api: Api) -> None:
    assert api.client.get("/api/live/events").status_code == 401
    assert api.get("/api/live/events", "service").status_code == 403


def test_other_methods_and_paths_are_refused(api: Api, described: list[Operation]) -> None:
    for operation in described:
        for method in {"PUT", "DELETE", "PATCH", "TRACE"}:
            path = operation.path.replace("{", "").replace("}", "")
            answer = api.client.request(method, path, headers=api.bearer("admin"))
            assert answer.status_code in (404, 405), (method, path)
    for path in ("/api/v1", "/api/v2/me", "/api/v1/users", "/.env", "/graphql", "/admin"):
        assert api.get(path).status_code == 404


def test_a_table_that_the_role_may_not_read_is_not_exported(api: Api) -> None:
    cells = {
        ("gold.pd_scores", "bi_analyst"): False,
        ("gold.pd_scores", "risk_analyst"): True,
        ("bronze.customers", "risk_analyst"): False,
        ("bronze.customers", "auditor"): False,
        ("bi.capital_ratios", "service"): True,
        ("masked.customers", "service"): False,
        ("masked.customers", "compliance_officer"): True,
        ("quarantine.rejected_rows", "auditor"): False,
    }
    for (table, name), may in cells.items():
        answer = api.get(f"/api/v1/exports/{table}", name)
        assert (answer.status_code == 200) == may, (table, name, answer.text[:200])
    for table in ("vault.users", "vault.sessions", "oltp.customers", "access.people", "pg_authid"):
        assert api.get(f"/api/v1/exports/{table}").status_code == 422


def test_a_person_of_a_region_sees_its_rows_alone(api: Api) -> None:
    (row,) = _rows(
        api,
        "select branch_region from bi.accounts where is_current and not is_deleted"
        " and account_key > -1 group by branch_region order by count(*) desc limit 1",
    )
    region = row["branch_region"]
    add_person(api.settings, "regional", Role.AUDITOR, (region,))
    query = f"select account_id from bi.accounts where is_current and branch_region = '{region}'"
    own = {row["account_id"] for row in _rows(api, query)}
    seen = api.get("/api/v1/accounts?limit=1000", "regional").json()["items"]
    assert {item["account_id"] for item in seen} <= own
    assert seen
    every = api.get("/api/v1/accounts?limit=1000").json()["items"]
    foreign = next(item for item in every if item["account_id"] not in own)
    path = f"/api/v1/accounts/{foreign['account_id']}"
    assert api.get(path).status_code == 200
    assert api.get(path, "regional").status_code == 404


def _rows(api: Api, query: str) -> list[dict[str, str]]:
    import psycopg
    from psycopg.rows import dict_row

    url = api.settings.database_url.get_secret_value()
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return connection.execute(query.encode()).fetchall()
