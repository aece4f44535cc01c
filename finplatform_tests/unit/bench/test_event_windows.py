"""Rolling windows, against sums by hand."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from finplatform.bench.event_windows import Stream


@pytest.fixture(scope="module")
def events() -> pl.DataFrame:
    rng = np.random.default_rng(2)
    hours = np.sort(rng.integers(0, 60 * 24, 400))
    return pl.DataFrame(
        {
            "at": [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=int(hour)) for hour in hours],
            "group": rng.integers(0, 5, 400),
            "value": rng.integers(-50, 50, 400),
        }
    )


@pytest.mark.parametrize("delay", [0, 7])
def test_a_window_holds_the_groups_events_of_its_days_and_no_others(
    events: pl.DataFrame, delay: int
) -> None:
    stream = Stream("group", "at", delay)
    found = events.select(
        count=stream.count(3),
        total=stream.sum(pl.col("value"), 3),
        mean=stream.mean(pl.col("value"), 3),
    )
    at, group, value = (events[name].to_numpy() for name in ("at", "group", "value"))
    for row in range(events.height):
        end = at[row] - np.timedelta64(delay, "D")
        inside = (at <= end) & (at > end - np.timedelta64(3, "D")) & (group == group[row])
        assert found["count"][row] == inside.sum()
        assert found["total"][row] == pytest.approx(value[inside].sum(), abs=1e-9)
        mean = value[inside].mean() if inside.any() else 0.0
        assert found["mean"][row] == pytest.approx(mean, abs=1e-9)


def test_what_is_not_yet_known_changes_nothing(events: pl.DataFrame) -> None:
    stream = Stream("group", "at", 7)
    late = events["at"] > events["at"].max() - timedelta(days=7)
    moved = events.with_columns(pl.when(late).then(99.0).otherwise("value").alias("value"))
    before, after = (
        frame.select(stream.sum(pl.col("value"), 3)).to_series() for frame in (events, moved)
    )
    assert before.equals(after)
