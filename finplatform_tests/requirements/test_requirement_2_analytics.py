"""Document 2, "Analytics Suite": each output that it lists has its table, whose parts add up."""

import math

import psycopg
import pytest

from finplatform.analytics.churn_drivers import DRIVERS
from finplatform.analytics.comparisons import wilson
from finplatform.analytics.retention import STEPS
from finplatform.oltp.codes import DECLINE_REASONS
from finplatform_tests.requirements.conftest import Connection

pytestmark = pytest.mark.integration

LAST = "(select max(month_end) from gold.{table})"
DEMOGRAPHICS = {
    "SEX", "AGE_GROUP", "INCOME_BAND", "EMPLOYMENT", "SEGMENT", "RISK_CLASS", "REGION", "COUNTRY",
    "TENURE",
}  # fmt: skip


def _off(session: psycopg.Connection, table: str, keys: str, sums: str) -> list[object]:
    """Breakdowns of a long table whose members do not add up to its total."""
    columns = sums.split()
    added = ", ".join(f"sum({name}) as {name}" for name in columns)
    differs = " or ".join(f"parts.{name} is distinct from totals.{name}" for name in columns)
    query = f"""
        with parts as (
            select {keys}, breakdown, {added} from gold.{table} group by {keys}, breakdown
        )
        select parts.* from parts
        inner join parts as totals using ({keys})
        where totals.breakdown = 'TOTAL' and ({differs})
    """
    return session.execute(query.encode()).fetchall()


def test_descriptive_account_status(session: psycopg.Connection) -> None:
    stored = dict(
        session.execute(
            "select member, unit_count from gold.stock_months where subject = 'ACCOUNT'"
            " and breakdown = 'STATUS'"
            " and month_end = (select max(month_end) from gold.stock_months)"
        ).fetchall()
    )
    asked = dict(
        session.execute(
            "select status, count(*) from oltp.accounts where opening_date <= '2025-03-31'"
            " group by status"
        ).fetchall()
    )
    assert stored == asked
    assert len(stored) > 1


def test_descriptive_customer_demographics(session: psycopg.Connection) -> None:
    found = session.execute(
        "select distinct breakdown from gold.stock_months where subject = 'CUSTOMER'"
    ).fetchall()
    assert {row[0] for row in found} == {"TOTAL", *DEMOGRAPHICS}
    keys = "month_end, subject, currency"
    sums = "unit_count opened_count deposit_balance owed_amount"
    assert _off(session, "stock_months", keys, sums) == []
    (sexes,) = session.execute(
        "select count(*) from gold.stock_months where breakdown = 'SEX' and member in ('F', 'M')"
    ).fetchone()  # type: ignore[misc]
    assert sexes > 0


def test_descriptive_top_merchants(session: psycopg.Connection) -> None:
    rows = session.execute(
        "select month_end, currency, sum(volume_share), min(volume_rank), max(volume_rank),"
        " count(*) from gold.merchant_months group by month_end, currency"
    ).fetchall()
    assert rows
    for _, _, share, first, last, merchants in rows:
        assert share == pytest.approx(1)
        assert (first, last) == (1, merchants)
    different = session.execute(
        "select merchant_key from gold.merchant_months as months full join ("
        " select transaction_month as month_end, account_currency as currency, merchant_key,"
        " sum(transaction_amount_abs) filter (where is_completed) as volume"
        " from gold.fact_transactions where transaction_type = 'CARD_PAYMENT'"
        " and merchant_key <> -1 group by 1, 2, 3"
        ") as asked using (month_end, currency, merchant_key)"
        " where months.volume_amount <> coalesce(asked.volume, 0) or months.payment_count is null"
    ).fetchall()
    assert different == []


def test_descriptive_product_performance_with_loans(session: psycopg.Connection) -> None:
    lent = session.execute(
        "select months.month_end, sum(months.owed_amount) filter ("
        " where months.product_category = 'LENDING'), ("
        " select sum(drawn_amount) from gold.credit_exposures where exposure_type = 'LOAN'"
        " and reporting_date = months.month_end)"
        " from gold.product_months as months group by months.month_end"
    ).fetchall()
    assert len(lent) == 3
    for _, stored, asked in lent:
        assert stored == asked
        assert asked > 0
    held = session.execute(
        "select month_end, sum(held_amount) from gold.product_months group by month_end"
        " except select month_end, deposit_balance from gold.stock_months"
        " where subject = 'ACCOUNT' and breakdown = 'TOTAL'"
    ).fetchall()
    assert held == []
    cards = session.execute(
        "select sum(fee_income) from gold.product_months where product_category = 'CARDS'"
    ).fetchone()
    assert cards is not None
    assert cards[0] > 0


