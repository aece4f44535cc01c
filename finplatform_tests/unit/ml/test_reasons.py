"""Reasons of a score: complete, in order, and only what counts against the borrower."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from finplatform.ml.dataset import Dataset
from finplatform.ml.event_model import EventModel
from finplatform.ml.reasons import MOST_REASONS, OTHER, REASONS, SCHEMA, reason_of, score_reasons
from finplatform.ml.spec import DEFAULT
from finplatform.orchestration.build import all_contracts
from finplatform.settings import get_settings
from finplatform.warehouse import dbt


@pytest.fixture(scope="module")
def reasons(small_model: EventModel, small_bank: Any) -> pl.DataFrame:
    return score_reasons(small_model, small_bank.features)


def test_contributions_add_up_to_the_distance_from_the_average(
    small_model: EventModel, small_bank: Any
) -> None:
    features = small_bank.features[:500]
    added = sum(small_model.contributions(features).values())
    distance = small_model.log_odds(features) - added
    assert np.ptp(distance) < 1e-9


def test_the_average_training_row_has_nothing_to_be_told(
    small_model: EventModel, small_dataset: Dataset
) -> None:
    for name, added in small_model.contributions(small_dataset.train).items():
        assert abs(added.mean()) < 1e-9, name


def test_reasons_come_in_order_and_all_raise_the_pd(reasons: pl.DataFrame) -> None:
    assert reasons.schema == SCHEMA
    assert (reasons["points_lost"] > 0).all()
    assert reasons["reason_rank"].max() == MOST_REASONS
    falls = reasons.with_columns(
        fall=pl.col("points_lost").diff().over("exposure_id", "observation_date"),
        step=pl.col("reason_rank").cast(pl.Int64).diff().over("exposure_id", "observation_date"),
    )
    assert (falls["fall"].drop_nulls() <= 0).all()
    assert (falls["step"].drop_nulls() == 1).all()
    assert reasons.n_unique(["exposure_id", "observation_date", "reason_code"]) == reasons.height


def test_a_bad_bureau_score_is_told_first(small_model: EventModel, small_bank: Any) -> None:
    worse = small_bank.features[:20].with_columns(credit_score=pl.lit(430.0))
    first = score_reasons(small_model, worse).filter(reason_rank=1)
    assert first["reason_code"].unique().to_list() == ["BUREAU_SCORE"]


def test_every_feature_of_the_table_has_a_text_of_its_own() -> None:
    contract = all_contracts(dbt.load_manifest(get_settings()))["gold.credit_features"]
    features = [name for name in contract.columns if DEFAULT.is_feature(name)]
    assert len(features) > 40
    assert not [name for name in features if reason_of(name) == OTHER]
    assert all(text.endswith(".") for text in REASONS.values())


def test_no_scores_give_no_reasons(small_model: EventModel, small_bank: Any) -> None:
    assert score_reasons(small_model, small_bank.features.clear()).schema == SCHEMA
