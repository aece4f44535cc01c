"""Capital adequacy of a book."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from finplatform.risk.adequacy import capital_adequacy

JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)


def _metrics(rows: list[tuple[date, str, str, bool]]) -> pl.DataFrame:
    """Rows of date, standardised RWA, IRB RWA, default."""
    money = pl.Decimal(18, 2)
    return pl.DataFrame(
        {
            "reporting_date": [row[0] for row in rows],
            "date_key": [int(row[0].strftime("%Y%m%d")) for row in rows],
            "exposure_amount": [Decimal("100.00")] * len(rows),
            "drawn_amount": [Decimal("90.00")] * len(rows),
            "expected_loss": [Decimal("1.00")] * len(rows),
            "is_defaulted": [row[3] for row in rows],
            "sa_risk_weighted_assets": [Decimal(row[1]) for row in rows],
            "irb_risk_weighted_assets": [Decimal(row[2]) for row in rows],
        },
        schema_overrides={
            "date_key": pl.Int32,
            "is_defaulted": pl.Boolean,
            "exposure_amount": money,
            "drawn_amount": money,
            "expected_loss": money,
            "sa_risk_weighted_assets": money,
            "irb_risk_weighted_assets": money,
        },
    )


def _own_funds(day: date, **amounts: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "report_date": [day] * len(amounts),
            "component": [name.upper() for name in amounts],
            "amount": [Decimal(amount) for amount in amounts.values()],
        },
        schema_overrides={"amount": pl.Decimal(18, 2)},
    )


OWN_FUNDS = _own_funds(
    JANUARY,
    cet1_instruments="10.00",
    retained_earnings="4.00",
    cet1_deductions="2.00",
    at1_instruments="1.00",
    t2_instruments="2.00",
)


def test_the_ratios_are_own_funds_over_rwa_after_the_floor() -> None:
    # 65% of 100 standardised is the floor of 2026 (RBC90.1): 65 replaces the 50 of IRB.
    metrics = _metrics([(JANUARY, "60.00", "30.00", False), (JANUARY, "40.00", "20.00", True)])
    (row,) = capital_adequacy(metrics, OWN_FUNDS, "USD").rows(named=True)
    assert row["is_floor_binding"]
    assert row["risk_weighted_assets"] == Decimal("65.00")
    assert row["cet1_ratio"] == (Decimal(12) / Decimal(65)).quantize(Decimal("0.000001"))
    assert row["tier1_capital"] == Decimal("13.00")
    assert row["total_capital"] == Decimal("15.00")
    assert row["defaulted_amount"] == Decimal("90.00")
    assert row["exposures"] == 2


def test_a_bank_below_a_minimum_is_not_compliant() -> None:
    metrics = _metrics([(JANUARY, "1000.00", "1000.00", False)])
    (row,) = capital_adequacy(metrics, OWN_FUNDS, "USD").rows(named=True)
    assert row["is_compliant"] is False
    assert row["cet1_surplus"] < 0


def test_the_latest_statement_on_or_before_the_date_counts() -> None:
    metrics = _metrics([(FEBRUARY, "10.00", "10.00", False)])
    later = _own_funds(date(2026, 3, 31), cet1_instruments="99.00")
    (row,) = capital_adequacy(metrics, pl.concat([OWN_FUNDS, later]), "USD").rows(named=True)
    assert row["own_funds_date"] == JANUARY


@pytest.mark.parametrize(
    "own_funds", [OWN_FUNDS.clear(), OWN_FUNDS.with_columns(report_date=FEBRUARY)]
)
def test_without_a_statement_there_is_rwa_but_no_ratio(own_funds: pl.DataFrame) -> None:
    metrics = _metrics([(JANUARY, "10.00", "10.00", False)])
    (row,) = capital_adequacy(metrics, own_funds, "USD").rows(named=True)
    assert row["risk_weighted_assets"] == Decimal("10.00")
    assert row["cet1_ratio"] is None
    assert row["is_compliant"] is None


def test_rules_of_another_date_can_be_asked_for_a_replayed_history() -> None:
    metrics = _metrics([(date(1995, 1, 31), "100.00", "50.00", False)])
    row = capital_adequacy(metrics, OWN_FUNDS, "CZK", rules_as_of=JANUARY).row(0, named=True)
    assert row["output_floor_rate"] == Decimal("0.65")


def test_a_window_without_a_month_end_has_no_rows() -> None:
    assert capital_adequacy(_metrics([]), OWN_FUNDS, "USD").is_empty()
