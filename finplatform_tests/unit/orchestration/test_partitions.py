"""Partitions and the windows of runs."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import dagster as dg
import pytest

from finplatform.orchestration.partitions import (
    DAYS_OF_MONTH,
    PARTITION_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    Partitions,
    last_complete_day,
    range_tags,
    window_of,
)
from finplatform.windows import Window

QUARTER = Partitions.of_history(date(2025, 1, 10), date(2025, 3, 31))
FEBRUARY = Window.through(date(2025, 2, 1), date(2025, 2, 28))


def _range(first: str, last: str) -> dict[str, str]:
    return {RANGE_START_TAG: first, RANGE_END_TAG: last}


@pytest.mark.parametrize(
    ("window", "tags"),
    [
        (Window.day(date(2025, 2, 28)), {PARTITION_TAG: "2025-02-28"}),
        (FEBRUARY, _range("2025-02-01", "2025-02-28")),
        (Window.through(date(2025, 1, 1), date(2025, 1, 11)), _range("2025-01-10", "2025-01-11")),
        (Window.through(date(2024, 1, 1), date(2024, 12, 31)), {}),
    ],
)
def test_a_window_is_the_run_of_its_days(window: Window, tags: Mapping[str, str]) -> None:
    assert range_tags(QUARTER.daily, window) == tags


@pytest.mark.parametrize(
    ("window", "tags"),
    [
        (FEBRUARY, {PARTITION_TAG: "2025-02-01"}),
        (Window.day(date(2025, 2, 28)), {PARTITION_TAG: "2025-02-01"}),
        (Window.through(date(2025, 2, 1), date(2025, 2, 27)), {}),
        (
            Window.through(date(2025, 1, 31), date(2025, 3, 31)),
            _range("2025-01-01", "2025-03-01"),
        ),
        (Window.through(date(2025, 2, 1), date(2025, 3, 30)), {PARTITION_TAG: "2025-02-01"}),
    ],
)
def test_a_window_is_the_run_of_the_months_whose_last_day_lies_inside(
    window: Window, tags: Mapping[str, str]
) -> None:
    assert range_tags(QUARTER.monthly, window) == tags


def _windows_of_run(
    partitions: dg.PartitionsDefinition | None, tags: Mapping[str, str]
) -> list[Window | None]:
    """Windows that an asset and its check see in a run with these tags."""
    seen: list[Window | None] = []

    @dg.asset(
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run() if partitions else None,
    )
    def table(context: dg.AssetExecutionContext) -> None:
        seen.append(window_of(context))

    @dg.asset_check(asset=table)
    def check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        seen.append(window_of(context))
        return dg.AssetCheckResult(passed=True)

    assert dg.materialize([table, check], tags=dict(tags)).success
    return seen


@pytest.mark.parametrize(
    ("partitions", "tags", "window"),
    [
        (QUARTER.daily, {PARTITION_TAG: "2025-02-28"}, Window.day(date(2025, 2, 28))),
        (
            QUARTER.daily,
            _range("2025-01-30", "2025-02-02"),
            Window.through(date(2025, 1, 30), date(2025, 2, 2)),
        ),
        (QUARTER.monthly, {PARTITION_TAG: "2025-02-01"}, FEBRUARY),
        (
            QUARTER.monthly,
            _range("2025-02-01", "2025-03-01"),
            Window.through(date(2025, 2, 1), date(2025, 3, 31)),
        ),
        (None, {}, None),
    ],
    ids=["day", "days", "month", "months", "without partitions"],
)
def test_assets_and_checks_see_the_days_of_the_runs_partitions(
    partitions: dg.PartitionsDefinition | None,
    tags: Mapping[str, str],
    window: Window | None,
) -> None:
    assert _windows_of_run(partitions, tags) == [window, window]


@pytest.mark.parametrize(
    ("month", "first", "last", "days"),
    [
        ("2025-01-01", "2025-01-10", "2025-01-31", 22),
        ("2025-02-01", "2025-02-01", "2025-02-28", 28),
    ],
)
def test_a_month_reads_its_days_also_where_the_history_begins_within_it(
    month: str, first: str, last: str, days: int
) -> None:
    mapped = DAYS_OF_MONTH.get_upstream_mapped_partitions_result_for_partitions(
        QUARTER.monthly.subset_with_partition_keys([month]), QUARTER.monthly, QUARTER.daily
    )
    keys = sorted(mapped.partitions_subset.get_partition_keys())
    assert (keys[0], keys[-1], len(keys)) == (first, last, days)
    assert list(mapped.required_but_nonexistent_subset.get_partition_keys()) == []


def test_a_closed_history_has_a_partition_for_each_day_and_month_and_no_more() -> None:
    partitions = Partitions.of_history(date(1993, 1, 1), date(1993, 3, 30))
    days = partitions.daily.get_partition_keys()
    assert (days[0], days[-1], len(days)) == ("1993-01-01", "1993-03-30", 89)
    assert partitions.monthly.get_partition_keys() == ["1993-01-01", "1993-02-01"]


@pytest.mark.parametrize(
    ("now", "yesterday", "month"),
    [
        (datetime(2028, 2, 29, 12, tzinfo=UTC), date(2028, 2, 28), "2028-01-01"),
        (datetime(2028, 3, 1, tzinfo=UTC), date(2028, 2, 29), "2028-02-01"),
        (datetime(2027, 3, 1, 12, tzinfo=UTC), date(2027, 2, 28), "2027-02-01"),
        (datetime(2027, 3, 31, 23, 59, 59, tzinfo=UTC), date(2027, 3, 30), "2027-02-01"),
        (datetime(2027, 12, 31, 12, tzinfo=UTC), date(2027, 12, 30), "2027-11-01"),
        (datetime(2028, 1, 1, 0, 0, 1, tzinfo=UTC), date(2027, 12, 31), "2027-12-01"),
    ],
)
def test_an_open_history_ends_yesterday_and_with_the_last_month_that_is_over(
    now: datetime, yesterday: date, month: str
) -> None:
    partitions = Partitions.of_history(date(2025, 2, 1), None)
    assert partitions.daily.get_partition_keys(current_time=now)[-1] == yesterday.isoformat()
    assert partitions.monthly.get_partition_keys(current_time=now)[-1] == month
    assert last_complete_day(now, None) == yesterday


def test_a_closed_history_has_no_day_after_its_end() -> None:
    now = datetime(2025, 3, 1, tzinfo=UTC)
    assert last_complete_day(now, date(1998, 12, 31)) == date(1998, 12, 31)
