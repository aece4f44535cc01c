"""Monitoring of a model in use."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from finplatform.ml.monitoring import grade_of, monitoring_figures, population_stability

JANUARY = date(2026, 1, 31)


def scores(pds: list[float]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "exposure_id": [f"L-{number}" for number in range(len(pds))],
            "observation_date": [JANUARY] * len(pds),
            "probability_default": pds,
            "model_version": ["pd-1"] * len(pds),
        },
        schema={
            "exposure_id": pl.String,
            "observation_date": pl.Date,
            "probability_default": pl.Float64,
            "model_version": pl.String,
        },
    )


def outcomes(*defaults: bool) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "exposure_id": [f"L-{number}" for number in range(len(defaults))],
            "observation_date": [JANUARY] * len(defaults),
            "is_default_12m": list(defaults),
        },
        schema={
            "exposure_id": pl.String,
            "observation_date": pl.Date,
            "is_default_12m": pl.Boolean,
        },
    )


def test_a_limit_belongs_to_the_grade_below_it() -> None:
    grades = pl.DataFrame({"pd": [0.005, 0.0051, 0.9]}).select(grade_of(pl.col("pd")))
    assert grades.to_series().to_list() == [1, 2, 8]


def test_the_stability_index_is_that_of_a_worked_example() -> None:
    # (0.4 - 0.5) ln(0.4 / 0.5) + (0.6 - 0.5) ln(0.6 / 0.5)
    expected = 0.1 * np.log(0.5 / 0.4) + 0.1 * np.log(0.6 / 0.5)
    found = population_stability(np.array([50.0, 50.0]), np.array([40.0, 60.0]))
    assert found == pytest.approx(expected)
    assert population_stability(np.array([3.0, 7.0]), np.array([30.0, 70.0])) == pytest.approx(0.0)


def test_outcomes_give_discrimination_and_calibration_by_grade() -> None:
    held = scores([0.01, 0.02, 0.3, 0.4])
    months, grades = monitoring_figures(held, held, outcomes(False, False, True, False))
    row = months.row(0, named=True)
    # The defaulter ranks above two of the three others.
    assert row["auc"] == pytest.approx(2 / 3)
    assert row["default_rate"] == 0.25
    assert row["stability_index"] == pytest.approx(0.0)
    assert grades["defaults"].sum() == 1
    assert grades["expected_defaults"].sum() == pytest.approx(0.73)


def test_before_outcomes_are_known_there_is_drift_alone() -> None:
    held = scores([0.01, 0.02])
    months, grades = monitoring_figures(held, held, outcomes())
    assert months["auc"].item() is None
    assert months["default_rate"].item() is None
    assert grades["default_rate"].null_count() == grades.height


def test_no_scores_give_no_rows() -> None:
    empty = scores([])
    months, grades = monitoring_figures(empty, empty, outcomes())
    assert months.is_empty()
    assert grades.is_empty()
