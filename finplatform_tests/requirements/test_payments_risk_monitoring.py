"""What the requirement of payments analytics and risk monitoring prints about SQL, one by one."""

from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow

from finplatform.warehouse.role_names import ALL_REGIONS, role_name

pytestmark = pytest.mark.integration

Connection = psycopg.Connection[DictRow]

VIEWS = ("vw_payment_analytics", "vw_merchant_performance", "vw_customer_insights")
FUNCTIONS = (
    "detect_failed_payments",
    "detect_high_risk_transactions",
    "get_daily_transaction_summary",
    "identify_sla_breaches",
)
STAR = (
    "accounts", "balances", "branches", "calendar", "customers", "loan_payments", "merchants",
    "payments", "places", "products", "settlements", "transactions",
)  # fmt: skip


def rows(connection: Connection, query: str, *arguments: Any) -> list[DictRow]:
    return connection.execute(query.encode(), arguments).fetchall()


def one(connection: Connection, query: str, *arguments: Any) -> DictRow:
    (row,) = rows(connection, query, *arguments)
    return row


@pytest.mark.parametrize(
    "table", ["dim_customer", "dim_merchant", "fact_payments", "fact_settlements"]
)
def test_there_are_customers_merchants_payments_and_settlements(
    warehouse: Connection, table: str
) -> None:
    assert one(warehouse, f"select count(*) as n from gold.{table}")["n"] > 50


def test_customers_have_scores_from_300_to_850_and_a_risk_category(warehouse: Connection) -> None:
    found = one(
        warehouse,
        "select min(credit_score) as low, max(credit_score) as high,"
        " array_agg(distinct risk_profile order by risk_profile) as risks"
        " from bi.customers where customer_key <> -1",
    )
    assert 300 <= found["low"] < found["high"] <= 850
    assert set(found["risks"]) <= {"LOW", "MEDIUM", "HIGH"}
    assert len(found["risks"]) > 1


def test_merchants_have_a_business_type_and_a_commission_of_1_5_to_5_percent(
    warehouse: Connection,
) -> None:
    found = one(
        warehouse,
        "select min(commission_rate) as low, max(commission_rate) as high,"
        " array_agg(distinct business_type) as types from bi.merchants where merchant_key <> -1",
    )
    assert Decimal("0.015") <= found["low"] < found["high"] <= Decimal("0.05")
    assert {"E-commerce", "Retail"} <= set(found["types"])


def test_payments_have_amounts_methods_statuses_scores_and_flags(warehouse: Connection) -> None:
    found = one(
        warehouse,
        "select min(amount) as low, max(amount) as high, min(risk_score) as safest,"
        " max(risk_score) as riskiest, bool_or(is_fraud_flagged) as flagged,"
        " count(distinct payment_method) as methods, array_agg(distinct status) as statuses"
        " from bi.payments",
    )
    assert 10 <= found["low"] < found["high"] <= 50_000
    assert 0 <= found["safest"] < found["riskiest"] <= 100
    assert found["methods"] > 1
    assert set(found["statuses"]) == {"SUCCESS", "FAILED", "PENDING", "REFUNDED"}
    assert found["flagged"]


def test_settlements_calculate_commission_and_track_their_status(warehouse: Connection) -> None:
    found = one(
        warehouse,
        "select count(*) as n, count(distinct status) as statuses,"
        " count(*) filter (where net_amount <> gross_amount - commission_amount) as wrong,"
        " count(*) filter (where is_sla_breached) as breached from bi.settlements",
    )
    assert found["wrong"] == 0
    assert found["statuses"] > 1
    assert 0 < found["breached"] < found["n"]


def test_a_settlement_is_the_sum_of_its_payments(warehouse: Connection) -> None:
    different = rows(
        warehouse,
        "select settlement_id from bi.settlements as s left join ("
        " select settlement_id, sum(amount) as gross,"
        " sum(round(amount * commission_rate, 2)) as kept"
        " from bi.payments where status = 'SUCCESS' group by settlement_id) as p"
        " using (settlement_id)"
        " where (s.gross_amount, s.commission_amount) is distinct from (p.gross, p.kept)",
    )
    assert different == []


def test_the_daily_summary_has_the_columns_of_the_sample_response(warehouse: Connection) -> None:
    found = one(warehouse, "select * from bi.get_daily_transaction_summary('2025-01-15')")
    assert list(found) == [
        "transaction_date", "total_transactions", "successful_transactions",
        "failed_transactions", "success_rate", "total_revenue",
    ]  # fmt: skip


def test_the_daily_summary_counts_the_payments_of_the_day(warehouse: Connection) -> None:
    payments = rows(
        warehouse,
        "select status, amount from bronze.payments where payment_at >= '2025-01-15 00:00+00'"
        " and payment_at < '2025-01-16 00:00+00'",
    )
    good = [row["amount"] for row in payments if row["status"] == "SUCCESS"]
    assert payments
    assert one(warehouse, "select * from bi.get_daily_transaction_summary('2025-01-15')") == {
        "transaction_date": date(2025, 1, 15),
        "total_transactions": len(payments),
        "successful_transactions": len(good),
        "failed_transactions": sum(row["status"] == "FAILED" for row in payments),
        "success_rate": round(Decimal(100) * len(good) / len(payments), 2),
        "total_revenue": sum(good),
    }


