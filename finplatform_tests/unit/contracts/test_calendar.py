"""Which dates exist."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from finplatform.contracts.calendar import within_calendar

ENDS = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC))


@pytest.mark.parametrize("unit", ["ms", "us"])
def test_the_first_and_the_last_instant_are_kept_and_their_neighbours_are_not(unit: str) -> None:
    kept = pl.Series("x", ENDS, dtype=pl.Datetime(unit, "UTC"))  # type: ignore[arg-type]
    assert within_calendar(kept).to_list() == list(ENDS)
    last = 9 * {"ms": 1, "us": 1000}[unit]
    beyond = pl.Series("x", [kept.to_physical()[0] - 1, kept.to_physical()[1] + 1 + last])
    assert within_calendar(beyond.cast(kept.dtype)).null_count() == 2
    ends_of_time = pl.Series([2**63 - 1, -(2**63), None]).cast(kept.dtype)
    assert within_calendar(ends_of_time).null_count() == 3


def test_days_are_kept_likewise() -> None:
    kept = pl.Series("x", [date(1, 1, 1), date(9999, 12, 31)])
    assert within_calendar(kept).to_list() == kept.to_list()
    beyond = pl.Series([kept.to_physical()[0] - 1, kept.to_physical()[1] + 1]).cast(pl.Date)
    assert within_calendar(beyond).null_count() == 2


def test_nanoseconds_and_other_types_are_left_alone() -> None:
    for values in (pl.Series([2**63 - 1]).cast(pl.Datetime("ns")), pl.Series([2**63 - 1])):
        assert within_calendar(values).equals(values)
