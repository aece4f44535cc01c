"""Champion or challenger, decided on training rows alone.

The rule: every setting of both families predicts each training row from other training rows (in
stratified folds). A family is as good as the mean AUC over the folds of its best setting, ties
going to the more restrained one. The scorecard is the champion unless the challenger is better by
more than `MARGIN`, which is what being readable is worth.

Belongs here: that rule, and the calibration of the chosen models. Does not belong here: the
families, test rows, figures.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.bench.credit_models import CHALLENGER, CHAMPION, Family
from finplatform.ml.calibration import Recalibration, anchor
from finplatform.ml.metrics import auc
from finplatform.ml.selection import HeldOut, held_out_slope

MARGIN = 0.005
"""AUC that the challenger must be ahead by."""

FOLDS = 3
CHOICE_ROWS = 8_000
"""Of more training rows, so many are drawn for the choice."""

_SLOPE_PRECISION = 4.0


@dataclass(frozen=True)
class Contender:
    """A family at its best setting.

    Attributes:
        family: The family.
        setting: Its best setting.
        auc: Mean AUC over the folds.
        slope: Calibration slope on rows that were held out.
    """

    family: Family
    setting: str
    auc: float
    slope: float

    def predict(self, train: pl.DataFrame, outcome: np.ndarray, unseen: pl.DataFrame) -> np.ndarray:
        """Calibrated log-odds of unseen rows, learned from all training rows.

        The slope is that of held-out rows. The level, which folds cannot tell, makes the mean
        probability of the training rows their rate.
        """
        both = pl.concat([train, unseen])
        raw = self.family.fit_and_predict(train, outcome, both, (self.setting,))[self.setting]
        known = raw[: train.height]
        level = anchor(self.slope * known, float(outcome.mean()))
        return Recalibration(level, self.slope).apply(raw[train.height :])


@dataclass(frozen=True)
class Contest:
    """Both families, and which of them won.

    Attributes:
        scorecard: The incumbent.
        challenger: Its challenger.
    """

    scorecard: Contender
    challenger: Contender

    @property
    def champion(self) -> Contender:
        """The winner by the rule."""
        is_ahead = self.challenger.auc > self.scorecard.auc + MARGIN
        return self.challenger if is_ahead else self.scorecard


def compete(train: pl.DataFrame, outcome: np.ndarray, *, seed: int) -> Contest:
    """Contest on training rows.

    Args:
        train: Features.
        outcome: 0 or 1, shape (rows,).
        seed: Decides the folds.
    """
    if outcome.size > CHOICE_ROWS:
        drawn = np.random.default_rng(seed).permutation(outcome.size)[:CHOICE_ROWS]
        train, outcome = train[drawn], outcome[drawn]
    return Contest(_best(CHAMPION, train, outcome, seed), _best(CHALLENGER, train, outcome, seed))


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


def _best(family: Family, train: pl.DataFrame, outcome: np.ndarray, seed: int) -> Contender:
    predicted = {setting: np.empty(outcome.size) for setting in family.settings}
    aucs: dict[str, list[float]] = {setting: [] for setting in family.settings}
    for fit, unseen in stratified_folds(outcome, FOLDS, seed):
        found = family.fit_and_predict(train[fit], outcome[fit], train[unseen], family.settings)
        for setting, log_odds in found.items():
            predicted[setting][unseen] = log_odds
            aucs[setting].append(auc(outcome[unseen], log_odds))
    means = {setting: float(np.mean(values)) for setting, values in aucs.items()}
    best = max(family.settings, key=lambda setting: means[setting])
    held_out = HeldOut(best, {}, outcome, predicted[best])
    slope = held_out_slope(held_out, precision=_SLOPE_PRECISION)
    return Contender(family, best, means[best], slope)
