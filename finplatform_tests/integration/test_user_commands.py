"""Commands on logins and rights change them, and are in the audit trail before they do."""

import json
from typing import Any

import pytest
from sqlalchemy.engine import make_url
from typer.testing import CliRunner

from finplatform.cli.app import app
from finplatform.settings import get_settings
from finplatform.warehouse.audit_log import Search, find, trail
from finplatform.warehouse.database import Warehouse

pytestmark = pytest.mark.integration

PASSWORD = "a quiet harbour at dawn\n"  # noqa: S105


@pytest.fixture
def warehouse(postgres_url: str, home: Any, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    monkeypatch.setenv("FINPLATFORM_DATABASE_URL", postgres_url)
    get_settings.cache_clear()
    return Warehouse(make_url(postgres_url))


def typed(*arguments: str, given: str = "") -> str:
    result = CliRunner().invoke(app, list(arguments), input=given, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def recorded(warehouse: Warehouse) -> list[tuple[str, str, Any]]:
    """Action, object and detail of the operator's events, in their order."""
    with trail(warehouse) as connection:
        found = find(connection, Search(most=1_000))
    return [
        (event["action"], event["object"], event["detail"])
        for event in reversed(found)
        if event["role"] == "operator"
    ]


def test_every_change_of_a_login_is_recorded_and_made(warehouse: Warehouse) -> None:
    typed("access", "apply")
    typed("users", "add", "anna", "--role", "auditor", "--region", "North", given=PASSWORD)
    typed("users", "role", "anna", "risk_analyst")
    typed("users", "password", "anna", given=PASSWORD.upper())
    typed("users", "disable", "anna")
    typed("users", "client", "nightly", "--json")
    listed = json.loads(typed("users", "list", "--json"))
    typed("users", "disable", "anna", "--undo")
    typed("users", "remove", "anna")
    assert [(one["name"], one["role"], one["is_disabled"]) for one in listed] == [
        ("anna", "risk_analyst", True),
        ("nightly", "service", False),
    ]
    assert [one["name"] for one in json.loads(typed("users", "list", "--json"))] == ["nightly"]
    assert recorded(warehouse) == [
        ("access apply", "rights.yaml", {}),
        ("users add", "user anna", {"role": "auditor", "regions": ["North"]}),
        ("users role", "user anna", {"role": "risk_analyst"}),
        ("users password", "user anna", {"psql": False}),
        ("users disable", "user anna", {}),
        ("users client", "user nightly", {"role": "service"}),
        ("users enable", "user anna", {}),
        ("users remove", "user anna", {}),
    ]


def test_a_login_that_cannot_be_made_leaves_none(warehouse: Warehouse) -> None:
    typed("access", "apply")
    result = CliRunner().invoke(app, ["users", "add", "anna", "--role", "king"], input=PASSWORD)
    assert result.exit_code != 0
    assert json.loads(typed("users", "list", "--json")) == []
