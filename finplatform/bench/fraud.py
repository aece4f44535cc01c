"""The bank's fraud model on public card payments, against plain models of scikit-learn.

Every model learns from the same rows and columns of a week and scores each payment of a
later week. The peers have scikit-learn's default settings: a logistic regression on standardised
columns, and a random forest of a hundred trees. The model is trained by
`finplatform.ml.fraud.train_fraud`, as the bank's own, on another task.

Belongs here: the training sets and the figures. Does not belong here: data (`fraud_data`), the
model, printing.
"""

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from finplatform import __version__
from finplatform.bench.fraud_data import FEATURES, FraudWeek
from finplatform.ml import fraud_metrics
from finplatform.ml.dataset import Dataset, Split
from finplatform.ml.fraud import FRAUD, anomaly_scores, train_fraud
from finplatform.ml.metrics import auc
from finplatform.ml.scoring import pd_of
from finplatform.ml.spec import OBSERVED, Declared, Task
from finplatform.ml.threads import one_thread

SEED = 20240601
ROUTE, LOGISTIC, FOREST = "route", "logistic regression", "random forest"
ANOMALY = "isolation forest"
PEERS = (LOGISTIC, FOREST)
FIGURES = ("auc", "average_precision", "recall_at_half_percent")

TASK: Task = replace(
    FRAUD,
    name="public card fraud",
    prefix="bench-fraud-",
    label="is_fraud",
    declared={name: Declared(name) for name in FEATURES},
    categories=frozenset(),
)
"""The handbook's columns, of none of which anything is expected."""


def run_weeks(weeks: Iterable[FraudWeek], *, seed: int = SEED) -> dict[str, Any]:
    """Trains and judges the route and its peers on every week.

    Args:
        weeks: From `fraud_data.weeks`.
        seed: Seed of folds and trees.

    Returns:
        Plain values for JSON: of each week, sizes and figures by model; `mean` of the figures over
        the weeks; `is_at_or_above`, whether the route's mean is that of every peer or better, by
        figure.
    """
    judged = [judge(week, seed=seed) for week in weeks]
    models = judged[0]["models"]
    mean = {
        name: {
            figure: float(np.mean([week["models"][name][figure] for week in judged]))
            for figure in (*FIGURES, "seconds")
        }
        for name in models
    }
    return {
        "features": list(FEATURES),
        "seed": seed,
        "weeks": judged,
        "mean": mean,
        "is_at_or_above": {
            figure: all(mean[ROUTE][figure] >= mean[peer][figure] for peer in PEERS)
            for figure in ("auc", "average_precision")
        },
    }


def judge(week: FraudWeek, *, seed: int = SEED) -> dict[str, Any]:
    """Figures of a week by model.

    Args:
        week: Rows to learn from and to judge.
        seed: Seed of folds and trees.
    """
    outcome = week.test["is_fraud"].cast(pl.Float64).to_numpy()
    models: dict[str, dict[str, float]] = {}
    for scorer in (_route, _logistic, _forest):
        started = time.process_time()
        with one_thread():
            found = scorer(week, seed)
        seconds = round(time.process_time() - started, 1)
        for scored, score in found.items():
            models[scored] = {**_figures(outcome, score), "seconds": seconds}
    return {
        "name": week.name,
        "train_rows": week.train.height,
        "train_frauds": int(week.train["is_fraud"].sum()),
        "test_rows": week.test.height,
        "test_frauds": int(outcome.sum()),
        "models": models,
    }


def dataset_of(week: FraudWeek) -> Dataset:
    """A week as the route takes it, every payment standing for itself."""
    train, test = (
        rows.with_columns(weight=pl.lit(1.0)).sort(OBSERVED, TASK.unit)
        for rows in (week.train, week.test)
    )
    counts = {
        "train_rows": train.height,
        "train_fraudulent_transactions": int(train[TASK.label].sum()),
        "test_rows": test.height,
        "test_fraudulent_transactions": int(test[TASK.label].sum()),
    }
    return Dataset(TASK, train, test, Split("separated", week.train_dates, week.test_dates), counts)


def _route(week: FraudWeek, seed: int) -> dict[str, np.ndarray]:
    model = train_fraud(dataset_of(week), seed=seed, code_version=__version__)
    return {
        ROUTE: pd_of(model.log_odds(week.test)),
        ANOMALY: anomaly_scores(model, week.test),
    }


def _logistic(week: FraudWeek, _: int) -> dict[str, np.ndarray]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return {LOGISTIC: _peer(model, week)}


def _forest(week: FraudWeek, seed: int) -> dict[str, np.ndarray]:
    from sklearn.ensemble import RandomForestClassifier

    return {FOREST: _peer(RandomForestClassifier(random_state=seed, n_jobs=1), week)}


def _peer(model: Any, week: FraudWeek) -> np.ndarray:
    model.fit(_matrix(week.train), week.train["is_fraud"].to_numpy())
    return np.asarray(model.predict_proba(_matrix(week.test))[:, 1])


def _matrix(rows: pl.DataFrame) -> np.ndarray:
    return rows.select(pl.col(FEATURES).cast(pl.Float64)).to_numpy()


def _figures(outcome: np.ndarray, score: np.ndarray) -> dict[str, float]:
    weight = np.ones(outcome.size)
    return {
        "auc": auc(outcome, score),
        "average_precision": fraud_metrics.average_precision(outcome, score, weight),
        "recall_at_half_percent": fraud_metrics.recall_at(
            outcome, score, weight, fraud_metrics.FEW
        ),
    }
