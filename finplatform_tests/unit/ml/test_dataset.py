"""Which rows count, and that time runs one way through the split."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from finplatform.errors import FinplatformError
from finplatform.ml.dataset import (
    Dataset,
    InsufficientHistoryError,
    SplitRule,
    add_months,
    build,
    candidate_splits,
)

FIRST = date(2023, 1, 31)


def _months(count: int) -> list[date]:
    return [add_months(FIRST, month) for month in range(count)]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2023, 2, 28), 12, date(2024, 2, 29)),
        (date(2024, 11, 30), 1, date(2024, 12, 31)),
        (date(2024, 1, 30), 1, date(2024, 2, 29)),
        (date(2024, 12, 31), 12, date(2025, 12, 31)),
    ],
)
def test_month_ends_stay_month_ends(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("labelled", "kind", "train", "test"),
    [
        (3, "overlapping", 2, 1),
        (12, "overlapping", 8, 4),
        (19, "overlapping", 13, 6),
        (20, "separated", 6, 3),
        (24, "separated", 9, 4),
        (36, "separated", 17, 8),
    ],
)
def test_the_split_adapts_to_the_history(labelled: int, kind: str, train: int, test: int) -> None:
    split = next(candidate_splits(_months(labelled)))
    assert (split.kind, len(split.train_dates), len(split.test_dates)) == (kind, train, test)
    assert split.test_dates[-1] == _months(labelled)[-1]


@pytest.mark.parametrize("labelled", range(3, 40))
def test_no_training_date_reaches_into_the_test(labelled: int) -> None:
    for split in candidate_splits(_months(labelled)):
        last, first = split.train_dates[-1], split.test_dates[0]
        assert add_months(last, 12 if split.kind == "separated" else 0) <= first
        assert last < first


def test_a_purge_leaves_the_months_before_the_test_out() -> None:
    split = next(candidate_splits(_months(12), SplitRule(purge_months=2)))
    assert split.train_dates == tuple(_months(6))
    assert split.test_dates[0] == _months(12)[8]


def test_rows_follow_the_split_and_the_counts_add_up(dataset: Dataset, bank: Any) -> None:
    split, counts = dataset.split, dataset.counts
    assert set(dataset.train["observation_date"]) == set(split.train_dates)
    assert set(dataset.test["observation_date"]) == set(split.test_dates)
    left_out = ("without_outcome", "already_defaulted", "not_matured")
    kept = counts["train_rows"] + counts["test_rows"]
    assert bank.features.height == kept + sum(counts[name] for name in left_out)
    assert counts["train_default_rows"] == dataset.train["is_default_12m"].sum()


def test_a_default_ends_the_exposure_even_where_later_rows_forget_it() -> None:
    frame = pl.DataFrame({"exposure_id": [1] * 12, "observation_date": _months(12)})
    default = _months(12)[5]
    happens = pl.col("observation_date") < default
    outcomes = frame.select(
        "*", is_default_12m=happens, default_date=pl.when(happens).then(default)
    )
    healthy, trouble, flagged = (
        frame.with_columns(exposure_id=pl.lit(number, dtype=pl.Int64)) for number in (2, 3, 4)
    )
    features = pl.concat(
        [
            frame.with_columns(dpd=0, is_defaulted=False),
            healthy.with_columns(dpd=90, is_defaulted=False),
            trouble.with_columns(dpd=91, is_defaulted=False),
            flagged.with_columns(dpd=0, is_defaulted=True),
        ]
    )
    others = pl.concat([healthy, trouble, flagged]).with_columns(
        is_default_12m=False, default_date=pl.lit(None, dtype=pl.Date)
    )
    rule = SplitRule(min_train_defaults=1, min_test_defaults=0)
    dataset = build(features, pl.concat([outcomes, others]), rule=rule)
    assert dataset.counts["already_defaulted"] == 7 + 12 + 12
    kept = pl.concat([dataset.train, dataset.test])
    assert set(kept["exposure_id"]) == {1, 2}
    assert max(kept.filter(pl.col("exposure_id") == 1)["observation_date"]) < default


def test_dates_whose_window_is_open_are_left_out_whole(bank: Any) -> None:
    last = bank.outcomes["observation_date"].max()
    is_open = (pl.col("observation_date") == last) & ~pl.col("is_default_12m")
    unknown = bank.outcomes.with_columns(
        is_default_12m=pl.when(~is_open).then(pl.col("is_default_12m"))
    )
    for dataset in (
        build(bank.features, unknown),
        build(bank.features, bank.outcomes, as_of=add_months(last, 11)),
    ):
        assert dataset.split.test_dates[-1] < last
        assert dataset.counts["not_matured"] == unknown.filter(observation_date=last).height


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_one_outcome_only_is_insufficient_history(bank: Any, share: float) -> None:
    outcomes = bank.outcomes.with_columns(
        is_default_12m=pl.lit(bool(share)), default_date=pl.lit(None, dtype=pl.Date)
    )
    with pytest.raises(InsufficientHistoryError, match="defaults"):
        build(bank.features, outcomes)


def test_too_few_defaults_are_counted_by_exposure_and_named(bank: Any, dataset: Dataset) -> None:
    defaulted = dataset.train.filter("is_default_12m")["exposure_id"].unique().sort()
    nine = pl.col("exposure_id").is_in(defaulted[:9].implode())
    outcomes = bank.outcomes.with_columns(is_default_12m=pl.col("is_default_12m") & nine)
    with pytest.raises(InsufficientHistoryError) as raised:
        build(bank.features, outcomes)
    counts = raised.value.counts
    assert counts["train_defaulted_exposures"] == 9 < 10 <= counts["train_default_rows"]
    assert "9 train defaulted exposures" in str(raised.value)
    with pytest.raises(InsufficientHistoryError, match="0 labelled dates"):
        build(bank.features.clear(), bank.outcomes)


def test_an_exposure_month_that_occurs_twice_is_refused(bank: Any) -> None:
    with pytest.raises(FinplatformError, match=r"features frame holds 1 "):
        build(pl.concat([bank.features, bank.features[:1]]), bank.outcomes)
    with pytest.raises(FinplatformError, match=r"outcomes frame holds 1 "):
        build(bank.features, pl.concat([bank.outcomes, bank.outcomes[:1]]))
    with pytest.raises(FinplatformError, match="lacks is_default_12m"):
        build(bank.features, bank.outcomes.drop("is_default_12m"))
