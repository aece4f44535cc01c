"""A model of an event: the fit of a family, calibrated and evaluated.

Default, churn and fraud are such events; `finplatform.ml.spec.Task` defines each. Churn
is predicted by the penalised logistic model, fraud by its average with boosted trees
(`finplatform.ml.fraud`); for default, families compete (`finplatform.ml.champion_challenger`).

Belongs here: the order of the steps of training, and the trained object. Does not belong here: the
steps themselves, each of which has its own module, or files (`finplatform.ml.store`).
"""

from dataclasses import asdict, dataclass
from importlib.metadata import version
from platform import python_version
from typing import Any, Protocol, runtime_checkable

import numpy as np
import polars as pl

from finplatform.errors import FinplatformError
from finplatform.ml.calibration import Recalibration, anchor
from finplatform.ml.coefficients import clustered_covariance, coefficient_table
from finplatform.ml.dataset import Dataset
from finplatform.ml.evaluation import evaluate
from finplatform.ml.families import Family, Logistic
from finplatform.ml.fingerprint import canonical_json, frame_fingerprint, sha256
from finplatform.ml.fits import BlendFit, Fit, LinearFit
from finplatform.ml.resampling import some_borrowers
from finplatform.ml.scoring import pd_of, score
from finplatform.ml.selection import (
    HeldOut,
    cross_validate,
    held_out_slope,
    outcome_of,
    unseen_borrower_log_odds,
)
from finplatform.ml.spec import SUBJECT, Task, feature_columns
from finplatform.ml.threads import one_thread
from finplatform.ml.weight_of_evidence import AnyPreparation

__all__ = ["DEFAULT_SETTINGS", "EventModel", "TrainingSettings", "held_out_rows", "score", "train"]

_LIBRARIES = ("numpy", "polars", "scikit-learn", "skops")
_WEIGHED_ROWS = 500
"""Training rows, evenly drawn, that the weight of a feature is averaged over."""


@dataclass(frozen=True)
class TrainingSettings:
    """Knobs of training; all of them are part of the model's version.

    Attributes:
        penalties: Ridge penalties tried.
        time_blocks: Runs of later training dates predicted from earlier ones.
        borrower_groups: Groups of borrowers kept apart in those predictions.
        validation_rows: Rows from which whole borrowers are drawn for them when there are more.
        tail: Share of values clipped at either end of a numeric feature.
        slope_precision: Strength of the belief that the calibration slope is 1; 4 is a standard
            deviation of one half.
        bootstrap_replicates: Resamples behind the intervals.
        judges_unseen: Whether test rows are predicted once more from other borrowers alone.
    """

    penalties: tuple[float, ...] = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
    time_blocks: int = 2
    borrower_groups: int = 3
    validation_rows: int = 100_000
    tail: float = 0.005
    slope_precision: float = 4.0
    bootstrap_replicates: int = 300
    judges_unseen: bool = True


DEFAULT_SETTINGS = TrainingSettings()


