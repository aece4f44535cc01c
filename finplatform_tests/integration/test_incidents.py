"""Incidents of checks and runs: each is sent once when it opens and once when it ends."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from finplatform.notifications.store import IncidentStore
from finplatform.warehouse.database import open_warehouse
from finplatform_tests.listeners import Mailbox, Received, http_server, mail_server
from finplatform_tests.small_platform import FIRST, SECOND, SmallPlatform

pytestmark = pytest.mark.integration

OPERATOR, MANAGER = "operator@bank.example", "manager@bank.example"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def hook() -> Iterator[Received]:
    with http_server() as received:
        yield received


@pytest.fixture
def platform(
    postgres_url: str, tmp_path: Path, mailbox: Mailbox, hook: Received
) -> Iterator[SmallPlatform]:
    with dg.DagsterInstance.ephemeral() as instance:
        made = SmallPlatform(
            postgres_url,
            tmp_path,
            instance,
            smtp_url=mailbox.url,
            mail_from="platform@bank.example",
            alert_emails=(OPERATOR, MANAGER),
            webhook_url=f"{hook.url}/hook?team=data",
        )
        made.bank.amounts = {FIRST: "-1.00", SECOND: "1.00"}
        yield made


def test_fifty_identical_failures_are_one_incident_reported_once_with_count_and_link(
    platform: SmallPlatform, mailbox: Mailbox, hook: Received
) -> None:
    for _ in range(50):
        assert not platform.run("readings", "doubles", day=FIRST).success
    platform.follow()
    (incident,) = platform.incidents()
    assert (incident.occurrences, incident.counted, incident.held_table) == (50, 1, "gold.readings")
    title = "[finplatform] error: Check contract of gold.readings fails"
    assert mailbox.subjects(OPERATOR) == [title]
    assert mailbox.subjects(MANAGER) == [title]
    text = mailbox.mails[0].get_content()
    assert "Count     1" in text
    assert "/assets/gold/readings?view=checks&checkDetail=contract" in text
    (reported,) = hook.bodies
    assert (reported["event"], reported["count"], reported["occurrences"]) == ("opened", 1, 50)
    assert hook.paths == ["/hook?team=data"]


def test_it_is_reported_once_more_when_it_is_mended(
    platform: SmallPlatform, mailbox: Mailbox, hook: Received
) -> None:
    platform.run("readings", day=FIRST)
    platform.follow()
    platform.bank.amounts[FIRST] = "1.00"
    assert platform.run("readings", day=FIRST).success
    for _ in range(3):
        platform.follow()
    assert mailbox.subjects(OPERATOR) == [
        "[finplatform] error: Check contract of gold.readings fails",
        "[finplatform] ended: Check contract of gold.readings fails",
    ]
    assert [body["event"] for body in hook.bodies] == ["opened", "ended"]
    assert platform.rows(
        "select channel, event, state, count(*)::int from ops.notifications"
        " group by channel, event, state order by channel, event desc"
    ) == [
        ("email", "opened", "sent", 2),
        ("email", "ended", "sent", 2),
        ("log", "opened", "sent", 1),
        ("log", "ended", "sent", 1),
        ("webhook", "opened", "sent", 1),
        ("webhook", "ended", "sent", 1),
    ]


def test_another_day_that_passes_does_not_end_it(platform: SmallPlatform) -> None:
    platform.run("readings", day=FIRST)
    assert platform.run("readings", day=SECOND).success
    platform.follow()
    assert [incident.ended_at for incident in platform.incidents()] == [None]


def test_a_server_that_refuses_is_tried_again_and_reported_once(
    platform: SmallPlatform, mailbox: Mailbox, hook: Received
) -> None:
    mailbox.refuses, hook.status = True, 503
    platform.run("readings", day=FIRST)
    now = datetime.now(UTC)
    platform.follow(now)
    assert (mailbox.mails, hook.bodies) == ([], [])
    mailbox.refuses, hook.status = False, 200
    platform.follow(now + timedelta(seconds=1))
    assert hook.bodies == []
    later = now + timedelta(minutes=1)
    platform.follow(later)
    platform.follow(later + timedelta(hours=2))
    assert len(mailbox.subjects(OPERATOR)) == len(mailbox.subjects(MANAGER)) == 1
    assert [body["event"] for body in hook.bodies] == ["opened"]


def test_an_opening_that_could_not_be_sent_comes_before_the_end(
    platform: SmallPlatform, hook: Received
) -> None:
    hook.status = 500
    platform.run("readings", day=FIRST)
    now = datetime.now(UTC)
    platform.follow(now)
    hook.status = 200
    platform.bank.amounts[FIRST] = "1.00"
    platform.run("readings", day=FIRST)
    platform.follow(datetime.now(UTC))
    assert hook.bodies == []
    platform.follow(now + timedelta(minutes=5))
    assert [body["event"] for body in hook.bodies] == ["opened", "ended"]
    keys = [headers["Idempotency-Key"] for headers in hook.headers]
    assert len(set(keys)) == 2


def test_a_process_that_dies_before_its_transaction_ends_sends_nothing_twice(
    platform: SmallPlatform, hook: Received
) -> None:
    from finplatform.orchestration.incidents import take_events

    platform.run("readings", day=FIRST)
    connection = open_warehouse(platform.settings).connect()
    now = datetime.now(UTC)
    take_events(connection, platform.instance, platform.graph, platform.settings, now)
    connection.close()
    assert platform.incidents() == []
    platform.follow()
    platform.follow()
    assert [body["occurrences"] for body in hook.bodies] == [1]


def test_a_failed_step_is_reported_without_what_its_error_quotes(
    platform: SmallPlatform, mailbox: Mailbox, hook: Received, caplog: pytest.LogCaptureFixture
) -> None:
    platform.bank.amounts[FIRST] = "1.00"
    platform.bank.breaks = True
    result = platform.run("readings", "doubles", day=FIRST)
    with caplog.at_level(logging.INFO, "finplatform.alerts"):
        platform.follow()
    assert mailbox.subjects(OPERATOR) == [
        "[finplatform] error: Step gold.doubles of job chosen_assets failed"
    ]
    assert f"/runs/{result.run_id}" in mailbox.mails[0].get_content()
    said = str(hook.bodies) + mailbox.mails[0].get_content() + caplog.text
    assert "jane.doe" not in said
    platform.bank.breaks = False
    assert platform.run("doubles", day=FIRST).success
    platform.follow()
    assert [body["event"] for body in hook.bodies] == ["opened", "ended"]


def test_a_step_that_is_held_is_no_incident_of_its_own(platform: SmallPlatform) -> None:
    platform.run("readings", day=FIRST)
    assert not platform.run("doubles", day=FIRST).success
    platform.follow()
    assert [incident.kind for incident in platform.incidents()] == ["check"]


def snooze(platform: SmallPlatform, until: datetime, at: datetime) -> None:
    (incident, *_) = platform.incidents()
    with open_warehouse(platform.settings).connect() as connection:
        store = IncidentStore(connection, ())
        store.snooze(incident.incident_id, until, "operator", "is being mended", at)


def test_what_opens_during_a_snooze_is_reported_after_it_unless_it_has_ended(
    platform: SmallPlatform, hook: Received
) -> None:
    platform.run("readings", day=FIRST)
    platform.follow()
    now = datetime.now(UTC)
    snooze(platform, now + timedelta(hours=8), now)
    platform.bank.amounts[FIRST] = "1.00"
    platform.run("readings", day=FIRST)
    platform.follow()
    assert [body["event"] for body in hook.bodies] == ["opened", "ended"]
    # Once more, and mended again before the snooze is over.
    for amount in ("-1.00", "1.00", "-1.00"):
        platform.bank.amounts[FIRST] = amount
        platform.run("readings", day=FIRST)
        platform.follow()
    assert len(hook.bodies) == 2
    platform.follow(now + timedelta(hours=9))
    assert [body["event"] for body in hook.bodies] == ["opened", "ended", "opened"]


def test_a_snooze_that_is_taken_back_lets_the_message_go(
    platform: SmallPlatform, hook: Received
) -> None:
    platform.run("readings", day=FIRST)
    platform.follow()
    now = datetime.now(UTC)
    snooze(platform, now + timedelta(hours=8), now)
    for amount in ("1.00", "-1.00"):
        platform.bank.amounts[FIRST] = amount
        platform.run("readings", day=FIRST)
        platform.follow()
    assert len(hook.bodies) == 2
    snooze(platform, now, now)
    platform.follow()
    assert [body["event"] for body in hook.bodies] == ["opened", "ended", "opened"]


def test_what_is_below_the_level_goes_to_the_log_alone(
    postgres_url: str, tmp_path: Path, hook: Received, caplog: pytest.LogCaptureFixture
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        platform = SmallPlatform(
            postgres_url, tmp_path, instance, webhook_url=hook.url, alert_level="critical"
        )
        platform.bank.amounts = {FIRST: "-1.00"}
        platform.run("readings", day=FIRST)
        with caplog.at_level(logging.ERROR, "finplatform.alerts"):
            platform.follow()
    assert hook.bodies == []
    assert "Check contract of gold.readings fails" in caplog.text
