"""Values outside training are brought inside it; unusable columns say why."""

from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from finplatform.errors import FinplatformError
from finplatform.ml.preparation import UNKNOWN_CODE, Preparation, learn_preparation

INF = float("inf")


@pytest.fixture
def prepared() -> Preparation:
    frame = pl.DataFrame(
        {
            "age": list(range(20, 70)),
            "employment_status": ["EMPLOYED", None] * 25,
            "is_staff": [True, False] * 25,
        }
    )
    return learn_preparation(frame, tail=0.0)


def test_infinite_nan_null_and_absent_numbers_are_missing(prepared: Preparation) -> None:
    frame = pl.DataFrame({"age": [INF, -INF, float("nan"), None, 30.0]})
    matrix = prepared.matrix(frame)
    assert np.isnan(matrix[:4, 0]).all()
    assert matrix[4, 0] == 30
    assert np.isnan(matrix[:, 1]).all()


def test_values_beyond_training_count_as_its_ends(prepared: Preparation) -> None:
    frame = pl.DataFrame({"age": [5, 500], "is_staff": [True, False]})
    assert prepared.matrix(frame)[:, :2].tolist() == [[20, 1], [69, 0]]


def test_unknown_levels_are_no_level_and_missing_is_one(prepared: Preparation) -> None:
    frame = pl.DataFrame({"employment_status": ["ASTRONAUT", None, "EMPLOYED"]})
    assert prepared.matrix(frame)[:, 2].tolist() == [UNKNOWN_CODE, 0.0, 1.0]


def test_rare_trouble_is_not_clipped_away() -> None:
    frame = pl.DataFrame({"dpd": [0] * 980 + list(range(1, 21)), "age": range(1000)})
    age, dpd = learn_preparation(frame, tail=0.01).numeric
    assert (age.lower, age.upper) == (10, 989)
    assert (dpd.lower, dpd.upper) == (0, 20)


def test_amounts_enter_by_their_logarithm_and_decimals_are_numbers() -> None:
    frame = pl.DataFrame({"credit_limit": [Decimal("0.00"), Decimal("99.00"), None]})
    matrix = learn_preparation(frame, tail=0.0).matrix(frame)
    assert matrix[:, 0] == pytest.approx([0, np.log(100), np.nan], nan_ok=True)


def test_unusable_columns_are_dropped_with_the_reason() -> None:
    frame = pl.DataFrame(
        {
            "age": [1.0, 2.0] * 20,
            "ltv": [None] * 40,
            "dependents": [2] * 40,
            "city": [f"city {i}" for i in range(40)],
            "channel": ["branch"] * 40,
        },
        schema_overrides={"ltv": pl.Float64},
    )
    assert learn_preparation(frame, tail=0.0).dropped == {
        "ltv": "all missing",
        "dependents": "constant",
        "city": "more than 30 levels",
        "channel": "constant",
    }
    with pytest.raises(FinplatformError, match="varies"):
        learn_preparation(frame.select("dependents", "channel"), tail=0.0)


def test_a_number_that_became_text_is_refused(prepared: Preparation) -> None:
    with pytest.raises(FinplatformError, match="age"):
        prepared.matrix(pl.DataFrame({"age": ["thirty"]}))


def test_preparation_survives_json(prepared: Preparation) -> None:
    assert Preparation.from_dict(prepared.to_dict()) == prepared


@pytest.mark.parametrize(("months", "is_learned"), [(9, False), (10, True)])
def test_the_economy_is_learned_from_five_dates_a_column_on(months: int, is_learned: bool) -> None:
    frame = pl.DataFrame(
        {
            "observation_date": [date(2025, month + 1, 1) for month in range(months)] * 2,
            "unemployment_pct": [4.0 + 0.1 * month for month in range(months)] * 2,
            "gdp_growth_pct": [2.0 - 0.1 * month for month in range(months)] * 2,
            "age": list(range(20, 20 + 2 * months)),
        }
    )
    learned = learn_preparation(frame, tail=0.0)
    economy = {"unemployment_pct", "gdp_growth_pct"}
    assert economy <= set(learned.names if is_learned else learned.dropped)
    assert "age" in learned.names
