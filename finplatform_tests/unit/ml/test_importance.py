"""Importances are shares of a model that add up, with the direction its coefficients say."""

from typing import Any, cast

import polars as pl
import pytest

from finplatform.contracts.inferential import INFERENCE
from finplatform.ml import churn
from finplatform.ml.event_model import EventModel
from finplatform.ml.importance import DIRECTIONS, METHOD, feature_importance


class _Named(EventModel):
    """A model that has a version without having learned anything."""

    @property
    def model_version(self) -> str:
        return "churn-0123456789abcdef"


def _model(weights: dict[str, float], coefficients: dict[str, float]) -> EventModel:
    rows = [{"column": name, "coefficient": value} for name, value in coefficients.items()]
    facts = {"weights": weights, "coefficients": rows}
    nothing = cast("Any", None)
    return _Named(churn.CHURN, "L2_LOGIT", nothing, nothing, facts)


def test_shares_add_up_and_directions_follow_the_coefficients() -> None:
    model = _model(
        {"age": 0.1, "income": 0.6, "channel": 0.3, "points": 0.0},
        {
            "age": -0.2, "age missing": 0.9, "income": 0.7, "channel=A": 0.3, "channel=B": -0.1,
            "points evidence": 0.5,
        },
    )  # fmt: skip
    found = feature_importance({"CHURN": model})
    contract = INFERENCE["feature_importance"]
    contract.schema.validate(found.select(contract.columns).cast(pl.Schema(contract.dtypes)))
    assert found["feature"].to_list() == ["income", "channel", "age", "points"]
    assert found["importance"].to_list() == pytest.approx([0.6, 0.3, 0.1, 0.0])
    assert found["importance_rank"].to_list() == [1, 2, 3, 4]
    assert found["direction"].to_list() == ["RAISES", "MIXED", "LOWERS", None]
    assert set(found["direction"].drop_nulls()) <= set(DIRECTIONS)
    assert set(found["method"]) == {METHOD}


def test_an_expert_prior_has_no_importance() -> None:
    assert feature_importance({"CHURN": churn.PRIOR}).is_empty()
