"""A model of an event: a calibrated, ridge-penalised logistic regression over monthly features.

Default and churn are such events; `finplatform.ml.spec.Task` says which one is meant.

Belongs here: the order of the steps of training, and the trained object. Does not belong here: the
steps themselves, each of which has its module beside this one, or files (`finplatform.ml.store`).
"""

from dataclasses import asdict, dataclass
from importlib.metadata import version
from platform import python_version
from typing import Any

import numpy as np
import polars as pl

from finplatform.ml.calibration import Recalibration, anchor
from finplatform.ml.coefficients import clustered_covariance, coefficient_table, column_names
from finplatform.ml.dataset import Dataset
from finplatform.ml.evaluation import evaluate
from finplatform.ml.fingerprint import canonical_json, frame_fingerprint, sha256
from finplatform.ml.fitting import (
    fit_logit,
    linear_log_odds,
    new_columns,
    new_pipeline,
    pipeline_log_odds,
)
from finplatform.ml.preparation import Preparation, learn_preparation
from finplatform.ml.resampling import some_borrowers
from finplatform.ml.scoring import pd_of, score
from finplatform.ml.selection import (
    HeldOut,
    cross_validate,
    held_out_slope,
    outcome_of,
    unseen_borrower_log_odds,
)
from finplatform.ml.spec import ECONOMY, SUBJECT, Task, feature_columns
from finplatform.ml.threads import one_thread

__all__ = ["DEFAULT_SETTINGS", "EventModel", "TrainingSettings", "score", "train"]

