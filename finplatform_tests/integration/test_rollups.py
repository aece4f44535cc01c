"""Aggregates are sums of their facts, whatever the order of loads, and with a late transaction."""

import json
from datetime import date
from typing import Any

import psycopg
import pytest

from finplatform.errors import FinplatformError
from finplatform.warehouse.dbt import window_arguments
from finplatform.windows import Window
from finplatform_tests.integration.bank import BuiltBank

pytestmark = [pytest.mark.integration, pytest.mark.graph]

ROLLUPS = (
    "rollup_accounts", "rollup_merchants", "rollup_days", "rollup_payment_days",
    "rollup_payment_merchants", "rollup_payers",
)  # fmt: skip

SPAN = Window.through(date(2025, 1, 1), date(2025, 3, 31))
"""Days of the facts. Customers come and go, so that a month's first day of each moves."""

_DAYS = """
insert into gold.dim_date (date_key, full_date)
select to_char(day, 'YYYYMMDD')::integer, day::date
from generate_series(date '2025-01-01', date '2025-03-31', interval '1 day') as days (day)
"""

_TRANSACTIONS = """
insert into gold.fact_transactions (
    transaction_key, transaction_date, account_id, customer_id, customer_key, merchant_key,
    account_currency, transaction_type, status, is_completed, is_failed, is_fraud, amount,
    transaction_amount_abs, debit_amount, fees
)
select
    n, date '2025-01-01' + (n * 7 % 90)::integer, 'A' || n % 11, 'C' || n % 5,
    n % 5 + 100 * (n % 2), n % 4 - 1, case n % 6 when 0 then 'EUR' else 'USD' end,
    (array['CARD_PAYMENT', 'OPENING_BALANCE', 'DEPOSIT', 'BILL_PAYMENT'])[n % 4 + 1],
    case n % 7 when 0 then 'FAILED' else 'COMPLETED' end, n % 7 <> 0, n % 7 = 0, n % 13 = 0,
    n, n + 0.5, case n % 4 when 2 then 0 else n + 0.5 end, 0.01 * (n % 3)
from generate_series({first}, {last}) as numbers (n)
where date '2025-01-01' + (n * 7 % 90)::integer between '{start}' and '{last_day}'
"""

_PAYMENTS = """
insert into gold.fact_payments (
    payment_key, payment_id, payment_date, customer_id, merchant_id, merchant_key, currency,
    payment_method, status, is_successful, amount, successful_amount, commission_amount,
    risk_score, risk_band, is_fraud_flagged, payment_count
)
select
    n, 'P' || n, date '2025-01-01' + (n * 11 % 90)::integer, 'C' || n % 5, 'M' || n % 4, n % 4,
    'USD', (array['CREDIT_CARD', 'WALLET'])[n % 2 + 1],
    (array['SUCCESS', 'FAILED', 'PENDING', 'REFUNDED'])[n % 4 + 1], n % 4 = 0, n,
    case n % 4 when 0 then n else 0 end, case n % 4 when 0 then 0.02 * n else 0 end, n % 100,
    case when n % 100 >= 70 then 'HIGH' else 'LOW' end, n % 17 = 0, 1
from generate_series({first}, {last}) as numbers (n)
where date '2025-01-01' + (n * 11 % 90)::integer between '{start}' and '{last_day}'
"""

_NULLS_ALLOWED = """
select format('alter table %I.%I alter %I drop not null', table_schema, table_name, column_name)
from information_schema.columns
where table_schema = 'gold' and is_nullable = 'NO'
    and table_name in ('fact_transactions', 'fact_payments', 'dim_date')
"""

_MONTHS = """
select date_trunc('month', transaction_date::timestamp)::date, {columns}
from gold.{table}
group by 1
order by 1
"""
_TRUTH = _MONTHS.format(
    table="fact_transactions",
    columns="count(*), count(distinct customer_key), sum(transaction_amount_abs),"
    " count(distinct customer_id) filter ("
    " where is_completed and transaction_type <> 'OPENING_BALANCE')",
)
_READY = _MONTHS.format(
    table="rollup_days",
    columns="sum(transaction_count), sum(month_new_customer_keys), sum(attempted_amount),"
    " sum(month_new_active_customers)",
)


