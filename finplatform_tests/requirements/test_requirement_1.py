"""Document 1: its tables have its columns, and its statements run as they are printed."""

import psycopg
import pytest

from finplatform.contracts.gold import GOLD

pytestmark = pytest.mark.integration

# The document's own `products` has `category`, not `product_category`.
RISK_PORTFOLIO = """
-- Credit Risk Portfolio Analysis
WITH risk_portfolio AS (
    SELECT
        c.risk_profile,
        p.category AS product_category,
        COUNT(DISTINCT a.account_id) as account_count,
        SUM(a.balance) as total_exposure,
        AVG(ra.probability_default) as avg_default_probability,
        SUM(a.balance * ra.probability_default) as expected_loss
    FROM customers c
    JOIN accounts a ON c.customer_id = a.customer_id
    JOIN products p ON a.account_type = p.product_type
    LEFT JOIN risk_assessments ra ON c.customer_id = ra.customer_id
    WHERE a.status = 'ACTIVE'
    GROUP BY c.risk_profile, p.category
)
SELECT
    risk_profile,
    product_category,
    account_count,
    total_exposure,
    avg_default_probability,
    expected_loss,
    (expected_loss / total_exposure) * 100 as loss_rate_percentage
FROM risk_portfolio
ORDER BY expected_loss DESC;
"""

# `DATEDIFF` is not PostgreSQL: days are the difference of two dates.
LIFETIME_VALUE = """
-- Customer Profitability and Lifetime Value
WITH customer_metrics AS (
    SELECT
        c.customer_id,
        c.customer_since,
        COUNT(DISTINCT a.account_id) as product_count,
        SUM(t.amount) as total_transaction_volume,
        SUM(t.fees) as total_fees_generated,
        AVG(a.balance) as avg_balance,
        CURRENT_DATE - c.customer_since as customer_tenure_days
    FROM customers c
    JOIN accounts a ON c.customer_id = a.customer_id
    LEFT JOIN transactions t ON a.account_id = t.account_id
    WHERE a.status = 'ACTIVE'
    GROUP BY c.customer_id, c.customer_since
),
profitability_analysis AS (
    SELECT
        customer_id,
        product_count,
        total_fees_generated,
        avg_balance,
        customer_tenure_days,
        (total_fees_generated + (avg_balance * 0.02)) as annual_revenue,
        (total_fees_generated + (avg_balance * 0.02)) *
        (customer_tenure_days / 365.0) as lifetime_value
    FROM customer_metrics
)
SELECT
    customer_id,
    product_count,
    ROUND(annual_revenue, 2) as estimated_annual_revenue,
    ROUND(lifetime_value, 2) as customer_lifetime_value,
    CASE
        WHEN lifetime_value > 10000 THEN 'High Value'
        WHEN lifetime_value > 5000 THEN 'Medium Value'
        ELSE 'Low Value'
    END as customer_segment
FROM profitability_analysis
ORDER BY lifetime_value DESC;
"""

LARGE_TRANSACTIONS = """
-- Large Transaction Monitoring (Anti-Money Laundering)
WITH suspicious_patterns AS (
    SELECT
        c.customer_id,
        c.first_name || ' ' || c.last_name as customer_name,
        COUNT(t.transaction_id) as large_transaction_count,
        SUM(t.amount) as total_large_amount,
        AVG(t.amount) as avg_transaction_amount,
        MAX(t.amount) as max_transaction_amount,
        STRING_AGG(DISTINCT t.transaction_type, ', ') as transaction_types
    FROM customers c
    JOIN accounts a ON c.customer_id = a.customer_id
    JOIN transactions t ON a.account_id = t.account_id
    WHERE t.amount > 10000
      AND t.transaction_date >= CURRENT_DATE - INTERVAL '30 days'
      AND t.status = 'COMPLETED'
    GROUP BY c.customer_id, c.first_name, c.last_name
    HAVING COUNT(t.transaction_id) >= 5 OR SUM(t.amount) > 100000
)
SELECT
    customer_id,
    customer_name,
    large_transaction_count,
    ROUND(total_large_amount, 2) as total_amount,
    ROUND(avg_transaction_amount, 2) as avg_amount,
    ROUND(max_transaction_amount, 2) as max_amount,
    transaction_types,
    'REVIEW_REQUIRED' as compliance_status
FROM suspicious_patterns
ORDER BY total_large_amount DESC;
"""

