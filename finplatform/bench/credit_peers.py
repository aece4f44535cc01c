"""Models of scikit-learn, as a reference for the families, on the same rows.

The wide search draws sizes of boosted trees at random over ranges from stumps to large trees and
evaluates each in five folds of the training rows by AUC, as `credit_choice` does. It sees the table
as scikit-learn takes it: numbers as they are, missing ones included, texts as categories.

Belongs here: the reference models and their settings. Does not belong here: splits, figures.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

DRAWS, FOLDS = 20, 5
WIDE_SEARCH = "scikit-learn boosting, wide search"
LOGISTIC = "scikit-learn logistic"
FOREST = "scikit-learn forest"
PEERS = (WIDE_SEARCH, LOGISTIC, FOREST)


@dataclass(frozen=True)
class PeerFound:
    """Predictions of the reference models for unseen rows.

    Attributes:
        probability: Shape (rows,), by peer.
        search_seconds: Processor time of the wide search, its last fit included.
        setting: Best setting of the wide search.
    """

    probability: Mapping[str, np.ndarray]
    search_seconds: float
    setting: str


def predict(
    train: pl.DataFrame, outcome: np.ndarray, unseen: pl.DataFrame, *, seed: int, rows: int
) -> PeerFound:
    """Probabilities of unseen rows by peer, learned from training rows.

    Args:
        train: Features.
        outcome: 0 or 1, shape (rows,).
        unseen: The same features.
        seed: Seed of draws and folds.
        rows: Of more training rows, so many are drawn for the search, as in `credit_choice`.
    """
    texts = [name for name, dtype in train.schema.items() if dtype == pl.String]
    numbers = [name for name in train.columns if name not in texts]
    coded, coded_unseen = _codes(train, unseen, numbers, texts)
    started = time.process_time()
    found = _searched(coded, outcome, texts=len(texts), seed=seed, rows=rows)
    seconds = time.process_time() - started
    dummies, dummies_unseen = _dummies(coded, coded_unseen, len(numbers))
    logistic, forest = _plain(seed)
    probability = {WIDE_SEARCH: found.predict_proba(coded_unseen)[:, 1]}
    for name, model in ((LOGISTIC, logistic), (FOREST, forest)):
        model.fit(dummies, outcome)
        probability[name] = model.predict_proba(dummies_unseen)[:, 1]
    # A forest is certain where all its trees are; log-odds are not.
    probability = {name: np.clip(values, 1e-4, 1 - 1e-4) for name, values in probability.items()}
    chosen = found.get_params()
    setting = ", ".join(f"{name} {chosen[name]:.3g}" for name in sorted(_ranges()))
    return PeerFound(probability, seconds, setting)


def _searched(matrix: np.ndarray, outcome: np.ndarray, *, texts: int, seed: int, rows: int) -> Any:
    """The best of the draws, fitted to all training rows."""
    from sklearn.base import clone
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import RandomizedSearchCV, StratifiedKFold

    is_text = [False] * (matrix.shape[1] - texts) + [True] * texts
    plain = HistGradientBoostingClassifier(
        early_stopping=False, categorical_features=is_text, random_state=seed
    )
    drawn = np.random.default_rng(seed).permutation(outcome.size)[:rows]
    search = RandomizedSearchCV(
        plain,
        _ranges(),
        n_iter=DRAWS,
        scoring="roc_auc",
        cv=StratifiedKFold(FOLDS, shuffle=True, random_state=seed),
        refit=False,
        random_state=seed,
    ).fit(matrix[drawn], outcome[drawn])
    return clone(plain).set_params(**search.best_params_).fit(matrix, outcome)


def _ranges() -> dict[str, Any]:
    """Ranges of the wide search."""
    from scipy.stats import loguniform, randint, uniform  # type: ignore[import-untyped]

    return {
        "learning_rate": loguniform(0.02, 0.3),
        "max_iter": randint(20, 300),
        "max_leaf_nodes": [2, 3, 4, 6, 8, 12, 16, 24, 31],
        "min_samples_leaf": randint(2, 100),
        "l2_regularization": loguniform(1e-3, 100),
        "max_features": uniform(0.1, 0.9),
    }


def _plain(seed: int) -> tuple[Any, Any]:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    logistic = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(max_iter=2000),
    )
    forest = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        RandomForestClassifier(300, random_state=seed, n_jobs=1),
    )
    return logistic, forest


def _codes(
    train: pl.DataFrame, unseen: pl.DataFrame, numbers: list[str], texts: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Numbers, then texts as codes; NaN where missing, or a text that training does not hold."""
    from sklearn.preprocessing import OrdinalEncoder

    parts = [
        frame.select(pl.col(numbers).cast(pl.Float64).fill_null(np.nan)).to_numpy()
        for frame in (train, unseen)
    ]
    if not texts:
        return parts[0], parts[1]
    encoder = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan
    )
    values = [frame.select(texts).to_numpy().astype(object) for frame in (train, unseen)]
    coded = encoder.fit_transform(values[0]), encoder.transform(values[1])
    return np.hstack([parts[0], coded[0]]), np.hstack([parts[1], coded[1]])


def _dummies(
    coded: np.ndarray, coded_unseen: np.ndarray, numbers: int
) -> tuple[np.ndarray, np.ndarray]:
    """Numbers as they are, a column per code of the texts."""
    levels = [np.unique(column[~np.isnan(column)]) for column in coded[:, numbers:].T]

    def wide(rows: np.ndarray) -> np.ndarray:
        columns = (rows[:, [numbers + at]] == values for at, values in enumerate(levels))
        return np.hstack([rows[:, :numbers], *columns]).astype(float)

    return wide(coded), wide(coded_unseen)
