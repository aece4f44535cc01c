"""Minority interests by date, and the lines of own funds and the lineage that they make."""

from datetime import date
from decimal import Decimal

import polars as pl

from finplatform.contracts.gold import GOLD
from finplatform.risk.reports.minority_interests import lines_by_date, minority_figures
from finplatform.risk.reports.own_funds import own_funds_figures
from finplatform_tests.unit.risk.reports import books
from finplatform_tests.unit.risk.reports.books import JANUARY, MONEY, STATEMENT


def subsidiaries(*days: date) -> pl.DataFrame:
    amounts = {
        "cet1_amount": 1000, "tier1_amount": 1500, "total_amount": 2300,
        "third_party_cet1_amount": 300, "third_party_tier1_amount": 400,
        "third_party_total_amount": 1000, "risk_weighted_assets": 10_000,
        "consolidated_risk_weighted_assets": 10_000,
    }  # fmt: skip
    rows = [
        {"report_date": day, "subsidiary_id": "S1"}
        | {name: Decimal(amount) for name, amount in amounts.items()}
        for day in days
    ]
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(amounts, MONEY))


def test_the_latest_statement_on_or_before_a_date_holds() -> None:
    before, after = date(2025, 12, 31), date(2026, 2, 28)
    found = minority_figures([JANUARY], subsidiaries(before, after), "USD")
    assert found["statement_date"].unique().to_list() == [before]
    assert found["recognised_amount"].to_list() == [
        Decimal("210.00"),
        Decimal("16.67"),
        Decimal("229.86"),
    ]
    assert set(found.columns) == set(GOLD["minority_interests"].fields)
    assert minority_figures([date(2025, 6, 30)], subsidiaries(before), "USD").is_empty()


def test_what_counts_is_a_line_of_its_tier() -> None:
    held = minority_figures([JANUARY], subsidiaries(JANUARY), "USD")
    provisions = books.provisions("1000", JANUARY)
    with_them, without = (
        own_funds_figures(
            books.metrics(JANUARY), provisions, STATEMENT, "USD", minorities=lines_by_date(rows)
        )
        for rows in (held, None)
    )
    sums = [
        dict(frame.group_by("tier").agg(pl.col("counted_amount").sum()).iter_rows())
        for frame in (with_them, without)
    ]
    added = {tier: sums[0][tier] - sums[1][tier] for tier in sums[0]}
    assert added == {"CET1": Decimal("210.00"), "AT1": Decimal("16.67"), "T2": Decimal("229.86")}


def test_cap30_11_a_reserve_of_hedges_is_filtered_out_of_cet1() -> None:
    extra = books.statement(
        JANUARY, other_comprehensive_income="50.00", cash_flow_hedge_reserve="30.00"
    )
    provisions = books.provisions("1000", JANUARY)
    found = own_funds_figures(
        books.metrics(JANUARY), provisions, pl.concat([STATEMENT, extra]), "USD"
    )
    counted = dict(found.select("line", "counted_amount").iter_rows())
    assert counted["other_comprehensive_income"] == Decimal(50)
    assert counted["cash_flow_hedge_reserve"] == Decimal(-30)
    assert found.filter(line="cash_flow_hedge_reserve")["paragraph"].item() == "CAP30.11"