def test_the_daily_summary_of_a_day_without_payments_is_a_row_of_zeros(
    warehouse: Connection,
) -> None:
    found = one(warehouse, "select * from bi.get_daily_transaction_summary('1999-01-01')")
    assert found.pop("transaction_date") == date(1999, 1, 1)
    assert set(found.values()) == {0}


def test_failed_payments_are_those_of_the_days_asked_for_with_both_ends(
    warehouse: Connection,
) -> None:
    days = [
        row["payment_date"]
        for row in rows(
            warehouse,
            "select distinct payment_date from bi.payments where status = 'FAILED' order by 1",
        )
    ]
    first, last = days[1], days[-2]
    found = rows(warehouse, "select * from bi.detect_failed_payments(%s, %s)", first, last)
    expected = rows(
        warehouse,
        "select payment_id from bi.payments where status = 'FAILED'"
        " and payment_date >= %s and payment_date <= %s order by payment_at, payment_id",
        first,
        last,
    )
    assert [row["payment_id"] for row in found] == [row["payment_id"] for row in expected]
    assert {found[0]["payment_at"].date(), found[-1]["payment_at"].date()} == {first, last}
    assert all(row["failure_reason"] and row["merchant_name"] for row in found)


def test_sla_breaches_are_late_or_open_past_due(warehouse: Connection) -> None:
    found = rows(warehouse, "select * from bi.identify_sla_breaches()")
    as_of = one(warehouse, "select max(payment_date) as day from gold.fact_payments")["day"]
    settlements = rows(warehouse, "select * from bronze.settlements")
    late = {
        row["settlement_id"]
        for row in settlements
        if (row["settlement_date"] or as_of) > row["settlement_due_date"]
    }
    assert {row["settlement_id"] for row in found} == late
    delays = [row["days_delayed"] for row in found]
    assert delays == sorted(delays, reverse=True)
    assert delays[0] > 0


def test_delays_are_counted_in_business_days(warehouse: Connection) -> None:
    for row in rows(warehouse, "select * from bi.identify_sla_breaches()"):
        until = row["settlement_date"] or date(2025, 3, 31)
        counted = one(
            warehouse,
            "select count(*) as n from gold.dim_date"
            " where is_business_day and full_date > %s and full_date <= %s",
            row["settlement_due_date"],
            until,
        )["n"]
        assert row["days_delayed"] == counted, row["settlement_id"]


@pytest.mark.parametrize(("call", "threshold"), [("75.0", 75), ("", 70), ("100", 100), ("0", 0)])
def test_high_risk_transactions_reach_the_threshold(
    warehouse: Connection, call: str, threshold: int
) -> None:
    found = rows(warehouse, f"select * from bi.detect_high_risk_transactions({call})")
    expected = one(
        warehouse, "select count(*) as n from bronze.payments where risk_score >= %s", threshold
    )["n"]
    scores = [row["risk_score"] for row in found]
    assert len(found) == expected
    assert scores == sorted(scores, reverse=True)
    assert (expected > 0) == (threshold < 100)


def test_functions_of_rows_read_with_the_rights_of_their_caller_and_a_fixed_search_path(
    warehouse: Connection,
) -> None:
    found = rows(
        warehouse,
        "select proname, provolatile, prosecdef, proconfig from pg_proc"
        " where pronamespace = 'bi'::regnamespace and proretset order by proname",
    )
    assert [row["proname"] for row in found] == list(FUNCTIONS)
    for row in found:
        assert (row["provolatile"], row["prosecdef"]) == ("s", False), row["proname"]
        assert row["proconfig"] == ["search_path=pg_catalog, pg_temp"]


def test_payment_analytics_add_up_to_the_payments(warehouse: Connection) -> None:
    view = one(
        warehouse,
        "select sum(total_transactions) as n, sum(successful_transactions) as good,"
        " sum(failed_transactions) as failed, sum(total_revenue) as revenue,"
        " sum(total_commission) as commission, sum(fraud_flagged_transactions) as flagged,"
        " max(success_rate) as rate from bi.vw_payment_analytics",
    )
    table = one(
        warehouse,
        "select count(*) as n, count(*) filter (where status = 'SUCCESS') as good,"
        " count(*) filter (where status = 'FAILED') as failed,"
        " sum(amount) filter (where status = 'SUCCESS') as revenue,"
        " sum(commission_amount) as commission,"
        " count(*) filter (where is_fraud_flagged) as flagged from bronze.payments",
    )
    assert view.pop("rate") <= 100
    assert view == table


def test_payment_analytics_agree_with_the_daily_summary(warehouse: Connection) -> None:
    different = rows(
        warehouse,
        "select v.transaction_date from ("
        " select transaction_date, sum(total_transactions) as n, sum(total_revenue) as revenue"
        " from bi.vw_payment_analytics group by transaction_date) as v"
        " cross join lateral bi.get_daily_transaction_summary(v.transaction_date) as f"
        " where (v.n, v.revenue) is distinct from (f.total_transactions, f.total_revenue)",
    )
    assert different == []


