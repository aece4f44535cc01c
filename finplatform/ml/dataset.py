"""Labelled borrower-months, split by time into training and out-of-time test.

Belongs here: what a row is, which rows count, and the rule of the split. Does not belong here:
features (`finplatform.ml.spec`) or anything learned.

The rule, in order:

1. An observation date is labelled when its performance window (12 months) has closed by `as_of`.
   Without `as_of`, dates on which any label is missing are left out whole: such a date would
   otherwise hold only its early defaulters.
2. *Separated* split: training dates have windows closed by the first test date, so that no default
   counts on both sides. Among test lengths of at most a third of the labelled dates, the longest
   with twice as many training dates is taken. It needs three test dates and enough defaults.
3. Otherwise an *overlapping* split: the last third of the labelled dates is the test, the dates
   before it (less an optional purge) the training. One default may then be seen from both sides, so
   that figures for unseen borrowers are reported too (`finplatform.ml.event_model`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from finplatform.errors import FinplatformError
from finplatform.ml.spec import DEFAULT, OBSERVED, SUBJECT, Task


@dataclass(frozen=True)
class SplitRule:
    """Knobs of the split; see the module's text.

    Attributes:
        performance_months: Length of the window in which an event counts.
        purge_months: Months before an overlapping test that are left out of training.
        min_separated_dates: Test dates a separated split must have.
        min_train_defaults: Units that must have had the event in training.
        min_test_defaults: Units that must have had it in the test.
    """

    performance_months: int = 12
    purge_months: int = 0
    min_separated_dates: int = 3
    min_train_defaults: int = 10
    min_test_defaults: int = 3


DEFAULT_RULE = SplitRule()


@dataclass(frozen=True)
class Split:
    """Observation dates of training and test.

    Attributes:
        kind: `separated` when no performance window of training reaches into the test.
        train_dates: Ascending.
        test_dates: Ascending, all after the training dates.
    """

    kind: Literal["separated", "overlapping"]
    train_dates: tuple[date, ...]
    test_dates: tuple[date, ...]


@dataclass(frozen=True)
class Dataset:
    """Rows to learn from and rows to be judged on, each sorted by date and unit.

    Attributes:
        task: The task.
        train: Keys, subject, features and label.
        test: The same columns.
        split: Division of the dates.
        counts: Rows received and left out, by reason, and what remains.
    """

    task: Task
    train: pl.DataFrame
    test: pl.DataFrame
    split: Split
    counts: dict[str, int]


class InsufficientHistoryError(FinplatformError):
    """Too few events, or too few months, to learn from and be judged on.

    Args:
        counts: Dates, units and units with the event on either side of the best split.
        rule: The rule that was missed.
        task: The task.
    """

    def __init__(self, counts: dict[str, int], rule: SplitRule, task: Task = DEFAULT) -> None:
        self.counts = counts
        found = ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in counts.items())
        super().__init__(
            f"The history is too short for a {task.name} model: {found}; needed are "
            f"{rule.min_train_defaults} {task.event}s and as many other {task.units} in training, "
            f"{rule.min_test_defaults} of each in the test.",
            "Load more months, or score with the expert prior (finplatform.ml.prior).",
        )


def build(
    features: pl.DataFrame,
    outcomes: pl.DataFrame,
    *,
    as_of: date | None = None,
    rule: SplitRule = DEFAULT_RULE,
    task: Task = DEFAULT,
) -> Dataset:
    """Join features with outcomes, drop what may not count, and split by time.

    Args:
        features: One row per unit and month-end `observation_date`, with `customer_id` (or else
            each unit is its own subject) and feature columns.
        outcomes: The keys, the label, and optionally the day of the event.
        as_of: Last day through which events are known.
        rule: Knobs of the split.
        task: The task.

    Raises:
        InsufficientHistoryError: No split has enough events and others on both sides.
        FinplatformError: A column is absent, or a unit occurs twice on a date.
    """
    features = _keyed(
        features.drop(task.label, task.event_date, strict=False), "features", task.keys
    )
    outcomes = _keyed(outcomes, "outcomes", task.keys, (task.label,))
    if SUBJECT not in features.columns:
        features = features.with_columns(pl.col(task.unit).alias(SUBJECT))
    joined = features.join(_with_first_event(outcomes, task), on=task.keys, how="inner")
    performing = joined.filter(~_already_happened(joined, task)).drop("_first_event")
    labelled = _labelled(performing, as_of, rule, task).sort(OBSERVED, task.unit)
    counts = {
        "feature_rows": features.height,
        "without_outcome": features.height - joined.height,
        f"already_{task.happened}": joined.height - performing.height,
        "not_matured": performing.height - labelled.height,
    }
    return _first_sufficient(labelled, counts, rule, task)


def candidate_splits(dates: Sequence[date], rule: SplitRule = DEFAULT_RULE) -> Iterator[Split]:
    """Splits of ascending labelled dates, best first; the number of defaults is not checked."""
    third = len(dates) // 3
    for size in range(third, rule.min_separated_dates - 1, -1):
        test = tuple(dates[-size:])
        train = tuple(d for d in dates if add_months(d, rule.performance_months) <= test[0])
        if len(train) >= 2 * size:
            yield Split("separated", train, test)
            break
    if third:
        test = tuple(dates[-third:])
        train = tuple(d for d in dates if add_months(d, rule.purge_months) < test[0])
        if len(train) >= 2:
            yield Split("overlapping", train, test)


def add_months(day: date, months: int) -> date:
    """Month-end stays month-end: 2024-02-29 and 12 months give 2025-02-28."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(years + (month == 11), (month + 1) % 12 + 1, 1) - date.resolution).day
    was_last = (day + date.resolution).day == 1
    return date(years, month + 1, last if was_last else min(day.day, last))


