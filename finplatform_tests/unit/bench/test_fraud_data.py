"""Features and weeks of the public card payments."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from finplatform.bench.fraud_data import FEATURES, KNOWN_AFTER_DAYS, handbook, weeks, with_features
from finplatform.errors import FinplatformError
from finplatform_tests.unit.bench.fraud_rows import payments


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return payments(rows=6_000)


def test_there_are_fifteen_features(rows: pl.DataFrame) -> None:
    assert len(FEATURES) == 15
    assert set(FEATURES) <= set(with_features(rows).columns)


def test_a_fraud_is_known_at_its_terminal_a_week_later_and_not_before(rows: pl.DataFrame) -> None:
    chosen = rows[3_000]
    at, terminal = chosen["at"][0], chosen["terminal"][0]
    is_chosen = pl.col("transaction_id") == chosen["transaction_id"][0]
    turned = rows.with_columns(
        pl.when(is_chosen).then(~pl.col("is_fraud")).otherwise("is_fraud").alias("is_fraud")
    )
    shares = [name for name in FEATURES if name.startswith("terminal_fraud")]
    before, after = (with_features(table).sort("transaction_id") for table in (rows, turned))
    moved = before.select(pl.any_horizontal(pl.col(name) != after[name] for name in shares))
    changed = rows.sort("transaction_id").filter(moved.to_series())
    assert changed.height > 0
    assert set(changed["terminal"]) == {terminal}
    assert changed["at"].min() >= at + timedelta(days=KNOWN_AFTER_DAYS)


def test_a_week_is_judged_when_its_frauds_are_known(rows: pl.DataFrame) -> None:
    found = list(weeks(with_features(rows)))
    assert len(found) == 3
    for week in found:
        known = week.train["observation_date"].max() + timedelta(days=KNOWN_AFTER_DAYS)
        assert week.test["observation_date"].min() > known
        assert (len(week.train_dates), len(week.test_dates)) == (7, 7)


def test_an_absent_file_is_named_and_the_option_too(tmp_path: Path) -> None:
    with pytest.raises(FinplatformError) as caught:
        handbook(tmp_path)
    assert str(tmp_path) in caught.value.message
    assert "--data" in caught.value.hint
