"""Champion or challenger, selected on training rows alone.

The rule: settings of both families predict each training row from other training rows (in
stratified folds), until all neighbours of a family's best were tried. A family is as good as the
mean AUC over the folds of its best setting, ties going to the one tried first. A third candidate is
the average of both families' log-odds: averages of unlike models lead the comparison of Lessmann et
al. (2015, "Benchmarking state-of-the-art classification algorithms for credit scoring"). The
scorecard is the champion unless the better of the other two is ahead by more than `MARGIN`, which
is the premium on an interpretable model.

Belongs here: that rule, and the calibration of the candidates. Does not belong here: the families,
test rows, figures.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from finplatform.bench.credit_models import CHALLENGER, CHAMPION
from finplatform.ml.calibration import anchor
from finplatform.ml.families import JudgedFamily
from finplatform.ml.metrics import auc
from finplatform.ml.selection import HeldOut, held_out_slope
from finplatform.ml.setting_search import best_setting

MARGIN = 0.005
"""AUC that another candidate must be ahead of the scorecard by."""

FOLDS = 5
CHOICE_ROWS = 8_000
"""Of more training rows, so many are drawn for the choice."""

AVERAGE = "average"

_SLOPE_PRECISION = 4.0


@dataclass(frozen=True)
class Contender:
    """A family at its best setting.

    Attributes:
        family: The family.
        setting: Its best setting.
        auc: Mean AUC over the folds.
        slope: Calibration slope on rows that were held out.
        seconds: Processor time of the search.
    """

    family: JudgedFamily
    setting: str
    auc: float
    slope: float
    seconds: float = field(default=0.0, compare=False)

    def log_odds(self, train: pl.DataFrame, outcome: np.ndarray, rows: pl.DataFrame) -> np.ndarray:
        """Log-odds of rows, learned from training rows; spread right, at no certain level."""
        raw = self.family.fit_and_predict(train, outcome, rows, (self.setting,))[self.setting]
        return self.slope * raw


@dataclass(frozen=True)
class FamilyComparison:
    """Both families, their average, and the champion among the three.

    Attributes:
        scorecard: The incumbent.
        challenger: Its challenger.
        average_auc: Mean AUC over the folds of the average of both.
        average_slope: Calibration slope of the average: models that err apart agree too much.
    """

    scorecard: Contender
    challenger: Contender
    average_auc: float
    average_slope: float

    @property
    def aucs(self) -> dict[str, float]:
        """Mean AUC over the folds by candidate, the plainest first."""
        families = {part.family.name: part.auc for part in (self.scorecard, self.challenger)}
        return {**families, AVERAGE: self.average_auc}

    @property
    def champion(self) -> str:
        """Name of the winner by the rule."""
        incumbent = self.scorecard.family.name
        found = self.aucs
        best = max((name for name in found if name != incumbent), key=lambda name: found[name])
        return best if found[best] > found[incumbent] + MARGIN else incumbent

    def predict(
        self, train: pl.DataFrame, outcome: np.ndarray, unseen: pl.DataFrame
    ) -> dict[str, np.ndarray]:
        """Calibrated log-odds of unseen rows by candidate, learned from all training rows.

        The slopes are those of held-out rows. The level, which folds do not identify, makes the
        mean probability of the training rows their rate.
        """
        both = pl.concat([train, unseen])
        spread = {
            part.family.name: part.log_odds(train, outcome, both)
            for part in (self.scorecard, self.challenger)
        }
        spread[AVERAGE] = self.average_slope * np.mean(list(spread.values()), axis=0)
        rate = float(outcome.mean())
        return {
            name: anchor(log_odds[: train.height], rate) + log_odds[train.height :]
            for name, log_odds in spread.items()
        }


def compete(
    train: pl.DataFrame,
    outcome: np.ndarray,
    *,
    seed: int,
    families: tuple[JudgedFamily, JudgedFamily] = (CHAMPION, CHALLENGER),
) -> FamilyComparison:
    """Compare the families on training rows.

    Args:
        train: Features.
        outcome: 0 or 1, shape (rows,).
        seed: Decides the folds.
        families: Incumbent and challenger.
    """
    if outcome.size > CHOICE_ROWS:
        drawn = np.random.default_rng(seed).permutation(outcome.size)[:CHOICE_ROWS]
        train, outcome = train[drawn], outcome[drawn]
    folds = list(stratified_folds(outcome, FOLDS, seed))
    (scorecard, of_scorecard), (challenger, of_challenger) = (
        _best(family, train, outcome, folds) for family in families
    )
    average = np.mean([of_scorecard, of_challenger], axis=0)
    return FamilyComparison(
        scorecard, challenger, _fold_auc(outcome, average, folds), _slope(outcome, average)
    )


def stratified_folds(
    outcome: np.ndarray, folds: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Positions to fit on and positions to predict; each fold has the same rate of events."""
    generator = np.random.default_rng(seed)
    shuffled = generator.permutation(outcome.size)
    fold = np.empty(outcome.size, dtype=int)
    # Dealt out like cards, others first and then events.
    fold[shuffled[np.argsort(outcome[shuffled], kind="stable")]] = np.arange(outcome.size) % folds
    for held_out in range(folds):
        yield np.flatnonzero(fold != held_out), np.flatnonzero(fold == held_out)


def _best(
    family: JudgedFamily,
    train: pl.DataFrame,
    outcome: np.ndarray,
    folds: list[tuple[np.ndarray, np.ndarray]],
) -> tuple[Contender, np.ndarray]:
    """A family's best setting, and its calibrated log-odds of the held-out rows."""
    predicted: dict[str, np.ndarray] = {}
    started = time.process_time()

    def loss_of(settings: tuple[str, ...]) -> dict[str, float]:
        predicted.update({setting: np.empty(outcome.size) for setting in settings})
        for fit, unseen in folds:
            found = family.fit_and_predict(train[fit], outcome[fit], train[unseen], settings)
            for setting, log_odds in found.items():
                predicted[setting][unseen] = log_odds
        return {name: -_fold_auc(outcome, predicted[name], folds) for name in settings}

    best, losses = best_setting(family, loss_of)
    slope = _slope(outcome, predicted[best])
    seconds = time.process_time() - started
    return Contender(family, best, -losses[best], slope, seconds), slope * predicted[best]


def _fold_auc(
    outcome: np.ndarray, log_odds: np.ndarray, folds: list[tuple[np.ndarray, np.ndarray]]
) -> float:
    return float(np.mean([auc(outcome[unseen], log_odds[unseen]) for _, unseen in folds]))


def _slope(outcome: np.ndarray, log_odds: np.ndarray) -> float:
    return held_out_slope(HeldOut("", {}, outcome, log_odds), precision=_SLOPE_PRECISION)
