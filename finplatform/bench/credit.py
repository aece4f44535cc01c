"""Default models on public loan books: the protocol.

Without a test in time, a book is cut five times into five stratified folds (a large one into
three); each fold is predicted from the others, so that every row is predicted once a repeat. With
one, rows of the test are predicted from those before it. All choices are made on
training rows, separately for each fold.

Models of scikit-learn learn from the same rows and predict the same (`credit_peers`). Its wide
search of boosted trees is the reference of the challenger's trees: `boosting_gap` is how far these
are behind it in AUC, `boosting_time_ratio` their search's processor time over that of the other.

Belongs here: splits and held-out predictions. Does not belong here: reading data
(`credit_data`), models (`credit_models`, `credit_peers`), the choice between them
(`credit_choice`), figures (`credit_figures`), printing.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from finplatform.bench.credit_choice import (
    AVERAGE,
    CHOICE_ROWS,
    MARGIN,
    compete,
    stratified_folds,
)
from finplatform.bench.credit_data import LoanBook
from finplatform.bench.credit_figures import figures
from finplatform.bench.credit_models import SIZES
from finplatform.bench.credit_peers import PEERS, WIDE_SEARCH, predict
from finplatform.ml.scoring import pd_of
from finplatform.ml.threads import one_thread

REPEATS = 2
FOLDS, FOLDS_OF_A_LARGE_BOOK, LARGE = 5, 3, 5_000
"""A book of more than so many rows needs no more than two thirds of them to learn from, and is cut
once.
"""

SEED = 20240601

ACCEPTANCE = {"german": 0.79, "taiwan": 0.78, "berka": 0.75}
"""Smallest AUC of the champion on rows that it was not trained on."""

MOST_BEHIND, MOST_TIME = 0.005, 2.0
"""Tolerated gaps of the trees to scikit-learn's, in AUC and in processor time."""

CHAMPION, SCORECARD, CHALLENGER = "champion", "scorecard", "boosting"
CANDIDATES = (SCORECARD, CHALLENGER, AVERAGE)


@dataclass(frozen=True)
class _Part:
    """Rows to learn from and rows to predict.

    Attributes:
        repeat: Number of the repeat.
        fit: Positions in the book to learn from.
        test: Positions in the book to predict.
        place: Positions of the predicted rows among all that are predicted.
    """

    repeat: int
    fit: np.ndarray
    test: np.ndarray
    place: np.ndarray


