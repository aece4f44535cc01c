"""What the history knows of a payment at its moment."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from finplatform.streaming.fraud.features import EVENT_SCHEMA, FEATURES, PaymentHistory
from finplatform.streaming.fraud.references import References

NOON = datetime(2024, 3, 15, 12, tzinfo=UTC)
REFERENCES = References(
    accounts=pl.DataFrame(
        {
            "account_id": ["A1", "A2", "A3", "A3"],
            "valid_from": [0, 0, 0, int(NOON.timestamp())],
            "customer_id": ["C1", "C1", "C2", "C2"],
            "currency": ["USD", "USD", "EUR", "GBP"],
            "opening_date": [date(2024, 1, 1)] * 4,
        }
    ),
    customers=pl.DataFrame(
        {"customer_id": ["C1", "C2"], "valid_from": [0, 0], "country": ["US", "DE"]}
    ),
    merchants=pl.DataFrame(
        {
            "merchant_id": ["M1", "M2", "M3"],
            "category": ["GROCERY", "JEWELRY", "GROCERY"],
            "country": ["US", "US", "FR"],
            "city": ["Boston", "Miami", "Paris"],
            "risk_level": ["LOW", "HIGH", "LOW"],
        }
    ),
    rates=pl.DataFrame(
        {
            "currency": ["EUR"],
            "rate_date": [NOON.date()],
            "usd_rate": [1.5],
        }
    ),
)


def event(number: int, after: timedelta = timedelta(0), **values: Any) -> dict[str, Any]:
    """A card payment of 10 dollars at noon of the day, or so long after it."""
    return {
        "transaction_id": f"T{number}",
        "account_id": "A1",
        "transaction_type": "CARD_PAYMENT",
        "amount": Decimal(10),
        "currency": "USD",
        "exchange_rate": Decimal(1),
        "transaction_date": NOON + after,
        "merchant_id": "M1",
        "channel": "POS",
        **values,
    }


def known(*batches: list[dict[str, Any]], frauds: pl.DataFrame | None = None) -> pl.DataFrame:
    """Features of the events of the last batch, after the others."""
    history = PaymentHistory(REFERENCES)
    if frauds is not None:
        history.confirm(frauds)
    found = pl.DataFrame()
    for batch in batches:
        found = history.add(pl.DataFrame(batch, schema=EVENT_SCHEMA))
    return found


def test_windows_hold_what_came_at_earlier_seconds_and_neither_more_nor_less() -> None:
    minutes = [0, 59, 60, 61, 24 * 60, 24 * 60 + 1]
    rows = [event(n, timedelta(minutes=-m)) for n, m in enumerate(minutes)]
    rows.append(event(6, channel="ONLINE"))
    found = known(rows).filter(pl.col("transaction_id") == "T0").row(0, named=True)
    # T6 is of the same second; T1 and T2 are of the hour, T3 and T4 of the day beside.
    assert found["attempts_1h"] == 2
    assert found["attempts_24h"] == 4
    assert found["payment_count_7d"] == 5
    assert found["outflow_24h"] == 40.0
    assert found["seconds_since_previous"] == 59 * 60


def test_what_is_no_payment_is_neither_counted_nor_looks_back() -> None:
    rows = [
        event(1, timedelta(hours=-1)),
        event(2, timedelta(minutes=-1), transaction_type="SALARY", merchant_id=None),
        event(3),
    ]
    salary, payment = known(rows)[1:].rows(named=True)
    assert payment["attempts_24h"] == 1
    assert payment["seconds_since_previous"] == 3600
    assert not salary["is_payment"]
    assert salary["attempts_24h"] is None


def test_an_account_without_payments_has_been_silent_for_the_whole_time() -> None:
    row = known([event(1)]).row(0, named=True)
    assert row["seconds_since_previous"] == 30 * 86_400
    assert row["usual_payment_30d"] is None
    assert row["amount_to_usual_ratio"] is None


def test_the_usual_payment_is_the_mean_of_thirty_days_whatever_became_of_it() -> None:
    rows = [
        event(1, timedelta(days=-31), amount=Decimal(1000)),
        event(2, timedelta(days=-30), amount=Decimal(40)),
        event(3, timedelta(days=-1), amount=Decimal(20)),
        event(4, amount=Decimal(90)),
    ]
    row = known(rows).row(3, named=True)
    assert row["usual_payment_30d"] == 30.0
    assert row["amount_to_usual_ratio"] == 3.0


def test_amounts_are_in_the_accounts_currency_and_in_dollars_of_the_day() -> None:
    own = {"account_id": "A3", "amount": Decimal("100.00"), "exchange_rate": Decimal("0.5")}
    rows = [
        event(1, timedelta(hours=-1), **own),
        event(2, timedelta(hours=1), **own),
        event(3, account_id="A1", amount=Decimal("2000.01")),
    ]
    found = known(rows).select("amount", "amount_usd", "account_currency").rows()
    # The account has changed to pounds by the second payment, of which no rate is known.
    assert found == [(50.0, 75.0, "EUR"), (50.0, None, "GBP"), (2000.01, 2000.01, "USD")]


def test_a_category_is_new_to_the_customer_whatever_the_account() -> None:
    paid = [event(1, timedelta(days=-2), account_id="A2")]
    again = event(2, timedelta(hours=-2), merchant_id="M3")
    other = event(3, timedelta(hours=-1), merchant_id="M2")
    stranger = event(4, account_id="A3", merchant_id="M2")
    rows = known(paid, [again, other, stranger])
    assert rows["is_new_category"].to_list() == [False, True, False]
    assert rows["is_new_merchant"].to_list() == [True, True, False]


def test_elsewhere_is_another_city_at_the_counter_alone() -> None:
    hour = timedelta(hours=1)
    rows = [
        event(1, merchant_id="M1"),
        event(2, hour, merchant_id="M1"),
        event(3, 2 * hour, merchant_id="M2", channel="ONLINE"),
        event(4, 3 * hour, merchant_id="M2"),
        event(5, 4 * hour, merchant_id="M3"),
    ]
    assert known(rows)["seconds_since_elsewhere"].to_list() == [None, None, None, 7200.0, 3600.0]


def test_merchants_abroad_and_other_currencies_are_told_by_the_customer() -> None:
    rows = known(
        [
            event(1, merchant_id="M3", currency="EUR"),
            event(2, account_id="A3", merchant_id="M3"),
            event(3, account_id="A9", merchant_id="M9"),
        ]
    )
    assert rows["is_foreign_merchant"].to_list() == [True, True, False]
    assert rows["is_foreign_currency"].to_list() == [True, True, False]
    assert rows["customer_id"].to_list() == ["C1", "C2", "A9"]
    assert rows["merchant_category"].to_list() == ["GROCERY", "GROCERY", "UNKNOWN"]


@pytest.mark.parametrize(
    ("days", "week", "month"), [(-1, 1, 1), (-8, 0, 1), (-31, 0, 0), (0, 0, 0)]
)
def test_a_fraud_counts_from_its_confirmation_on(days: int, week: int, month: int) -> None:
    frauds = pl.DataFrame(
        {
            "account_id": ["A1"],
            "merchant_id": ["M1"],
            "confirmed_at": [NOON + timedelta(days=days)],
        }
    )
    row = known([event(1, timedelta(days=-2))], [event(2)], frauds=frauds).row(0, named=True)
    assert row["merchant_frauds_7d"] == week
    assert row["merchant_frauds_30d"] == row["account_frauds_30d"] == month
    # Of the one payment of earlier days.
    assert row["merchant_fraud_share_30d"] == month


def test_an_event_that_comes_twice_counts_once_and_looks_the_same() -> None:
    first = [event(1, timedelta(minutes=-9)), event(2, timedelta(minutes=-5))]
    once = known([first[0]], [first[1]], [event(3)])
    assert known([first[0]], [first[1], first[1]], first, [event(3)]).equals(once)
    assert known(first, [first[1]]).equals(known([first[0]], [first[1]]))


def test_forgetting_changes_nothing_for_what_comes_later() -> None:
    history = PaymentHistory(REFERENCES)
    rows = [event(n, timedelta(days=n - 40)) for n in range(40)]
    history.add(pl.DataFrame(rows, schema=EVENT_SCHEMA))
    history.forget(int(NOON.timestamp()))
    late = history.add(pl.DataFrame([event(99)], schema=EVENT_SCHEMA))
    assert late.equals(known(rows, [event(99)]))


def test_a_batch_without_events_or_without_payments_has_the_columns() -> None:
    empty = PaymentHistory(REFERENCES).add(EVENT_SCHEMA.to_frame())
    assert empty.is_empty()
    assert empty.select(FEATURES.names()).schema == FEATURES
    one = known([event(1, transaction_type="FEE", merchant_id=None)])
    assert one.select(FEATURES.names()).schema == FEATURES
