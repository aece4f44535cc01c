"""Held-out predictions know nothing of the rows they predict."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from finplatform.ml.calibration import Recalibration
from finplatform.ml.dataset import Dataset
from finplatform.ml.families import Logistic
from finplatform.ml.selection import (
    MIN_SLOPE,
    HeldOut,
    cross_validate,
    held_out_slope,
    outcome_of,
    unseen_borrower_log_odds,
)
from finplatform.ml.spec import DEFAULT

OPTIONS: dict[str, Any] = {"groups": 3, "seed": 1}
FAMILY = Logistic({"1e+06": 1e6, "10": 10.0}, DEFAULT, 0.01)
PLAIN = Recalibration(0.0, 1.0)


def test_a_prediction_hangs_on_no_other_row_of_the_test(small_dataset: Dataset) -> None:
    train, test = small_dataset.train, small_dataset.test
    before = unseen_borrower_log_odds(train, test, FAMILY, "10", PLAIN, **OPTIONS)
    is_odd = np.arange(test.height) % 2 == 1
    odd = pl.Series(is_odd)
    wild = test.with_columns(
        annual_income=pl.when(odd).then(1e9).otherwise("annual_income"),
        employment_status=pl.when(odd).then(pl.lit("ASTRONAUT")).otherwise("employment_status"),
        is_default_12m=pl.when(odd).then(~pl.col("is_default_12m")).otherwise("is_default_12m"),
    )
    after = unseen_borrower_log_odds(train, wild, FAMILY, "10", PLAIN, **OPTIONS)
    assert before is not None
    assert after is not None
    assert (before[~is_odd] == after[~is_odd]).all()
    assert (before[is_odd] != after[is_odd]).any()


def test_the_setting_with_the_smallest_held_out_loss_is_taken(small_dataset: Dataset) -> None:
    held_out = cross_validate(small_dataset.train, FAMILY, blocks=2, **OPTIONS)
    assert held_out.setting == min(held_out.losses, key=lambda c: held_out.losses[c]) == "10"
    assert held_out.outcome.shape == held_out.log_odds.shape
    assert 0 < held_out.outcome.sum() < outcome_of(small_dataset.train).sum()


def test_without_a_usable_fold_the_most_restrained_setting_is_taken(small_dataset: Dataset) -> None:
    one_date = small_dataset.train.filter(
        pl.col("observation_date") == pl.col("observation_date").min()
    )
    held_out = cross_validate(one_date, FAMILY, blocks=2, **OPTIONS)
    assert (held_out.setting, held_out.losses) == ("1e+06", {})
    assert held_out_slope(held_out, precision=4.0) == 1.0


@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_the_slope_never_turns_the_ranking_round(direction: float) -> None:
    log_odds = np.linspace(-4, 2, 400)
    outcome = (np.random.default_rng(0).random(400) < 1 / (1 + np.exp(-log_odds))).astype(float)
    slope = held_out_slope(HeldOut("only", {}, outcome, direction * log_odds), precision=4.0)
    assert slope == (pytest.approx(1, abs=0.2) if direction > 0 else MIN_SLOPE)
