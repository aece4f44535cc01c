"""Regulatory returns follow the quarters up to the end of the span, and are filed after them."""

from datetime import date

import polars as pl
import pytest

from finplatform.simulate.assessments import regulatory_frame
from finplatform.simulate.config import SimulationConfig


def returns(end: date) -> pl.DataFrame:
    return regulatory_frame(SimulationConfig(end=end))


@pytest.mark.parametrize(
    "end", [date(2025, 12, 31), date(2026, 1, 12), date(2026, 2, 1), date(2028, 2, 29)]
)
def test_nothing_is_generated_or_submitted_after_the_span(end: date) -> None:
    frame = returns(end)
    assert (frame["generation_date"] <= end).all()
    assert (frame["submitted_date"].drop_nulls() <= end).all()
    is_submitted = frame["submitted_date"].is_not_null()
    assert (is_submitted == (frame["status"] == "SUBMITTED")).all()


def test_the_last_quarter_that_could_be_filed_is_there() -> None:
    filed = returns(date(2026, 2, 9)).filter(pl.col("status") == "SUBMITTED")
    assert filed["reporting_period"].max() == "2025Q4"
    assert filed.filter(reporting_period="2025Q4").height == 4
    assert returns(date(2026, 2, 5)).filter(reporting_period="2025Q4")["status"].to_list() == [
        "SUBMITTED",
        "GENERATED",
    ]


def test_a_longer_span_changes_no_return_that_was_submitted() -> None:
    short, long = returns(date(2025, 3, 31)), returns(date(2025, 12, 31))
    submitted = short.filter(pl.col("status") == "SUBMITTED")
    assert submitted.drop("report_id").join(
        long.drop("report_id"), on=submitted.drop("report_id").columns, how="semi"
    ).height == len(submitted)
