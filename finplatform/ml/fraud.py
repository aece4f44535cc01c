"""Fraud: what a confirmed fraud is, what was known at its moment, and the model of it.

Belongs here: the task, the split by time, training on few frauds among many payments, the alert
threshold by cost, and scores. Does not belong here: fitting (`finplatform.ml.event_model`), the
families (`finplatform.ml.blend`), the forest (`finplatform.ml.isolation`), or the rules
(`finplatform.streaming.fraud`), of whose points only the sum is known here.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from finplatform.ml import fraud_metrics
from finplatform.ml.blend import Blend
from finplatform.ml.boosting import Boosting
from finplatform.ml.calibration import Recalibration, log_odds_of
from finplatform.ml.dataset import Dataset, InsufficientHistoryError, Split, SplitRule
from finplatform.ml.event_model import (
    EventModel,
    TrainingSettings,
    held_out_rows,
    logistic,
    train,
)
from finplatform.ml.isolation import IsolationForest, grow
from finplatform.ml.prior import PriorModel, PriorRate
from finplatform.ml.resampling import some_borrowers
from finplatform.ml.scoring import pd_of
from finplatform.ml.selection import HeldOut
from finplatform.ml.spec import OBSERVED, Declared, Task
from finplatform.ml.threads import one_thread
from finplatform.ml.tree_lattice import Lattice, Shape

_MORE = "is_foreign_merchant is_foreign_currency is_high_risk_merchant merchant_fraud_share"
_MORE_AMOUNTS = """
    account_frauds amount_to_usual_ratio attempts_1h attempts_24h merchant_frauds online_small_24h
    outflow_24h
"""
_LESS_AMOUNTS = "seconds_since_previous payment_count_30d"
_EITHER = "is_weekend"
_EITHER_AMOUNTS = "account_age_days amount payment_count_7d"

FRAUD = Task(
    name="fraud",
    prefix="fraud-",
    unit="transaction_id",
    units="transactions",
    label="is_confirmed",
    event_date="confirmed_date",
    event="fraud",
    happened="fraudulent",
    declared={
        name: Declared(name, sign, is_log)
        for names, sign, is_log in (
            (_MORE, 1, False),
            (_MORE_AMOUNTS, 1, True),
            (_LESS_AMOUNTS, -1, True),
            (_EITHER, 0, False),
            (_EITHER_AMOUNTS, 0, True),
        )
        for name in names.split()
    },
    only_declared=True,
    categories=frozenset({"way_to_pay", "day_part", "size_and_way", "merchant_category"}),
)
"""A payment is confirmed as fraud by an investigation.

