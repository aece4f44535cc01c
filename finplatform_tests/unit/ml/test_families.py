"""Families learn what they are asked to, by one protocol."""

import numpy as np
import polars as pl
import pytest

from finplatform.ml.boosting import Boosting
from finplatform.ml.champion_challenger import candidates
from finplatform.ml.dataset import Dataset
from finplatform.ml.event_model import TrainingSettings
from finplatform.ml.families import Family, Scorecard, rising_columns
from finplatform.ml.selection import outcome_of
from finplatform.ml.spec import DEFAULT

FAMILIES = candidates(TrainingSettings(penalties=(100.0, 10.0)), DEFAULT, seed=1)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_fit_says_what_its_predictions_of_unseen_rows_say(
    family: Family, small_dataset: Dataset
) -> None:
    rows, outcome = small_dataset.train, outcome_of(small_dataset.train)
    predicted = family.fit_and_predict(rows, outcome, small_dataset.test, family.settings)
    assert set(predicted) == set(family.settings)
    for setting, log_odds in predicted.items():
        fit = family.fit(rows, outcome, setting)
        assert fit.log_odds(small_dataset.test) == pytest.approx(log_odds, abs=1e-6)


@pytest.mark.parametrize("family", FAMILIES[::2], ids=lambda family: family.name)
def test_a_better_bureau_score_never_raises_the_risk(
    family: Family, small_dataset: Dataset
) -> None:
    """The scorecard by its bins and signs, the trees by their constraint."""
    assert isinstance(family, Scorecard | Boosting)
    rows = small_dataset.train
    fit = family.fit(rows, outcome_of(rows), family.settings[0])
    some = rows[:50]
    moved = [
        fit.log_odds(some.with_columns(credit_score=pl.lit(float(score))))
        for score in range(450, 900, 30)
    ]
    steps = np.diff(np.array(moved), axis=0)
    assert (steps <= 1e-12).all()
    assert (steps < 0).any()


def test_columns_that_count_against_themselves_go_and_the_others_stay() -> None:
    rng = np.random.default_rng(3)
    signal = rng.normal(size=(2_000, 2))
    # The third is the first with noise, and its coefficient is negative beside it.
    outcome = (rng.random(2_000) < 1 / (1 + np.exp(2 - signal.sum(axis=1)))).astype(float)
    design = np.column_stack([signal, -signal[:, 1] + 0.2 * rng.normal(size=2_000)])
    assert rising_columns(design, outcome, 1.0).tolist() == [0, 1]


def test_the_economy_moves_no_score_through_the_cycle(small_dataset: Dataset) -> None:
    rows = small_dataset.train
    for family in FAMILIES:
        fit = family.fit(rows, outcome_of(rows), family.settings[0])
        crisis = rows.with_columns(unemployment_pct=pl.lit(4.9))
        assert np.array_equal(
            fit.through_the_cycle_log_odds(crisis), fit.through_the_cycle_log_odds(rows)
        )
