"""A bank without outcomes gets a PD that is marked as no estimate."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from finplatform.errors import FinplatformError
from finplatform.ml.prior import PRIOR_RATES, PriorModel
from finplatform.ml.scoring import score

FEATURES = pl.DataFrame(
    {
        "exposure_id": ["a", "b", "c"],
        "observation_date": [date(2024, 1, 31)] * 3,
        "product_type": ["MORTGAGE", "TIME_SHARE", None],
    }
)


def test_every_exposure_gets_its_products_rate_or_the_highest() -> None:
    scores = score(PriorModel(), FEATURES)
    highest = max(rate.pd for rate in PRIOR_RATES)
    assert scores["pd"].to_list() == pytest.approx([0.015, highest, highest])
    assert scores["model_version"].str.starts_with("prior-").all()
    unknown = score(PriorModel(), FEATURES.drop("product_type"))
    assert unknown["pd"].to_list() == pytest.approx([highest] * 3)


def test_another_assumption_is_another_version() -> None:
    changed = (replace(PRIOR_RATES[0], pd=0.02), *PRIOR_RATES[1:])
    assert PriorModel(changed).model_version != PriorModel().model_version
    assert PriorModel().model_version == PriorModel().model_version


@pytest.mark.parametrize(
    "rates",
    [PRIOR_RATES[:-1], (*PRIOR_RATES, PRIOR_RATES[0]), (replace(PRIOR_RATES[-1], pd=8.0),)],
)
def test_incomplete_or_impossible_assumptions_are_refused(rates: tuple) -> None:
    with pytest.raises(FinplatformError, match="rior"):
        PriorModel(rates)