@dataclass(frozen=True)
class EventModel:
    """A trained model and everything that is known of it.

    Attributes:
        task: The task.
        family: Kind of model.
        fit: The fit.
        recalibration: Platt's line.
        facts: Plain values for JSON: code version, seed, settings, data window and fingerprints,
            features, selection, metrics, coefficients, library versions.
    """

    task: Task
    family: str
    fit: Fit
    recalibration: Recalibration
    facts: dict[str, Any]

    @property
    def estimator(self) -> Any:
        """Content of the model file."""
        return self.fit.estimator

    @property
    def preparation(self) -> AnyPreparation:
        """Bounds, bins and levels that make the matrix."""
        return self.fit.preparation

    @property
    def model_version(self) -> str:
        """Prefix of the task and a hash of code, data, settings, seed and every learned number."""
        named = {key: self.facts[key] for key in ("code_version", "seed", "settings", "data")}
        return self.task.prefix + sha256(canonical_json({**named, "learned": self.learned()}))[:16]

    def log_odds(self, features: pl.DataFrame) -> np.ndarray:
        """Calibrated log-odds of the event, shape (rows,)."""
        return self.recalibration.apply(self.fit.log_odds(features))

    def through_the_cycle_log_odds(self, features: pl.DataFrame) -> np.ndarray:
        """Calibrated log-odds with the economy at its average over training, shape (rows,).

        The columns of the economy (`finplatform.ml.spec.ECONOMY`) are set to their mean, so that
        what remains is the borrower. Rows of one borrower differ over time only as the borrower
        does.
        """
        return self.recalibration.apply(self.fit.through_the_cycle_log_odds(features))

    def contributions(self, features: pl.DataFrame) -> dict[str, np.ndarray]:
        """Calibrated log-odds that each feature adds against the average training row."""
        slope = self.recalibration.slope
        return {name: slope * added for name, added in self.fit.contributions(features).items()}

    def log_odds_error(self, features: pl.DataFrame) -> np.ndarray:
        """Standard error of the calibrated log-odds, clustered by subject, shape (rows,).

        It leaves out the uncertainty of penalty and calibration.

        Raises:
            FinplatformError: The model is none of a regression.
        """
        if not isinstance(self.fit, LinearFit):
            raise FinplatformError(
                f"A model of the family {self.family} has no standard errors.",
                "Use a linear one, or resample.",
            )
        design = self.fit.design(features)
        with_one = np.column_stack([np.ones(len(design)), design])
        variance = ((with_one @ np.array(self.facts["covariance"])) * with_one).sum(axis=1)
        return np.asarray(self.recalibration.slope * np.sqrt(np.maximum(variance, 0.0)))

    def headline_metrics(self) -> dict[str, Any]:
        """The set of test figures to quote."""
        metrics: dict[str, Any] = self.facts["metrics"]
        headline: dict[str, Any] = metrics[metrics["headline"]]
        return headline

    def learned(self) -> dict[str, Any]:
        """Every number that a score depends on."""
        return {
            **self.fit.learned(),
            "family": self.family,
            "preparation": self.preparation.to_dict(),
            "recalibration": asdict(self.recalibration),
        }


def train(
    dataset: Dataset,
    *,
    seed: int,
    code_version: str,
    settings: TrainingSettings = DEFAULT_SETTINGS,
    family: Family | None = None,
    held_out: HeldOut | None = None,
) -> EventModel:
    """Learn a model from the training rows, and judge it on the test rows.

    The same rows, in whatever order of rows and columns, give the same bits.

    Args:
        dataset: From `dataset.build`.
        seed: Seed of borrower groups and bootstrap.
        code_version: Version of the code, part of the model's version.
        settings: Knobs.
        family: Kind of model; default: the penalised logistic one.
        held_out: Result of `held_out_rows` for the same arguments; default: computed here.

    Raises:
        FinplatformError: No usable feature, or a declared number that arrives as text.
    """
    task, rows = dataset.task, dataset.train
    kind = family or logistic(settings, task)
    outcome = outcome_of(rows, task)
    with one_thread():
        held = held_out or held_out_rows(dataset, kind, seed=seed, settings=settings)
        fit = kind.fit(rows, outcome, held.setting)
        line = _recalibration(fit.log_odds(rows), outcome, held, settings)
        facts: dict[str, Any] = {
            "code_version": code_version,
            "seed": seed,
            "settings": {**asdict(settings), "penalties": list(settings.penalties)},
            "data": _data_facts(dataset),
            "features": _feature_facts(dataset, fit.preparation),
            "selection": {
                "setting": held.setting,
                "log_loss": held.losses,
                "held_out_rows": int(held.outcome.size),
                f"held_out_{task.event}_rows": int(held.outcome.sum()),
            },
            **_effects(fit, kind, held.setting, dataset, line),
            "libraries": {"python": python_version(), **{n: version(n) for n in _LIBRARIES}},
        }
        model = EventModel(dataset.task, kind.name, fit, line, facts)
        facts["metrics"] = _metrics(model, kind, held.setting, dataset, settings, seed)
    return model


def logistic(settings: TrainingSettings, task: Task) -> Logistic:
    """The penalised logistic model of the settings, its strongest penalty first."""
    penalties = sorted(settings.penalties, reverse=True)
    return Logistic({f"{penalty:g}": penalty for penalty in penalties}, task, settings.tail)


def held_out_rows(
    dataset: Dataset, family: Family, *, seed: int, settings: TrainingSettings = DEFAULT_SETTINGS
) -> HeldOut:
    """Predictions of a family for held-out training rows.

    Args:
        dataset: From `dataset.build`; its test rows take no part.
        family: Kind of model.
        seed: Seed of borrower groups.
        settings: Knobs.
    """
    with one_thread():
        return cross_validate(
            some_borrowers(dataset.train, settings.validation_rows, seed),
            family,
            blocks=settings.time_blocks,
            groups=settings.borrower_groups,
            seed=seed,
            task=dataset.task,
        )


