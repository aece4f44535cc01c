"""Every parameter that the bank itself or an authority has dated moves some reported figure."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from finplatform.errors import FinplatformError
from finplatform.risk import rules
from finplatform.risk.adequacy import capital_adequacy
from finplatform.risk.capital import OwnFunds
from finplatform.risk.estimates import with_estimates
from finplatform.risk.reports.credit_losses import credit_loss_figures
from finplatform.risk.reports.liquidity import liquidity_figures
from finplatform.risk.reports.market import market_figures
from finplatform.risk.reports.rwa_breakdown import book_lines
from finplatform.risk.reports.standardised import standardised_figures
from finplatform.risk.reports.stress import shock_of, stress_figures
from finplatform.risk.reports.trading_book import trading_book_figures
from finplatform_tests.unit.risk.reports import books
from finplatform_tests.unit.risk.reports.books import JANUARY
from finplatform_tests.unit.risk.reports.test_capital_reports import SECURITIES, Bank
from finplatform_tests.unit.risk.reports.test_risk_reports import (
    depositors,
    returns,
    unemployment,
)
from finplatform_tests.unit.risk.test_rules_are_used import (
    OWN_PARAMETERS,
    RATE,
    change,
    forget_rules,
)

ROWS = [
    row
    for row in rules.rule_rows()
    if row.in_force(JANUARY) and row.rule_id.startswith(OWN_PARAMETERS)
]
COUNTRIES = ("US", "CA", "GB", "DE", "FR")
RETURNS = {days: returns(days) for days in (100, 600)}


def results() -> list[object]:
    """Figures that lean on all of the bank's parameters."""
    ledger = books.ledger(*books.month_ends(JANUARY, 24))
    metrics = books.metrics(JANUARY)
    # One loan at the low weight and one past its term, to stand on both sides of what decides.
    metrics = metrics.with_columns(
        sa_risk_weight=pl.when(pl.col("exposure_id") == "L-00").then(0.35).otherwise(0.75),
        remaining_months=pl.when(pl.col("exposure_id") == "L-10")
        .then(0)
        .otherwise("remaining_months"),
    )
    first = metrics.select("exposure_id").with_columns(pd_at_origination=pl.lit(0.001))
    # Terms that reach beyond the horizon and the way back from it.
    long = metrics.with_columns(
        remaining_months=pl.when(pl.col("remaining_months") > 0)
        .then(120)
        .otherwise("remaining_months")
    )
    history = unemployment([5.0 + (month // 12) % 2 for month in range(60)])
    return [
        trading_book_figures([JANUARY], ledger, SECURITIES, "USD").rows(),
        [
            market_figures(frame, [JANUARY], {JANUARY: Decimal(10**9)}, "USD").rows()
            for frame in (
                RETURNS[100].filter(pl.col("data_date") > RETURNS[100]["data_date"].min()),
                RETURNS[600],
            )
        ],
        [
            frame.rows()
            for frame in liquidity_figures(
                metrics, depositors("249000", "250500"), _rich(), {JANUARY: Decimal(11_000)}, "USD"
            )
        ],
        credit_loss_figures(long, first, books.class_pds(0.01, JANUARY), history, "USD").rows(),
        [shock_of(name, JANUARY) for name in ("mild", "adverse", "severe")],
        _stressed(),
        [part.rows() for part in standardised_figures(*books.standardised(JANUARY), "USD", {})],
        book_lines(JANUARY),
        _buffer(),
    ]


def _rich() -> object:
    """Books with room for both depositors."""
    rows = pl.DataFrame(
        {
            "report_date": [JANUARY] * 4,
            "account_group": ["CASH", "DEPOSITS", "BORROWINGS", "LOANS"],
            "natural_balance": [Decimal(60_000), Decimal(600_000), Decimal(800_000), Decimal(1)],
            "natural_movement": [Decimal(0)] * 4,
        }
    )
    return books.Ledger(rows)


def _stressed() -> list[tuple[object, ...]]:
    march = date(2026, 3, 31)
    book = books.metrics(march).with_columns(
        ltv=pl.lit(0.7),
        specific_provision=pl.lit(0),
        turnover_eur_m=pl.lit(None, pl.Float64),
        probability_default=pl.when(~pl.col("is_defaulted")).then(pl.col("probability_default")),
        product_type=pl.lit("PERSONAL_LOAN"),
    )
    book = with_estimates(book.drop("average_lgd"), pl.DataFrame(), pl.DataFrame())
    cells = pl.DataFrame(
        {
            "reporting_date": [march],
            "risk_type": ["operational"],
            "source_table": ["gold.operational_risk"],
            "risk_weighted_assets": [Decimal("1000.00")],
            "sa_risk_weighted_assets": [Decimal("1000.00")],
            "expected_loss": [Decimal("0.00")],
        }
    )
    return stress_figures(book, {march: OwnFunds(Decimal(5_000), Decimal(0))}, cells, "USD").rows()


def _buffer() -> object:
    bank = Bank()
    countries = pl.DataFrame(
        {
            "reporting_date": [JANUARY] * len(COUNTRIES),
            "country": COUNTRIES,
            "amount": [Decimal(1_000)] * len(COUNTRIES),
        }
    )
    found = capital_adequacy(bank.metrics, bank.cells, bank.funds, "USD", countries=countries)
    return found["countercyclical_rate"].item()


def _rate(row: rules.RuleRow) -> Decimal:
    """What is taken off: a band of maturities or coupons is wider than a hundredth."""
    return Decimal("0.5") if row.rule_id == "BANK.TRADING:bond_fund" else RATE


@pytest.fixture(scope="module")
def unchanged() -> str:
    return repr(results())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.rule_id}[{row.part}]")
def test_a_changed_parameter_changes_a_figure(
    row: rules.RuleRow, unchanged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Shares and weights that no longer make the whole are refused, which is a change as well.
    try:
        change(row, monkeypatch, _rate(row))
        try:
            found = repr(results())
        except (ValueError, FinplatformError) as error:
            found = str(error)
        assert found != unchanged
    finally:
        forget_rules()
