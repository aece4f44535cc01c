"""What a payment's features know of earlier frauds: those that were confirmed by then."""

from datetime import date
from typing import Any

import psycopg
import pytest

from finplatform.streaming.fraud.batch import payments_of
from finplatform.streaming.fraud.rules import load_rules
from finplatform.streaming.fraud.warehouse import chunks
from finplatform.windows import Window

pytestmark = pytest.mark.integration

# Each of two merchants has a payment a day, from an account of its own. The payment of 3 March at
# merchant 1 is a fraud that is confirmed at noon of the 10th, a week later.
BANK = """
create schema bronze;
create schema silver;
create schema gold;
create table gold.dim_merchant as
select
    merchant::bigint as merchant_key, 'M' || merchant as merchant_id, 'GROCERY' as category,
    'US' as country, 'Boston' as city, 'LOW' as risk_level
from generate_series(1, 2) as merchants (merchant);
create table gold.dim_customer as
select
    merchant::bigint as customer_key, 'C' || merchant as customer_id, 'US' as country,
    1 as version_number, timestamptz '2024-01-01 00:00+00' as valid_from
from generate_series(1, 2) as merchants (merchant);
create table gold.dim_account as
select
    merchant::bigint as account_key, 'A' || merchant as account_id, 'C' || merchant as customer_id,
    'USD' as currency, date '2024-01-01' as opening_date,
    1 as version_number, timestamptz '2024-01-01 00:00+00' as valid_from
from generate_series(1, 2) as merchants (merchant);
create table gold.exchange_rates (currency text, rate_date date, usd_rate numeric);
create table bronze.transactions as
select
    'T' || merchant || '-' || day as transaction_id, 'A' || merchant as account_id,
    'CARD_PAYMENT' as transaction_type, 20::numeric(18, 2) as amount, 'USD' as currency,
    1::numeric(18, 8) as exchange_rate,
    make_timestamptz(2024, 3, day, 18, 0, 0, 'UTC') as transaction_date,
    'M' || merchant as merchant_id, 'POS' as channel
from generate_series(1, 31) as days (day) cross join generate_series(1, 2) as merchants (merchant);
create table silver.stg_fraud_alerts as
select
    'T1-3' as transaction_id, 'A1' as account_id, 'CONFIRMED_FRAUD' as outcome,
    timestamptz '2024-03-03 18:00+00' as transaction_at,
    timestamptz '2024-03-10 12:00+00' as investigated_at;
"""
MARCH = Window.through(date(2024, 3, 1), date(2024, 3, 31))


@pytest.fixture
def bank(postgres_url: str) -> str:
    with psycopg.connect(postgres_url) as connection:
        connection.execute(BANK.encode())
    return postgres_url


def _by_day(url: str, merchant: int, window: Window = MARCH) -> dict[int, dict[str, Any]]:
    rows = payments_of(url, window, load_rules(), "UTC").rows(named=True)
    return {
        row["transaction_date"].day: row
        for row in rows
        if row["transaction_id"].startswith(f"T{merchant}-")
    }


def test_a_fraud_counts_from_its_confirmation_on_and_for_its_window(bank: str) -> None:
    days = _by_day(bank, 1)
    assert {day for day, row in days.items() if row["merchant_frauds_30d"]} == set(range(10, 32))
    assert {day for day, row in days.items() if row["merchant_frauds_7d"]} == set(range(10, 17))
    assert {day for day, row in days.items() if row["account_frauds_30d"]} == set(range(10, 32))
    assert days[3]["confirmed_date"] == date(2024, 3, 10)


def test_the_share_is_of_the_merchants_payments_of_earlier_days(bank: str) -> None:
    days = _by_day(bank, 1)
    assert days[9]["merchant_fraud_share_30d"] == 0
    assert days[11]["merchant_fraud_share_30d"] == pytest.approx(1 / 10)
    assert days[31]["merchant_fraud_share_30d"] == pytest.approx(1 / 30)


def test_a_fraud_says_nothing_of_other_merchants_and_accounts(bank: str) -> None:
    for row in _by_day(bank, 2).values():
        assert row["merchant_frauds_30d"] == row["account_frauds_30d"] == 0
        assert row["merchant_fraud_share_30d"] == 0


def test_a_day_read_alone_has_the_features_of_the_whole_history(bank: str) -> None:
    whole = _by_day(bank, 1)
    for day in (9, 12, 30):
        alone = _by_day(bank, 1, Window.day(date(2024, 3, day)))
        assert alone == {day: whole[day]}


def test_of_a_share_every_fraud_is_kept_and_the_others_stand_for_more(bank: str) -> None:
    rows = payments_of(bank, MARCH, load_rules(), "UTC", share=5)
    assert 2 < rows.height < 40
    weights = dict(zip(rows["transaction_id"], rows["weight"], strict=True))
    assert weights.pop("T1-3") == 1.0
    assert set(weights.values()) == {5.0}


def test_few_events_are_one_chunk_of_the_whole_window(bank: str) -> None:
    assert list(chunks(bank, MARCH)) == [MARCH]
