"""Features know nothing that came later: rewriting the future changes none of the past."""

from datetime import date
from typing import Any

import psycopg
import pytest

from finplatform_tests.integration.bank import HISTORY, BuiltBank

pytestmark = [pytest.mark.integration, pytest.mark.graph, pytest.mark.timeout(900)]

AS_OF = date(2025, 2, 28)

FEATURES = ("customer_features", "credit_features", "fact_customer_monthly")

REWRITES = (
    "update oltp.transactions set amount = amount * 3 + 1, channel = 'ONLINE', status = 'FAILED'"
    " where (transaction_date at time zone 'UTC')::date > %s",
    "update oltp.loan_payments set payment_date = payment_date + 45 where payment_date > %s",
    "update bronze.customers set credit_score = 301, annual_income = 1, employment_status = null"
    " where (_changed_at at time zone 'UTC')::date > %s",
    "update bronze.accounts set credit_limit = 7 where (_changed_at at time zone 'UTC')::date > %s",
)


def _known(bank: BuiltBank, table: str, *, until_then: bool) -> list[Any]:
    column = "month_end" if table.startswith("fact") else "observation_date"
    sign = "<=" if until_then else ">"
    with psycopg.connect(bank.url) as connection:
        query = (
            f"select to_jsonb(t)::text from gold.{table} as t where {column} {sign} %s order by 1"
        )
        return connection.execute(query.encode(), (AS_OF,)).fetchall()


def test_rewriting_everything_after_a_date_changes_no_feature_of_it(empty_bank: BuiltBank) -> None:
    bank = empty_bank
    bank.backfill(HISTORY, "warehouse")
    past = {table: _known(bank, table, until_then=True) for table in FEATURES}
    future = {table: _known(bank, table, until_then=False) for table in FEATURES}
    assert all(past.values())
    with psycopg.connect(bank.url) as connection:
        for rewrite in REWRITES:
            assert connection.execute(rewrite.encode(), (AS_OF,)).rowcount > 0, rewrite
    bank.backfill(HISTORY, "warehouse")
    for table in FEATURES:
        assert _known(bank, table, until_then=True) == past[table], table
        assert _known(bank, table, until_then=False) != future[table], table
