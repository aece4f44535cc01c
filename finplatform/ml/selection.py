"""Predictions of held-out rows: they choose the penalty, calibrate, and judge unseen borrowers.

Belongs here: everything fitted more than once. Does not belong here: the final fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.ml.calibration import Recalibration, fit_recalibration
from finplatform.ml.fitting import fit_logit, linear_log_odds, new_columns
from finplatform.ml.preparation import learn_preparation
from finplatform.ml.resampling import Fold, borrower_groups, time_and_borrower_folds
from finplatform.ml.spec import DEFAULT, Task

MIN_SLOPE = 0.05


@dataclass(frozen=True)
class HeldOut:
    """What models said of rows whose dates and borrowers they had not seen.

    Attributes:
        penalty: The penalty with the smallest loss.
        losses: Mean log loss by penalty; empty when no fold had both outcomes.
        outcome: Outcomes of the held-out rows.
        log_odds: Log-odds at the chosen penalty, same shape.
    """

    penalty: float
    losses: dict[float, float]
    outcome: np.ndarray
    log_odds: np.ndarray


def outcome_of(frame: pl.DataFrame, task: Task = DEFAULT) -> np.ndarray:
    """Label as 0.0 or 1.0, shape (rows,)."""
    return frame[task.label].cast(pl.Float64).to_numpy()


def cross_validate(
    train: pl.DataFrame,
    penalties: Sequence[float],
    *,
    blocks: int,
    groups: int,
    tail: float,
    seed: int,
    task: Task = DEFAULT,
) -> HeldOut:
    """Predict the later training dates from the earlier ones, borrowers apart, per penalty.

    A fold whose fitting part has one outcome only is left out. With no fold left, the strongest
    penalty is taken.
    """
    strongest = max(penalties)
    parts: dict[float, list[np.ndarray]] = {penalty: [] for penalty in penalties}
    outcomes: list[np.ndarray] = []
    for fold in time_and_borrower_folds(train, blocks=blocks, groups=groups, seed=seed):
        predicted = _predict_fold(train, fold, penalties, tail, task)
        if predicted is not None:
            outcomes.append(outcome_of(train[fold.validate], task))
            for penalty, log_odds in predicted.items():
                parts[penalty].append(log_odds)
    if not outcomes:
        return HeldOut(strongest, {}, np.array([]), np.array([]))
    outcome = np.concatenate(outcomes)
    pooled = {penalty: np.concatenate(part) for penalty, part in parts.items()}
    losses = {penalty: _log_loss(outcome, log_odds) for penalty, log_odds in pooled.items()}
    best = min(losses, key=lambda penalty: (losses[penalty], -penalty))
    return HeldOut(best, losses, outcome, pooled[best])


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
    penalty: float,
    line: Recalibration,
    *,
    groups: int,
    tail: float,
    seed: int,
    task: Task = DEFAULT,
) -> np.ndarray | None:
    """Log-odds of test rows, each from training rows of other borrowers.

    Returns:
        Shape (test rows,), or None when a group's training rows have one outcome only.
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
        predicted = _predict_fold(both, fold, [penalty], tail, task)
        if predicted is None:
            return None
        log_odds[fold.validate - train.height] = line.apply(predicted[penalty])
    return log_odds


def _predict_fold(
    frame: pl.DataFrame, fold: Fold, penalties: Sequence[float], tail: float, task: Task
) -> dict[float, np.ndarray] | None:
    """Log-odds of the fold's validation rows by penalty, everything learned on its fit rows."""
    fit, validate = frame[fold.fit], frame[fold.validate]
    outcome = outcome_of(fit, task)
    if validate.is_empty() or not 0 < outcome.sum() < outcome.size:
        return None
    preparation = learn_preparation(fit, tail=tail, task=task)
    columns = new_columns(preparation)
    design = columns.fit_transform(preparation.matrix(fit))
    unseen = columns.transform(preparation.matrix(validate))
    return {
        penalty: linear_log_odds(unseen, fit_logit(design, outcome, penalty))
        for penalty in penalties
    }


def _log_loss(outcome: np.ndarray, log_odds: np.ndarray) -> float:
    return float(np.mean(np.logaddexp(0, log_odds) - outcome * log_odds))
