"""Features of an account from movements before a day."""

from datetime import date, timedelta

import polars as pl

from finplatform.bench.account_history import FEATURES, history_features

DAY = date(1997, 6, 1)
LAST = DAY + timedelta(days=400)
MOVEMENTS = pl.DataFrame(
    [
        (1, DAY - timedelta(days=200), 1000.0, 1000.0),
        (1, DAY - timedelta(days=100), 500.0, 1500.0),
        (1, DAY - timedelta(days=80), -1600.0, -100.0),
        (1, DAY - timedelta(days=10), 750.0, 650.0),
        (1, DAY, 9000.0, 9650.0),
        (2, DAY + timedelta(days=5), 1.0, 1.0),
        (3, LAST, 70.0, 70.0),
    ],
    schema=["account_id", "day", "amount", "balance"],
    orient="row",
)


def _features(account: int, day: date) -> dict[str, object]:
    subjects = pl.DataFrame({"account_id": [account], "day": [day]})
    return history_features(subjects, MOVEMENTS, key="account_id").row(0, named=True)


def test_windows_end_before_the_day() -> None:
    result = _features(1, DAY)
    assert result["history_days"] == 200
    assert result["last_balance"] == 650.0
    assert (result["inflow_90d"], result["outflow_90d"], result["movements_90d"]) == (
        750.0,
        1600.0,
        2,
    )
    assert result["inflow_change_90d"] == 1.5
    assert result["lowest_balance_180d"] == -100.0
    assert result["overdrawn_share_180d"] == 1 / 3
    assert result["unseen_days"] == 0


def test_movements_on_the_day_and_later_change_nothing() -> None:
    subjects = pl.DataFrame({"account_id": [1, 2], "day": [DAY, DAY]})
    later = MOVEMENTS.with_columns(
        pl.when(pl.col("day") >= DAY).then(-5.0).otherwise("amount").alias("amount")
    )
    found, again = (
        history_features(subjects, table, key="account_id") for table in (MOVEMENTS, later)
    )
    assert found.equals(again)


def test_an_account_without_earlier_movements_has_none_of_the_features() -> None:
    assert all(_features(2, DAY)[name] is None for name in FEATURES)


def test_a_day_after_the_end_of_the_table_is_told_of_as_of_that_end() -> None:
    result = _features(3, LAST + timedelta(days=31))
    assert result["unseen_days"] == 30
    assert result["inflow_90d"] == 70.0


def test_subjects_keep_their_order_and_columns() -> None:
    subjects = pl.DataFrame({"account_id": [2, 1, 1], "day": [LAST, DAY, LAST], "other": [1, 2, 3]})
    found = history_features(subjects, MOVEMENTS, key="account_id")
    assert found.select(subjects.columns).equals(subjects)
    assert found.columns == [*subjects.columns, *FEATURES]