def run_book(
    book: LoanBook,
    *,
    seed: int = SEED,
    repeats: int = REPEATS,
    jobs: int = 1,
    with_peers: bool = True,
) -> dict[str, Any]:
    """Trains and judges all candidates on a loan book.

    Args:
        book: Features and outcome.
        seed: Decides folds and bootstrap.
        repeats: Number of cross-validations of a book without a test in time.
        jobs: Processes that share the folds; their number changes no figure but times.
        with_peers: Whether models of scikit-learn are trained and evaluated too.

    Returns:
        Plain values for JSON: sizes, figures per kind of model (`champion` is whichever won in
        each fold), how often each candidate won, points of the reliability plot, processor times of
        the searches (`search_seconds`), and with peers `boosting_gap`, `boosting_time_ratio` and
        `is_level` with scikit-learn.
    """
    from joblib import Parallel, delayed  # type: ignore[import-untyped]

    parts = _parts(book, seed, 1 if book.outcome.size > LARGE else repeats)
    kinds = (CHAMPION, *CANDIDATES, *(PEERS if with_peers else ()))
    outcome = book.outcome if book.is_test is None else book.outcome[book.is_test]
    pd = {kind: np.empty((parts[-1].repeat + 1, outcome.size)) for kind in kinds}
    comparisons, seconds = [], dict.fromkeys((CHALLENGER, WIDE_SEARCH), 0.0)
    predicted = Parallel(n_jobs=jobs)(
        delayed(_predict)(
            book.features[part.fit],
            book.outcome[part.fit],
            book.features[part.test],
            seed,
            with_peers,
        )
        for part in parts
    )
    for part, (found, comparison, took) in zip(parts, predicted, strict=True):
        for kind in pd:
            name = comparison["champion"] if kind == CHAMPION else kind
            pd[kind][part.repeat, part.place] = found[name]
        comparisons.append(comparison)
        seconds = {name: seconds[name] + took.get(name, 0.0) for name in seconds}
    wins = Counter(comparison["champion"] for comparison in comparisons)
    least = ACCEPTANCE.get(book.name)
    models = {kind: figures(outcome, found, seed) for kind, found in pd.items()}
    return {
        "name": book.name,
        "title": book.title,
        "protocol": "out of time"
        if book.is_test is not None
        else f"{parts[-1].repeat + 1} x {_fold_count(book)} stratified folds",
        "rows": int(book.outcome.size),
        "test_rows": int(outcome.size),
        "features": book.features.columns,
        "bad_rate": float(book.outcome.mean()),
        "test_bad_rows": int(outcome.sum()),
        "wins": {name: wins[name] for name in CANDIDATES},
        "margin": MARGIN,
        "models": models,
        "least_auc": least,
        "is_accepted": None if least is None else models[CHAMPION]["auc"] >= least,
        "comparisons": comparisons,
        "search_seconds": {name: round(value, 1) for name, value in seconds.items()},
        **(_level(models, seconds) if with_peers else {}),
        "notes": list(book.notes),
    }


def _level(models: dict[str, Any], seconds: dict[str, float]) -> dict[str, Any]:
    """Gap of the challenger's trees to scikit-learn's wide search."""
    gap = models[WIDE_SEARCH]["auc"] - models[CHALLENGER]["auc"]
    ratio = seconds[CHALLENGER] / max(seconds[WIDE_SEARCH], 1e-9)
    return {
        "boosting_gap": gap,
        "boosting_time_ratio": ratio,
        "is_level": gap <= MOST_BEHIND and ratio <= MOST_TIME,
    }


def _fold_count(book: LoanBook) -> int:
    return FOLDS_OF_A_LARGE_BOOK if book.outcome.size > LARGE else FOLDS


def _parts(book: LoanBook, seed: int, repeats: int) -> list[_Part]:
    if book.is_test is not None:
        fit, test = np.flatnonzero(~book.is_test), np.flatnonzero(book.is_test)
        return [_Part(0, fit, test, np.arange(test.size))]
    return [
        _Part(repeat, fit, test, test)
        for repeat in range(repeats)
        for fit, test in stratified_folds(book.outcome, _fold_count(book), seed + repeat)
    ]


def _predict(
    train: pl.DataFrame, outcome: np.ndarray, unseen: pl.DataFrame, seed: int, with_peers: bool
) -> tuple[dict[str, np.ndarray], dict[str, Any], dict[str, float]]:
    """Probabilities of unseen rows by model, the comparison, and CPU times of the searches."""
    with one_thread():
        comparison = compete(train, outcome, seed=seed)
        log_odds = comparison.predict(train, outcome, unseen)
        found = {name: pd_of(values) for name, values in log_odds.items()}
        took = {CHALLENGER: comparison.challenger.seconds}
        if with_peers:
            peers = predict(train, outcome, unseen, seed=seed, rows=CHOICE_ROWS)
            found |= peers.probability
            took[WIDE_SEARCH] = peers.search_seconds
    return (
        found,
        {
            "champion": comparison.champion,
            **{f"{name}_auc": value for name, value in comparison.aucs.items()},
            "scorecard_setting": comparison.scorecard.setting,
            "boosting_setting": comparison.challenger.setting,
            "boosting_ends": list(SIZES.ends(comparison.challenger.setting)),
            **({WIDE_SEARCH: peers.setting} if with_peers else {}),
        },
        took,
    )
