"""The rule that names the champion."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from finplatform.bench.credit_choice import (
    MARGIN,
    Contender,
    FamilyComparison,
    compete,
    stratified_folds,
)
from finplatform.bench.credit_models import CHALLENGER, CHAMPION
from finplatform.ml.calibration import probability


@dataclass(frozen=True)
class _Given:
    """A family whose log-odds are a column of the frame: that of its name, or else the only one."""

    name: str = "given"
    settings: tuple[str, ...] = ("only",)

    def neighbours(self, setting: str) -> tuple[str, ...]:
        return ()

    def fit_and_predict(
        self,
        fit: pl.DataFrame,
        outcome: np.ndarray,
        unseen: pl.DataFrame,
        settings: tuple[str, ...],
    ) -> dict[str, np.ndarray]:
        column = self.name if self.name in unseen.columns else "log_odds"
        return {setting: unseen[column].to_numpy() for setting in settings}


def _contest(scorecard: float, boosting: float, average: float) -> FamilyComparison:
    return FamilyComparison(
        Contender(CHAMPION, "penalty 100", scorecard, 1.0),
        Contender(CHALLENGER, CHALLENGER.settings[0], boosting, 1.0),
        average,
        1.0,
    )


@pytest.mark.parametrize(
    ("boosting", "average", "champion"),
    [
        (-0.02, -0.01, "scorecard"),
        (0.9 * MARGIN, 0.9 * MARGIN, "scorecard"),
        (1.1 * MARGIN, 0.9 * MARGIN, "boosting"),
        (1.1 * MARGIN, 1.2 * MARGIN, "average"),
        (-0.01, 1.1 * MARGIN, "average"),
    ],
)
def test_the_scorecard_loses_only_to_one_that_is_ahead_by_more_than_the_margin(
    boosting: float, average: float, champion: str
) -> None:
    assert _contest(0.75, 0.75 + boosting, 0.75 + average).champion == champion


def test_folds_hold_every_row_once_and_the_same_rate_of_events() -> None:
    outcome = (np.arange(1000) % 7 == 0).astype(float)
    folds = list(stratified_folds(outcome, 5, seed=3))
    assert np.array_equal(np.sort(np.concatenate([test for _, test in folds])), np.arange(1000))
    for fit, test in folds:
        assert not set(fit) & set(test)
        assert fit.size + test.size == 1000
        assert abs(outcome[test].sum() - outcome.sum() / 5) < 1


def test_another_seed_gives_other_folds() -> None:
    outcome = (np.arange(200) % 4 == 0).astype(float)
    first, second = (next(stratified_folds(outcome, 5, seed=seed))[1] for seed in (1, 2))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("candidate", ["given", "average"])
def test_level_and_slope_are_those_that_make_the_probabilities_right(candidate: str) -> None:
    """Scores three times too far apart and far too high come out calibrated."""
    rng = np.random.default_rng(8)
    truth = rng.normal(-1.5, 1.0, 20_000)
    outcome = (rng.random(20_000) < probability(truth)).astype(float)
    frame = pl.DataFrame({"log_odds": 3 * truth + 4})
    comparison = FamilyComparison(
        Contender(_Given(), "only", 0.7, 1 / 3),
        Contender(_Given("other"), "only", 0.7, 1),
        0.7,
        0.5,
    )
    # The average is three times a third and three times one: twice too far apart.
    calibrated = comparison.predict(frame[:10_000], outcome[:10_000], frame[10_000:])[candidate]
    assert np.abs(calibrated - truth[10_000:]).max() < 0.1


def test_the_average_of_models_that_err_apart_is_spread_out_again() -> None:
    """Of two noisy views of one truth each has to be drawn in; their average less so."""
    rng = np.random.default_rng(10)
    truth = rng.normal(-1.5, 1.0, 8_000)
    outcome = (rng.random(8_000) < probability(truth)).astype(float)
    frame = pl.DataFrame({name: truth + rng.normal(size=8_000) for name in ("given", "other")})
    comparison = compete(frame, outcome, seed=1, families=(_Given(), _Given("other")))
    # The best slope of one view is 1/2 (its reliability), that of the mean of both is 2/3.
    assert comparison.scorecard.slope == pytest.approx(1 / 2, abs=0.06)
    assert comparison.average_slope * comparison.scorecard.slope == pytest.approx(2 / 3, abs=0.06)
    assert comparison.champion == "average"


def test_the_choice_hangs_on_the_rows_given_and_the_seed_alone() -> None:
    rng = np.random.default_rng(9)
    frame = pl.DataFrame({"x": rng.normal(size=400), "y": rng.normal(size=400)})
    outcome = (rng.random(400) < probability(frame["x"].to_numpy() - 1)).astype(float)
    assert compete(frame, outcome, seed=4) == compete(frame, outcome, seed=4)
