"""`finplatform incidents` shows what is wrong and what was sent, snoozes, and tries channels."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from finplatform.cli.app import app
from finplatform.notifications.channels import recipients
from finplatform.notifications.incident import Severity, Signal
from finplatform.notifications.store import IncidentStore
from finplatform.settings import get_settings
from finplatform_tests.listeners import Received, http_server

pytestmark = pytest.mark.integration


@pytest.fixture
def hook() -> Iterator[Received]:
    with http_server() as received:
        yield received


@pytest.fixture
def url(postgres_url: str, home: Path, monkeypatch: pytest.MonkeyPatch, hook: Received) -> str:
    monkeypatch.setenv("FINPLATFORM_DATABASE_URL", postgres_url)
    monkeypatch.setenv("FINPLATFORM_WEBHOOK_URL", hook.url)
    get_settings.cache_clear()
    assert typed("incidents", "list").output.strip() == "No incident is open."
    with psycopg.connect(postgres_url) as connection:
        store = IncidentStore(connection, recipients(get_settings()))
        signal = Signal("lamp", "kitchen", Severity.ERROR, "The lamp is out", 3, "http://lamp")
        store.report(signal, datetime(2026, 3, 2, tzinfo=UTC))
    return postgres_url


def typed(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_open_incidents_are_listed_and_shown_with_what_is_to_be_sent(url: str) -> None:
    (listed,) = json.loads(typed("incidents", "list", "--json").output)
    assert (listed["title"], listed["counted"], listed["severity"]) == (
        "The lamp is out",
        3,
        "error",
    )
    assert "The lamp is out" in typed("incidents", "list").output
    shown = json.loads(typed("incidents", "show", str(listed["incident_id"]), "--json").output)
    assert [(sent["channel"], sent["state"]) for sent in shown["notifications"]] == [
        ("log", "pending"),
        ("webhook", "pending"),
    ]
    assert "http://lamp" in typed("incidents", "show", "1").output


def test_a_snooze_is_kept_with_its_reason_in_the_trail(url: str) -> None:
    told = typed("incidents", "snooze", "1", "--reason", "new bulb comes", "--hours", "2")
    assert told.exit_code == 0, told.output
    assert "quiet until" in typed("incidents", "list").output
    with psycopg.connect(url) as connection:
        (detail,) = connection.execute(
            "select detail from audit.event_log where action = 'incidents snooze'"
        ).fetchall()
    assert detail[0]["reason"] == "new bulb comes"
    assert (
        typed("incidents", "snooze", "1", "--reason", "bulb is here", "--hours", "0").exit_code == 0
    )
    assert "quiet until" not in typed("incidents", "list").output


def test_an_incident_that_there_is_not_is_an_error(url: str) -> None:
    assert typed("incidents", "show", "77").exit_code == 1
    assert typed("incidents", "snooze", "77", "--reason", "why").exit_code == 1
    assert typed("incidents", "snooze", "1", "--reason", " ").exit_code == 1


def test_channels_can_be_tried(url: str, hook: Received) -> None:
    taken = json.loads(typed("incidents", "test", "--json").output)
    assert taken == [
        {"channel": "log", "target": "", "is_taken": True},
        {"channel": "webhook", "target": "", "is_taken": True},
    ]
    assert hook.bodies[0]["event"] == "test"
    hook.status = 500
    assert typed("incidents", "test").exit_code == 1
