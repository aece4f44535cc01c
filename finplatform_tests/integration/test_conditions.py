"""Conditions that are looked at become incidents, and end when they are over."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from finplatform.notifications.incident import Severity, Signal
from finplatform.notifications.probes import PROBES, Look, Probe
from finplatform.notifications.store import Incident, IncidentStore
from finplatform.orchestration.sensors.incidents import look_at_conditions
from finplatform.settings import Settings
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.database import open_warehouse
from finplatform_tests.listeners import Received, http_server

pytestmark = pytest.mark.integration

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
REJECTED = """
create table quarantine.rejected_rows (table_name text, origin text);
insert into quarantine.rejected_rows
values ('transactions', 'financial_transactions'), ('transactions', 'financial_transactions'),
    ('accounts', 'oltp.accounts');
"""
ALERTS = """
create table gold.fact_fraud_alerts (
    alert_id text, transaction_id text, rule_code text, score smallint, status text,
    raised_at timestamptz
);
insert into gold.fact_fraud_alerts values
    ('A1', 'T1', 'NEW_PAYEE', 950, 'OPEN', '2026-03-01 10:00+00'),
    ('A2', 'T2', 'NEW_PAYEE', 900, 'OPEN', '2026-03-01 10:00+00'),
    ('A3', 'T3', 'NEW_PAYEE', 899, 'OPEN', '2026-03-01 10:00+00'),
    ('A4', 'T4', 'NEW_PAYEE', 990, 'OPEN', '2026-01-01 10:00+00'),
    ('A5', 'T5', 'ODD_HOURS', 990, 'CLOSED', '2026-03-01 10:00+00');
"""
STREAMED = """
create table bronze.stream_fraud_alerts (
    alert_id text, transaction_id text, rule_code text, score smallint, severity text,
    raised_at timestamptz
);
insert into bronze.stream_fraud_alerts values
    ('S1', 'T1', 'NEW_PAYEE', 950, 'HIGH', '2026-03-02 10:00+00'),
    ('S6', 'T6', 'NEW_PAYEE', 950, 'HIGH', '2026-03-02 10:00+00'),
    ('S7', 'T7', 'NEW_PAYEE', 950, 'LOW', '2026-03-02 10:00+00');
"""


class Watched:
    """A warehouse whose conditions are looked at."""

    def __init__(self, settings: Settings, hook: Received) -> None:
        self.settings = settings
        self.hook = hook

    def execute(self, statements: str) -> None:
        with open_warehouse(self.settings).connect() as connection:
            connection.execute(statements.encode())

    def look(self, kind: str, probe: Probe | None = None, at: datetime = NOW, **more: Any) -> None:
        settings = self.settings.model_copy(update=more)
        assert look_at_conditions({kind: probe or PROBES[kind]}, settings, at)

    def open_ones(self) -> list[Incident]:
        with open_warehouse(self.settings).connect() as connection:
            return IncidentStore(connection, ()).incidents(NOW)

    def told(self) -> list[tuple[str, str, int | None]]:
        return [(body["event"], body["subject"], body["count"]) for body in self.hook.bodies]


@pytest.fixture
def watched(postgres_url: str, tmp_path: Path) -> Iterator[Watched]:
    with http_server() as hook:
        settings = Settings(home=tmp_path, database_url=postgres_url, webhook_url=hook.url)
        with bulk.connect(postgres_url) as connection:
            ddl.create_schemas(connection)
        yield Watched(settings, hook)


def test_a_condition_that_lasts_is_told_once_and_its_end_once(watched: Watched) -> None:
    for minute in range(5):
        watched.look("disk", at=NOW + timedelta(minutes=minute), alert_disk_free_pct=100)
    (incident,) = watched.open_ones()
    assert (incident.occurrences, incident.severity) == (1, "critical")
    for minute in range(5, 8):
        watched.look("disk", at=NOW + timedelta(minutes=minute), alert_disk_free_pct=0)
    assert [event for event, _, _ in watched.told()] == ["opened", "ended"]


def test_messages_of_the_stream_in_quarantine_are_dead_letters(watched: Watched) -> None:
    watched.execute(REJECTED)
    watched.look("dead_letters")
    watched.execute("delete from quarantine.rejected_rows where table_name = 'transactions'")
    watched.look("dead_letters")
    channel = "financial_transactions"
    assert watched.told() == [("opened", channel, 2), ("ended", channel, 2)]


def test_open_fraud_alerts_from_the_level_on_are_told_by_rule(watched: Watched) -> None:
    watched.execute(ALERTS)
    watched.look("fraud")
    assert watched.told() == [("opened", "NEW_PAYEE", 2)]
    watched.execute("update gold.fact_fraud_alerts set status = 'CLOSED'")
    watched.look("fraud")
    assert watched.told()[-1][0] == "ended"


def load(watched: Watched, number: int, rejected: int, read: int = 1000) -> None:
    watched.execute(
        "insert into ops.loads values ("
        f"'{number}', 'payments', null, null, null, {read}, 0, {rejected},"
        f" timestamptz '2026-03-01' + interval '{number} hours')"
    )


def test_a_load_that_rejects_more_than_is_usual_is_told_until_one_does_not(
    watched: Watched,
) -> None:
    for number in range(5):
        load(watched, number, 30)
    load(watched, 5, 300, read=10_000)
    watched.look("quarantine")
    assert watched.told() == []
    load(watched, 6, 100)
    watched.look("quarantine")
    load(watched, 7, 30)
    watched.look("quarantine")
    assert watched.told() == [("opened", "payments", 100), ("ended", "payments", 100)]


def test_first_loads_are_compared_with_nothing(watched: Watched) -> None:
    for number in range(3):
        load(watched, number, 500)
    watched.look("quarantine")
    assert watched.told() == []


def test_alerts_of_the_stream_count_until_the_table_has_their_transactions(
    watched: Watched,
) -> None:
    watched.execute(ALERTS)
    watched.execute(STREAMED)
    watched.look("fraud")
    assert watched.told() == [("opened", "NEW_PAYEE", 3)]


def test_a_probe_that_fails_ends_nothing_and_stops_no_other(watched: Watched) -> None:
    def lamp(look: Look) -> Iterator[Signal]:
        yield Signal("lamp", "kitchen", Severity.ERROR, "The lamp is out")

    def broken(look: Look) -> Iterator[Signal]:
        yield from ()
        look.rows("select * from public.no_such_table")

    watched.look("lamp", lamp)
    assert look_at_conditions({"lamp": broken, "other": lamp}, watched.settings, NOW)
    assert {incident.kind for incident in watched.open_ones()} == {"lamp"}


def test_every_probe_does_without_tables_that_have_not_been_made(watched: Watched) -> None:
    with open_warehouse(watched.settings).connect() as connection:
        look = Look(watched.settings, connection, NOW)
        found = {kind: list(probe(look)) for kind, probe in PROBES.items() if kind != "disk"}
    assert set(map(len, found.values())) == {0}


def test_without_a_warehouse_nothing_is_looked_at(postgres_url: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=postgres_url)
    assert not look_at_conditions(PROBES, settings, NOW)
