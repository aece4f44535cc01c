"""No figure that two reports show of a date is left out of the check that compares them."""

from collections import defaultdict

from finplatform.contracts.gold import GOLD
from finplatform.orchestration.checks.figures_agree import SHOWN_IN, TABLES, query

OF_A_DATE = (
    "capital_adequacy", "leverage", "liquidity_coverage", "loan_ledger_reconciliation",
    "net_stable_funding", "operational_risk", "output_floor", "stress_results",
)  # fmt: skip
DIFFERENT = {
    ("minimum_ratio", table) for table in ("leverage", "liquidity_coverage", "net_stable_funding")
} | {
    ("surplus", table) for table in ("leverage", "liquidity_coverage", "net_stable_funding")
} | {
    # Of loans alone, without what the ledger provides for in other ways.
    ("specific_provisions", "loan_ledger_reconciliation"),
    # RWA of one kind of risk: compared as operational RWA.
    ("risk_weighted_assets", "operational_risk"),
    # A scenario passes or fails by its own ratios.
    ("is_minimum_met", "capital_adequacy"),
    ("is_minimum_met", "stress_results"),
}  # fmt: skip
"""Columns of one name that mean another thing in each table."""


def test_reports_of_one_row_a_date_share_no_figure_that_is_not_compared() -> None:
    shared = defaultdict(set)
    for table in OF_A_DATE:
        contract = GOLD[table]
        for column, dtype in contract.dtypes.items():
            if dtype.is_numeric() and column not in {*contract.key, "date_key"}:
                shared[column].add(table)
    for column, tables in shared.items():
        left = {table for table in tables if (column, table) not in DIFFERENT}
        if len(left) > 1:
            assert left <= set(SHOWN_IN.get(column, {})), column


def test_every_compared_column_exists() -> None:
    for tables in SHOWN_IN.values():
        assert len(tables) > 1
        for table, column in tables.items():
            assert column in GOLD[table].columns, (table, column)
    assert set(TABLES) <= set(GOLD)


def test_the_query_counts_dates_on_which_two_tables_differ() -> None:
    shown = query(None)
    assert shown.count("union all") == sum(map(len, SHOWN_IN.values())) - 1
    assert "max(value) <> min(value)" in shown
