"""Default models on public loan books: the protocol and its figures.

Without a test in time, a book is cut five times into five stratified folds (a large one into
three); each fold is predicted from the others, so that every row is predicted once a repeat. With
one, rows of the test are
predicted from those before it. Whatever is chosen is chosen on training rows, anew for each fold.

Belongs here: splits, and figures with their uncertainty. Does not belong here: reading data
(`credit_data`), models (`credit_models`), the choice between them (`credit_choice`), printing.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from finplatform.bench.credit_choice import MARGIN, compete, stratified_folds
from finplatform.bench.credit_data import LoanBook
from finplatform.ml import metrics
from finplatform.ml.resampling_intervals import intervals_of_mean
from finplatform.ml.scoring import pd_of
from finplatform.ml.threads import one_thread

REPEATS = 5
FOLDS, FOLDS_OF_A_LARGE_BOOK, LARGE = 5, 3, 5_000
"""A book of more than so many rows needs no more than two thirds of them to learn from."""

REPLICATES = 500
SEED = 20240601
RELIABILITY_BINS = 10

ACCEPTANCE = {"german": 0.79, "taiwan": 0.78, "berka": 0.75}
"""Smallest AUC of the champion on rows that it was not trained on."""

CHAMPION, SCORECARD, CHALLENGER = "champion", "scorecard", "boosting"
_KINDS = (CHAMPION, SCORECARD, CHALLENGER)


@dataclass
class _Predictions:
    """Probabilities of test rows per kind of model, shape (repeats, test rows)."""

    outcome: np.ndarray
    pd: dict[str, np.ndarray]
    contests: list[dict[str, Any]] = field(default_factory=list)


def run_book(book: LoanBook, *, seed: int = SEED, repeats: int = REPEATS) -> dict[str, Any]:
    """Trains and judges both families on a loan book.

    Args:
        book: Features and outcome.
        seed: Decides folds and bootstrap.
        repeats: How often a book without test in time is cut into folds.

    Returns:
        Plain values for JSON: sizes, figures per kind of model (`champion` is whichever won in
        each fold), how often each family won, and points of the reliability plot.
    """
    with one_thread():
        found = (
            _out_of_time(book, seed) if book.is_test is not None else _folds(book, seed, repeats)
        )
    wins = Counter(contest["champion"] for contest in found.contests)
    least = ACCEPTANCE.get(book.name)
    models = {kind: _figures(found.outcome, found.pd[kind], seed) for kind in _KINDS}
    return {
        "name": book.name,
        "title": book.title,
        "protocol": "out of time"
        if book.is_test is not None
        else f"{repeats} x {_fold_count(book)} stratified folds",
        "rows": int(book.outcome.size),
        "test_rows": int(found.outcome.size),
        "features": book.features.columns,
        "bad_rate": float(book.outcome.mean()),
        "test_bad_rows": int(found.outcome.sum()),
        "wins": {SCORECARD: wins[SCORECARD], CHALLENGER: wins[CHALLENGER]},
        "margin": MARGIN,
        "models": models,
        "least_auc": least,
        "is_accepted": None if least is None else models[CHAMPION]["auc"] >= least,
        "contests": found.contests,
        "notes": list(book.notes),
    }


def reliability(
    outcome: np.ndarray, pd: np.ndarray, bins: int = RELIABILITY_BINS
) -> list[dict[str, float]]:
    """Observed against predicted rate in bins of equally many rows, with Wilson's interval.

    Args:
        outcome: 0 or 1, shape (rows,).
        pd: Shape (rows,).
        bins: Number of bins; fewer when there are fewer rows.
    """
    points = []
    z = 1.959963984540054
    for part in np.array_split(np.argsort(pd, kind="stable"), min(bins, outcome.size)):
        size, rate = part.size, float(outcome[part].mean())
        centre = (rate + z**2 / (2 * size)) / (1 + z**2 / size)
        reach = z * np.sqrt(rate * (1 - rate) / size + z**2 / (4 * size**2)) / (1 + z**2 / size)
        points.append(
            {
                "rows": size,
                "predicted": float(pd[part].mean()),
                "observed": rate,
                "lower": float(max(centre - reach, 0.0)),
                "upper": float(min(centre + reach, 1.0)),
            }
        )
    return points


def _fold_count(book: LoanBook) -> int:
    return FOLDS_OF_A_LARGE_BOOK if book.outcome.size > LARGE else FOLDS


def _folds(book: LoanBook, seed: int, repeats: int) -> _Predictions:
    rows = book.outcome.size
    found = _Predictions(book.outcome, {kind: np.empty((repeats, rows)) for kind in _KINDS})
    for repeat in range(repeats):
        for fit, test in stratified_folds(book.outcome, _fold_count(book), seed + repeat):
            _predict(book, fit, test, seed, found, (repeat, test))
    return found


def _out_of_time(book: LoanBook, seed: int) -> _Predictions:
    is_test = np.asarray(book.is_test, dtype=bool)
    fit, test = np.flatnonzero(~is_test), np.flatnonzero(is_test)
    found = _Predictions(book.outcome[test], {kind: np.empty((1, test.size)) for kind in _KINDS})
    _predict(book, fit, test, seed, found, (0, np.arange(test.size)))
    return found


def _predict(
    book: LoanBook,
    fit: np.ndarray,
    test: np.ndarray,
    seed: int,
    found: _Predictions,
    place: tuple[int, np.ndarray],
) -> None:
    """Fills in the predictions of one fold and notes its contest."""
    train, outcome = book.features[fit], book.outcome[fit]
    contest = compete(train, outcome, seed=seed)
    for kind, contender in ((SCORECARD, contest.scorecard), (CHALLENGER, contest.challenger)):
        log_odds = contender.predict(train, outcome, book.features[test])
        found.pd[kind][place] = pd_of(log_odds)
    champion = contest.champion.family.name
    found.pd[CHAMPION][place] = found.pd[champion][place]
    found.contests.append(
        {
            "champion": champion,
            "scorecard_auc": contest.scorecard.auc,
            "scorecard_setting": contest.scorecard.setting,
            "boosting_auc": contest.challenger.auc,
            "boosting_setting": contest.challenger.setting,
        }
    )


def _figures(outcome: np.ndarray, pd: np.ndarray, seed: int) -> dict[str, Any]:
    """Mean over the repeats of each figure, and its interval."""
    calibrations = [metrics.calibration(outcome, row) for row in pd]
    intervals = intervals_of_mean(outcome, pd, seed=seed, replicates=REPLICATES)
    return {
        "auc": _mean(metrics.auc(outcome, row) for row in pd),
        "gini": _mean(metrics.gini(outcome, row) for row in pd),
        "ks": _mean(metrics.ks(outcome, row) for row in pd),
        "brier": _mean(metrics.brier(outcome, row) for row in pd),
        **{f"{name}_interval": list(interval) for name, interval in intervals.items()},
        "calibration_intercept": _mean(line.intercept for line in calibrations),
        "calibration_slope": _mean(line.slope for line in calibrations),
        "mean_pd": _mean(line.mean_pd for line in calibrations),
        "observed_rate": float(outcome.mean()),
        "reliability": reliability(outcome, pd.mean(axis=0)),
    }


def _mean(values: Iterator[float]) -> float:
    return float(np.mean(list(values)))
