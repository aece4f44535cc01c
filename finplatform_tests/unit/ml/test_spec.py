"""Columns become features by name and type, and what may not be one never does."""

from datetime import date

import polars as pl
import pytest

from finplatform.errors import FinplatformError
from finplatform.ml.spec import DEFAULT, PROTECTED, feature_columns


def test_keys_dates_answers_and_protected_attributes_are_never_features() -> None:
    frame = pl.DataFrame(
        {
            "exposure_id": [1],
            "observation_date": [date(2024, 1, 31)],
            "customer_id": [1],
            "branch_id": [1],
            "opened_at": [1],
            "default_month": [1],
            "pd": [0.1],
            DEFAULT.label: [True],
            **{name: ["x"] for name in PROTECTED},
            "credit_score": [700],
            "employment_status": ["EMPLOYED"],
            "snapshot": [date(2024, 1, 31)],
        }
    )
    columns = feature_columns(frame)
    assert columns.names == ("credit_score", "employment_status")
    assert set(columns.ignored) == set(frame.columns) - set(columns.names)


def test_a_window_suffix_keeps_the_declaration() -> None:
    assert (
        DEFAULT.expected("missed_instalments_6m").sign
        == DEFAULT.expected("missed_instalments").sign
        == 1
    )
    assert DEFAULT.expected("shoe_size").sign == 0
    assert DEFAULT.expected("gift_amount").is_log


def test_behaviour_is_looked_at_over_three_months_at_most_and_the_economy_over_any() -> None:
    frame = pl.DataFrame(
        {
            "late_instalments_3m": [1],
            "late_instalments_12m": [1],
            "max_dpd_6m": [1],
            "unemployment_change_12m": [0.1],
        }
    )
    assert feature_columns(frame).names == ("late_instalments_3m", "unemployment_change_12m")


def test_a_declared_number_that_arrives_as_text_is_refused() -> None:
    with pytest.raises(FinplatformError, match="credit_score"):
        feature_columns(pl.DataFrame({"credit_score": ["700"]}))


def test_a_frame_of_keys_alone_is_refused() -> None:
    with pytest.raises(FinplatformError, match="no feature"):
        feature_columns(pl.DataFrame({"exposure_id": [1]}))