Every feature was known when the payment was requested: the payment itself, its account's earlier
ones, the merchant, and the frauds at this merchant and on this account that had been confirmed by
then. Whether it went through is none of them.
"""

RULE = SplitRule(performance_months=0, min_train_defaults=30, min_test_defaults=10)
SETTINGS = TrainingSettings(
    penalties=(0.3, 3.0, 30.0),
    time_blocks=1,
    borrower_groups=2,
    tail=0.0,
    bootstrap_replicates=0,
    judges_unseen=False,
)
"""No value is clipped: half a percent of the payments, the largest, hold much of the fraud."""

_SIZES = Lattice(
    Shape(leaves=6, min_rows=50, column_share=1.0),
    leaves=(3, 6, 12, 24, 48),
    min_rows=(50,),
    column_share=(1.0,),
    trees=(120, 160, 240, 320, 480, 640),
    first_trees=(120, 160, 240),
)
"""Held-out payments are predicted from about a quarter of those that the model learns from in the
end. So few frauds need few trees, and all of them more: fewer than 120 are not offered.
"""

TEST_SHARE = 1 / 3
EMBARGO_DAYS = 7
"""Last days of training that are left out: most of their investigations are still going on."""

REVIEW_COST = 8.0
"""Cost of an alert, in the currency of the accounts: an assumption of the bank."""

POINTS_PER_LOG_ODDS = 50.0
"""Points of rules that add one to the log-odds of fraud. All points together add two: rules move a
payment up among those of like chance, and do not overrule the model, which has their features."""

PRIOR = PriorModel(
    (
        PriorRate(
            None,
            0.0005,
            date(2024, 1, 1),
            "expert prior: about one payment in two thousand; judgement, not estimated from any "
            "data set",
        ),
    )
)
"""Chance of a bank that has confirmed too few frauds; it is the same for all, so nothing is scored
with it."""


def build(payments: pl.DataFrame) -> Dataset:
    """Earlier payments with the labels known when they end, later ones with those known now.

    Args:
        payments: Features, keys, `transaction_date`, `confirmed_date` (null if not confirmed), and
            `weight`: payments that a row stands for.

    Raises:
        InsufficientHistoryError: Too few confirmed frauds on either side.
    """
    dated = payments.with_columns(pl.col("transaction_date").dt.month_end().alias(OBSERVED)).sort(
        OBSERVED, FRAUD.unit
    )
    dates = dated[OBSERVED].unique().sort().to_list()
    tests = max(int(len(dates) * TEST_SHARE), 1)
    if len(dates) < 2:
        raise InsufficientHistoryError({"months": len(dates)}, RULE, FRAUD)
    begin = dates[-tests].replace(day=1)
    learned_by = pl.lit(begin - timedelta(days=1))
    is_before = pl.col("transaction_date") < begin
    training = dated.filter(
        is_before & (pl.col("transaction_date") < begin - timedelta(days=EMBARGO_DAYS))
    ).with_columns((pl.col("confirmed_date") <= learned_by).fill_null(False).alias(FRAUD.label))
    test = dated.filter(~is_before).with_columns(
        pl.col("confirmed_date").is_not_null().alias(FRAUD.label)
    )
    counts = {
        "train_rows": training.height,
        "train_fraudulent_transactions": int(training[FRAUD.label].sum()),
        "test_rows": test.height,
        "test_fraudulent_transactions": int(test[FRAUD.label].sum()),
    }
    if (
        counts["train_fraudulent_transactions"] < RULE.min_train_defaults
        or counts["test_fraudulent_transactions"] < RULE.min_test_defaults
    ):
        raise InsufficientHistoryError(counts, RULE, FRAUD)
    split = Split("separated", tuple(dates[:-tests]), tuple(dates[-tests:]))
    return Dataset(FRAUD, training, test, split, counts)


def family(task: Task, *, seed: int) -> Blend:
    """The family for fraud: the average of a regression and trees.

    The trees are free of signs: the effect of a large amount depends on the account and the
    merchant.

    Args:
        task: Fraud, of this bank or of another table of payments.
        seed: Seed of the trees.
    """
    trees = Boosting(_SIZES, task, learning_rate=0.1, seed=seed, is_monotone=False)
    return Blend(logistic(SETTINGS, task), trees)


@one_thread()
def train_fraud(dataset: Dataset, *, seed: int, code_version: str) -> EventModel:
    """Average of regression and trees on all training payments, with a separate isolation forest.

    Where a row stands for several payments, the intercept is lowered by the log of the share of
    others that are in, so that chances are those of all payments (King and Zeng 2001, prior
    correction).

    Args:
        dataset: From `build`, or of a task like it; rows have `amount` and `weight`.
        seed: Seed of folds, trees and forest.
        code_version: Version of the code.
    """
    label, kind = dataset.task.label, family(dataset.task, seed=seed)
    held = kind.joined(
        held_out_rows(dataset, kind.linear, seed=seed, settings=SETTINGS),
        held_out_rows(dataset, kind.trees, seed=seed, settings=SETTINGS),
    )
    fitted = train(
        dataset,
        seed=seed,
        code_version=code_version,
        settings=SETTINGS,
        family=kind,
        held_out=held,
    )
    others = dataset.train.filter(~pl.col(label))
    share = others.height / float(others["weight"].sum())
    line = fitted.recalibration
    whole = replace(
        fitted, recalibration=Recalibration(line.intercept + float(np.log(share)), line.slope)
    )
    forest = grow(_design(whole, others), seed=seed)
    chosen = _threshold(whole, dataset, held, seed=seed)
    scored = {"chance": pd_of(whole.log_odds(dataset.test))}
    scored["anomaly"] = forest.score(_design(whole, dataset.test))
    if "rule_points" in dataset.test.columns:
        points = dataset.test["rule_points"].cast(pl.Float64).to_numpy()
        scored |= {"rules": points, "combined": combined_score(scored["chance"], points)}
    figures = fraud_metrics.evaluate(
        scored, *_outcomes(dataset.test, label), threshold=chosen, review_cost=REVIEW_COST
    )
    facts: dict[str, Any] = {
        **whole.facts,
        "sampling": {"share_of_others": share, "others": others.height},
        "threshold": chosen,
        "review_cost": REVIEW_COST,
        "forest": forest.to_dict(),
        "metrics": {"headline": "out_of_time", "out_of_time": figures},
    }
    return replace(whole, facts=facts)


def fraud_scores(model: EventModel, payments: pl.DataFrame) -> pl.DataFrame:
    """Chance of fraud, anomaly and alert of payments that the model has not learned from.

    Args:
        model: From `train_fraud`.
        payments: Features, `rule_points` and `transaction_date`; those up to the end of training
            are left out, since training rows have optimistic scores.

    Returns:
        The rows left, with `fraud_probability`, `combined_score`, `anomaly_score`,
        `expected_loss`, `is_alert` and `model_version`.
    """
    later = payments.filter(pl.col("transaction_date") > learned_to(model))
    anomaly = anomaly_scores(model, later) if later.height else np.empty(0)
    return (
        later.hstack(chances(model, later))
        .with_columns(
            pl.Series("anomaly_score", anomaly, dtype=pl.Float64),
            pl.lit(model.model_version).alias("model_version"),
        )
        .with_columns(
            (pl.col("fraud_probability") * pl.col("amount")).alias("expected_loss"),
        )
    )


def chances(model: EventModel, payments: pl.DataFrame) -> pl.DataFrame:
    """Chance, score and alert of payments, in the order given: what is known of them at once.

    Args:
        model: From `train_fraud`.
        payments: Features and `rule_points`.

    Returns:
        `fraud_probability`, `combined_score` and `is_alert`.
    """
    chance = pd_of(model.log_odds(payments)) if payments.height else np.empty(0)
    points = payments["rule_points"].cast(pl.Float64).to_numpy()
    return pl.DataFrame(
        {
            "fraud_probability": chance,
            "combined_score": combined_score(chance, points),
            "is_alert": chance >= model.facts["threshold"],
        }
    )


def combined_score(chance: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Chance of fraud with the points of the rules, strictly inside (0, 1); it is not calibrated.

    Args:
        chance: Chance by the model, shape (rows,).
        points: Points of the rules, 0 to 100, shape (rows,).
    """
    raised = pd_of(log_odds_of(chance) + points / POINTS_PER_LOG_ODDS)
    return np.where(points > 0, raised, chance)


