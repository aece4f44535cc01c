"""The rule that names the champion."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from finplatform.bench.credit_choice import (
    MARGIN,
    Contender,
    Contest,
    compete,
    stratified_folds,
)
from finplatform.bench.credit_models import CHALLENGER, CHAMPION
from finplatform.ml.calibration import probability


@dataclass(frozen=True)
class _Given:
    """A family whose log-odds are a column of the frame."""

    name: str = "given"
    settings: tuple[str, ...] = ("only",)

    def fit_and_predict(
        self,
        fit: pl.DataFrame,
        outcome: np.ndarray,
        unseen: pl.DataFrame,
        settings: tuple[str, ...],
    ) -> dict[str, np.ndarray]:
        return {setting: unseen["log_odds"].to_numpy() for setting in settings}


def _contest(scorecard: float, challenger: float) -> Contest:
    return Contest(
        Contender(CHAMPION, "penalty 100", scorecard, 1.0),
        Contender(CHALLENGER, "4 leaves", challenger, 1.0),
    )


@pytest.mark.parametrize(
    ("ahead", "champion"),
    [(-0.02, "scorecard"), (0.9 * MARGIN, "scorecard"), (1.1 * MARGIN, "boosting")],
)
def test_the_challenger_wins_only_when_it_is_ahead_by_more_than_the_margin(
    ahead: float, champion: str
) -> None:
    assert _contest(0.75, 0.75 + ahead).champion.family.name == champion


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


def test_level_and_slope_are_those_that_make_the_probabilities_right() -> None:
    """Scores three times too far apart and far too high come out calibrated."""
    rng = np.random.default_rng(8)
    truth = rng.normal(-1.5, 1.0, 20_000)
    outcome = (rng.random(20_000) < probability(truth)).astype(float)
    frame = pl.DataFrame({"log_odds": 3 * truth + 4})
    contender = Contender(_Given(), "only", 0.7, 1 / 3)
    calibrated = contender.predict(frame[:10_000], outcome[:10_000], frame[10_000:])
    assert np.abs(calibrated - truth[10_000:]).max() < 0.1


def test_the_choice_hangs_on_the_rows_given_and_the_seed_alone() -> None:
    rng = np.random.default_rng(9)
    frame = pl.DataFrame({"x": rng.normal(size=400), "y": rng.normal(size=400)})
    outcome = (rng.random(400) < probability(frame["x"].to_numpy() - 1)).astype(float)
    assert compete(frame, outcome, seed=4) == compete(frame, outcome, seed=4)
