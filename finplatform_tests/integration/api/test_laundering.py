"""Laundering: what compliance sees and does, and that nobody else learns of an alert by any route.

The routes are all operations of the API, its pages, the views and tables of the database, the
reader of the live page, the files of reports, and what runs leave in Dagster's storage and logs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from finplatform.security.rights import PEOPLE, Role, load_rights
from finplatform.warehouse.reader_role import open_reader
from finplatform.warehouse.role_names import person_role, role_name
from finplatform_tests.integration.api.calls import call, operations
from finplatform_tests.integration.api.people import Api, add_person
from finplatform_tests.integration.bank import BuiltBank

pytestmark = pytest.mark.integration

COMPLIANCE = (Role.COMPLIANCE_ANALYST, Role.COMPLIANCE_OFFICER)
OTHERS = tuple(role for role in PEOPLE if role not in COMPLIANCE)
PAGES = ("/", "/live", "/reports/", "/docs", "/api/openapi.json", "/reports/index.html",
         "/reports/payments.html")  # fmt: skip
TABLES = sorted(
    name
    for name, row in load_rights().tables.items()
    if row.subject in ("laundering", "suspicious_activity")
)
WHY = "The deposits avoid the report, and no business explains them."
CHANGES_THE_BANK = ("/initialize", "/run", "/runs", "/logout")


@dataclass(frozen=True)
class Secret:
    """An alert, and words that would give it away."""

    alert_id: str
    case_id: str
    reason: str
    customer_id: str
    account_id: str
    transaction_id: str

    def is_in(self, text: str) -> bool:
        return any(word in text for word in (self.alert_id, self.case_id, self.reason))


@pytest.fixture(scope="module")
def secret(bank_with_people: BuiltBank) -> Secret:
    with psycopg.connect(bank_with_people.url, row_factory=dict_row) as connection:
        row = connection.execute(
            "select alerts.alert_id, alerts.case_id, alerts.reason, moved.customer_id,"
            " moved.account_id, moved.transaction_id"
            " from compliance.aml_case_alerts as alerts"
            " inner join compliance.aml_case_transactions as moved using (case_id)"
            " where moved.is_subject order by 1, moved.transaction_id limit 1"
        ).fetchone()
    assert row is not None
    return Secret(**row)


@pytest.mark.parametrize("role", OTHERS)
def test_no_operation_or_page_shows_another_role_an_alert(
    api: Api, secret: Secret, role: Role
) -> None:
    values = {
        "customer_id": secret.customer_id,
        "account_id": secret.account_id,
        "transaction_id": secret.transaction_id,
        "alert_id": secret.alert_id,
        "case_id": secret.case_id,
        "table": "compliance.aml_alerts",
        "limit": "1000",
    }
    for operation in operations(api.app.openapi()):
        if operation.path.endswith(CHANGES_THE_BANK):
            continue
        answer = call(api, operation, api.bearer(role), **values)
        assert not secret.is_in(answer.text), operation.endpoint
        if "/laundering" in operation.path:
            assert answer.status_code == 403, operation.endpoint
    for page in PAGES:
        assert not secret.is_in(api.get(page, role).text), page


@pytest.mark.parametrize("role", OTHERS)
def test_no_other_role_reads_a_table_of_compliance(
    api: Api, bank_with_people: BuiltBank, role: Role
) -> None:
    with psycopg.connect(bank_with_people.url) as connection:
        database = connection.info.dbname
        allowed = [
            (member, table)
            for member in (person_role(database, role), role_name(database, role))
            for table in TABLES
            if connection.execute(
                "select has_any_column_privilege(%s, %s, 'select')", (member, table)
            ).fetchone()
            != (False,)
        ]
    assert TABLES
    assert not allowed


def test_no_view_outside_reads_what_is_inside(bank_with_people: BuiltBank) -> None:
    reading = """
        select distinct views.oid::regclass::text
        from pg_rewrite as rules
        inner join pg_class as views on rules.ev_class = views.oid
        inner join pg_depend as uses on uses.objid = rules.oid
        inner join pg_class as used on uses.refobjid = used.oid
        where used.oid = any(%s::regclass[]) and views.oid <> used.oid
    """
    with psycopg.connect(bank_with_people.url) as connection:
        assert not connection.execute(reading.encode(), (TABLES,)).fetchall()
        bodies = connection.execute(
            "select proname, prosrc from pg_proc"
            " where pronamespace::regnamespace::text in ('bi', 'gold', 'masked', 'access')"
        ).fetchall()
    assert not [name for name, body in bodies if any(table in body for table in TABLES)]


def test_the_reader_of_the_live_page_and_of_commands_sees_none(api: Api) -> None:
    with open_reader(api.settings).connect() as connection:
        for table in ("aml_alerts", "aml_cases", "suspicious_activity_reports"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"select * from compliance.{table}".encode())
            connection.rollback()


def test_files_of_reports_logs_and_runs_name_no_alert(
    bank_with_people: BuiltBank, secret: Secret
) -> None:
    settings = bank_with_people.settings
    for folder in (settings.reports, settings.logs):
        for path in folder.rglob("*"):
            if path.is_file():
                text = path.read_bytes().decode("utf-8", "replace")
                assert not secret.is_in(text), path
    with psycopg.connect(bank_with_people.dagster_url) as connection:
        found = connection.execute(
            "select count(*) from event_logs where event like any(%s)",
            ([f"%{word}%" for word in (secret.alert_id, secret.case_id)],),
        ).fetchone()
    assert found == (0,)


@pytest.mark.parametrize("role", COMPLIANCE)
def test_compliance_sees_alerts_and_cases(api: Api, secret: Secret, role: Role) -> None:
    alerts = list(pages(api, "/api/v1/laundering/alerts?limit=1", role))
    assert secret.alert_id in {row["alert_id"] for row in alerts}
    assert alerts == sorted(alerts, key=lambda r: (r["alert_date"], r["alert_id"]), reverse=True)
    cases = list(pages(api, "/api/v1/laundering/cases?limit=1", role))
    assert secret.case_id in {row["case_id"] for row in cases}
    case = api.get(f"/api/v1/laundering/cases/{secret.case_id}", role).json()
    assert secret.reason in {row["reason"] for row in case["alerts"]}
    assert case["events"][0]["action"] == "open"
    assert api.get("/api/v1/laundering/cases/CASE-none", role).status_code == 404


def test_a_step_is_taken_by_who_is_logged_in_and_refused_with_its_reason(
    api: Api, secret: Secret
) -> None:
    path = f"/api/v1/laundering/cases/{secret.case_id}/steps"
    before = api.get(f"/api/v1/laundering/cases/{secret.case_id}", "compliance_officer").json()
    noted = api.post(path, "compliance_analyst", json={"action": "note", "reason": WHY})
    assert noted.status_code == 200, noted.text
    refused = api.post(path, "compliance_analyst", json={"action": "decide", "reason": WHY})
    assert refused.status_code == 409
    assert "may not decide" in refused.json()["detail"]
    for bad in ({"action": "burn", "reason": WHY}, {"action": "note", "reason": "short"},
                {"action": "note", "reason": WHY, "by": "somebody else"}):  # fmt: skip
        assert api.post(path, "compliance_officer", json=bad).status_code == 422
    missing = "/api/v1/laundering/cases/CASE-none/steps"
    answer = api.post(missing, "compliance_officer", json={"action": "note", "reason": WHY})
    assert answer.status_code == 404
    after = api.get(f"/api/v1/laundering/cases/{secret.case_id}", "compliance_officer").json()
    assert after["status"] == before["status"]
    assert len(after["events"]) == len(before["events"]) + 1
    assert after["events"][-1]["actor"] == "compliance_analyst"


def test_who_sees_no_region_sees_no_case_and_takes_no_step(api: Api, secret: Secret) -> None:
    add_person(api.settings, "nowhere", Role.COMPLIANCE_OFFICER, ())
    assert api.get("/api/v1/laundering/cases", "nowhere").json()["items"] == []
    path = f"/api/v1/laundering/cases/{secret.case_id}"
    assert api.get(path, "nowhere").status_code == 404
    step = {"action": "note", "reason": WHY}
    assert api.post(f"{path}/steps", "nowhere", json=step).status_code == 404


def pages(api: Api, path: str, role: Role) -> Iterator[dict[str, Any]]:
    after = ""
    while True:
        page = api.get(f"{path}{after}", role).json()
        yield from page["items"]
        if page["next"] is None:
            return
        after = f"&after={page['next']}"