def test_diagnostic_transaction_decline_reasons(session: psycopg.Connection) -> None:
    reasons = session.execute(
        "select decline_reason, is_failed, count(*) from gold.fact_transactions group by 1, 2"
    ).fetchall()
    assert all((reason is not None) == failed for reason, failed, _ in reasons)
    assert {reason for reason, failed, _ in reasons if failed} <= set(DECLINE_REASONS)
    keys = "month_end, measure"
    query = f"""
        with sums as (
            select {keys}, sum(numerator) as cases, min(denominator) as possible, breakdown
            from gold.rate_months where measure = 'DECLINE' and breakdown in ('TOTAL', 'CAUSE')
            group by {keys}, breakdown
        )
        select causes.*, totals.* from sums as causes
        inner join sums as totals using ({keys})
        where causes.breakdown = 'CAUSE' and totals.breakdown = 'TOTAL'
    """
    rows = session.execute(query.encode()).fetchall()
    assert rows
    for row in rows:
        assert row[2:4] == row[7:9]
    named = session.execute(
        "select count(*) from gold.rate_months as rates"
        " inner join silver.decline_reasons as reasons on rates.member = reasons.decline_reason"
        " where rates.measure = 'DECLINE' and rates.breakdown = 'CAUSE'"
        " and reasons.iso_8583_code is not null"
    ).fetchone()
    assert named is not None
    assert named[0] > 0


def test_diagnostic_churn_root_causes(warehouse: Connection) -> None:
    rows = warehouse.execute("select * from gold.churn_drivers").fetchall()
    # Three months after a date are needed, and the bank of the tests holds three in all.
    assert {row["driver"] for row in rows} <= {*DRIVERS, "NONE", "BASE"}
    assert _contract_columns(warehouse, "churn_drivers") >= {"lift", "p_value", "share_of_lapses"}


def test_diagnostic_customer_service_issues(session: psycopg.Connection) -> None:
    asked = session.execute(
        "select reason, count(*), count(*) filter (where not is_resolved)"
        " from gold.fact_interactions group by reason order by reason"
    ).fetchall()
    stored = session.execute(
        "select member, sum(denominator), sum(numerator) from gold.rate_months"
        " where measure = 'UNRESOLVED_CONTACT' and breakdown = 'REASON'"
        " group by member order by member"
    ).fetchall()
    assert stored == asked
    assert len(asked) > 3


def test_exploratory_spending_behaviour_patterns(session: psycopg.Connection) -> None:
    keys = "month_end, currency, day_of_week, transaction_hour"
    sums = "attempt_count completed_count failed_count flagged_count fraud_count volume_amount"
    assert _off(session, "activity_hours", keys, sums) == []
    different = session.execute(
        "select month_end, currency, sum(attempt_count), sum(volume_amount)"
        " from gold.activity_hours where breakdown = 'TOTAL' group by month_end, currency"
        " except select month_end, currency, attempt_count, volume_amount"
        " from gold.activity_months where breakdown = 'TOTAL'"
    ).fetchall()
    assert different == []
    (cells,) = session.execute(
        "select count(distinct (member, day_of_week)) from gold.activity_hours"
        " where breakdown = 'MERCHANT_CATEGORY'"
    ).fetchone()  # type: ignore[misc]
    assert cells > 20


def test_exploratory_geographic_patterns(session: psycopg.Connection) -> None:
    rows = session.execute(
        "select level, sum(customer_count), sum(spending_amount_12m), sum(customer_share)"
        " from gold.geographic_patterns group by level"
    ).fetchall()
    assert {row[0] for row in rows} == {"TOTAL", "REGION", "COUNTRY", "STATE", "CITY"}
    assert len({row[1:3] for row in rows}) == 1
    assert all(row[3] == pytest.approx(1) for row in rows)


def test_inferential_cohort_analysis(session: psycopg.Connection) -> None:
    rows = session.execute(
        "select observed_customers, active_customers, active_share, active_share_lower,"
        " active_share_upper, retained_customers, cohort_size from gold.cohort_retention"
        " order by cohort_quarter, months_since"
    ).fetchall()
    assert rows, "customers joined in the quarter that is held"
    for observed, active, share, lower, upper, retained, size in rows:
        assert (lower, upper) == pytest.approx(wilson(active, observed))
        assert share == active / observed
        assert retained <= observed <= size


