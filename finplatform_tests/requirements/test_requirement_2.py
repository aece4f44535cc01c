"""Document 2: its statements on the gold layer run as they are printed."""

from decimal import Decimal

import psycopg
import pytest

pytestmark = pytest.mark.integration

HIGH_CHURN_RISK = """
-- Get high-risk churn customers
SELECT
    customer_id,
    churn_risk_score,
    customer_lifetime_value,
    total_transactions_90d
FROM gold.predictive_analytics
WHERE churn_risk_score > 0.7
ORDER BY customer_lifetime_value DESC;
"""

FRAUD_BY_MERCHANT = """
-- Fraud analysis by merchant
SELECT
    m.merchant_name,
    m.category,
    COUNT(*) as fraud_count,
    SUM(f.transaction_amount_abs) as fraud_amount
FROM gold.fact_transactions f
JOIN gold.dim_merchant m ON f.merchant_key = m.merchant_key
WHERE f.is_fraud = TRUE
  AND f.transaction_date >= CURRENT_DATE - INTERVAL '30 days'
GROUP BY m.merchant_name, m.category
ORDER BY fraud_count DESC;
"""

MONTHLY_KPIS = """
-- Monthly KPIs
SELECT
    TO_CHAR(transaction_date, 'YYYY-MM') as month,
    COUNT(*) as transactions,
    COUNT(DISTINCT customer_key) as active_customers,
    SUM(transaction_amount_abs) as volume,
    AVG(transaction_amount_abs) as avg_transaction
FROM gold.fact_transactions
GROUP BY TO_CHAR(transaction_date, 'YYYY-MM')
ORDER BY month DESC;
"""


def test_high_risk_churn_customers(session: psycopg.Connection) -> None:
    if session.execute("select to_regclass('gold.predictive_analytics')").fetchone() == (None,):
        pytest.skip("the graph has no gold.predictive_analytics")
    cursor = session.execute(HIGH_CHURN_RISK.encode())
    assert all(row[1] > 0.7 for row in cursor)


def test_fraud_analysis_by_merchant(session: psycopg.Connection) -> None:
    cursor = session.execute(FRAUD_BY_MERCHANT.encode())
    assert [column.name for column in cursor.description or []] == [
        "merchant_name", "category", "fraud_count", "fraud_amount",
    ]  # fmt: skip
    assert all(row[2] > 0 for row in cursor)


def test_monthly_kpis(session: psycopg.Connection) -> None:
    rows = session.execute(MONTHLY_KPIS.encode()).fetchall()
    assert [row[0] for row in rows] == ["2025-03", "2025-02", "2025-01"]
    for _, transactions, customers, volume, average in rows:
        assert 0 < customers <= transactions
        assert average == pytest.approx(volume / transactions, abs=Decimal("0.01"))


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("dim_customer", 30), ("dim_date", 25), ("fact_transactions", 40),
        ("fact_customer_monthly", 30), ("customer_features", 90), ("predictive_analytics", 90),
        ("fact_account_daily_snapshot", 1),
    ],
)  # fmt: skip
def test_the_table_is_as_wide_as_the_document_says(
    session: psycopg.Connection, table: str, columns: int
) -> None:
    row = session.execute(
        "select count(*) from information_schema.columns"
        " where table_schema = 'gold' and table_name = %s",
        (table,),
    ).fetchone()
    assert row is not None
    assert row[0] >= columns


def test_predictive_analytics_has_the_features_of_its_customer_and_date(
    session: psycopg.Connection,
) -> None:
    rows = session.execute(
        "select count(*), count(*) filter (where (view.age, view.deposit_balance,"
        " view.total_debt, view.house_price_change_12m, view.observed_months_12m)"
        " is not distinct from (features.age, features.deposit_balance, features.total_debt,"
        " features.house_price_change_12m, features.observed_months_12m))"
        " from gold.predictive_analytics as view"
        " full join (select * from gold.customer_features where num_accounts > 0) as features"
        " using (customer_id, observation_date)"
    ).fetchone()
    assert rows is not None
    assert rows[0] == rows[1] > 0
