"""Partitions and the windows of runs."""

from datetime import UTC, date, datetime

import pytest

from finplatform.orchestration.partitions import (
    daily_partitions,
    last_complete_day,
    tags_of_window,
    window_of_tags,
)
from finplatform.windows import Window


@pytest.mark.parametrize(
    "window",
    [
        Window.day(date(2025, 2, 28)),
        Window.through(date(2024, 12, 30), date(2025, 1, 2)),
    ],
)
def test_a_window_survives_the_way_through_run_tags(window: Window) -> None:
    assert window_of_tags(tags_of_window(window)) == window


def test_a_run_without_partitions_has_no_window() -> None:
    assert window_of_tags({"dagster/run_key": "x"}) is None


def test_a_closed_history_has_a_partition_for_each_day_and_no_more() -> None:
    partitions = daily_partitions(date(1993, 1, 1), date(1993, 1, 31))
    keys = partitions.get_partition_keys()
    assert (keys[0], keys[-1], len(keys)) == ("1993-01-01", "1993-01-31", 31)


def test_an_open_history_ends_yesterday() -> None:
    partitions = daily_partitions(date(2025, 2, 1), None)
    possible = set()
    for _ in range(2):  # the second look, should midnight pass between the two clocks
        possible.add(last_complete_day(datetime.now(UTC), None).isoformat())
        last = partitions.get_partition_keys()[-1]
    assert last in possible


def test_a_closed_history_has_no_day_after_its_end() -> None:
    now = datetime(2025, 3, 1, tzinfo=UTC)
    assert last_complete_day(now, date(1998, 12, 31)) == date(1998, 12, 31)
