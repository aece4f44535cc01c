"""Messages have what an operator needs: what, how many, since when, where to look."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from finplatform.notifications.store import Incident
from finplatform.notifications.wording import message_of

OPENED = datetime(2026, 3, 2, 1, 5, tzinfo=UTC)
INCIDENT = Incident(
    incident_id=12,
    kind="check",
    severity="error",
    subject="gold.fact_payments:contract",
    title="Check contract of gold.fact_payments fails",
    counted=1_234,
    occurrences=50,
    run_id="6c1e0b6e",
    link="http://localhost:3000/assets/gold/fact_payments",
    held_table="gold.fact_payments",
    opened_at=OPENED,
    last_seen_at=OPENED,
    ended_at=None,
    snoozed_until=None,
)


def test_an_opening_has_count_time_link_and_what_is_stopped() -> None:
    message = message_of(INCIDENT, "opened", "k")
    assert message.subject == "[finplatform] error: Check contract of gold.fact_payments fails"
    for part in (
        "Count     1,234",
        "Since     2026-03-02 01:05 UTC",
        "Seen      50 times",
        "what is made from gold.fact_payments",
        INCIDENT.link,
        "incidents snooze 12",
    ):
        assert part in message.body
    assert message.values["event"] == "opened"


def test_an_end_has_how_long_it_lasted_and_stops_nothing() -> None:
    ended = replace(INCIDENT, ended_at=OPENED + timedelta(hours=3, minutes=7), occurrences=1)
    message = message_of(ended, "ended", "k")
    assert message.subject.startswith("[finplatform] ended: ")
    assert "Ended     2026-03-02 04:12 UTC, after 3 h 7 min" in message.body
    assert "Seen      once" in message.body
    assert "Stopped" not in message.body
    assert "snooze" not in message.body
    assert message.has_ended


def test_an_incident_without_a_number_has_no_count() -> None:
    assert "Count" not in message_of(replace(INCIDENT, counted=None), "opened", "k").body
