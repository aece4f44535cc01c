"""Bands of chance and the exact interval of their rate."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from finplatform.ml.rate_bands import BANDS, exact_interval, learn_rate_bands, look_up

MONTHS = np.array(["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"], dtype="datetime64[D]")


@pytest.mark.parametrize(("events", "rows"), [(0, 40), (3, 40), (40, 40)])
def test_the_interval_is_clopper_and_pearsons(events: int, rows: int) -> None:
    exact = stats.binomtest(events, rows).proportion_ci(method="exact")
    assert exact_interval(events, rows) == pytest.approx((exact.low, exact.high))


def test_without_rows_any_rate_is_possible() -> None:
    assert exact_interval(0, 0) == (0.0, 1.0)
    bands = learn_rate_bands(np.empty(0), np.empty(0), MONTHS[:0], window_dates=3)
    assert [band["band"] for band in bands] == list(BANDS)
    assert all((band["rows"], band["rate"], band["upper"]) == (0, None, 1.0) for band in bands)


def test_a_leaving_that_is_seen_from_several_dates_counts_once() -> None:
    """Of four month ends and a window of three, the last and the first do not overlap."""
    chance = np.tile(np.linspace(0.01, 0.2, 100), 4)
    outcome = np.tile((np.arange(100) == 99).astype(float), 4)
    bands = learn_rate_bands(chance, outcome, np.repeat(MONTHS, 100), window_dates=3)
    assert [band["rows"] for band in bands] == [100, 80, 20]
    assert [band["events"] for band in bands] == [0, 0, 2]
    assert bands[2]["rate"] == 0.1


def test_a_chance_is_found_in_the_band_that_it_was_counted_in() -> None:
    chance = np.linspace(0.01, 0.2, 200)
    bands = learn_rate_bands(chance, np.zeros(200), np.repeat(MONTHS[-1:], 200), window_dates=3)
    found = [band["band"] for band in look_up(bands, chance)]
    assert [found.count(band["band"]) for band in bands] == [band["rows"] for band in bands]
    extremes = look_up(bands, np.array([1e-9, 1 - 1e-9]))
    assert [band["band"] for band in extremes] == ["LOW", "HIGH"]


def _learned(events: tuple[int, int, int]) -> list[dict[str, Any]]:
    """Bands of a hundred rows of one date, of which some in each band have the event."""
    low, medium, high = events
    happened = np.zeros(100)
    happened[:low] = happened[50 : 50 + medium] = happened[90 : 90 + high] = 1
    chance = np.linspace(0.01, 0.2, 100)
    return learn_rate_bands(chance, happened, np.repeat(MONTHS[-1:], 100), window_dates=3)


@pytest.mark.parametrize("events", [(0, 8, 1), (5, 2, 1), (5, 0, 3), (9, 0, 0), (1, 4, 6)])
def test_the_rate_never_falls_from_band_to_band(events: tuple[int, int, int]) -> None:
    bands = _learned(events)
    rates = [band["rate"] for band in bands]
    assert rates == sorted(rates)
    expected = sum(band["rate"] * band["rows"] for band in bands)
    assert expected == pytest.approx(sum(events))


def test_bands_in_the_wrong_order_are_counted_together() -> None:
    """Of forty rows eight, of the ten above them one: nine of fifty in both."""
    low, medium, high = _learned((0, 8, 1))
    assert (low["rate"], medium["rate"], high["rate"]) == (0, 0.18, 0.18)
    assert [band["events"] for band in (medium, high)] == [8, 1]
    assert (high["lower"], high["upper"]) == exact_interval(9, 50)


def test_a_band_without_rows_does_not_part_its_neighbours() -> None:
    """Most chances are one, so that none lies between the half and nine tenths."""
    chance = np.array([0.02] * 95 + [0.3] * 5)
    happened = np.array([1.0] * 19 + [0.0] * 81)
    low, medium, high = learn_rate_bands(
        chance, happened, np.repeat(MONTHS[-1:], 100), window_dates=3
    )
    assert (medium["rows"], medium["rate"]) == (0, None)
    assert low["rate"] == high["rate"] == 0.19


def test_events_of_unlike_chances_are_held_at_least_as_often_as_said() -> None:
    """Ten thousand samples whose chances are spread from nothing to a third."""
    rng = np.random.default_rng(3)
    chance = rng.beta(0.3, 3, 300).clip(max=1 / 3)
    events = (rng.random((10_000, 300)) < chance).sum(axis=1)
    held = {k: exact_interval(k, 300) for k in np.unique(events).tolist()}
    covered = np.mean([held[k][0] <= chance.mean() <= held[k][1] for k in events.tolist()])
    assert 0.95 <= covered < 0.995
