"""The model recovers a known truth, from the past alone, to the same bits every time."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from finplatform.ml import metrics
from finplatform.ml.dataset import Dataset, build
from finplatform.ml.event_model import EventModel, score

Train = Callable[[Dataset], EventModel]
INF = float("inf")


def _test_figures(model: EventModel) -> dict[str, Any]:
    return model.facts["metrics"]["out_of_time"]


def test_out_of_time_discrimination_comes_close_to_the_oracles(
    model: EventModel, dataset: Dataset, bank: Any
) -> None:
    known = dataset.test.join(
        bank.truth, on=["exposure_id", "observation_date"], maintain_order="left"
    )
    outcome = known["is_default_12m"].cast(pl.Float64).to_numpy()
    oracle = metrics.auc(outcome, known["true_pd"].to_numpy())
    unseen = model.facts["metrics"]["out_of_time_unseen_borrowers"]
    assert oracle > 0.75
    assert unseen["auc"] == pytest.approx(oracle, abs=0.035)
    assert unseen["auc"] < _test_figures(model)["auc"] < model.facts["metrics"]["train"]["auc"]
    low, high = _test_figures(model)["auc_interval"]
    assert low < oracle < high
    pd = score(model, dataset.test)["pd"]
    assert np.corrcoef(np.log(pd), np.log(known["true_pd"]))[0, 1] > 0.9


def test_mean_pd_is_the_default_rate(model: EventModel) -> None:
    figures = model.facts["metrics"]
    assert figures["train"]["mean_pd"] == pytest.approx(figures["train"]["observed_rate"])
    assert _test_figures(model)["mean_pd"] == pytest.approx(
        _test_figures(model)["observed_rate"], rel=0.15
    )
    assert _test_figures(model)["calibration_slope"] == pytest.approx(1, abs=0.2)


def test_nothing_that_happens_in_the_test_changes_the_training(
    small_model: EventModel, small_bank: Any, train_quickly: Train
) -> None:
    start = pl.lit(small_model.facts["data"]["test_from"]).str.to_date()
    is_test = pl.col("observation_date") >= start
    rng = np.random.default_rng(0)
    scrambled = small_bank.features.with_columns(
        pl.when(is_test)
        .then(pl.Series(rng.permutation(small_bank.features[name])))
        .otherwise(name)
        .alias(name)
        for name in ("credit_score", "annual_income", "product_type")
    )
    lucky = pl.Series(rng.random(small_bank.outcomes.height) < 0.1)
    outcomes = small_bank.outcomes.select(
        "exposure_id",
        "observation_date",
        is_default_12m=pl.when(is_test).then(lucky).otherwise("is_default_12m"),
    )
    other = train_quickly(build(scrambled, outcomes))
    assert other.learned() == small_model.learned()
    assert _test_figures(other)["auc"] < _test_figures(small_model)["auc"] - 0.1
    assert other.model_version != small_model.model_version


def test_order_of_rows_and_columns_does_not_count(
    small_model: EventModel, small_bank: Any, train_quickly: Train
) -> None:
    features = small_bank.features.select(sorted(small_bank.features.columns, reverse=True))
    features = features.sample(fraction=1, shuffle=True, seed=1)
    outcomes = small_bank.outcomes.sample(fraction=1, shuffle=True, seed=2)
    again = train_quickly(build(features, outcomes))
    assert again.facts == small_model.facts
    assert again.model_version == small_model.model_version


def test_strange_rows_are_scored_like_their_nearest_known_ones(
    model: EventModel, bank: Any
) -> None:
    plain = bank.features[:1].with_columns(credit_score=pl.lit(None, dtype=pl.Float64))
    strange = plain.with_columns(credit_score=pl.lit(INF))
    assert score(model, strange).equals(score(model, plain))
    assert score(model, plain.drop("credit_score")).equals(score(model, plain))
    with_unknowns = plain.with_columns(
        employment_status=pl.lit("ASTRONAUT"),
        annual_income=pl.lit(-INF),
        missed_instalments_3m=pl.lit(10**9),
        surprise=pl.lit("new column"),
    )
    assert 0 < score(model, with_unknowns)["pd"].item() < 1


def test_missing_scores_do_not_bias_the_others(model: EventModel) -> None:
    rows = {row["column"]: row for row in model.facts["coefficients"]}
    assert "credit_score missing" in rows
    assert abs(rows["utilisation_rate"]["z"]) < 3
    for name in ("credit_score", "annual_income", "missed_instalments_3m"):
        assert rows[name]["is_sign_as_expected"], name


def test_without_signal_the_pd_is_the_default_rate(small_bank: Any, train_quickly: Train) -> None:
    noise = small_bank.features.select("exposure_id", "observation_date", "utilisation_rate")
    model = train_quickly(build(noise, small_bank.outcomes))
    pd = score(model, noise)["pd"].to_numpy()
    assert pd.std() < 0.2 * pd.mean()
    assert model.recalibration.slope > 0


def test_a_long_history_is_judged_on_windows_that_do_not_meet(
    bank_of: Callable[..., Any], train_quickly: Train
) -> None:
    bank = bank_of(exposures=500, months=24)
    model = train_quickly(build(bank.features, bank.outcomes))
    assert model.facts["data"]["split"] == "separated"
    assert model.facts["metrics"]["headline"] == "out_of_time"
    assert model.facts["data"]["train_to"] == "2024-09-30"
    assert model.facts["data"]["test_from"] == "2025-09-30"
