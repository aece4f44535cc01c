"""Held-out rows are of other borrowers and of later dates than the rows fitted on."""

import polars as pl
import pytest

from finplatform.ml.dataset import Dataset
from finplatform.ml.resampling import borrower_groups, some_borrowers, time_and_borrower_folds


def test_no_fold_shares_a_borrower_or_a_date(dataset: Dataset) -> None:
    rows = dataset.train
    seen: list[int] = []
    for fold in time_and_borrower_folds(rows, blocks=2, groups=4, seed=1):
        fit, validate = rows[fold.fit], rows[fold.validate]
        assert not set(fit["customer_id"]) & set(validate["customer_id"])
        assert max(fit["observation_date"]) < min(validate["observation_date"])
        seen += fold.validate.tolist()
    later = rows["observation_date"].unique().sort()[3:]
    expected = rows.with_row_index().filter(pl.col("observation_date").is_in(later.implode()))
    assert sorted(seen) == expected["index"].to_list()


def test_a_borrowers_group_hangs_on_nobody_else(dataset: Dataset) -> None:
    rows = dataset.train
    groups = borrower_groups(rows, 4, seed=1)
    assert (borrower_groups(rows[::7], 4, seed=1) == groups[::7]).all()
    assert (borrower_groups(rows, 4, seed=2) != groups).any()


def test_a_sample_takes_borrowers_whole_and_spreads_them_over_the_folds(dataset: Dataset) -> None:
    rows = dataset.train
    some = some_borrowers(rows, rows.height // 3, seed=1)
    assert some.height == pytest.approx(rows.height / 3, rel=0.3)
    assert (
        some.height
        == rows.filter(pl.col("customer_id").is_in(some["customer_id"].implode())).height
    )
    assert set(borrower_groups(some, 4, seed=1)) == {0, 1, 2, 3}
    assert some_borrowers(rows, rows.height, seed=1) is rows
