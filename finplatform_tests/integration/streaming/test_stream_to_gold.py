"""Streamed events are evaluated by the bank's rules, and reach gold, once, with their day."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from finplatform.streaming.arrivals import days_since
from finplatform.streaming.channel import Channel
from finplatform.streaming.client import connect
from finplatform.streaming.names import ALERTS
from finplatform.windows import Window
from finplatform_tests.integration.bank import LAST, BuiltBank
from finplatform_tests.integration.streaming.conftest import answers
from finplatform_tests.integration.streaming.examples import event, rows, value
from finplatform_tests.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.graph]

FACTS = """
select transaction_id, amount::text, account_key <> -1, merchant_key <> -1
from gold.fact_transactions where transaction_id like 'card-%' order by 1
"""
OF_NOW = """
select transaction_id, transaction_amount::text, account_key <> -1, merchant_key <> -1
from gold.fact_streamed_transactions
"""
ALERTED = """
select transaction_id, alert_source, rule_code, severity, status, transaction_key <> -1
from gold.fact_fraud_alerts where transaction_id like 'card-%' order by 1
"""


@contextmanager
def running(bank: BuiltBank, name: str) -> Iterator[None]:
    """A command of the stream on the bank, while a block lasts."""
    command = [str(Path(sys.executable).with_name("finplatform")), "stream", name]
    process = subprocess.Popen(command, env=os.environ | bank.environment)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0


def card_payments(bank: BuiltBank) -> list[str]:
    """Payments of a card system: late ones, one large and one sent twice, and one of now."""
    account, merchant = rows(
        bank.url,
        "select min(a.account_id), (select min(merchant_id) from oltp.merchants)"
        " from oltp.accounts as a where a.currency = 'USD' and a.status = 'ACTIVE'",
    )[0]

    def payment(number: int, **given: Any) -> str:
        own = {
            "event_id": f"card-{number}",
            "source": "cards",
            "transaction_id": f"card-{number}",
            "account_id": account,
            "merchant_id": merchant,
            "transaction_date": f"{LAST}T1{number}:00:00Z",
        }
        return json.dumps(event(number, **own | given))

    pending = payment(3, event_id="card-3-pending", status="PENDING")
    of_now = payment(4, transaction_date=datetime.now(UTC).isoformat())
    return [payment(1), payment(2, amount="2500.00"), pending, payment(3), payment(1), of_now]


def test_late_payments_of_a_card_system_reach_gold_once(own_bank: BuiltBank) -> None:
    settings, url = own_bank.settings, own_bank.url
    with running(own_bank, "serve"), connect(settings) as client:
        wait_until(lambda: answers(client), "the server answers")
        with running(own_bank, "consume"):
            Channel(client).offer(card_payments(own_bank), 100)
            wait_until(lambda: _is_drained(client), "everything is settled")
        (alert,) = [json.loads(fields[b"alert"]) for _, fields in client.xrange(ALERTS)]
    assert (alert["transaction_id"], alert["rule_code"]) == ("card-2", "OVER_2000")
    with psycopg.connect(url, autocommit=True) as connection:
        arrived = days_since(connection)
        assert LAST in arrived.days
        assert len(arrived.days) == 2
        assert days_since(connection, arrived.cursor).days == []
    assert rows(url, FACTS) == []
    # What is of now is in gold without a run.
    assert rows(url, OF_NOW) == [("card-4", "-12.30", True, True)]
    own_bank.backfill(Window.day(LAST), "daily")
    facts = [
        ("card-1", "12.30", True, True),
        ("card-2", "2500.00", True, True),
        ("card-3", "12.30", True, True),
    ]
    assert rows(url, FACTS) == facts
    alerts = rows(url, ALERTED)
    assert ("card-2", "RULES", "OVER_2000", "LOW", "NOTED", True) in alerts
    assert len(alerts) == len({row[0] for row in alerts})
    status = "select status from gold.fact_transactions where transaction_id = 'card-3'"
    assert value(url, status) == "COMPLETED"
    before = own_bank.fingerprints("gold")
    own_bank.backfill(Window.day(LAST), "daily")
    after = own_bank.fingerprints("gold")
    assert after["gold.fact_fraud_alerts"] == before["gold.fact_fraud_alerts"]
    assert after["gold.fact_transactions"] == before["gold.fact_transactions"]


def _is_drained(client: redis.Redis) -> bool:
    with suppress(redis.RedisError):
        return Channel(client).length() == 0 and bool(client.exists("fraud_alerts"))
    return False