_LIBRARIES = ("numpy", "polars", "scikit-learn", "skops")


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
    """

    penalties: tuple[float, ...] = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
    time_blocks: int = 2
    borrower_groups: int = 4
    validation_rows: int = 100_000
    tail: float = 0.005
    slope_precision: float = 4.0
    bootstrap_replicates: int = 300


DEFAULT_SETTINGS = TrainingSettings()


@dataclass(frozen=True)
class EventModel:
    """A trained model and everything that is known of it.

    Attributes:
        task: What it predicts.
        pipeline: Fitted scikit-learn pipeline over the prepared matrix.
        preparation: Bounds and levels that make the matrix.
        recalibration: Platt's line.
        facts: Plain values for JSON: code version, seed, settings, data window and fingerprints,
            features, selection, metrics, coefficients, library versions.
    """

    task: Task
    pipeline: Any
    preparation: Preparation
    recalibration: Recalibration
    facts: dict[str, Any]

    @property
    def model_version(self) -> str:
        """Prefix of the task and a hash of code, data, settings, seed and every learned number."""
        named = {key: self.facts[key] for key in ("code_version", "seed", "settings", "data")}
        return self.task.prefix + sha256(canonical_json({**named, "learned": self.learned()}))[:16]

    def log_odds(self, features: pl.DataFrame) -> np.ndarray:
        """Calibrated log-odds of the event, shape (rows,)."""
        raw = pipeline_log_odds(self.pipeline, self.preparation.matrix(features))
        return self.recalibration.apply(raw)

    def through_the_cycle_log_odds(self, features: pl.DataFrame) -> np.ndarray:
        """Calibrated log-odds with the economy at its average over training, shape (rows,).

        The columns of the economy (`finplatform.ml.spec.ECONOMY`) are set to their mean, so that
        what remains is the borrower. Rows of one borrower differ over time only as the borrower
        does.
        """
        design = self.pipeline["columns"].transform(self.preparation.matrix(features))
        names = column_names(self.pipeline, self.preparation)
        economy = [at for at, name in enumerate(names) if name.split(" ")[0] in ECONOMY]
        design[:, economy] = 0.0
        return self.recalibration.apply(linear_log_odds(design, self.pipeline["logit"]))

    def log_odds_error(self, features: pl.DataFrame) -> np.ndarray:
        """Standard error of the calibrated log-odds, clustered by subject, shape (rows,).

        It leaves out the uncertainty of penalty and calibration.
        """
        design = self.pipeline["columns"].transform(self.preparation.matrix(features))
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
        columns = self.pipeline["columns"].named_transformers_
        numbers: dict[str, Any] = {}
        if "numeric" in columns:
            imputer, scaler = columns["numeric"]["impute"], columns["numeric"]["scale"]
            indicated = [] if imputer.indicator_ is None else imputer.indicator_.features_
            numbers = {
                "medians": _plain(imputer.statistics_),
                "indicated": _plain(indicated),
                "means": _plain(scaler.mean_),
                "deviations": _plain(scaler.scale_),
            }
        return {
            **numbers,
            "preparation": self.preparation.to_dict(),
            "coefficients": _plain(self.pipeline["logit"].coef_[0]),
            "intercept": _plain(self.pipeline["logit"].intercept_),
            "recalibration": asdict(self.recalibration),
        }


def train(
    dataset: Dataset,
    *,
    seed: int,
    code_version: str,
    settings: TrainingSettings = DEFAULT_SETTINGS,
) -> EventModel:
    """Learn a model from the training rows, and judge it on the test rows.

    The same rows, in whatever order of rows and columns, give the same bits.

    Args:
        dataset: From `dataset.build`.
        seed: Seed of borrower groups and bootstrap.
        code_version: Version of the code, part of the model's version.
        settings: Knobs.

    Raises:
        FinplatformError: No usable feature, or a declared number that arrives as text.
    """
    task, rows = dataset.task, dataset.train
    outcome = outcome_of(rows, task)
    with one_thread():
        held_out = cross_validate(
            some_borrowers(rows, settings.validation_rows, seed),
            settings.penalties,
            blocks=settings.time_blocks,
            groups=settings.borrower_groups,
            tail=settings.tail,
            seed=seed,
            task=task,
        )
        preparation = learn_preparation(rows, tail=settings.tail, task=task)
        columns = new_columns(preparation)
        design = columns.fit_transform(preparation.matrix(rows))
        logit = fit_logit(design, outcome, held_out.penalty)
        line = _recalibration(linear_log_odds(design, logit), outcome, held_out, settings)
        pipeline = new_pipeline(columns, logit)
        subject = rows[SUBJECT].rank("dense").to_numpy().astype(int)
        covariance = clustered_covariance(design, outcome, subject, logit, held_out.penalty)
        coefficients = coefficient_table(
            pipeline,
            preparation,
            design,
            outcome,
            subject,
            penalty=held_out.penalty,
            slope=line.slope,
            task=task,
        )
        facts: dict[str, Any] = {
            "code_version": code_version,
            "seed": seed,
            "settings": {**asdict(settings), "penalties": list(settings.penalties)},
            "data": _data_facts(dataset),
            "features": _feature_facts(dataset, preparation),
            "selection": {
                "penalty": held_out.penalty,
                "log_loss": {f"{penalty:g}": loss for penalty, loss in held_out.losses.items()},
                "held_out_rows": int(held_out.outcome.size),
                f"held_out_{task.event}_rows": int(held_out.outcome.sum()),
            },
            "coefficients": coefficients,
            "covariance": covariance.tolist(),
            "libraries": {"python": python_version(), **{n: version(n) for n in _LIBRARIES}},
        }
        model = EventModel(dataset.task, pipeline, preparation, line, facts)
        facts["metrics"] = _metrics(model, dataset, settings, seed)
    return model


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
    model: EventModel, dataset: Dataset, settings: TrainingSettings, seed: int
) -> dict[str, Any]:
    """In-sample, out-of-time, and out-of-time for borrowers the fit has not seen.

    `headline` names the one to quote: an overlapping split lets a default that training knew count
    again in the test, which flatters the plain out-of-time figures.
    """
    task, test, replicates = dataset.task, dataset.test, settings.bootstrap_replicates
    unseen = unseen_borrower_log_odds(
        dataset.train,
        test,
        model.facts["selection"]["penalty"],
        model.recalibration,
        groups=settings.borrower_groups,
        tail=settings.tail,
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


def _feature_facts(dataset: Dataset, preparation: Preparation) -> dict[str, Any]:
    columns = feature_columns(dataset.train, dataset.task)
    return {
        "used": list(preparation.names),
        "undeclared": list(columns.undeclared),
        "ignored": list(columns.ignored),
        "dropped": preparation.dropped,
    }


def _plain(values: Any) -> list[float]:
    return [float(value) for value in values]
