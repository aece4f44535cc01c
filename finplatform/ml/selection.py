"""Predictions of held-out rows: they choose the setting, calibrate, and judge unseen borrowers.

Belongs here: everything fitted more than once. Does not belong here: the final fit, and which
family wins (`finplatform.ml.champion_challenger`).
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from finplatform.ml.calibration import Recalibration, fit_recalibration
from finplatform.ml.families import Family
from finplatform.ml.resampling import Fold, borrower_groups, time_and_borrower_folds
from finplatform.ml.setting_search import best_setting
from finplatform.ml.spec import DEFAULT, SUBJECT, Task

MIN_SLOPE = 0.05


@dataclass(frozen=True)
class HeldOut:
    """Held-out predictions: rows of unseen dates and borrowers.

    Attributes:
        setting: The setting with the smallest loss.
        losses: Mean log loss by setting; empty when no fold had both outcomes.
        outcome: Outcomes of the held-out rows.
        log_odds: Log-odds at the chosen setting, same shape.
        subject: Whose rows they are, same shape; empty where it does not matter.
        place: Positions of the rows in the frame that was cut into folds, same shape; likewise.
    """

    setting: str
    losses: dict[str, float]
    outcome: np.ndarray
    log_odds: np.ndarray
    subject: np.ndarray = field(default_factory=lambda: np.array([]))
    place: np.ndarray = field(default_factory=lambda: np.array([], dtype=int))


def outcome_of(frame: pl.DataFrame, task: Task = DEFAULT) -> np.ndarray:
    """Label as 0.0 or 1.0, shape (rows,)."""
    return frame[task.label].cast(pl.Float64).to_numpy()


def cross_validate(
    train: pl.DataFrame,
    family: Family,
    *,
    blocks: int,
    groups: int,
    seed: int,
    task: Task = DEFAULT,
) -> HeldOut:
    """Predict the later training dates from the earlier ones, borrowers apart, per setting.

    Settings are searched from the family's first ones on, until all neighbours of the best were
    tried. A fold whose fitting part has one outcome only is left out. With no fold left, the most
    restrained setting is taken.

    Raises:
        FinplatformError: The family finds nothing to learn from in a fold.
    """
    folds = [
        fold
        for fold in time_and_borrower_folds(train, blocks=blocks, groups=groups, seed=seed)
        if _is_usable(train, fold, task)
    ]
    if not folds:
        return HeldOut(family.settings[0], {}, np.array([]), np.array([]))
    place = np.concatenate([fold.validate for fold in folds])
    rows = train[place]
    outcome, subject = outcome_of(rows, task), rows[SUBJECT].rank("dense").to_numpy()
    pooled: dict[str, np.ndarray] = {}

    def loss_of(settings: tuple[str, ...]) -> dict[str, float]:
        found = [_predict_fold(train, fold, family, settings, task) for fold in folds]
        for setting in settings:
            pooled[setting] = np.concatenate([part[setting] for part in found])
        return {name: float(np.mean(log_loss(outcome, pooled[name]))) for name in settings}

    best, losses = best_setting(family, loss_of)
    return HeldOut(best, losses, outcome, pooled[best], subject, place)


def held_out_slope(held_out: HeldOut, *, precision: float) -> float:
    """Slope of Platt's line on held-out rows, positive so that ranks are kept.

    With one outcome only, or none, there is nothing to learn a slope from: it stays 1.
    """
    if not 0 < held_out.outcome.sum() < held_out.outcome.size:
        return 1.0
    line = fit_recalibration(held_out.outcome, held_out.log_odds, slope_precision=precision)
    return max(line.slope, MIN_SLOPE)


def unseen_borrower_log_odds(
    train: pl.DataFrame,
    test: pl.DataFrame,
    family: Family,
    setting: str,
    line: Recalibration,
    *,
    groups: int,
    seed: int,
    task: Task = DEFAULT,
) -> np.ndarray | None:
    """Log-odds of test rows, each from training rows of other borrowers.

    Returns:
        Shape (test rows,), or None when a group's training rows have one outcome only.

    Raises:
        FinplatformError: The family finds nothing to learn from in a fold.
    """
    both = pl.concat([train, test])
    group = borrower_groups(both, groups, seed)
    is_train = np.arange(both.height) < train.height
    log_odds = np.empty(test.height)
    for held_out in range(groups):
        fold = Fold(
            fit=np.flatnonzero(is_train & (group != held_out)),
            validate=np.flatnonzero(~is_train & (group == held_out)),
        )
        if fold.validate.size == 0:
            continue
        if not _is_usable(both, fold, task):
            return None
        predicted = _predict_fold(both, fold, family, (setting,), task)
        log_odds[fold.validate - train.height] = line.apply(predicted[setting])
    return log_odds


def log_loss(outcome: np.ndarray, log_odds: np.ndarray) -> np.ndarray:
    """Log loss of each row, shape as given."""
    return np.asarray(np.logaddexp(0, log_odds) - outcome * log_odds)


def _is_usable(frame: pl.DataFrame, fold: Fold, task: Task) -> bool:
    """Whether there is something to predict, and both outcomes to learn from."""
    outcome = outcome_of(frame[fold.fit], task)
    return fold.validate.size > 0 and bool(0 < outcome.sum() < outcome.size)


def _predict_fold(
    frame: pl.DataFrame, fold: Fold, family: Family, settings: tuple[str, ...], task: Task
) -> dict[str, np.ndarray]:
    """Log-odds of the fold's validation rows by setting, everything learned on its fit rows."""
    fit, validate = frame[fold.fit], frame[fold.validate]
    return family.fit_and_predict(fit, outcome_of(fit, task), validate, settings)
