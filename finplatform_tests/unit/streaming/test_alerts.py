"""Alerts of verdicts: one per transaction, named and scored as a loaded day's alerts are."""

from datetime import UTC, datetime
from typing import Any

import polars as pl

from finplatform.contracts.streamed import STREAM_FRAUD_ALERTS, TRANSACTION_EVENTS
from finplatform.streaming.evaluator import VERDICTS, NoRules
from finplatform.streaming.landing import alerts_of

AT = datetime(2025, 3, 1, 12, 0, 1, tzinfo=UTC)
EARLIER = datetime(2025, 3, 1, 12, tzinfo=UTC)
NOTHING: dict[str, Any] = {
    "rules": [],
    "rule_code": None,
    "rule_points": 0,
    "severity": None,
    "is_alert": False,
    "is_blocked": False,
    "fraud_probability": None,
    "combined_score": None,
    "is_model_alert": None,
}
BY_RULES = NOTHING | {
    "rules": ["OVER_2000", "VELOCITY_HOUR"],
    "rule_code": "VELOCITY_HOUR",
    "rule_points": 90,
    "severity": "HIGH",
    "is_alert": True,
    "is_blocked": True,
}
BY_MODEL = NOTHING | {
    "fraud_probability": 0.7,
    "combined_score": 0.712,
    "is_model_alert": True,
}


def events(*transactions: str, at: datetime = EARLIER) -> pl.DataFrame:
    rows = [
        {
            "event_id": f"e-{place}",
            "source": "test",
            "transaction_id": name,
            "account_id": "A1",
            "amount": "3000.00",
            "currency": "USD",
            "transaction_date": at,
            "message_id": f"{place}-0",
        }
        for place, name in enumerate(transactions)
    ]
    kinds = {**TRANSACTION_EVENTS.dtypes, "message_id": pl.String}
    return pl.DataFrame(rows).cast({name: kinds[name] for name in rows[0]})


def alerts(given: pl.DataFrame, *verdicts: dict[str, Any]) -> list[dict[str, Any]]:
    found = alerts_of(given, pl.DataFrame(list(verdicts), schema=VERDICTS), AT)
    assert found.schema == pl.Schema(STREAM_FRAUD_ALERTS.dtypes)
    return list(found.iter_rows(named=True))


def test_an_alert_of_rules_is_named_and_scored_by_them() -> None:
    (alert,) = alerts(events("t1", "t2"), NOTHING, BY_RULES)
    assert alert["alert_id"] == "R-t2"
    assert (alert["rule_code"], alert["rules"]) == ("VELOCITY_HOUR", "OVER_2000,VELOCITY_HOUR")
    assert (alert["score"], alert["severity"], alert["is_blocked"]) == (900, "HIGH", True)
    assert (alert["raised_at"], alert["transaction_at"]) == (AT, EARLIER)


def test_an_alert_of_the_model_alone_is_named_by_it() -> None:
    (alert,) = alerts(events("t1"), BY_MODEL)
    assert (alert["rule_code"], alert["rules"], alert["severity"]) == ("MODEL", "MODEL", "MEDIUM")
    assert (alert["score"], alert["fraud_probability"]) == (712, 0.7)
    both = BY_RULES | {"combined_score": 0.9, "is_model_alert": True}
    (alert,) = alerts(events("t1"), both)
    assert alert["rules"] == "OVER_2000,VELOCITY_HOUR,MODEL"
    assert (alert["rule_code"], alert["score"]) == ("VELOCITY_HOUR", 900)


def test_a_transaction_has_one_alert_whatever_its_events() -> None:
    (alert,) = alerts(events("t1", "t1"), BY_RULES, BY_RULES)
    assert (alert["event_id"], alert["message_id"]) == ("e-0", "0-0")


def test_no_alert_comes_before_its_transaction() -> None:
    ahead = datetime(2025, 3, 1, 12, 3, tzinfo=UTC)
    (alert,) = alerts(events("t1", at=ahead), BY_RULES)
    assert alert["raised_at"] == ahead


def test_a_bank_without_rules_has_no_alert() -> None:
    given = events("t1", "t2")
    assert alerts_of(given, NoRules().evaluate(given), AT).is_empty()
