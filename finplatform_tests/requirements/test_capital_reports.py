"""The capital reports of a bank that was built through the whole graph."""

import json
from decimal import Decimal
from typing import Any

import psycopg

from finplatform.orchestration.checks.lineage import ADDS_UP, wrong_rows
from finplatform_tests.integration.bank import BuiltBank
from finplatform_tests.requirements.conftest import Connection

REPORTS = (
    "fact_standardised_metrics",
    "standardised_parts",
    "minority_interests",
    "own_funds",
    "rwa_by_class",
    "output_floor",
    "operational_risk",
    "business_indicator_years",
    "market_risk_capital",
    "leverage",
    "liquidity_coverage",
    "net_stable_funding",
    "liquidity_lines",
    "expected_credit_loss",
    "ecl_roll_forward",
    "credit_risk_portfolio",
    "large_exposures",
    "concentration",
    "stress_results",
    "model_monitoring",
    "model_calibration",
    "figure_lineage",
)


def test_every_report_has_rows(session: psycopg.Connection) -> None:
    for table in REPORTS:
        (count,) = session.execute(f"select count(*) from gold.{table}").fetchone()  # type: ignore[misc, call-overload]
        assert count > 0, table


def test_the_lineage_adds_up_and_agrees_with_the_reports(session: psycopg.Connection) -> None:
    for what, left, right in session.execute(ADDS_UP.sql(None).encode()):
        assert left == right, what


def test_the_rows_that_the_lineage_names_make_its_figures(session: psycopg.Connection) -> None:
    counted, wrong = wrong_rows(session, None)
    assert counted > 40
    assert wrong == []


def test_a_row_that_changes_is_noticed(session: psycopg.Connection) -> None:
    session.execute(
        "update gold.fact_risk_metrics set risk_weighted_assets = risk_weighted_assets + 1"
        " where risk_key = (select min(risk_key) from gold.fact_risk_metrics where"
        " reporting_date = (select max(reporting_date) from gold.figure_lineage))"
    )
    _, wrong = wrong_rows(session, None)
    assert [row["component"] for row in wrong] == ["exposures"]
    session.rollback()


def test_cells_are_the_sums_of_their_exposures(warehouse: Connection) -> None:
    rows = warehouse.execute(
        """
        select cells.risk_weighted_assets, cells.sa_risk_weighted_assets,
            sum(metrics.risk_weighted_assets) as rwa,
            sum(metrics.sa_risk_weighted_assets) as standardised
        from gold.rwa_by_class as cells
        inner join gold.fact_risk_metrics as metrics
            using (reporting_date, exposure_class, is_defaulted)
        group by cells.reporting_date, cells.exposure_class, cells.is_defaulted,
            cells.risk_weighted_assets, cells.sa_risk_weighted_assets
        """
    ).fetchall()
    assert rows
    for row in rows:
        assert row["risk_weighted_assets"] == row["rwa"]
        assert row["sa_risk_weighted_assets"] == row["standardised"]


def test_a_figure_is_explained_down_to_loans_and_paragraphs(built_bank: BuiltBank) -> None:
    node = json.loads(built_bank.run("capital", "explain", "cet1_ratio", "--rows", "1", "--json"))
    above, below = node["components"]
    ratio = Decimal(above["amount"]) / Decimal(below["amount"])
    assert abs(Decimal(node["value"]) - ratio) < Decimal("0.000001")
    text = json.dumps(node)
    for part in ('"CAP30.13"', '"CRE35.2"', "gold.fact_risk_metrics", '"loan_id"', '"sa_rules"'):
        assert part in text


def test_an_unknown_figure_is_refused_with_those_that_exist(built_bank: BuiltBank) -> None:
    process = built_bank.command("capital", "explain", "no_such_figure")
    _, errors = process.communicate()
    assert process.returncode == 1
    assert "cet1_ratio" in errors
    assert "Traceback" not in errors


def test_what_moved_a_ratio_adds_up_to_the_reported_change(
    built_bank: BuiltBank, warehouse: Connection
) -> None:
    dates = ("2025-01-31", "2025-03-31")
    printed = built_bank.run(
        "capital", "explain", "cet1_ratio", "--compare", dates[0], "--date", dates[1],
        "--depth", "3", "--json",
    )  # fmt: skip
    node = json.loads(printed)
    reported = {
        row["reporting_date"].isoformat(): row["cet1_ratio"]
        for row in warehouse.execute("select reporting_date, cet1_ratio from bi.capital_ratios")
    }
    assert Decimal(node["change"]) == reported[dates[1]] - reported[dates[0]]

    def adds_up(step: dict[str, Any], levels: int) -> None:
        if step["steps"]:
            assert sum(Decimal(part["change"]) for part in step["steps"]) == Decimal(step["change"])
        assert levels >= 0
        for part in step["steps"]:
            adds_up(part, levels - 1)

    adds_up(node, 3)
    assert {step["step"] for step in node["steps"]} == {"capital", "risk_weighted_assets"}


def test_levels_of_an_explanation_end_where_they_are_told(built_bank: BuiltBank) -> None:
    printed = built_bank.run("capital", "explain", "cet1_ratio", "--depth", "2", "--json")
    node = json.loads(printed)
    assert any("from" in component for component in node["components"])
    for component in node["components"]:
        assert all("from" not in part for part in component.get("from", {}).get("components", ()))


def test_the_capital_views_agree_with_the_reports(warehouse: Connection) -> None:
    (row,) = warehouse.execute(
        """
        select
            (select count(*) from bi.capital_ratios) as ratios,
            (select count(*) from gold.capital_adequacy) as adequacy,
            (select count(*) from bi.liquidity_ratios) as liquidity,
            (select count(*) from gold.liquidity_coverage) as coverage,
            (select sum(allowance) from bi.credit_losses where is_latest) as allowance,
            (select sum(closing) from gold.ecl_roll_forward where reporting_date
                = (select max(reporting_date) from gold.ecl_roll_forward)) as closing,
            (select sum(risk_weighted_assets) from bi.risk_weighted_assets where is_latest)
                as cells,
            (select before_floor from gold.output_floor order by reporting_date desc limit 1)
                as before_floor
        """
    ).fetchall()
    assert row["ratios"] == row["adequacy"] > 0
    assert row["liquidity"] == row["coverage"] > 0
    assert row["allowance"] == row["closing"] > 0
    assert row["cells"] == row["before_floor"] > 0


def test_the_portfolio_query_of_the_requirement_gives_the_stored_report(
    warehouse: Connection,
) -> None:
    rows = warehouse.execute(
        """
        select report.total_exposure, report.expected_loss, report.loss_rate_percentage,
            asked.total_exposure as exposure, asked.expected_loss as loss
        from gold.credit_risk_portfolio as report
        inner join (
            select metrics.reporting_date, customers.risk_profile, products.product_category,
                sum(metrics.drawn_amount) as total_exposure,
                sum(metrics.drawn_amount * metrics.probability_default) as expected_loss
            from gold.fact_risk_metrics as metrics
            inner join gold.dim_customer as customers using (customer_key)
            inner join gold.dim_product as products using (product_key)
            group by metrics.reporting_date, customers.risk_profile, products.product_category
        ) as asked using (reporting_date, risk_profile, product_category)
        """
    ).fetchall()
    assert rows
    for row in rows:
        assert row["total_exposure"] == row["exposure"]
        assert abs(float(row["expected_loss"]) - float(row["loss"])) < 0.01
