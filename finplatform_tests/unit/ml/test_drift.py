"""Stability against the training dates."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from finplatform.ml.dataset import Dataset, build
from finplatform.ml.drift import SCHEMA, SCORE, feature_drift, with_reference
from finplatform.ml.event_model import EventModel
from finplatform.ml.scoring import pd_of
from finplatform.ml.spec import ECONOMY


@pytest.fixture(scope="module")
def features(small_bank: Any) -> pl.DataFrame:
    return small_bank.features.with_columns(is_defaulted=pl.lit(value=False))


@pytest.fixture(scope="module")
def watched(small_model: EventModel, features: pl.DataFrame) -> EventModel:
    return with_reference(small_model, features)


def _drift(model: EventModel, features: pl.DataFrame) -> dict[str, dict[str, Any]]:
    rows = feature_drift(model, features, pd_of(model.log_odds(features)))
    last = rows.filter(pl.col("observation_date") == pl.col("observation_date").max())
    return {row["feature"]: row for row in last.iter_rows(named=True)}


@pytest.fixture(scope="module")
def latest(features: pl.DataFrame) -> pl.DataFrame:
    return features.filter(pl.col("observation_date") == pl.col("observation_date").max())


def test_the_months_of_training_have_not_moved(watched: EventModel, features: pl.DataFrame) -> None:
    start = pl.lit(watched.facts["data"]["train_to"]).str.to_date()
    rows = feature_drift(watched, features, pd_of(watched.log_odds(features)))
    assert rows.schema == SCHEMA
    steady = rows.filter(
        (pl.col("observation_date") <= start)
        & pl.col("feature").is_in(["credit_score", "annual_income", "product_type", "ltv"])
    )
    assert (steady["traffic_light"] == "GREEN").all()
    assert (steady["stability_index"] < 0.05).all()


def test_the_index_is_that_of_the_shares_per_bin(
    watched: EventModel, features: pl.DataFrame, latest: pl.DataFrame
) -> None:
    result = watched.facts["distributions"]["features"]["product_type"]
    expected = np.array(result["counts"]) / sum(result["counts"])
    counts = [latest.filter(product_type=level).height for level in result["levels"]]
    actual = np.array([*counts, 0, 0]) / latest.height
    e, a = np.maximum(expected, 1e-4), np.maximum(actual, 1e-4)
    found = _drift(watched, latest)["product_type"]["stability_index"]
    assert found == pytest.approx(float(((a - e) * np.log(a / e)).sum()))


def test_a_moved_feature_is_red_and_the_others_are_not(
    watched: EventModel, latest: pl.DataFrame
) -> None:
    poorer = latest.with_columns(annual_income=pl.col("annual_income") / 3)
    rows = _drift(watched, poorer)
    assert rows["annual_income"]["traffic_light"] == "RED"
    assert rows["credit_score"]["traffic_light"] == "GREEN"
    assert rows[SCORE]["stability_index"] > _drift(watched, latest)[SCORE]["stability_index"]


def test_values_that_go_missing_are_drift(watched: EventModel, latest: pl.DataFrame) -> None:
    rows = _drift(watched, latest.with_columns(credit_score=pl.lit(None, dtype=pl.Float64)))
    assert rows["credit_score"]["traffic_light"] == "RED"
    assert rows["credit_score"]["missing_rate"] == 1.0
    assert rows["credit_score"]["reference_missing_rate"] == pytest.approx(0.05, abs=0.02)


def test_of_a_few_borrowers_a_large_index_may_be_chance(
    watched: EventModel, latest: pl.DataFrame
) -> None:
    rows = _drift(watched, latest[:8])
    assert rows["annual_income"]["stability_index"] > 0.25
    assert rows["annual_income"]["traffic_light"] == "GREEN"


def test_the_economy_is_judged_by_its_range(watched: EventModel, latest: pl.DataFrame) -> None:
    inside = _drift(watched, latest.with_columns(unemployment_pct=pl.lit(4.1)))
    outside = _drift(watched, latest.with_columns(unemployment_pct=pl.lit(9.0)))
    assert inside["unemployment_pct"]["stability_index"] > 0.25
    assert inside["unemployment_pct"]["traffic_light"] == "GREEN"
    assert outside["unemployment_pct"]["traffic_light"] == "RED"
    assert outside["unemployment_pct"]["outside_rate"] == 1.0


def test_another_reference_is_another_version(
    small_model: EventModel, watched: EventModel, features: pl.DataFrame
) -> None:
    half = with_reference(small_model, features[::2])
    assert len({small_model.model_version, watched.model_version, half.model_version}) == 3


def test_no_rows_and_no_reference_give_no_rows(
    small_model: EventModel, watched: EventModel, latest: pl.DataFrame
) -> None:
    assert feature_drift(watched, latest.clear(), np.empty(0)).is_empty()
    assert feature_drift(small_model, latest, pd_of(small_model.log_odds(latest))).is_empty()


def _with_late_instalments(features: pl.DataFrame, *windows: int) -> pl.DataFrame:
    """Late instalments of an unchanged population, counted from the first loaded month on."""
    rng = np.random.default_rng(3)
    # The exposures of the made bank age together, which is a moved population.
    ordered = features.sort("exposure_id", "observation_date").drop("months_on_book")
    late = ordered.with_columns(late=pl.Series(rng.poisson(0.3, ordered.height)))
    return late.with_columns(
        pl.col("late")
        .rolling_sum(months, min_samples=1)
        .over("exposure_id")
        .alias(f"late_instalments_{months}m")
        for months in windows
    ).drop("late")


def test_behaviour_of_an_unchanged_population_stays_green_as_the_history_grows(
    small_bank: Any, features: pl.DataFrame, train_quickly: Callable[[Dataset], EventModel]
) -> None:
    seen = _with_late_instalments(features, 3, 12)
    model = train_quickly(build(seen, small_bank.outcomes))
    rows = _drift(with_reference(model, seen), seen)
    assert rows["late_instalments_3m"]["traffic_light"] == "GREEN"
    assert {name for name, row in rows.items() if row["traffic_light"] == "RED"} <= ECONOMY
    # What a year counts grows with the history: a model that read it would see rising risk.
    assert "late_instalments_12m" not in rows


def test_a_years_window_over_a_young_history_would_be_red(
    small_bank: Any,
    features: pl.DataFrame,
    train_quickly: Callable[[Dataset], EventModel],
) -> None:
    seen = _with_late_instalments(features, 12).rename({"late_instalments_12m": "late_payments"})
    model = train_quickly(build(seen, small_bank.outcomes))
    assert _drift(with_reference(model, seen), seen)["late_payments"]["traffic_light"] == "RED"
