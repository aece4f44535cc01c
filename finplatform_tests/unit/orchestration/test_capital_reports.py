"""The capital reports, computed one after the other as the step computes them."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from finplatform.contracts.gold import GOLD
from finplatform.orchestration.assets.risk.capital_reports import CAPITAL, METRICS, POSTINGS
from finplatform.orchestration.assets.risk.lineage_report import LINEAGE
from finplatform.orchestration.assets.risk.report import Frames, ReportContext
from finplatform_tests.unit.risk.reports import books
from finplatform_tests.unit.risk.reports.books import JANUARY, MONEY, STATEMENT
from finplatform_tests.unit.risk.reports.test_capital_reports import SECURITIES
from finplatform_tests.unit.risk.reports.test_minority_interests import subsidiaries

CONTEXT = ReportContext("USD")
EMPTY = pl.DataFrame(schema={"reporting_date": pl.Date})


def queried(*, is_full: bool) -> dict[str, pl.DataFrame]:
    """What reports read by SQL, with a standardised book and a subsidiary or without."""
    book, protection = books.standardised(JANUARY)
    held = subsidiaries(JANUARY)
    reserve = books.statement(
        JANUARY, other_comprehensive_income="50.00", cash_flow_hedge_reserve="30.00"
    )
    return {
        "dates": pl.DataFrame({"reporting_date": [JANUARY]}),
        "book": book if is_full else book.clear(),
        "protection": protection if is_full else protection.clear(),
        "subsidiaries": held if is_full else held.clear(),
        "statements": pl.concat([STATEMENT, reserve]) if is_full else STATEMENT,
        "rates": pl.DataFrame(
            schema={"rate_date": pl.Date, "currency": pl.String, "usd_rate": pl.String}
        ),
        "provisions": books.provisions("1000", JANUARY),
        "ledger": books.ledger_rows(*books.month_ends(JANUARY, 24)),
        "losses": books.losses((date(2025, 3, 1), "30000")),
        "securities": SECURITIES,
        "residence": pl.DataFrame({"customer_key": [0], "country": ["US"]}),
        "allowances": pl.DataFrame(
            schema={"reporting_date": pl.Date, "stage": pl.Int64, "allowance": MONEY}
        ),
    }


def computed(*, is_full: bool) -> dict[str, pl.DataFrame]:
    """Rows of every report, each computed from those before it."""
    entry = pl.DataFrame(
        {"reporting_date": [JANUARY], "proposed_posting": [Decimal("40.00")]},
        schema_overrides={"proposed_posting": MONEY},
    )
    made = {METRICS: books.metrics(JANUARY), POSTINGS.table: entry if is_full else entry.clear()}
    given = queried(is_full=is_full)
    for report in (*CAPITAL, *LINEAGE):
        frames: Frames = {
            name: made.get(columns.table, EMPTY) for name, columns in report.windowed.items()
        } | {name: given[name] for name in report.queries}
        for table, rows in report.rows(frames, CONTEXT).items():
            made[f"gold.{table}"] = rows
    return made


@pytest.mark.parametrize("is_full", [True, False], ids=["with_a_standardised_book", "without"])
def test_every_report_follows_from_those_before_it(is_full: bool) -> None:
    made = computed(is_full=is_full)
    for report in CAPITAL:
        for table in report.makes:
            rows = made[f"gold.{table}"]
            if rows.height:
                assert set(rows.columns) == set(GOLD[table].fields), table
    beside = {"fact_standardised_metrics", "standardised_parts", "minority_interests"}
    assert all(made[f"gold.{table}"].is_empty() != is_full for table in beside)
    assert made["gold.capital_adequacy"]["cet1_ratio"].null_count() == 0


def test_a_standardised_book_and_a_subsidiary_are_explained_to_their_rows() -> None:
    lineage = computed(is_full=True)["gold.figure_lineage"]
    sources = set(lineage["source_table"].drop_nulls())
    assert {
        "gold.fact_standardised_metrics",
        "gold.standardised_parts",
        "gold.minority_interests",
        "gold.loan_ledger_reconciliation",
    } <= sources
    corporate = lineage.filter(figure="rwa.credit.standardised_corporate")
    assert corporate["component"].to_list() == ["collateral", "guarantee", "unprotected"]