def test_predictive_feature_importance(session: psycopg.Connection) -> None:
    rows = session.execute(
        "select model, sum(importance), count(*), max(importance_rank)"
        " from gold.feature_importance group by model"
    ).fetchall()
    for _, importance, features, last in rows:
        assert math.isclose(importance, 1, abs_tol=1e-9)
        assert features == last


def test_prescriptive_intervention_budgets_and_expected_roi(warehouse: Connection) -> None:
    rows = warehouse.execute("select * from gold.intervention_budgets").fetchall()
    whole = next(row for row in rows if row["objective"] == "ALL")
    parts = [row for row in rows if row["objective"] != "ALL"]
    for name in ("planned_amount", "contacts", "expected_value"):
        assert sum(row[name] for row in parts) == pytest.approx(whole[name], abs=0.02)
    planned = warehouse.execute(
        "select count(*) as n from gold.prescriptive_analytics where recommended_action = 'CONTACT'"
    ).fetchone()
    assert planned is not None
    assert planned["n"] == whole["contacts"]
    for row in rows:
        if row["planned_amount"]:
            assert row["expected_roi"] == pytest.approx(
                float(row["expected_value"] / row["planned_amount"])
            )


def test_prescriptive_retention_action_plans(warehouse: Connection) -> None:
    steps = warehouse.execute("select * from gold.retention_steps order by step_number").fetchall()
    assert [row["step"] for row in steps] == list(STEPS)
    likely = warehouse.execute(
        "select count(*) as n from gold.predictive_analytics where churn_risk_score > 0.7"
        " and observation_date = (select max(observation_date) from gold.predictive_analytics)"
    ).fetchone()
    assert likely is not None
    assert steps[0]["customers"] == likely["n"]
    running = 0.0
    for row in steps:
        running += row["change_customers"]
        assert running == pytest.approx(row["customers"])
    offered = warehouse.execute(
        "select count(*) as n from gold.prescriptive_analytics where objective = 'RETENTION'"
    ).fetchone()
    assert offered is not None
    assert offered["n"] == steps[4]["customers"]


def test_a_customer_has_one_lifetime_value_in_all_tables(session: psycopg.Connection) -> None:
    rows = session.execute(
        "select count(*), count(*) filter (where value.customer_lifetime_value"
        " is distinct from predicted.customer_lifetime_value)"
        " from gold.customer_lifetime_value as value full join gold.predictive_analytics"
        " as predicted using (customer_id, observation_date)"
    ).fetchone()
    assert rows is not None
    assert rows[0] > 0
    assert rows[1] == 0


def test_causal_economic_impact_analysis(session: psycopg.Connection) -> None:
    total = session.execute(
        "select whole.month_end from gold.economic_months as whole inner join ("
        " select month_end, sum(customer_count) as customers, sum(spending_amount) as spending"
        " from gold.economic_months where country <> 'ALL' group by month_end"
        ") as parts using (month_end)"
        " where whole.country = 'ALL' and (whole.customer_count, whole.spending_amount)"
        " is distinct from (parts.customers, parts.spending)"
    ).fetchall()
    assert total == []
    (known,) = session.execute(
        "select count(*) from gold.economic_months where country = 'ALL'"
        " and unemployment_pct is not null"
    ).fetchone()  # type: ignore[misc]
    assert known == 3


def test_causal_product_impact_on_lifetime_value(warehouse: Connection) -> None:
    columns = _contract_columns(warehouse, "causal_analytics")
    assert {"product_type", "indicator_code", "are_checks_passed", "not_concluded"} <= columns


def test_competitive_position_compares_every_type_of_product(session: psycopg.Connection) -> None:
    rows = session.execute(
        "select product_type, count(distinct offer_date), min(competitor_count),"
        " bool_and(competitor_median_rate between least(competitor_best_rate,"
        " competitor_worst_rate) and greatest(competitor_best_rate, competitor_worst_rate))"
        " from gold.competitive_position group by product_type"
    ).fetchall()
    assert len(rows) == 7
    assert all(row[1] >= 1 and row[2] == 5 and row[3] for row in rows)


def _contract_columns(warehouse: Connection, table: str) -> set[str]:
    rows = warehouse.execute(
        "select column_name from information_schema.columns"
        " where table_schema = 'gold' and table_name = %s",
        (table,),
    ).fetchall()
    return {row["column_name"] for row in rows}
