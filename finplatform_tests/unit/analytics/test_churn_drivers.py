"""Drivers of falling silent: rates and shares by hand, parts that add up, and a planted cause."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from finplatform.analytics.churn_drivers import BASE, DRIVERS, NEEDED, NONE, churn_drivers
from finplatform.contracts.analytics import ANALYTICS

QUIET = {
    "fees_charged_3m": 0.0, "failed_count_3m": 0, "complaints_3m": 0, "unresolved_contacts_3m": 0,
    "balance_change_3m": 0.0, "transaction_trend_3m": 1.0, "salary_months_6m": 0,
    "salary_amount_3m": 0.0, "num_contracts": 3, "tenure_months": 60, "max_days_past_due": 0,
    "fraud_count_12m": 0,
}  # fmt: skip


def _rows(count: int, lapses: int, **changes: object) -> pl.DataFrame:
    row = {"customer_id": "C1", "observation_date": date(2025, 3, 31), **QUIET, **changes}
    frame = pl.DataFrame([{**row, "has_lapsed": number < lapses} for number in range(count)])
    return frame.select(NEEDED)


def _drivers(*parts: pl.DataFrame) -> dict[str, dict[str, object]]:
    found = churn_drivers(date(2025, 3, 31), pl.concat(parts, how="vertical_relaxed"))
    contract = ANALYTICS["churn_drivers"]
    contract.schema.validate(found.select(contract.columns).cast(pl.Schema(contract.dtypes)))
    return {row["driver"]: row for row in found.iter_rows(named=True)}


def test_rates_lift_and_shares_are_those_worked_out_by_hand() -> None:
    found = _drivers(
        _rows(100, 20, fees_charged_3m=5.0), _rows(50, 5, complaints_3m=1), _rows(250, 15)
    )
    fees = found["FEES"]
    assert (fees["customers"], fees["lapsed"]) == (100, 20)
    assert (fees["other_customers"], fees["other_lapsed"]) == (300, 20)
    assert fees["lapse_rate"] == pytest.approx(0.2)
    assert fees["base_rate"] == pytest.approx(0.1)
    assert fees["lift"] == pytest.approx(2)
    assert fees["risk_ratio"] == pytest.approx(0.2 / (20 / 300))
    assert fees["share_of_lapses"] == pytest.approx(0.5)
    assert fees["method"] == "CHI_SQUARE"
    # Chi-square of (20, 80; 20, 280): 400 (20 x 280 - 80 x 20)^2 / (100 x 300 x 40 x 360)
    assert fees["p_value"] == pytest.approx(0.000118, abs=1e-6)
    assert fees["is_significant"]
    assert found[NONE]["lapsed"] == 15
    assert found[BASE]["lapsed"] == 40


def test_each_lapse_is_assigned_once_to_the_driver_with_the_highest_rate() -> None:
    found = _drivers(
        _rows(40, 20, fees_charged_3m=5.0),
        _rows(40, 4, complaints_3m=1),
        _rows(20, 5, fees_charged_3m=5.0, complaints_3m=1),
        _rows(100, 3),
    )
    # Of fees 25 of 60 lapsed, of complaints 9 of 60: the five with both go to fees.
    assert found["FEES"]["assigned_lapses"] == 25
    assert found["COMPLAINT"]["assigned_lapses"] == 4
    assert found[NONE]["assigned_lapses"] == 3
    parts = [row["assigned_share"] for code, row in found.items() if code != BASE]
    assert sum(parts) == pytest.approx(1)  # type: ignore[arg-type]


def test_a_planted_cause_is_significant_and_the_others_are_not() -> None:
    rng = np.random.default_rng(4)
    size = 6_000
    stopped = rng.random(size) < 0.1
    frame = _rows(size, 0).with_columns(
        salary_months_6m=pl.Series(stopped * 3),
        fees_charged_3m=pl.Series(rng.random(size) < 0.3).cast(pl.Float64),
        tenure_months=pl.Series(rng.integers(0, 90, size)),
        has_lapsed=pl.Series(rng.random(size) < 0.03 + 0.09 * stopped),
    )
    found = _drivers(frame)
    assert [code for code, row in found.items() if row["is_significant"]] == ["PAY_STOPPED"]
    row = found["PAY_STOPPED"]
    assert row["risk_ratio_lower"] < 4 < row["risk_ratio_upper"]  # type: ignore[operator]


def test_a_driver_that_nobody_has_says_why_it_is_not_tested() -> None:
    found = _drivers(_rows(50, 5))
    for code in DRIVERS:
        assert found[code]["customers"] == 0
        assert found[code]["lapse_rate"] is None
        assert found[code]["not_tested_reason"]
    assert found[NONE]["assigned_share"] == 1


def test_a_bank_without_lapses_has_rates_of_nothing() -> None:
    found = _drivers(_rows(50, 0, fees_charged_3m=1.0), _rows(50, 0))
    assert found["FEES"]["lapse_rate"] == 0
    assert found["FEES"]["share_of_lapses"] is None
    assert found[BASE]["assigned_share"] is None
