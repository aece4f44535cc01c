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
   that figures for unseen borrowers are reported beside it (`finplatform.ml.pd_model`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from finplatform.errors import FinplatformError
from finplatform.ml.spec import BORROWER, KEYS, LABEL

_EXPOSURE, _OBSERVED = KEYS
_DAYS_PAST_DUE = ("dpd", "days_past_due")
_DEFAULT_FLAGS = ("is_defaulted", "is_in_default", "is_default")
DEFAULT_DAYS_PAST_DUE = 90
"""An exposure more days past due than this is in default (CRE20.104)."""


@dataclass(frozen=True)
class SplitRule:
    """Knobs of the split; see the module's text.

    Attributes:
        performance_months: Length of the window in which a default counts.
        purge_months: Months before an overlapping test that are left out of training.
        min_separated_dates: Test dates a separated split must have.
        min_train_defaults: Exposures that must have defaulted in training.
        min_test_defaults: Exposures that must have defaulted in the test.
    """

    performance_months: int = 12
    purge_months: int = 0
    min_separated_dates: int = 3
    min_train_defaults: int = 10
    min_test_defaults: int = 3


DEFAULT_RULE = SplitRule()


@dataclass(frozen=True)
class Split:
    """Which observation dates are on which side.

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
    """Rows to learn from and rows to be judged on, each sorted by date and exposure.

    Attributes:
        train: Keys, borrower, features and label.
        test: The same columns.
        split: How the dates were divided.
        counts: Rows received and left out, by reason, and what remains.
    """

    train: pl.DataFrame
    test: pl.DataFrame
    split: Split
    counts: dict[str, int]


class InsufficientHistoryError(FinplatformError):
    """Too few defaults, or too few months, to learn from and be judged on.

    Args:
        counts: Dates, exposures and defaulted exposures on either side of the best split.
        rule: The rule that was missed.
    """

    def __init__(self, counts: dict[str, int], rule: SplitRule) -> None:
        self.counts = counts
        found = ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in counts.items())
        super().__init__(
            f"The history is too short for a default model: {found}; needed are "
            f"{rule.min_train_defaults} defaults and as many other exposures in training, "
            f"{rule.min_test_defaults} of each in the test.",
            "Load more months, or score with the expert prior (finplatform.ml.prior).",
        )


def build(
    features: pl.DataFrame,
    outcomes: pl.DataFrame,
    *,
    as_of: date | None = None,
    rule: SplitRule = DEFAULT_RULE,
) -> Dataset:
    """Join features with outcomes, drop what may not count, and split by time.

    Args:
        features: One row per `exposure_id` and month-end `observation_date`, with `customer_id`
            (or else each exposure is its own borrower) and feature columns.
        outcomes: `exposure_id`, `observation_date`, `is_default_12m`, and optionally
            `default_date`.
        as_of: Last day through which defaults are known.
        rule: Knobs of the split.

    Raises:
        InsufficientHistoryError: No split has enough defaults and others on both sides.
        FinplatformError: A column is absent, or an exposure-month occurs twice.
    """
    features = _keyed(features.drop(LABEL, "default_date", strict=False), "features", ())
    outcomes = _keyed(outcomes, "outcomes", (LABEL,))
    if BORROWER not in features.columns:
        features = features.with_columns(pl.col(_EXPOSURE).alias(BORROWER))
    joined = features.join(_with_first_default(outcomes), on=KEYS, how="inner")
    performing = joined.filter(~_already_defaulted(joined)).drop("_first_default")
    labelled = _labelled(performing, as_of, rule).sort(_OBSERVED, _EXPOSURE)
    counts = {
        "feature_rows": features.height,
        "without_outcome": features.height - joined.height,
        "already_defaulted": joined.height - performing.height,
        "not_matured": performing.height - labelled.height,
    }
    return _first_sufficient(labelled, counts, rule)


def candidate_splits(dates: Sequence[date], rule: SplitRule = DEFAULT_RULE) -> Iterator[Split]:
    """Splits of ascending labelled dates, best first; whether defaults suffice is not asked."""
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


def _keyed(frame: pl.DataFrame, name: str, further: tuple[str, ...]) -> pl.DataFrame:
    if absent := [column for column in (*KEYS, *further) if column not in frame.columns]:
        raise FinplatformError(
            f"The {name} frame lacks {', '.join(absent)}.", "Check the query that reads it."
        )
    frame = frame.with_columns(pl.col(_OBSERVED).cast(pl.Date))
    if twice := frame.height - frame.n_unique(KEYS):
        raise FinplatformError(
            f"The {name} frame holds {twice} further row(s) of exposure-months it already has.",
            "Each exposure may occur once per observation date; find the join that doubles it.",
        )
    return frame


def _with_first_default(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Label, and the first default of the exposure, which later rows may no longer name."""
    if "default_date" in outcomes.columns:
        first = pl.col("default_date").cast(pl.Date).min().over(_EXPOSURE)
    else:
        first = pl.lit(None, dtype=pl.Date)
    return outcomes.select(*KEYS, pl.col(LABEL).cast(pl.Boolean), first.alias("_first_default"))


def _already_defaulted(frame: pl.DataFrame) -> pl.Expr:
    signs = [pl.col("_first_default") <= pl.col(_OBSERVED)]
    signs += [pl.col(c) > DEFAULT_DAYS_PAST_DUE for c in _DAYS_PAST_DUE if c in frame.columns]
    signs += [pl.col(c).cast(pl.Boolean) for c in _DEFAULT_FLAGS if c in frame.columns]
    return pl.any_horizontal(sign.fill_null(False) for sign in signs)


def _labelled(frame: pl.DataFrame, as_of: date | None, rule: SplitRule) -> pl.DataFrame:
    if as_of is None:
        return frame.filter(pl.col(LABEL).is_not_null().all().over(_OBSERVED))
    closed = [
        day
        for day in frame[_OBSERVED].unique()
        if add_months(day, rule.performance_months) <= as_of
    ]
    return frame.filter(pl.col(_OBSERVED).is_in(closed) & pl.col(LABEL).is_not_null())


def _first_sufficient(frame: pl.DataFrame, counts: dict[str, int], rule: SplitRule) -> Dataset:
    dates = frame[_OBSERVED].unique().sort().to_list()
    found = {"labelled_dates": len(dates)}
    for split in candidate_splits(dates, rule):
        train = frame.filter(pl.col(_OBSERVED).is_in(split.train_dates))
        test = frame.filter(pl.col(_OBSERVED).is_in(split.test_dates))
        sizes = {**_sizes(train, "train"), **_sizes(test, "test")}
        if _suffices(sizes, rule):
            return Dataset(train, test, split, {**counts, **sizes})
        found |= sizes
    raise InsufficientHistoryError(found, rule)


def _sizes(frame: pl.DataFrame, side: str) -> dict[str, int]:
    defaulted = frame.filter(pl.col(LABEL))
    return {
        f"{side}_rows": frame.height,
        f"{side}_exposures": frame.n_unique(_EXPOSURE),
        f"{side}_default_rows": defaulted.height,
        f"{side}_defaulted_exposures": defaulted.n_unique(_EXPOSURE),
    }


def _suffices(sizes: dict[str, int], rule: SplitRule) -> bool:
    needed = {"train": rule.min_train_defaults, "test": rule.min_test_defaults}
    return all(
        sizes[f"{side}_defaulted_exposures"] >= least
        and sizes[f"{side}_rows"] - sizes[f"{side}_default_rows"] >= least
        for side, least in needed.items()
    )
