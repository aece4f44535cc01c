"""Liquidity, credit losses, portfolio, market risk and stress of a small bank."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from finplatform.risk.capital import OwnFunds
from finplatform.risk.ecl.roll_forward import MOVEMENTS
from finplatform.risk.estimates import with_estimates
from finplatform.risk.reports.credit_losses import (
    credit_loss_figures,
    macro_scenarios,
    movement_figures,
)
from finplatform.risk.reports.lineage import FigureLineage
from finplatform.risk.reports.liquidity import (
    deposits_by_kind,
    liquidity_figures,
    monthly_principal,
)
from finplatform.risk.reports.liquidity_lineage import trace_coverage, trace_funding
from finplatform.risk.reports.market import BOOK, market_figures
from finplatform.risk.reports.portfolio import (
    concentration_figures,
    large_exposure_figures,
    portfolio_figures,
)
from finplatform.risk.reports.stress import stress_figures
from finplatform_tests.unit.risk.reports import books
from finplatform_tests.unit.risk.reports.books import JANUARY, MONEY

FEBRUARY, MARCH = date(2026, 2, 28), date(2026, 3, 31)
NO_AVERAGES = books.class_pds(0.0)
CUSTOMERS = pl.DataFrame(
    {
        "customer_key": [number * 10 + position for number in range(4) for position in range(3)],
        "customer_id": [f"C{number}" for number in range(12)],
        "risk_profile": ["LOW", "HIGH"] * 6,
        "country": ["US"] * 11 + [None],
    }
)


def depositors(*amounts: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "reporting_date": [JANUARY] * len(amounts),
            "customer_id": [f"C{number}" for number in range(len(amounts))],
            "amount": [Decimal(amount) for amount in amounts],
        },
        schema={"reporting_date": pl.Date, "customer_id": pl.String, "amount": MONEY},
    )


def unemployment(values: list[float], last: date = JANUARY) -> pl.DataFrame:
    return pl.DataFrame({"indicator_date": books.month_ends(last, len(values)), "value": values})


def test_deposits_up_to_the_insured_limit_are_stable() -> None:
    held = depositors("300000", "1000")
    stable, less_stable = deposits_by_kind(held, Decimal(301_000), JANUARY)
    assert (stable, less_stable) == (Decimal(251_000), Decimal(50_000))


def test_an_instalment_is_the_annuity_of_the_remaining_months() -> None:
    owed, rate, months = np.array([1000.0, 1200.0]), np.array([0.12, 0.0]), np.array([12.0, 12.0])
    # 1000 x 0.01 / (1 - 1.01^-12) = 88.85, a textbook annuity.
    assert monthly_principal(owed, rate, months) == pytest.approx([88.8488, 100.0], abs=1e-4)


def test_liquidity_ratios_are_made_of_the_books_and_followed_to_their_lines() -> None:
    coverage, funding, lines = liquidity_figures(
        books.metrics(JANUARY),
        depositors("15000"),
        books.ledger(JANUARY),
        {JANUARY: Decimal(11_000)},
        "USD",
    )
    row = coverage.row(0, named=True)
    assert row["liquid_assets"] == Decimal(4_000 + 2_000)
    # 5% of insured deposits, all borrowings of 30 days, 5% of 1,200 undrawn, all other liabilities.
    assert row["outflows"] == Decimal(750 + 240 + 60 + 50)
    assert row["counted_inflows"] <= Decimal("0.75") * row["outflows"]
    stable = funding.row(0, named=True)
    # Capital and 70% of 8,000 count in full, deposits at 95%, 15% of borrowings at half.
    assert stable["available_funding"] == Decimal(11_000 + 5_600 + 14_250 + 600)
    lineage = FigureLineage(JANUARY)
    trace_coverage(lineage, row, lines.rows(named=True), JANUARY)
    trace_funding(lineage, stable, lines.rows(named=True))
    totals = pl.DataFrame(lineage.steps, infer_schema_length=None).filter(
        pl.col("relation") == "addend"
    )
    sums = totals.group_by("figure").agg(
        pl.col("figure_amount").first(), pl.col("contribution").sum()
    )
    assert (sums["figure_amount"] == sums["contribution"]).all()


def test_a_bank_without_a_ledger_has_no_liquidity_ratio() -> None:
    found = liquidity_figures(books.metrics(JANUARY), depositors(), books.ledger(), {}, "USD")
    assert all(frame.is_empty() for frame in found)


def test_scenarios_move_with_how_much_unemployment_has_varied() -> None:
    calm = macro_scenarios(unemployment([5.0] * 60), JANUARY)
    wild = macro_scenarios(unemployment([5.0 + (month // 12) % 2 for month in range(60)]), JANUARY)
    short = macro_scenarios(unemployment([5.0, 9.0] * 12), JANUARY)
    assert sum(scenario.weight for scenario in wild) == pytest.approx(1.0)
    by_name = {scenario.name: scenario for scenario in wild}
    assert by_name["adverse"].pd_shift[0] > 0 > by_name["upside"].pd_shift[0]
    assert by_name["adverse"].pd_shift[0] > by_name["adverse"].pd_shift[2]
    for scenario in (*calm, *short):
        assert not any(scenario.pd_shift)


def losses_on(*days: date, days_past_due: int = 0) -> pl.DataFrame:
    book = books.metrics(*days).with_columns(
        days_past_due=pl.when(pl.col("is_defaulted")).then(120).otherwise(days_past_due)
    )
    first = book.select("exposure_id").unique().with_columns(pd_at_origination=pl.lit(0.02))
    return credit_loss_figures(book, first, NO_AVERAGES, unemployment([5.0] * 60), "USD")


def test_the_allowance_is_of_twelve_months_or_of_the_life_by_stage() -> None:
    losses = losses_on(JANUARY)
    assert (losses.filter(stage=1)["allowance"] == losses.filter(stage=1)["ecl_12_months"]).all()
    second = losses.filter(stage=2)
    assert (second["allowance"] == second["ecl_lifetime"]).all()
    assert (second["ecl_lifetime"] > second["ecl_12_months"]).all()
    assert set(losses["stage"]) == {1, 2, 3}
    late = losses_on(JANUARY, days_past_due=31)
    assert set(late["stage"]) == {2, 3}


def test_what_is_learned_later_does_not_change_an_allowance() -> None:
    book = books.metrics(JANUARY)
    first = book.select("exposure_id").unique().with_columns(pd_at_origination=pl.lit(0.02))
    history = [5.0 + (month // 12) % 2 for month in range(60)]
    averages = books.class_pds(0.02, JANUARY)
    known = credit_loss_figures(book, first, averages, unemployment(history), "USD")
    later = unemployment([*history, 30.0], FEBRUARY)
    grown = pl.concat([averages, books.class_pds(0.5, FEBRUARY)])
    assert known.equals(credit_loss_figures(book, first, grown, later, "USD"))


def test_the_long_run_average_is_that_of_the_class_over_the_month_ends_so_far() -> None:
    book = books.metrics(FEBRUARY).with_columns(
        days_past_due=pl.when(pl.col("is_defaulted")).then(120).otherwise(31),
        remaining_months=pl.lit(120),
    )
    first = book.select("exposure_id").with_columns(pd_at_origination=pl.lit(0.02))
    averages = pl.concat([books.class_pds(0.001, JANUARY), books.class_pds(0.003, FEBRUARY)])
    averages = averages.filter(pl.col("exposure_class") != "qrre")
    found = credit_loss_figures(book, first, averages, unemployment([5.0] * 60), "USD")
    kept = credit_loss_figures(book, first, NO_AVERAGES, unemployment([5.0] * 60), "USD")
    assert kept["long_run_pd"].equals(kept["probability_default"].alias("long_run_pd"))
    performs = found.filter(pl.col("stage") == 2)
    has_none = pl.col("exposure_class") == "qrre"
    assert performs.filter(~has_none)["long_run_pd"].to_list() == pytest.approx([0.002] * 6)
    cheaper = found["ecl_lifetime"] < kept["ecl_lifetime"]
    expected = (found["stage"] == 2) & (found["exposure_class"] != "qrre")
    assert cheaper.equals(expected.alias("ecl_lifetime"))
    assert found["ecl_12_months"].equals(kept["ecl_12_months"])


def test_movements_lead_from_one_closing_allowance_to_the_next() -> None:
    losses = losses_on(JANUARY, FEBRUARY, MARCH).with_columns(stage=pl.col("stage").cast(pl.Int64))
    nothing = pl.DataFrame(
        schema={"reporting_date": pl.Date, "exposure_id": pl.String, "amount": MONEY}
    )
    moved = movement_figures(losses, [FEBRUARY, MARCH], nothing, "USD")
    parts = pl.sum_horizontal(pl.col(MOVEMENTS[:-1]))
    assert moved.select((parts == pl.col("closing")).all()).item()
    totals = losses.group_by("reporting_date").agg(pl.col("allowance").sum())
    closing = moved.group_by("reporting_date").agg(pl.col("closing").sum())
    both = closing.join(totals, on="reporting_date")
    assert both.height == 2
    assert (both["closing"] == both["allowance"]).all()


def test_the_portfolio_is_the_book_and_its_loss_rate_the_quotient() -> None:
    metrics = books.metrics(JANUARY)
    products = pl.DataFrame({"product_key": [0, 1], "product_category": ["HOMES", "FIRMS"]})
    found = portfolio_figures(metrics, CUSTOMERS.select("customer_key", "risk_profile"), products)
    assert found["total_exposure"].sum() == metrics["drawn_amount"].sum()
    assert "UNKNOWN" in set(found["product_category"])
    row = found.row(0, named=True)
    assert row["loss_rate_percentage"] == pytest.approx(
        100 * float(row["expected_loss"]) / float(row["total_exposure"])
    )


def test_an_exposure_above_a_quarter_of_tier_1_breaks_the_limit() -> None:
    metrics = books.metrics(JANUARY)
    customers = CUSTOMERS.select("customer_key", "customer_id")
    found = large_exposure_figures(metrics, customers, {JANUARY: Decimal(10_000)}, "USD")
    assert found.row(0, named=True)["is_breach"]
    assert not found.row(-1, named=True)["is_breach"]
    assert found["exposure_amount"].is_sorted(descending=True)
    assert large_exposure_figures(metrics, customers, {}, "USD").is_empty()


def test_concentration_counts_the_members_of_each_dimension() -> None:
    found = concentration_figures(
        books.metrics(JANUARY), CUSTOMERS.select("customer_key", "customer_id", "country")
    )
    members = dict(found.select("dimension", "members").iter_rows())
    assert members == {"debtor": 12, "exposure_class": 4, "product_type": 4, "country": 2}
    assert (found["herfindahl_index"] * found["effective_number"]).to_list() == pytest.approx(
        [1.0] * 4
    )
    assert found.filter(dimension="debtor")["granularity_rate"].item() > 0


def returns(days: int) -> pl.DataFrame:
    rng = np.random.default_rng(7)
    symbols = ("FPX500", "FPBOND", "FPGOLD", "EURUSD")
    dates = [JANUARY - timedelta(days=days - 1 - number) for number in range(days)]
    return pl.DataFrame(
        {
            "data_date": dates * len(symbols),
            "symbol": [symbol for symbol in symbols for _ in range(days)],
            "return_rate": rng.normal(0, 0.01, days * len(symbols)),
        }
    )


def test_value_at_risk_needs_a_hundred_days_and_a_test_a_year_more() -> None:
    held = {JANUARY: Decimal(1_000)}
    assert market_figures(returns(99), [JANUARY], held, "USD").is_empty()
    short = market_figures(returns(100), [JANUARY], held, "USD")
    assert short["zone"].null_count() == short.height
    long = market_figures(returns(600), [JANUARY], held, "USD")
    assert long["zone"].null_count() == 0
    assert (long["lookback_days"] == 250).all()
    assert (long["expected_shortfall_rate"] > 0).all()


def test_the_trading_book_is_diversified_and_valued() -> None:
    found = market_figures(returns(600), [JANUARY], {JANUARY: Decimal(1_000)}, "USD")
    historical = found.filter(method="historical")
    book = historical.filter(portfolio=BOOK).row(0, named=True)
    single = historical.filter(pl.col("portfolio") != BOOK)["value_at_risk_rate"]
    assert book["value_at_risk_rate"] < single.min()
    assert float(book["value_at_risk"]) == pytest.approx(
        1000 * book["value_at_risk_rate"], abs=0.01
    )
    alone = market_figures(returns(600), [JANUARY], {}, "USD")
    assert BOOK not in set(alone["portfolio"])


def test_stress_costs_more_the_more_severe_and_the_reverse_breaks_a_minimum() -> None:
    book = books.metrics(MARCH).with_columns(
        ltv=pl.lit(0.7),
        specific_provision=pl.lit(0),
        turnover_eur_m=pl.lit(None, pl.Float64),
        probability_default=pl.when(~pl.col("is_defaulted")).then(pl.col("probability_default")),
        product_type=pl.lit("PERSONAL_LOAN"),
    )
    book = with_estimates(book.drop("average_lgd"), pl.DataFrame(), pl.DataFrame())
    cells = pl.DataFrame(
        {
            "reporting_date": [MARCH],
            "risk_type": ["operational"],
            "source_table": ["gold.operational_risk"],
            "risk_weighted_assets": [Decimal("1000.00")],
            "sa_risk_weighted_assets": [Decimal("1000.00")],
            "expected_loss": [Decimal("0.00")],
        }
    )
    funds = {MARCH: OwnFunds(Decimal(5_000), Decimal(0), Decimal(0), Decimal(500), Decimal(500))}
    found = stress_figures(book, funds, cells, "USD")
    named = {row["scenario"]: row for row in found.rows(named=True)}
    assert 0 < named["mild"]["credit_loss"] < named["adverse"]["credit_loss"]
    assert named["adverse"]["credit_loss"] < named["severe"]["credit_loss"]
    assert named["reverse"]["severity"] is None or not named["reverse"]["is_minimum_met"]
    poor = {MARCH: OwnFunds(Decimal(2_000), Decimal(0))}
    broken = stress_figures(book, poor, cells, "USD").filter(scenario="reverse")
    assert broken["severity"].item() is not None
    assert not broken["is_minimum_met"].item()
    assert stress_figures(books.metrics(FEBRUARY), funds, cells, "USD").is_empty()
