"""Bins: the best partition there is, and the weights that follow from it."""

from itertools import combinations

import numpy as np
import pytest

from finplatform.ml.binning import (
    BinningSettings,
    best_partition,
    bin_levels,
    bin_numbers,
    information_value,
)

LOOSE = BinningSettings(min_share=0.0, min_events=1, max_bins=4)


def _value(counts: np.ndarray, cuts: tuple[int, ...]) -> float:
    return information_value(np.add.reduceat(counts, [0, *cuts], axis=0))


def _by_trying_all(counts: np.ndarray, settings: BinningSettings) -> float:
    """Largest information value of all partitions that the rules allow."""
    best = 0.0
    for number in range(settings.max_bins):
        for cuts in combinations(range(1, len(counts)), number):
            merged = np.add.reduceat(counts, [0, *cuts], axis=0)
            steps = np.diff(merged[:, 0] / merged.sum(axis=1))
            is_monotone = (steps > 0).all() or (steps < 0).all()
            least_share = merged.sum(axis=1).min() / counts.sum()
            is_filled = merged.min() >= settings.min_events and least_share >= settings.min_share
            if is_monotone and is_filled:
                best = max(best, _value(counts, cuts))
    return best


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("settings", [LOOSE, BinningSettings(min_share=0.15, min_events=4)])
def test_no_allowed_partition_has_a_larger_information_value(
    seed: int, settings: BinningSettings
) -> None:
    rng = np.random.default_rng(seed)
    total = rng.integers(5, 60, size=8)
    events = rng.binomial(total, np.linspace(0.1, 0.5, 8) + rng.uniform(-0.1, 0.1, 8))
    counts = np.column_stack([events, total - events]).astype(float)
    cuts = best_partition(counts, int(total.sum()), settings)
    assert _value(counts, cuts) == pytest.approx(_by_trying_all(counts, settings), abs=1e-12)


def test_weight_of_evidence_is_the_log_of_the_shares_of_events_and_others() -> None:
    values = np.repeat([1.0, 2.0], [100, 100])
    outcome = np.r_[np.repeat([1.0, 0.0], [10, 90]), np.repeat([1.0, 0.0], [30, 70])]
    bins = bin_numbers("x", values, outcome, LOOSE)
    # 40 events and 160 others in all; half a count is added to every cell.
    low = np.log((10.5 / 40.5) / (90.5 / 160.5))
    high = np.log((30.5 / 40.5) / (70.5 / 160.5))
    assert bins.edges == (1.0,)
    assert bins.evidence == pytest.approx((low, high))
    by_hand = (10.5 / 40.5 - 90.5 / 160.5) * low + (30.5 / 40.5 - 70.5 / 160.5) * high
    assert bins.information_value == pytest.approx(by_hand)


def test_values_on_an_edge_fall_into_the_lower_bin_and_far_values_into_the_last() -> None:
    rng = np.random.default_rng(1)
    values = rng.uniform(0, 10, 2000)
    outcome = (rng.random(2000) < 0.05 + 0.04 * values).astype(float)
    bins = bin_numbers("x", values, outcome)
    edges = np.array(bins.edges)
    assert len(edges) >= 2
    assert bins.apply(edges) == pytest.approx(bins.evidence[:-1])
    assert bins.apply(np.nextafter(edges, np.inf)) == pytest.approx(bins.evidence[1:])
    assert bins.apply(np.array([-1e9, 1e9])).tolist() == [bins.evidence[0], bins.evidence[-1]]
    assert (np.diff(bins.evidence) > 0).all()


def test_missing_values_have_their_own_weight_when_there_are_enough() -> None:
    rng = np.random.default_rng(2)
    values = np.where(np.arange(3000) < 600, np.nan, rng.normal(size=3000))
    chance = np.where(np.isnan(values), 0.4, 0.1)
    outcome = (rng.random(3000) < chance).astype(float)
    bins = bin_numbers("x", values, outcome)
    assert bins.missing > max(bins.evidence)
    assert bins.apply(np.array([np.nan])).item() == bins.missing
    few = bin_numbers("x", values[598:], outcome[598:])
    assert few.missing == 0.0


def test_a_number_that_tells_nothing_gets_one_bin() -> None:
    outcome = np.tile([0.0, 0.0, 1.0], 300)
    bins = bin_numbers("x", np.repeat(np.arange(300.0), 3), outcome)
    assert bins.edges == ()
    assert not bins.is_telling


def test_a_wholly_missing_number_tells_nothing() -> None:
    bins = bin_numbers("x", np.full(10, np.nan), np.tile([0.0, 1.0], 5))
    assert not bins.is_telling
    assert bins.apply(np.array([1.0, np.nan])).tolist() == [0.0, 0.0]


def test_levels_of_like_risk_share_a_group_and_an_unknown_level_says_nothing() -> None:
    codes = np.repeat([0.0, 1.0, 2.0], 400)
    chance = np.repeat([0.30, 0.05, 0.31], 400)
    rng = np.random.default_rng(3)
    outcome = (rng.random(1200) < chance).astype(float)
    bins = bin_levels("x", codes, outcome, 3, BinningSettings(max_bins=2))
    assert bins.groups[0] == bins.groups[2] != bins.groups[1]
    assert bins.apply(np.array([-1.0, np.nan, 7.0])).tolist() == [0.0, 0.0, 0.0]
    assert bins.apply(np.array([0.0])).item() > bins.apply(np.array([1.0])).item()


def test_bins_do_not_depend_on_the_order_of_rows() -> None:
    rng = np.random.default_rng(4)
    values = rng.normal(size=900)
    outcome = (rng.random(900) < 0.2 + 0.1 * (values > 0)).astype(float)
    shuffled = rng.permutation(900)
    assert bin_numbers("x", values, outcome) == bin_numbers(
        "x", values[shuffled], outcome[shuffled]
    )