@runtime_checkable
class _Penalised(Protocol):
    """A family with a regression in it."""

    def penalty_of(self, setting: str) -> float:
        """Ridge penalty of the regression at a setting."""
        ...


def _effects(
    fit: Fit, family: Family, setting: str, dataset: Dataset, line: Recalibration
) -> dict[str, Any]:
    """Coefficients and their covariance of a regression; the weight of each feature of any fit."""
    rows, task = dataset.train, dataset.task
    some = rows[:: max(rows.height // _WEIGHED_ROWS, 1)]
    weights = {
        name: float(line.slope * np.abs(added).mean())
        for name, added in fit.contributions(some).items()
    }
    effects: dict[str, Any] = {"weights": weights, "coefficients": [], "covariance": []}
    linear = fit.linear if isinstance(fit, BlendFit) else fit
    if isinstance(linear, LinearFit):
        penalty = family.penalty_of(setting) if isinstance(family, _Penalised) else 0.0
        subject = rows[SUBJECT].rank("dense").to_numpy().astype(int)
        design, outcome, logit = (
            linear.design(rows),
            outcome_of(rows, task),
            linear.pipeline["logit"],
        )
        covariance = clustered_covariance(design, outcome, subject, logit, penalty)
        effects["covariance"] = covariance.tolist()
        # Of an average, a coefficient counts half.
        slope = line.slope if linear is fit else line.slope / 2
        effects["coefficients"] = coefficient_table(
            linear.columns, logit.coef_[0], covariance, slope=slope, task=task
        )
    return effects


def _recalibration(
    log_odds: np.ndarray, outcome: np.ndarray, held_out: HeldOut, settings: TrainingSettings
) -> Recalibration:
    """Slope from rows that were held out, level from all training rows.

    The folds' models saw fewer defaults than the final one, so that their level is not its level;
    how far they overstate differences is. The mean PD of training is its default rate, an average
    over all its months.
    """
    slope = held_out_slope(held_out, precision=settings.slope_precision)
    return Recalibration(anchor(slope * log_odds, float(outcome.mean())), slope)


def _metrics(
    model: EventModel,
    family: Family,
    setting: str,
    dataset: Dataset,
    settings: TrainingSettings,
    seed: int,
) -> dict[str, Any]:
    """In-sample, out-of-time, and out-of-time for borrowers the fit has not seen.

    `headline` names the one to quote: an overlapping split lets a default that training knew count
    again in the test, which flatters the plain out-of-time figures.
    """
    task, test, replicates = dataset.task, dataset.test, settings.bootstrap_replicates
    unseen = None
    if settings.judges_unseen:
        unseen = unseen_borrower_log_odds(
            dataset.train,
            test,
            family,
            setting,
            model.recalibration,
            groups=settings.borrower_groups,
            seed=seed,
            task=task,
        )
    test_pd = pd_of(model.log_odds(test))
    is_flattered = dataset.split.kind == "overlapping" and unseen is not None
    return {
        "headline": "out_of_time_unseen_borrowers" if is_flattered else "out_of_time",
        "train": evaluate(
            dataset.train, pd_of(model.log_odds(dataset.train)), seed=seed, task=task
        ),
        "out_of_time": evaluate(test, test_pd, seed=seed, replicates=replicates, task=task),
        "out_of_time_unseen_borrowers": None
        if unseen is None
        else evaluate(test, pd_of(unseen), seed=seed, replicates=replicates, task=task),
    }


def _data_facts(dataset: Dataset) -> dict[str, Any]:
    split, task = dataset.split, dataset.task
    used = (*task.keys, SUBJECT, task.label, *feature_columns(dataset.train, task).names)
    return {
        "train_fingerprint": frame_fingerprint(dataset.train, used),
        "test_fingerprint": frame_fingerprint(dataset.test, used),
        "split": split.kind,
        "train_from": split.train_dates[0].isoformat(),
        "train_to": split.train_dates[-1].isoformat(),
        "test_from": split.test_dates[0].isoformat(),
        "test_to": split.test_dates[-1].isoformat(),
        "counts": dataset.counts,
    }


def _feature_facts(dataset: Dataset, preparation: AnyPreparation) -> dict[str, Any]:
    columns = feature_columns(dataset.train, dataset.task)
    return {
        "used": list(preparation.names),
        "undeclared": list(columns.undeclared),
        "ignored": list(columns.ignored),
        "dropped": preparation.dropped,
    }