OPERATIONAL = {
    "customers": "customer_id first_name last_name email phone address city state country"
    " date_of_birth customer_since risk_profile credit_score annual_income employment_status",
    "accounts": "account_id customer_id account_type account_number opening_date closing_date"
    " status balance currency interest_rate credit_limit branch_id",
    "products": "product_id product_name product_type category description interest_rate fees"
    " terms_conditions risk_level minimum_balance is_active",
    "transactions": "transaction_id account_id transaction_type amount currency transaction_date"
    " description reference_number counterparty_account status fees exchange_rate",
    "market_data": "data_id symbol data_date open_price high_price low_price close_price volume"
    " market_cap sector",
    "risk_assessments": "assessment_id customer_id assessment_date credit_score risk_category"
    " probability_default assessment_model notes",
    "regulatory_reports": "report_id report_type reporting_period generation_date status file_path"
    " submitted_date regulatory_body",
}

# Dimensions are named in the singular here.
DIMENSIONAL = {
    "fact_transactions": "transaction_key customer_key account_key product_key date_key"
    " transaction_amount fees net_amount transaction_count risk_score",
    "fact_balances": "balance_key customer_key account_key product_key date_key opening_balance"
    " closing_balance average_balance interest_earned fees_charged",
    "dim_customer": "customer_key customer_id customer_name age_group income_bracket risk_profile"
    " customer_tier geographic_region customer_since_year",
    "dim_account": "account_key account_id account_type product_category status branch_region"
    " opening_year account_age_months",
    "dim_product": "product_key product_id product_name product_category risk_level"
    " profitability_tier is_active",
    "dim_date": "date_key full_date year quarter month week day_of_week is_business_day"
    " is_month_end is_quarter_end is_year_end",
    "dim_geography": "geo_key country state city region timezone regulatory_jurisdiction",
}


@pytest.mark.parametrize("table", OPERATIONAL)
def test_the_operational_table_has_the_columns_of_the_document(
    session: psycopg.Connection, table: str
) -> None:
    session.execute(f"select {', '.join(OPERATIONAL[table].split())} from oltp.{table}".encode())


@pytest.mark.parametrize("table", DIMENSIONAL)
def test_the_star_schema_has_the_columns_of_the_document(
    session: psycopg.Connection, table: str
) -> None:
    query = f"select {', '.join(DIMENSIONAL[table].split())} from gold.{table} limit 1"
    assert session.execute(query.encode()).fetchone() is not None


def test_risk_metrics_promise_the_columns_of_the_document() -> None:
    named = "risk_key customer_key product_key date_key credit_score probability_default"
    amounts = "exposure_amount risk_weighted_assets capital_requirement"
    assert {*named.split(), *amounts.split()} <= set(GOLD["fact_risk_metrics"].columns)


def test_credit_risk_portfolio(session: psycopg.Connection) -> None:
    session.execute("set search_path = oltp")
    rows = session.execute(RISK_PORTFOLIO.encode()).fetchall()
    assert rows
    for profile, _, accounts, exposure, pd, loss, rate in rows:
        assert profile in {"LOW", "MEDIUM", "HIGH"}
        assert accounts > 0
        if loss is not None:
            assert 0 < pd < 1
            assert float(rate) == pytest.approx(float(loss) / float(exposure) * 100)


def test_customer_lifetime_value(session: psycopg.Connection) -> None:
    session.execute("set search_path = oltp")
    rows = session.execute(LIFETIME_VALUE.encode()).fetchall()
    assert rows
    for *_, value, segment in rows:
        if value is not None and abs(value - 10000) > 1 and abs(value - 5000) > 1:
            expected = "High" if value > 10000 else "Medium" if value > 5000 else "Low"
            assert segment == f"{expected} Value"


def test_large_transaction_monitoring(session: psycopg.Connection) -> None:
    session.execute("set search_path = oltp")
    cursor = session.execute(LARGE_TRANSACTIONS.encode())
    assert [column.name for column in cursor.description or []] == [
        "customer_id", "customer_name", "large_transaction_count", "total_amount", "avg_amount",
        "max_amount", "transaction_types", "compliance_status",
    ]  # fmt: skip
    assert all(row[2] >= 5 or row[3] > 100000 for row in cursor)
