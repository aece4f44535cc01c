"""Months of activity cost what their transactions do, also where a whole bank is of one kind.

The bank has one currency, one product, one region and many months: what joins customers' months by
anything less than the customer does the square of the work. Counted are rows of the server's plan,
not seconds.
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

from finplatform.settings import Settings
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.dbt import compile_models, models
from finplatform.windows import Window
from finplatform_tests.databases import new_databases

pytestmark = pytest.mark.integration

CUSTOMERS, MONTHS, PAYMENTS = 100, 36, 2
TRANSACTIONS = CUSTOMERS * MONTHS * PAYMENTS
HISTORY = Window.through(date(2022, 1, 1), date(2024, 12, 31))

MOST_ROWS_PER_TRANSACTION = 40
"""Rows that all steps of a plan together may read for each transaction."""

BANK = f"""
create schema if not exists gold;
create table gold.dim_customer as
select number::bigint as customer_key, 'BASIC' as customer_tier, 'Europe' as geographic_region,
    '25_34' as age_group
from generate_series(1, {CUSTOMERS}) as customers (number);
create table gold.dim_product as select 1::bigint as product_key, 'CHECKING' as product_type;
create table gold.dim_date as
select day::date as full_date, extract(isodow from day) < 6 as is_business_day
from generate_series(date '2022-01-01', date '2024-12-31', interval '1 day') as days (day);
create table gold.rollup_transactions as
select date '2022-01-01' as transaction_date, 15 as rolled_up;
create table gold.fact_transactions as
select
    (month + payment * interval '9 days')::date as transaction_date,
    (month + interval '1 month - 1 day')::date as transaction_month,
    'CZK' as account_currency, 'C' || number as customer_id, number::bigint as customer_key,
    1::bigint as product_key, 'POS' as channel, 'CARD_PAYMENT' as transaction_type,
    'MORNING' as day_part, true as is_completed, false as is_failed, false as is_flagged,
    false as is_fraud, true as is_business_day, (number + payment)::numeric(18, 2)
        as transaction_amount_abs, 0::numeric(18, 2) as fees
from generate_series(timestamp '2022-01-01', timestamp '2024-12-01', interval '1 month')
    as months (month)
cross join generate_series(1, {CUSTOMERS}) as customers (number)
cross join generate_series(1, {PAYMENTS}) as payments (payment)
order by transaction_date;
create index on gold.fact_transactions using brin (transaction_date);
analyze
"""

Node = dict[str, Any]


@pytest.fixture(scope="module")
def compiled(
    postgres_server: URL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, dict[str, str]]]:
    """URL of the bank's database, and the SQL of the models over its whole history."""
    with new_databases(postgres_server, "skewed") as (url,):
        settings = Settings(home=tmp_path_factory.mktemp("skewed"), database_url=url)
        target = compile_models(settings, Warehouse(make_url(url)), HISTORY)
        manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(BANK.encode())
        yield url, {name: node["compiled_code"] for name, node in models(manifest).items()}


@pytest.mark.parametrize("model", ["gold.activity_changes", "gold.activity_months"])
def test_a_plan_reads_each_transaction_a_fixed_number_of_times(
    compiled: tuple[str, dict[str, str]], model: str
) -> None:
    read = sum(_rows(node) for node in _plan(compiled, model))

    assert TRANSACTIONS < read < MOST_ROWS_PER_TRANSACTION * TRANSACTIONS


@pytest.mark.parametrize("model", ["gold.activity_changes", "gold.activity_months"])
def test_the_planner_expects_the_transactions_that_it_finds(
    compiled: tuple[str, dict[str, str]], model: str
) -> None:
    scans = [n for n in _plan(compiled, model) if n.get("Relation Name") == "fact_transactions"]

    assert [node["Actual Rows"] for node in scans] == [TRANSACTIONS]
    assert scans[0]["Plan Rows"] > TRANSACTIONS / 2


def test_everybody_stays_from_the_second_month_on(
    compiled: tuple[str, dict[str, str]],
) -> None:
    """The windows count as the joins did: nobody comes or leaves where all pay in every month."""
    url, code = compiled
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select comparison, month_end, entering_customers, leaving_customers, retained_count"
            f" from ({code['gold.activity_changes']}) as changes where breakdown = 'TOTAL'".encode()
        ).fetchall()

    first = {"MONTH": date(2022, 1, 31), "YEAR": date(2022, 12, 31)}
    assert len(rows) == 2 * MONTHS
    for comparison, day, entering, leaving, retained in rows:
        is_new = day <= first[comparison]
        assert (entering, leaving) == (CUSTOMERS if is_new else 0, 0)
        assert retained == (0 if is_new else CUSTOMERS * PAYMENTS)


def _plan(compiled: tuple[str, dict[str, str]], model: str) -> list[Node]:
    url, code = compiled
    with psycopg.connect(url) as connection:
        found = connection.execute(
            f"explain (analyze, timing off, format json) {code[model]}".encode()
        ).fetchone()
    assert found is not None
    return list(_nodes(found[0][0]["Plan"]))


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _rows(node: Node) -> float:
    """Rows that a step gave or looked at in vain, all loops together."""
    removed = ("Rows Removed by Filter", "Rows Removed by Join Filter")
    return float(
        node["Actual Loops"] * (node["Actual Rows"] + sum(node.get(k, 0) for k in removed))
    )
