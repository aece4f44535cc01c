"""Champion and challenger of the default model: candidates and the selection rule.

The rule (one standard error, Breiman et al., Classification and Regression Trees, 1984, ch. 3):
candidates stand in order of how easily they are explained. Each predicts training rows of dates and
borrowers that it has not seen; its line of calibration being drawn there, its mean log loss is
compared with the best one's. The champion is the first whose loss exceeds the best by at most one
standard error of the difference. The challenger is the best of the others.

The difference is taken row by row, and its error clusters rows by borrower, since months of one
borrower share one outcome. Out-of-time data are reported and never used for selection.

Families are in `finplatform.ml.families`, training in `finplatform.ml.event_model`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from finplatform.errors import FinplatformError
from finplatform.ml.binning import BinningSettings
from finplatform.ml.boosting import Boosting
from finplatform.ml.calibration import fit_recalibration
from finplatform.ml.dataset import Dataset
from finplatform.ml.event_model import (
    DEFAULT_SETTINGS,
    EventModel,
    TrainingSettings,
    held_out_rows,
    logistic,
    train,
)
from finplatform.ml.families import Family, Scorecard
from finplatform.ml.metrics import auc
from finplatform.ml.selection import HeldOut, log_loss
from finplatform.ml.spec import Task
from finplatform.ml.threads import one_thread
from finplatform.ml.tree_lattice import Lattice, Shape

CHAMPION, CHALLENGER, CANDIDATE = "CHAMPION", "CHALLENGER", "CANDIDATE"
ROLES = (CHAMPION, CHALLENGER, CANDIDATE)
_CARD_PENALTIES = (300.0,)
_SIZES = Lattice(
    Shape(leaves=6, min_rows=50),
    leaves=(2, 3, 6, 12, 24),
    min_rows=(50,),
    column_share=(0.3,),
    penalty=(1.0,),
    first_trees=(15, 20, 30, 40, 60),
)
"""Months of one borrower are alike; small leaves would overfit single borrowers."""

_SLOPE_PRECISION = 4.0


@dataclass(frozen=True)
class ChampionChallenger:
    """Result of the comparison of candidates.

    Attributes:
        champion: The model to use.
        challenger: The best of the others; None when no other could be learned.
    """

    champion: EventModel
    challenger: EventModel | None


def candidates(settings: TrainingSettings, task: Task, *, seed: int) -> tuple[Family, ...]:
    """Families that compete for the bank's own model, most easily explained first.

    Args:
        settings: Penalties and tails.
        task: The task.
        seed: Seed of the trees.
    """
    return (
        Scorecard(
            {f"{penalty:g}": penalty for penalty in _CARD_PENALTIES},
            task,
            settings.tail,
            is_rising=True,
            min_information=0.02,
            binning=BinningSettings(fine_bins=12),
        ),
        logistic(settings, task),
        Boosting(_SIZES, task, learning_rate=0.15, bins=64, seed=seed),
    )


@one_thread()
def compete(
    dataset: Dataset,
    *,
    seed: int,
    code_version: str,
    settings: TrainingSettings = DEFAULT_SETTINGS,
    families: Sequence[Family] | None = None,
) -> ChampionChallenger:
    """Train every candidate, and name champion and challenger.

    Args:
        dataset: From `dataset.build`.
        seed: Seed of borrower groups, bootstrap and trees.
        code_version: Version of the code.
        settings: Knobs.
        families: Candidates, most easily explained first; default: `candidates`.

    Raises:
        FinplatformError: No candidate finds anything to learn from.
    """
    held: dict[str, HeldOut] = {}
    models: dict[str, EventModel] = {}
    failures: dict[str, FinplatformError] = {}
    for family in families or candidates(settings, dataset.task, seed=seed):
        try:
            predicted = held_out_rows(dataset, family, seed=seed, settings=settings)
            models[family.name] = train(
                dataset,
                seed=seed,
                code_version=code_version,
                settings=settings,
                family=family,
                held_out=predicted,
            )
            held[family.name] = predicted
        except FinplatformError as error:
            failures[family.name] = error
    if not models:
        raise next(iter(failures.values()))
    record = ranked(held)
    for row in record:
        row |= _test_figures(models[row["family"]])
    facts = {
        "candidates": record,
        "not_learned": {name: error.message for name, error in failures.items()},
    }
    by_role = {
        row["role"]: replace(
            models[row["family"]],
            facts={**models[row["family"]].facts, "champion_challenger": facts},
        )
        for row in record
        if row["role"] != CANDIDATE
    }
    return ChampionChallenger(by_role[CHAMPION], by_role.get(CHALLENGER))


def ranked(held: dict[str, HeldOut]) -> list[dict[str, Any]]:
    """Candidates with their held-out figures and roles, in the order given.

    Args:
        held: Held-out predictions of each candidate for the same rows, most easily explained first.

    Returns:
        `family`, `setting`, `role`, `held_out_rows`, `held_out_log_loss`, `held_out_auc`,
        `loss_excess` (over the best) and `standard_error` of it; figures are None without rows.
    """
    losses = {name: _calibrated_loss(rows) for name, rows in held.items()}
    if any(loss.size == 0 for loss in losses.values()):
        excess = dict.fromkeys(held, (0.0, 0.0))
        best = next(iter(held))
    else:
        best = min(losses, key=lambda name: float(losses[name].mean()))
        excess = {
            name: clustered_mean(loss - losses[best], held[name].subject)
            for name, loss in losses.items()
        }
    champion = next(name for name in held if excess[name][0] <= excess[name][1])
    others = [name for name in held if name != champion]
    challenger = min(others, key=lambda name: excess[name][0], default=None)
    roles = {champion: CHAMPION, challenger: CHALLENGER}
    return [
        {
            "family": name,
            "setting": rows.setting,
            "role": roles.get(name, CANDIDATE),
            "held_out_rows": int(rows.outcome.size),
            "held_out_log_loss": float(losses[name].mean()) if losses[name].size else None,
            "held_out_auc": auc(rows.outcome, rows.log_odds) if losses[name].size else None,
            "loss_excess": excess[name][0] if losses[name].size else None,
            "standard_error": excess[name][1] if losses[name].size else None,
        }
        for name, rows in held.items()
    ]


def clustered_mean(values: np.ndarray, cluster: np.ndarray) -> tuple[float, float]:
    """Mean of values, and its standard error when those of a cluster belong together.

    The ratio estimator of cluster sampling (Cochran, Sampling Techniques, 1977, ch. 9A): residual
    sums per cluster, G / (G - 1) for G clusters. With one cluster the error is 0.

    Args:
        values: Shape (rows,).
        cluster: Cluster of each row, shape (rows,), any sortable type.
    """
    mean = float(values.mean())
    names, member = np.unique(cluster, return_inverse=True)
    if names.size < 2:
        return mean, 0.0
    sums = np.bincount(member, weights=values - mean)
    spread = float((sums**2).sum()) * names.size / (names.size - 1)
    return mean, float(np.sqrt(spread) / values.size)


def _calibrated_loss(held: HeldOut) -> np.ndarray:
    """Log loss of each held-out row after the candidate's own line, as it would be used."""
    if not 0 < held.outcome.sum() < held.outcome.size:
        return np.array([])
    line = fit_recalibration(held.outcome, held.log_odds, slope_precision=_SLOPE_PRECISION)
    return log_loss(held.outcome, line.apply(held.log_odds))


