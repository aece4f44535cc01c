"""The matrix of a scorecard."""

import json

import numpy as np
import polars as pl
import pytest

from finplatform.errors import FinplatformError
from finplatform.ml.fitting import fit_logit, linear_log_odds
from finplatform.ml.weight_of_evidence import (
    EvidencePreparation,
    learn_evidence,
    preparation_from_dict,
)

ROWS = 4000


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    rng = np.random.default_rng(5)
    return pl.DataFrame(
        {
            "exposure_id": [f"E{number}" for number in range(ROWS)],
            "credit_score": np.where(rng.random(ROWS) < 0.1, np.nan, rng.normal(680, 60, ROWS)),
            "employment_status": rng.choice(["EMPLOYED", "RETIRED", "NONE"], ROWS),
            "noise": rng.normal(size=ROWS),
        }
    ).with_columns(pl.col("credit_score").fill_nan(None))


@pytest.fixture(scope="module")
def outcome(frame: pl.DataFrame) -> np.ndarray:
    rng = np.random.default_rng(6)
    score = frame["credit_score"].fill_null(600).to_numpy()
    no_job = (frame["employment_status"] == "NONE").to_numpy()
    chance = 1 / (1 + np.exp(2.0 + (score - 680) / 60 - no_job))
    return (rng.random(ROWS) < chance).astype(float)


@pytest.fixture(scope="module")
def learned(frame: pl.DataFrame, outcome: np.ndarray) -> EvidencePreparation:
    return learn_evidence(frame, outcome, tail=0.005)


def test_the_matrix_holds_no_missing_value_and_rises_with_risk(
    learned: EvidencePreparation, frame: pl.DataFrame
) -> None:
    matrix = learned.matrix(frame)
    assert np.isfinite(matrix).all()
    position = learned.names.index("credit_score")
    low, high = learned.matrix(
        pl.DataFrame({"credit_score": [550.0, 800.0], "employment_status": ["NONE", "NONE"]})
    )[:, position]
    assert low > high


def test_absent_columns_count_as_missing_and_unknown_levels_as_no_evidence(
    learned: EvidencePreparation,
) -> None:
    row = learned.matrix(pl.DataFrame({"employment_status": ["UNHEARD OF"]}))[0]
    bins = dict(zip(learned.names, learned.bins, strict=True))
    assert row[learned.names.index("credit_score")] == bins["credit_score"].missing
    assert row[learned.names.index("employment_status")] == 0.0


def test_one_feature_alone_gives_each_bin_its_observed_odds(
    frame: pl.DataFrame, outcome: np.ndarray
) -> None:
    """Weight of evidence and the log-odds of all rows add up to the log-odds of the bin."""
    alone = frame.select("employment_status")
    learned = learn_evidence(alone, outcome, tail=0.005)
    design = learned.matrix(alone)
    fitted = linear_log_odds(design, fit_logit(design, outcome, 1e-6))
    for level in np.unique(design[:, 0]):
        inside = design[:, 0] == level
        rate = outcome[inside].mean()
        assert fitted[inside][0] == pytest.approx(np.log(rate / (1 - rate)), abs=0.02)


def test_it_comes_back_from_json_as_it_was(
    learned: EvidencePreparation, frame: pl.DataFrame
) -> None:
    again = preparation_from_dict(json.loads(json.dumps(learned.to_dict())))
    assert again == learned
    assert np.array_equal(again.matrix(frame), learned.matrix(frame))


def test_features_that_tell_nothing_are_dropped_with_the_reason() -> None:
    # Every value of `dull` has one event of three; nine in ten of them when `informative` is 1.
    value, block = np.tile(np.arange(200.0), 3), np.repeat([0, 1, 2], 200)
    outcome = (block == np.where(value % 10 == 0, 0, 2)).astype(float)
    frame = pl.DataFrame(
        {"dull": value, "informative": (block == 2).astype(float), "same": np.ones(600)}
    )
    learned = learn_evidence(frame, outcome, tail=0.0)
    assert learned.names == ("informative",)
    assert learned.dropped == {"dull": "one bin is best", "same": "constant"}


def test_without_any_telling_feature_it_is_an_error_that_says_so() -> None:
    frame = pl.DataFrame({"dull": np.repeat(np.arange(200.0), 3)})
    with pytest.raises(FinplatformError, match="No feature separates"):
        learn_evidence(frame, np.tile([0.0, 0.0, 1.0], 200), tail=0.0)
