"""Points and PDs say the same, and no row's PD hangs on the rows around it."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from finplatform.errors import FinplatformError
from finplatform.ml.event_model import EventModel
from finplatform.ml.scoring import MAX_PD, MIN_PD, pd_of, points_of, score


def test_points_are_odds_on_a_fixed_scale() -> None:
    assert points_of(np.array([1 / 51, 1 / 101, 1 / 26])).tolist() == [660, 690, 630]
    assert points_of(np.array([MIN_PD, MAX_PD])).tolist() == [850, 300]
    assert pd_of(np.array([-1e9, 0, 1e9])).tolist() == [MIN_PD, 0.5, MAX_PD]


def test_batches_and_single_rows_give_the_same_bits(model: EventModel, bank: Any) -> None:
    whole = score(model, bank.features)
    assert_frame_equal(score(model, bank.features, batch_rows=997), whole, check_exact=True)
    alone = pl.concat([score(model, bank.features[i]) for i in range(0, 400, 10)])
    assert_frame_equal(alone, whole[0:400:10], check_exact=True)


def test_scores_keep_the_keys_in_order_and_stay_in_range(model: EventModel, bank: Any) -> None:
    shuffled = bank.features.sample(fraction=1, shuffle=True, seed=1)
    scores = score(model, shuffled)
    assert scores.columns == ["exposure_id", "observation_date", "pd", "score", "model_version"]
    assert_frame_equal(scores.select(shuffled.columns[:2]), shuffled.select(shuffled.columns[:2]))
    assert scores["pd"].is_between(0, 1, closed="none").all()
    assert scores["score"].is_between(300, 850).all()
    assert scores["model_version"].unique().to_list() == [model.model_version]
    by_pd = scores.sort("pd")
    assert by_pd["score"].is_sorted(descending=True)


def test_a_frame_without_rows_or_without_keys(model: EventModel, bank: Any) -> None:
    assert score(model, bank.features.clear()).height == 0
    with pytest.raises(FinplatformError, match="exposure_id"):
        score(model, bank.features.drop("exposure_id"))
