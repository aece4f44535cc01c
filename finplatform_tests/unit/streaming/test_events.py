"""A message is read exactly, or refused with what is wrong with it."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.contracts.streamed import TRANSACTION_EVENTS
from finplatform.ingest.validate import ValidationContext
from finplatform.oltp.codes import CHANNELS, TRANSACTION_STATUSES, TRANSACTION_TYPES
from finplatform.streaming.events import LARGEST_EVENT, MESSAGE_ID, Decoded, decode, encode
from finplatform.streaming.transport import Message
from finplatform_tests.integration.streaming.examples import event

DAYS = ValidationContext(date(2024, 1, 1), date(2025, 12, 31))
SCHEMA = pl.Schema(TRANSACTION_EVENTS.dtypes)

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
KEYS = st.from_regex(r"[A-Za-z0-9_.:-]{1,40}", fullmatch=True)
EVENTS = st.fixed_dictionaries(
    {
        "event_id": KEYS,
        "source": st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True),
        "transaction_id": st.from_regex(r"T[A-Za-z0-9_:-]{1,39}", fullmatch=True),
        "account_id": st.from_regex(r"A[A-Za-z0-9_:-]{1,39}", fullmatch=True),
        "transaction_type": st.sampled_from(TRANSACTION_TYPES),
        "amount": st.decimals(0, 10**12, places=2),
        "currency": st.just("USD"),
        "transaction_date": st.timedeltas(timedelta(0), timedelta(days=700)).map(BEGIN.__add__),
        "reference_number": st.none() | st.from_regex(r"R[a-z]{0,60}", fullmatch=True),
        "merchant_id": st.none() | st.from_regex(r"M[A-Za-z0-9_:-]{1,39}", fullmatch=True),
        "channel": st.sampled_from(CHANNELS),
        "status": st.sampled_from(TRANSACTION_STATUSES),
        "fees": st.decimals(0, 10**9, places=2),
        "exchange_rate": st.just(Decimal("1.00000000")),
        "decline_reason": st.none() | st.just("TECHNICAL"),
    }
)


def decoded(*bodies: Any) -> Decoded:
    messages = [
        Message(f"1-{number}", body if body is None or isinstance(body, bytes) else body.encode())
        for number, body in enumerate(bodies)
    ]
    return decode(messages, DAYS)


def reasons(batch: Decoded) -> list[str]:
    """What is wrong, of readable and of unreadable messages."""
    told = [f"{column}: {rule}" for _, column, rule in batch.failures.iter_rows()]
    return [*told, *(piece.rule for _, piece in batch.unreadable)]


@given(st.lists(EVENTS, min_size=1, max_size=5))
def test_what_is_encoded_is_read_as_it_was(events: list[dict[str, Any]]) -> None:
    frame = pl.DataFrame(events, schema=SCHEMA)
    found = decoded(*encode(frame))
    assert reasons(found) == []
    assert found.good.drop(MESSAGE_ID).equals(frame)


@given(st.integers(0, 10**12), st.integers(0, 99))
def test_an_amount_that_is_a_number_is_read_by_its_digits(units: int, cents: int) -> None:
    document = json.dumps(event(1)).replace('"12.30"', f"{units}.{cents:02}")
    (amount,) = decoded(document).good["amount"]
    assert amount == Decimal(units) + Decimal(cents) / 100


def test_good_events_are_kept_in_their_order_with_their_messages() -> None:
    found = decoded(
        json.dumps(event(1)), "{", json.dumps(event(2, amount="x")), json.dumps(event(3))
    )
    assert found.good["event_id"].to_list() == ["test-1", "test-3"]
    assert found.good[MESSAGE_ID].to_list() == ["1-0", "1-3"]
    assert len(found.messages) == 4


def test_what_a_document_holds_beside_is_passed_over() -> None:
    found = decoded(json.dumps({**event(1), "customer_name": "Jane Doe", "nested": {"a": [1]}}))
    assert found.good.height == 1
    assert "customer_name" not in found.received.columns


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (None, "field(event)"),
        (b"", "json"),
        (b"{", "json"),
        (b"[]", "object"),
        (b'"text"', "object"),
        (b"NaN", "json"),
        (b'{"amount": Infinity}', "json"),
        (b"\xff\xfe", "encoding"),
        (b"[" * 50_000, "json"),
        (b" " * (LARGEST_EVENT + 1), f"bytes<={LARGEST_EVENT}"),
        (json.dumps(event(1, amount=[1])), "scalar"),
        (json.dumps(event(1, source="\ud800")), "encoding"),
        (json.dumps(event(1, amount="1.005")), "amount: type(numeric(18,2))"),
        (json.dumps(event(1, amount=True)), "amount: type(numeric(18,2))"),
        (json.dumps(event(1, amount="-1")), "amount: greater_than_or_equal_to(0)"),
        (json.dumps(event(1, account_id=None)), "account_id: not_nullable"),
        (json.dumps(event(1, transaction_date="2025-03-01T12:00")), "transaction_date: timezone"),
    ],
)  # fmt: skip
def test_a_message_that_is_no_event_says_why(body: Any, reason: str) -> None:
    found = decoded(body)
    assert found.good.is_empty()
    assert reasons(found) == [reason]


@pytest.mark.parametrize(
    ("at", "is_good"),
    [
        (datetime(2023, 12, 31, 23, 59, tzinfo=UTC), False),
        (datetime(2024, 1, 1, tzinfo=UTC), True),
        (datetime(2025, 12, 31, 23, 59, tzinfo=UTC), True),
        (datetime(2026, 1, 1, tzinfo=UTC), False),
    ],
)
def test_an_event_is_of_a_day_of_the_bank(at: datetime, is_good: bool) -> None:
    found = decoded(json.dumps(event(1, transaction_date=at.isoformat())))
    assert (found.good.height == 1) is is_good