def anomaly_scores(model: EventModel, payments: pl.DataFrame) -> np.ndarray:
    """Anomaly of payments by the isolation forest, which uses no label, shape (rows,).

    Args:
        model: From `train_fraud`.
        payments: Features, at least one row.
    """
    forest = IsolationForest.from_dict(model.facts["forest"])
    return forest.score(_design(model, payments))


def learned_to(model: EventModel) -> date:
    """Last day of the months that a model has learned from."""
    return date.fromisoformat(model.facts["data"]["train_to"])


def headline(model: EventModel) -> Mapping[str, float]:
    """The figures to quote, of payments later than those learned from."""
    figures: dict[str, float] = model.headline_metrics()
    return figures


def _threshold(model: EventModel, dataset: Dataset, held: HeldOut, *, seed: int) -> float:
    """Chance from which an alert pays, on held-out rows: trees fit their training rows too well."""
    rows, log_odds = dataset.train, held.log_odds
    if held.outcome.any():
        rows = some_borrowers(rows, SETTINGS.validation_rows, seed)[held.place]
        chance = pd_of(model.recalibration.apply(log_odds))
    else:
        chance = pd_of(model.log_odds(rows))
    return fraud_metrics.cheapest_threshold(
        chance, *_outcomes(rows, dataset.task.label), REVIEW_COST
    )


def _design(model: EventModel, rows: pl.DataFrame) -> np.ndarray:
    """Finite columns for the forest: numbers, the mean where one is missing, and levels apart."""
    preparation = model.preparation
    numbers = len(preparation.numeric)
    matrix = preparation.matrix(rows)
    mean = model.fit.reference[-len(preparation.names) :][:numbers]
    values = np.where(np.isnan(matrix[:, :numbers]), mean, matrix[:, :numbers])
    levels = [
        matrix[:, [numbers + at]] == np.arange(len(column.levels))
        for at, column in enumerate(preparation.categorical)
    ]
    return np.hstack([values, *levels])


def _outcomes(rows: pl.DataFrame, label: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    names = (label, "amount", "weight")
    outcome, amount, weight = (rows[name].cast(pl.Float64).to_numpy() for name in names)
    return outcome, amount, weight
