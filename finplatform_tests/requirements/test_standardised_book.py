"""The standardised book of a built bank: every class and kind of protection, from row to ratio."""

from decimal import Decimal

import psycopg
import pytest

from finplatform.orchestration.checks.reconciliation import Reconciliation
from finplatform.orchestration.checks.reconciliations import RECONCILIATIONS
from finplatform.risk.asset_classes import AssetClass
from finplatform.risk.protection import PARTS
from finplatform_tests.requirements.conftest import Connection

TABLES = ("fact_standardised_metrics", "standardised_parts")
CHECKS = {one.name: one for one in RECONCILIATIONS if one.table in TABLES}


def _different(session: psycopg.Connection, check: Reconciliation) -> list[str]:
    rows = session.execute(check.sql(None).encode()).fetchall()
    assert rows
    return [what for what, left, right in rows if left != right]


def test_every_class_is_weighed_and_every_kind_of_part_is_cut(session: psycopg.Connection) -> None:
    found = session.execute(
        "select distinct exposure_class from gold.fact_standardised_metrics"
    ).fetchall()
    assert {name for (name,) in found} == {member.value for member in AssetClass}
    kinds = session.execute("select distinct part_kind from gold.standardised_parts").fetchall()
    assert {kind for (kind,) in kinds} == set(PARTS)


def test_every_measured_exposure_is_in_a_cell_with_all_of_its_assets(warehouse: Connection) -> None:
    row = warehouse.execute(
        """
        select
            (
                select sum(risk_weighted_assets) from gold.rwa_by_class
                where source_table = 'gold.fact_standardised_metrics'
            ) as cells,
            (select sum(risk_weighted_assets) from gold.fact_standardised_metrics) as measured
        """
    ).fetchone()
    assert row is not None
    assert row["cells"] == row["measured"] > 0


def test_protection_lowers_the_assets_of_what_it_covers(warehouse: Connection) -> None:
    row = warehouse.execute(
        """
        select
            sum(sa_risk_weighted_assets) as assets,
            sum(sa_exposure_amount * debtor_weight::numeric) as bare
        from gold.fact_standardised_metrics
        where protected_amount > 0
        """
    ).fetchone()
    assert row is not None
    assert Decimal(0) < row["assets"] < row["bare"]


def test_corporate_assets_are_explained_by_what_covers_them(session: psycopg.Connection) -> None:
    found = session.execute(
        """
        select component, source_table from gold.figure_lineage
        where
            figure = 'rwa.credit.standardised_corporate'
            and reporting_date = (select max(reporting_date) from gold.figure_lineage)
        order by position
        """
    ).fetchall()
    assert [component for component, _ in found] == ["collateral", "guarantee", "unprotected"]
    assert {table for _, table in found} == {"gold.standardised_parts"}


def test_minority_interests_and_the_filtered_reserve_are_lines_of_own_funds(
    session: psycopg.Connection,
) -> None:
    found = dict(
        session.execute(
            """
            select line, counted_amount from gold.own_funds
            where reporting_date = (select max(reporting_date) from gold.own_funds)
            """
        ).fetchall()
    )
    assert found["minority_interest"] > 0
    assert found["at1_minority_interest"] > 0
    assert found["t2_minority_interest"] > 0
    assert found["other_comprehensive_income"] == -found["cash_flow_hedge_reserve"] > 0


@pytest.mark.parametrize("name", CHECKS)
def test_every_month_end_is_reconciled(session: psycopg.Connection, name: str) -> None:
    assert _different(session, CHECKS[name]) == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (
            "wholesale_assets_equal_ledger",
            "update gold.fact_standardised_metrics set drawn_amount = drawn_amount + 0.01"
            " where exposure_id = (select max(exposure_id) from gold.fact_standardised_metrics)"
            " and reporting_date = (select max(reporting_date)"
            " from gold.fact_standardised_metrics)",
        ),
        (
            "parts_equal_their_exposures",
            "update gold.standardised_parts set risk_weighted_assets = risk_weighted_assets + 0.01"
            " where exposure_id = (select max(exposure_id) from gold.fact_standardised_metrics)"
            " and part = 1 and reporting_date = (select max(reporting_date)"
            " from gold.fact_standardised_metrics)",
        ),
    ],
)
def test_one_cent_is_noticed(session: psycopg.Connection, name: str, change: str) -> None:
    session.execute(change.encode())
    assert len(_different(session, CHECKS[name])) == 1
    session.rollback()
