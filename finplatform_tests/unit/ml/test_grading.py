"""Grades of exposures from a model and its scale."""

import numpy as np
import polars as pl
import pytest

from finplatform.ml.event_model import EventModel
from finplatform.ml.grading import exposure_grades, scale_of, through_the_cycle_pd
from finplatform.ml.prior import PriorModel
from finplatform.ml.scoring import Scorer

MODELS = ["learned", "prior"]
NO_OVERRIDES = pl.DataFrame(
    schema={
        "override_id": pl.String,
        "exposure_id": pl.String,
        "decided_date": pl.Date,
        "valid_until": pl.Date,
        "decided_by": pl.String,
        "approved_by": pl.String,
        "from_grade": pl.String,
        "to_grade": pl.String,
    }
)


@pytest.fixture
def scorer(request: pytest.FixtureRequest, small_model: EventModel) -> Scorer:
    return small_model if request.param == "learned" else PriorModel()


@pytest.fixture
def features(small_bank) -> pl.DataFrame:
    number = pl.int_range(pl.len())
    return small_bank.features.with_columns(is_defaulted=number % 50 == 0)


def test_the_economy_moves_the_point_in_time_pd_alone(
    small_model: EventModel, features: pl.DataFrame
) -> None:
    crisis = features.with_columns(unemployment_pct=pl.lit(4.5))
    calm = features.with_columns(unemployment_pct=pl.lit(4.0))
    same = through_the_cycle_pd(small_model, crisis)
    assert np.array_equal(same, through_the_cycle_pd(small_model, calm))
    assert not np.allclose(small_model.log_odds(crisis), small_model.log_odds(calm))


def test_in_an_average_economy_both_pds_agree(
    small_model: EventModel, features: pl.DataFrame
) -> None:
    pipeline = small_model.estimator["columns"].named_transformers_["numeric"]
    position = small_model.preparation.names.index("unemployment_pct")
    average = float(pipeline["scale"].mean_[position])
    here = features.with_columns(unemployment_pct=pl.lit(average))
    cycle = small_model.through_the_cycle_log_odds(here)
    assert cycle == pytest.approx(small_model.log_odds(here), abs=1e-9)


@pytest.mark.parametrize("scorer", MODELS, indirect=True)
def test_every_exposure_has_one_grade_and_no_pd_below_its_floor(
    scorer: Scorer, features: pl.DataFrame, small_bank
) -> None:
    scale = scale_of(scorer, features, small_bank.outcomes)
    grades = exposure_grades(scorer, features, scale, np.full(features.height, 0.03), NO_OVERRIDES)
    assert grades.height == features.height
    assert grades["capital_pd"].min() >= 0.03
    defaulted = grades.filter("is_defaulted")
    assert defaulted["grade"].unique().to_list() == ["D"]
    assert defaulted.select(pl.exclude("exposure_id")).filter(pl.col("capital_pd") != 1).is_empty()
    ordered = grades.filter(~pl.col("is_defaulted")).sort("through_the_cycle_pd")
    assert (ordered["capital_pd"].diff().drop_nulls() >= 0).all()


@pytest.mark.parametrize("scorer", MODELS, indirect=True)
def test_no_rows_give_no_grades(scorer: Scorer, features: pl.DataFrame, small_bank) -> None:
    scale = scale_of(scorer, features.clear(), small_bank.outcomes)
    assert exposure_grades(scorer, features.clear(), scale, np.empty(0), NO_OVERRIDES).is_empty()


def test_the_grade_pds_of_the_made_bank_hold_its_true_rates(
    small_model: EventModel, features: pl.DataFrame, small_bank
) -> None:
    """With the margin, the mean true PD of a grade lies below the grade's PD in most grades."""
    scale = scale_of(small_model, features, small_bank.outcomes)
    pd = through_the_cycle_pd(small_model, features)
    truth = small_bank.truth["true_pd"].to_numpy()
    held = []
    for row in scale.iter_rows(named=True):
        inside = (pd > row["pd_from"]) & (pd <= row["pd_to"])
        if inside.sum() >= 200:
            held.append(truth[inside].mean() <= row["grade_pd"])
    assert len(held) >= 3
    assert np.mean(held) >= 0.75


def test_an_override_changes_grade_and_capital_pd_and_keeps_the_models_own(
    small_model: EventModel, features: pl.DataFrame, small_bank
) -> None:
    scale = scale_of(small_model, features, small_bank.outcomes)
    floors = np.zeros(features.height)
    plain = exposure_grades(small_model, features, scale, floors, NO_OVERRIDES)
    first = plain.filter(~pl.col("is_defaulted"))[0]
    before = first["model_grade"].item()
    after = "8" if before != "8" else "7"
    decision = pl.DataFrame(
        {
            "override_id": ["OV-1"],
            "exposure_id": first["exposure_id"],
            "decided_date": first["observation_date"],
            "valid_until": first["observation_date"],
            "decided_by": ["a"],
            "approved_by": ["b"],
            "from_grade": [before],
            "to_grade": [after],
        }
    )
    changed = exposure_grades(small_model, features, scale, floors, decision)
    row = changed.filter(pl.col("override_id").is_not_null())
    assert row.select("model_grade", "grade").row(0) == (before, after)
    pd_of_grade = dict(scale.select("grade", "grade_pd").iter_rows())
    assert row["capital_pd"].item() == pd_of_grade[after]
    assert row["through_the_cycle_pd"].item() == first["through_the_cycle_pd"].item()
    others = pl.col("override_id").is_null()
    assert changed.filter(others).equals(
        plain.join(row, on=["exposure_id", "observation_date"], how="anti", maintain_order="left")
    )
