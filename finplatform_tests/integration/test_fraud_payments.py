"""What a payment's features know of earlier frauds: those that were confirmed by then."""

from datetime import date
from typing import Any

import psycopg
import pytest

from finplatform.orchestration.assets.models.fraud import read_payments
from finplatform.windows import Window

pytestmark = pytest.mark.integration

# Each of two merchants has a payment a day, from an account of its own. The payment of 3 March at
# merchant 1 is a fraud that is confirmed at noon of the 10th, a week later.
BANK = """
create schema gold;
create table gold.dim_merchant as
select * from (values (1::bigint, 'GROCERY'), (2, 'FUEL')) as rows (merchant_key, category);
create table gold.fact_transactions as
select
    merchant * 100 + day as transaction_key, 'T' || merchant || '-' || day as transaction_id,
    'A' || merchant as account_id, 'C' || merchant as customer_id, 20240300 + day as date_key,
    make_date(2024, 3, day) as transaction_date,
    make_timestamptz(2024, 3, day, 18, 0, 0, 'UTC') as transaction_at,
    'CARD_PAYMENT' as transaction_type, 'POS' as channel, 'USD' as account_currency,
    0::smallint as risk_score, 20::numeric(18, 2) as transaction_amount_abs,
    1::numeric as amount_to_usual_ratio, false as is_foreign_merchant,
    false as is_foreign_currency, false as is_high_risk_merchant, false as is_weekend,
    'EVENING' as day_part, 100 as account_age_days, 7 as transaction_count_7d,
    30 as transaction_count_30d, 1 as days_since_previous, merchant::bigint as merchant_key
from generate_series(1, 31) as days (day) cross join generate_series(1, 2) as merchants (merchant);
create table gold.fact_fraud_alerts as
select 'T1-3' as transaction_id, timestamptz '2024-03-10 12:00+00' as investigated_at,
    true as is_confirmed_fraud, 1::bigint as merchant_key, 'A1' as account_id;
"""


@pytest.fixture
def bank(postgres_url: str) -> str:
    with psycopg.connect(postgres_url) as connection:
        connection.execute(BANK.encode())
    return postgres_url


def _by_day(url: str, merchant: int, window: Window | None = None) -> dict[int, dict[str, Any]]:
    rows = read_payments(url, window).rows(named=True)
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
        alone = _by_day(bank, 1, Window.through(date(2024, 3, day), date(2024, 3, day)))
        assert alone == {day: whole[day]}
