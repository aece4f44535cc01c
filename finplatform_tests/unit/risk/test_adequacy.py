"""Capital adequacy of a book."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from finplatform.risk.adequacy import capital_adequacy, credit_by_country

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


def _cells(metrics: pl.DataFrame) -> pl.DataFrame:
    """The loans' cells, as `gold.rwa_by_class` holds them."""
    return metrics.group_by("reporting_date").agg(
        pl.lit("credit").alias("risk_type").first(),
        pl.lit("gold.fact_risk_metrics").alias("source_table").first(),
        pl.col("expected_loss").sum(),
        pl.col("irb_risk_weighted_assets").sum().alias("risk_weighted_assets"),
        pl.col("sa_risk_weighted_assets").sum(),
    )


def _lines(day: date, **amounts: str) -> pl.DataFrame:
    """Lines of own funds, as `gold.own_funds` holds them."""
    tiers = {"at1_instruments": "AT1", "t2_instruments": "T2"}
    return pl.DataFrame(
        {
            "reporting_date": [day] * len(amounts),
            "line": list(amounts),
            "tier": [tiers.get(name, "CET1") for name in amounts],
            "counted_amount": [Decimal(amount) for amount in amounts.values()],
            "statement_date": [JANUARY] * len(amounts),
        },
        schema_overrides={
            "reporting_date": pl.Date,
            "statement_date": pl.Date,
            "counted_amount": pl.Decimal(18, 2),
        },
    )


def _funds(day: date) -> pl.DataFrame:
    return _lines(
        day,
        common_shares="10.00",
        retained_earnings="4.00",
        goodwill="-1.50",
        provision_shortfall="-0.50",
        at1_instruments="1.00",
        t2_instruments="2.00",
    )


def _adequacy(metrics: pl.DataFrame, own_funds: pl.DataFrame, **options: Any) -> dict[str, Any]:
    return capital_adequacy(metrics, _cells(metrics), own_funds, "USD", **options).row(
        0, named=True
    )


def test_the_ratios_are_own_funds_over_rwa_after_the_floor() -> None:
    # 65% of 100 standardised is the floor of 2026 (RBC90.1): 65 replaces the 50 of IRB.
    metrics = _metrics([(JANUARY, "60.00", "30.00", False), (JANUARY, "40.00", "20.00", True)])
    row = _adequacy(metrics, _funds(JANUARY))
    assert row["is_floor_binding"]
    assert row["risk_weighted_assets"] == Decimal("65.00")
    assert row["cet1_ratio"] == (Decimal(12) / Decimal(65)).quantize(Decimal("0.000001"))
    assert row["tier1_capital"] == Decimal("13.00")
    assert row["total_capital"] == Decimal("15.00")
    assert row["provision_shortfall"] == Decimal("0.50")
    assert row["defaulted_amount"] == Decimal("90.00")
    assert row["exposures"] == 2


@pytest.mark.parametrize(
    ("rwa", "is_minimum_met", "is_buffer_met"),
    [("100.00", True, True), ("185.00", True, False), ("200.00", False, False)],
)
def test_the_minimum_and_the_buffers_above_it_are_said_apart(
    rwa: str, is_minimum_met: bool, is_buffer_met: bool
) -> None:
    row = _adequacy(_metrics([(JANUARY, rwa, rwa, False)]), _funds(JANUARY))
    assert (row["is_minimum_met"], row["is_buffer_met"]) == (is_minimum_met, is_buffer_met)


def test_a_bank_below_a_minimum_keeps_all_earnings() -> None:
    row = _adequacy(_metrics([(JANUARY, "1000.00", "1000.00", False)]), _funds(JANUARY))
    assert row["is_minimum_met"] is False
    assert row["is_buffer_met"] is False
    assert row["cet1_surplus"] < 0
    assert row["earnings_conserved_rate"] == 1


def test_without_own_funds_there_is_rwa_but_no_ratio() -> None:
    row = _adequacy(_metrics([(JANUARY, "10.00", "10.00", False)]), _funds(FEBRUARY))
    assert row["risk_weighted_assets"] == Decimal("10.00")
    assert row["cet1_ratio"] is None
    assert row["is_minimum_met"] is None
    assert row["is_buffer_met"] is None


def test_the_countercyclical_buffer_is_that_of_the_countries_by_rwa() -> None:
    metrics = _metrics([(JANUARY, "10.00", "10.00", False)])
    countries = pl.DataFrame(
        {
            "reporting_date": [JANUARY] * 2,
            "country": ["US", "GB"],
            "amount": [Decimal("7.50"), Decimal("2.50")],
        }
    )
    row = _adequacy(metrics, _funds(JANUARY), countries=countries)
    # A quarter of 2% in Britain, nothing at home.
    assert row["countercyclical_rate"] == Decimal("0.005")
    assert row["buffer_required_rate"] == Decimal("0.03")


def test_borrowers_without_a_country_are_left_out_of_the_buffer() -> None:
    metrics = _metrics([(JANUARY, "1.00", "2.00", False)] * 2).with_columns(
        customer_key=pl.Series([1, 2]), risk_weighted_assets=pl.col("irb_risk_weighted_assets")
    )
    customers = pl.DataFrame({"customer_key": [1, 2], "country": ["US", None]})
    (row,) = credit_by_country(metrics, customers).rows()
    assert row == (JANUARY, "US", Decimal("2.00"))


def test_rules_of_another_date_can_be_asked_for_a_replayed_history() -> None:
    metrics = _metrics([(date(1995, 1, 31), "100.00", "50.00", False)])
    row = _adequacy(metrics, _funds(date(1995, 1, 31)), rules_as_of=JANUARY)
    assert row["output_floor_rate"] == Decimal("0.65")


def test_a_window_without_a_month_end_has_no_rows() -> None:
    none = _metrics([])
    assert capital_adequacy(none, _cells(none), _funds(JANUARY), "USD").is_empty()