def _test_figures(model: EventModel) -> dict[str, Any]:
    """Out-of-time figures of a candidate: of all rows, and of unseen borrowers."""
    row: dict[str, Any] = {"model_version": model.model_version}
    for name in ("out_of_time", "out_of_time_unseen_borrowers"):
        figures = model.facts["metrics"][name]
        for figure in ("auc", "auc_interval", "brier", "calibration_intercept"):
            row[f"{name}_{figure}"] = None if figures is None else figures[figure]
    return row


def candidate_rows(champion: EventModel) -> list[dict[str, Any]]:
    """The comparison that selected a champion, as rows of `gold.pd_candidates`.

    Args:
        champion: From `compete`; a model without a comparison has no rows.
    """
    record = champion.facts.get("champion_challenger", {}).get("candidates", [])
    return [
        {
            **{name: row[name] for name in _RECORD_COLUMNS},
            "family_rank": rank,
            **_renamed(row, "out_of_time"),
            **{
                name.replace("out_of_time_unseen_borrowers", "unseen"): value
                for name, value in _renamed(row, "out_of_time_unseen_borrowers").items()
            },
        }
        for rank, row in enumerate(record, start=1)
    ]


_RECORD_COLUMNS = (
    "family", "setting", "role", "held_out_rows", "held_out_log_loss", "held_out_auc",
    "loss_excess", "standard_error", "model_version",
)  # fmt: skip


def _renamed(row: dict[str, Any], sample: str) -> dict[str, Any]:
    """Figures of a sample with the interval's ends apart."""
    low, high = row[f"{sample}_auc_interval"] or (None, None)
    return {
        f"{sample}_auc": row[f"{sample}_auc"],
        f"{sample}_auc_lower": low,
        f"{sample}_auc_upper": high,
        f"{sample}_brier": row[f"{sample}_brier"],
        f"{sample}_calibration_intercept": row[f"{sample}_calibration_intercept"],
    }