def _keyed(
    frame: pl.DataFrame, name: str, keys: tuple[str, str], further: tuple[str, ...] = ()
) -> pl.DataFrame:
    if absent := [column for column in (*keys, *further) if column not in frame.columns]:
        raise FinplatformError(
            f"The {name} frame lacks {', '.join(absent)}.", "Check the query that reads it."
        )
    frame = frame.with_columns(pl.col(OBSERVED).cast(pl.Date))
    if twice := frame.height - frame.n_unique(keys):
        raise FinplatformError(
            f"The {name} frame holds {twice} further row(s) of {keys[0]} and date it already has.",
            f"Each {keys[0]} may occur once per observation date; find the join that doubles it.",
        )
    return frame


def _with_first_event(outcomes: pl.DataFrame, task: Task) -> pl.DataFrame:
    """Label, and the first event of the unit, which later rows may no longer name."""
    if task.event_date in outcomes.columns:
        first = pl.col(task.event_date).cast(pl.Date).min().over(task.unit)
    else:
        first = pl.lit(None, dtype=pl.Date)
    return outcomes.select(
        *task.keys, pl.col(task.label).cast(pl.Boolean), first.alias("_first_event")
    )


def _already_happened(frame: pl.DataFrame, task: Task) -> pl.Expr:
    signs = [pl.col("_first_event") <= pl.col(OBSERVED)]
    signs += [pl.col(c) > most for c, most in task.limits.items() if c in frame.columns]
    signs += [pl.col(c).cast(pl.Boolean) for c in task.flags if c in frame.columns]
    return pl.any_horizontal(sign.fill_null(False) for sign in signs)


def _labelled(frame: pl.DataFrame, as_of: date | None, rule: SplitRule, task: Task) -> pl.DataFrame:
    if as_of is None:
        return frame.filter(pl.col(task.label).is_not_null().all().over(OBSERVED))
    closed = [
        day for day in frame[OBSERVED].unique() if add_months(day, rule.performance_months) <= as_of
    ]
    return frame.filter(pl.col(OBSERVED).is_in(closed) & pl.col(task.label).is_not_null())


def _first_sufficient(
    frame: pl.DataFrame, counts: dict[str, int], rule: SplitRule, task: Task
) -> Dataset:
    dates = frame[OBSERVED].unique().sort().to_list()
    found = {"labelled_dates": len(dates)}
    for split in candidate_splits(dates, rule):
        train = frame.filter(pl.col(OBSERVED).is_in(split.train_dates))
        test = frame.filter(pl.col(OBSERVED).is_in(split.test_dates))
        sizes = {**_sizes(train, "train", task), **_sizes(test, "test", task)}
        if _suffices(sizes, rule, task):
            return Dataset(task, train, test, split, {**counts, **sizes})
        found |= sizes
    raise InsufficientHistoryError(found, rule, task)


def _sizes(frame: pl.DataFrame, side: str, task: Task) -> dict[str, int]:
    happened = frame.filter(pl.col(task.label))
    return {
        f"{side}_rows": frame.height,
        f"{side}_{task.units}": frame.n_unique(task.unit),
        f"{side}_{task.event}_rows": happened.height,
        f"{side}_{task.happened}_{task.units}": happened.n_unique(task.unit),
    }


def _suffices(sizes: dict[str, int], rule: SplitRule, task: Task) -> bool:
    needed = {"train": rule.min_train_defaults, "test": rule.min_test_defaults}
    return all(
        sizes[f"{side}_{task.happened}_{task.units}"] >= least
        and sizes[f"{side}_rows"] - sizes[f"{side}_{task.event}_rows"] >= least
        for side, least in needed.items()
    )
