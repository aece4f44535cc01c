"""Document 4: its statements on the star schema run as printed, and large amounts alert."""

import psycopg
import pytest

pytestmark = pytest.mark.integration

SPENDING_PER_CUSTOMER = """
SELECT c.first_name, SUM(f.amount) as total_spent
FROM fact_transactions f
JOIN dim_customer c ON f.customer_key = c.customer_key
GROUP BY c.first_name
ORDER BY total_spent DESC;
"""

SALES_BY_CATEGORY = """
SELECT m.category, SUM(f.amount) as total_sales
FROM fact_transactions f
JOIN dim_merchant m ON f.merchant_key = m.merchant_key
GROUP BY m.category
ORDER BY total_sales DESC;
"""


@pytest.mark.parametrize("statement", [SPENDING_PER_CUSTOMER, SALES_BY_CATEGORY])
def test_totals_add_up_to_all_transactions(session: psycopg.Connection, statement: str) -> None:
    session.execute("set search_path = gold")
    rows = session.execute(statement.encode()).fetchall()
    total = session.execute("select sum(amount) from gold.fact_transactions").fetchone()
    assert total == (sum(amount for _, amount in rows),)
    assert [amount for _, amount in rows] == sorted((row[1] for row in rows), reverse=True)


def test_spending_is_shown_under_masked_names(session: psycopg.Connection) -> None:
    session.execute("set search_path = gold")
    names = [row[0] for row in session.execute(SPENDING_PER_CUSTOMER.encode()) if row[0]]
    assert names
    assert all("*" in name or name == "Unknown" for name in names)


def test_sales_know_the_merchants_categories(session: psycopg.Connection) -> None:
    session.execute("set search_path = gold")
    categories = {row[0] for row in session.execute(SALES_BY_CATEGORY.encode())}
    assert {"GROCERY", "RESTAURANT"} <= categories


def test_every_transaction_over_2000_dollars_is_alerted(session: psycopg.Connection) -> None:
    """At low severity, where nothing but the amount speaks against it."""
    found = session.execute(
        """
        select
            count(*) filter (where alerts.alert_id is null),
            count(*) filter (where alerts.rule_code = 'OVER_2000' and alerts.severity = 'LOW'),
            count(*) filter (where alerts.rule_code = 'OVER_2000' and alerts.severity <> 'LOW')
        from gold.fact_transactions as facts
        left join gold.fact_fraud_alerts as alerts
            on facts.transaction_key = alerts.transaction_key and alerts.alert_source = 'RULES'
        where abs(facts.transaction_amount_usd) > 2000
            and facts.transaction_type <> 'OPENING_BALANCE'
        """
    ).fetchone()
    assert found is not None
    silent, low, higher = found
    assert (silent, higher) == (0, 0)
    assert low > 100