@pytest.fixture(scope="module")
def bank(empty_tables: str, tmp_path_factory: pytest.TempPathFactory) -> BuiltBank:
    """A warehouse that holds a calendar and nothing else."""
    with psycopg.connect(empty_tables) as connection:
        for (statement,) in connection.execute(_NULLS_ALLOWED).fetchall():
            connection.execute(statement.encode())
        connection.execute(_DAYS)
    return BuiltBank(tmp_path_factory.mktemp("rollups"), empty_tables, empty_tables)


def build(bank: BuiltBank, window: Window) -> None:
    """Loads the aggregates of a window, and checks them against the facts."""
    # No dimension is filled, so tests of keys would fail.
    bank.dbt(
        "build", "--quiet", "--select", *ROLLUPS, "--exclude", "test_name:keys_exist",
        *window_arguments(window), "--exclude-resource-type", "unit_test",
    )  # fmt: skip


def load(bank: BuiltBank, window: Window, first: int, last: int) -> None:
    """Loads the facts of a window among those of some numbers, and the aggregates after them."""
    with psycopg.connect(bank.url) as connection:
        for facts in (_TRANSACTIONS, _PAYMENTS):
            statement = facts.format(
                first=first, last=last, start=window.start, last_day=window.last
            )
            connection.execute(statement.encode())
    build(bank, window)


def contents(bank: BuiltBank) -> dict[str, list[Any]]:
    """Rows of each aggregate, whatever their order."""
    with psycopg.connect(bank.url) as connection:
        return {
            name: sorted(
                json.dumps(row, sort_keys=True)
                for (row,) in connection.execute(
                    f"select to_jsonb(t) from gold.{name} as t".encode()
                )
            )
            for name in ROLLUPS
        }


def months(bank: BuiltBank, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(bank.url) as connection:
        return connection.execute(query.encode()).fetchall()


def test_windows_in_any_order_and_a_late_transaction_add_up_to_the_facts(bank: BuiltBank) -> None:
    for window in (
        Window.through(date(2025, 2, 11), date(2025, 3, 31)),
        Window.through(date(2025, 1, 1), date(2025, 1, 16)),
        Window.through(date(2025, 1, 17), date(2025, 2, 10)),
    ):
        load(bank, window, 1, 600)
    assert months(bank, _READY) == months(bank, _TRUTH)
    before = contents(bank)
    # A customer and a payer of later days of January are there on its first day already.
    load(bank, Window.through(date(2025, 1, 1), date(2025, 1, 1)), 9000, 9000)
    assert months(bank, _READY) == months(bank, _TRUTH)
    of_windows = contents(bank)
    assert all(of_windows[name] != before[name] for name in ROLLUPS)
    build(bank, SPAN)
    assert contents(bank) == of_windows


def test_a_new_aggregate_is_filled_from_all_facts_whatever_the_window(bank: BuiltBank) -> None:
    filled = contents(bank)
    with psycopg.connect(bank.url) as connection:
        for name in ROLLUPS:
            connection.execute(f"drop table gold.{name}".encode())
    build(bank, Window.through(date(2025, 3, 31), date(2025, 3, 31)))
    assert contents(bank) == filled


def test_the_checks_find_an_aggregate_that_lacks_a_transaction(bank: BuiltBank) -> None:
    with psycopg.connect(bank.url) as connection:
        connection.execute("update gold.rollup_days set attempted_amount = attempted_amount - 0.01"
                           " where transaction_date = '2025-01-15'")  # fmt: skip
    for check in ("days_add_up_to_their_transactions", "merchants_add_up_to_their_days"):
        with pytest.raises(FinplatformError, match=check):
            bank.dbt("test", "--select", check)
