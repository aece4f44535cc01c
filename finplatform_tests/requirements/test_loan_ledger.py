"""The loan book and the ledger of a built bank: equal to the cent, and a cent less is noticed."""

from decimal import Decimal

import psycopg
import pytest

from finplatform.orchestration.checks.reconciliation import Reconciliation
from finplatform.orchestration.checks.reconciliations import RECONCILIATIONS
from finplatform_tests.requirements.conftest import Connection

CHECKS = {one.name: one for one in RECONCILIATIONS if one.table == "loan_ledger_reconciliation"}


def _different(session: psycopg.Connection, check: Reconciliation) -> list[str]:
    rows = session.execute(check.sql(None).encode()).fetchall()
    assert rows
    return [what for what, left, right in rows if left != right]


@pytest.mark.parametrize("name", CHECKS)
def test_every_month_end_of_the_ledger_is_reconciled(
    session: psycopg.Connection, name: str
) -> None:
    assert _different(session, CHECKS[name]) == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (
            "loans_equal_ledger",
            "update gold.fact_risk_metrics set drawn_amount = drawn_amount + 0.01"
            " where risk_key = (select min(risk_key) from gold.fact_risk_metrics)",
        ),
        (
            "loans_equal_ledger",
            "update gold.fact_ledger set natural_balance = natural_balance - 0.01 where"
            " ledger_key = (select min(ledger_key) from gold.fact_ledger"
            " where account_group = 'LOANS')",
        ),
        (
            "allowances_equal_ledger",
            "update gold.credit_exposures set specific_provision = specific_provision + 0.01"
            " where risk_key = (select min(risk_key) from gold.credit_exposures)",
        ),
        (
            "allowances_equal_ledger",
            "update gold.expected_credit_loss set allowance = allowance + 0.01 where exposure_id ="
            " (select min(exposure_id) from gold.expected_credit_loss)"
            " and reporting_date = (select max(reporting_date) from gold.expected_credit_loss)",
        ),
    ],
)
def test_one_cent_is_noticed(session: psycopg.Connection, name: str, change: str) -> None:
    session.execute(change.encode())
    assert len(_different(session, CHECKS[name])) == 1
    session.rollback()


def test_the_table_says_so_and_proposes_the_entry(warehouse: Connection) -> None:
    rows = warehouse.execute("select * from gold.loan_ledger_reconciliation").fetchall()
    assert {row["status"] for row in rows} == {"RECONCILED"}
    for row in rows:
        assert row["gross_difference"] == row["allowance_difference"] == Decimal(0)
        assert row["ledger_allowance"] + row["proposed_posting"] == row["expected_credit_loss"]


def test_each_exposure_says_where_its_parameters_are_from(warehouse: Connection) -> None:
    rows = warehouse.execute(
        "select is_defaulted, pd_source, lgd_source, undrawn_amount > 0 as is_drawable, ccf_source"
        " from gold.fact_risk_metrics"
    ).fetchall()
    assert len(rows) > 50
    for row in rows:
        assert (row["pd_source"] == "CRE31.3:default") == row["is_defaulted"]
        assert (row["ccf_source"] is not None) == row["is_drawable"]
        assert row["lgd_source"]