def test_merchant_performance_tells_revenue_success_and_breaches(warehouse: Connection) -> None:
    view = one(
        warehouse,
        "select sum(total_revenue) as revenue, sum(total_settlements) as settlements,"
        " sum(sla_breaches) as breaches, sum(settled_amount + open_amount) as net,"
        " count(*) as n, count(distinct merchant_id) as merchants"
        " from bi.vw_merchant_performance",
    )
    assert view == {
        **one(warehouse, "select sum(successful_amount) as revenue from gold.fact_payments"),
        **one(
            warehouse,
            "select count(*) as settlements, sum(net_amount) as net from gold.fact_settlements",
        ),
        **one(warehouse, "select count(*) as breaches from bi.identify_sla_breaches()"),
        **one(
            warehouse,
            "select count(distinct merchant_id) as n, count(distinct merchant_id) as merchants"
            " from gold.fact_payments",
        ),
    }


def test_customer_insights_tell_spending_and_risk_of_masked_customers(
    warehouse: Connection,
) -> None:
    view = one(
        warehouse,
        "select sum(total_spent) as spent, sum(total_transactions) as n,"
        " max(max_risk_score) as risk, count(*) as customers,"
        " bool_and(customer_name ~ '\\*') as masked, min(days_since_last_payment) as newest"
        " from bi.vw_customer_insights",
    )
    table = one(
        warehouse,
        "select sum(successful_amount) as spent, count(*) as n, max(risk_score) as risk,"
        " count(distinct customer_id) as customers from gold.fact_payments",
    )
    assert view.pop("masked")
    assert view.pop("newest") == 0
    assert view == table


def test_every_view_reads_with_the_rights_of_its_reader(warehouse: Connection) -> None:
    found = rows(
        warehouse,
        "select relname, reloptions from pg_class"
        " where relnamespace = 'bi'::regnamespace and relkind = 'v' order by relname",
    )
    assert {row["relname"] for row in found} >= {*VIEWS, *STAR}
    assert all(row["reloptions"] == ["security_invoker=true"] for row in found)


def test_a_reader_without_rights_on_gold_sees_nothing_through_bi(warehouse: Connection) -> None:
    warehouse.execute("create role analyst_of_test")
    warehouse.execute("grant analyst_of_test to current_user with set true")
    warehouse.execute("grant usage on schema bi, gold to analyst_of_test")
    warehouse.execute("grant select on all tables in schema bi to analyst_of_test")
    warehouse.execute("set local role analyst_of_test")
    for query in ("bi.vw_payment_analytics", "bi.get_daily_transaction_summary('2025-01-15')"):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            warehouse.transaction(),
        ):
            warehouse.execute(f"select * from {query}".encode())
    warehouse.execute("reset role")
    warehouse.execute("grant select on all tables in schema gold to analyst_of_test")
    warehouse.execute("set local role analyst_of_test")
    assert rows(warehouse, "select * from bi.vw_payment_analytics limit 1") == []
    warehouse.execute("reset role")
    every_region = role_name(warehouse.info.dbname, ALL_REGIONS)
    warehouse.execute(f'grant "{every_region}" to analyst_of_test'.encode())
    warehouse.execute("set local role analyst_of_test")
    assert rows(warehouse, "select * from bi.vw_payment_analytics limit 1")


@pytest.mark.parametrize("view", STAR)
def test_a_view_of_the_star_has_the_rows_of_its_table(warehouse: Connection, view: str) -> None:
    table = {
        "customers": "dim_customer", "accounts": "dim_account", "products": "dim_product",
        "branches": "dim_branch", "merchants": "dim_merchant", "places": "dim_geography",
        "calendar": "dim_date",
    }.get(view, f"fact_{view}")  # fmt: skip
    counts = one(
        warehouse,
        f"select (select count(*) from bi.{view}) as view,"
        f" (select count(*) from gold.{table}) as stored",
    )
    assert counts["view"] == counts["stored"] > 0


def test_facts_join_their_dimensions_by_surrogate_keys(warehouse: Connection) -> None:
    found = one(
        warehouse,
        "select count(*) as n, (select count(*) from bi.payments) as payments"
        " from bi.payments as p join bi.customers using (customer_key)"
        " join bi.merchants using (merchant_key) join bi.calendar using (date_key)",
    )
    assert found["n"] == found["payments"]


@pytest.mark.parametrize("name", [*VIEWS, *STAR])
def test_views_tell_a_tool_what_their_columns_mean(warehouse: Connection, name: str) -> None:
    found = rows(
        warehouse,
        "select attname, col_description(attrelid, attnum) as meaning,"
        " obj_description(attrelid, 'pg_class') as grain from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0",
        f"bi.{name}",
    )
    assert all(row["meaning"] for row in found)
    assert found[0]["grain"].startswith("One row per")
