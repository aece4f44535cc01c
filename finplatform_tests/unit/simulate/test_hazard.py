"""Hazards keep the rate that they were given, and draws keep both chances and their sum."""

import numpy as np
import pytest

from finplatform.simulate.hazard import MOST_HAZARD, SystematicDraws, hazards_at_rate


@pytest.mark.parametrize("yearly", [0.004, 0.03, 0.2])
def test_mean_hazard_is_a_twelfth_of_the_yearly_rate(yearly: float) -> None:
    index = np.random.default_rng(1).normal(0, 1.4, (24, 3_000))
    hazard = hazards_at_rate(index, index[-12:].ravel(), yearly)
    assert hazard[-12:].mean() == pytest.approx(yearly / 12, rel=1e-6)
    assert (np.diff(hazard[0][np.argsort(index[0])]) >= 0).all()
    assert hazard.max() <= MOST_HAZARD


def test_without_borrowers_or_at_rate_zero_there_is_no_hazard() -> None:
    index = np.zeros((3, 4))
    assert not hazards_at_rate(index, np.zeros(0), 0.1).any()
    assert not hazards_at_rate(index, index.ravel(), 0.0).any()


def test_hits_of_any_run_of_draws_are_the_sum_of_chances_to_within_one() -> None:
    rng = np.random.default_rng(5)
    draws = SystematicDraws(rng)
    expected, hits = 0.0, 0
    for size in [7, 0, 400, 3, 1_000] * 20:
        chance = rng.random(size) * 0.05
        expected, hits = expected + chance.sum(), hits + int(draws.draw(chance).sum())
        assert abs(hits - expected) < 1


def test_each_borrower_is_hit_with_its_own_chance() -> None:
    chance = np.array([0.01, 0.05, 0.3, 0.002, 0.14])
    draws = SystematicDraws(np.random.default_rng(8))
    often = np.mean([draws.draw(chance) for _ in range(40_000)], axis=0)
    assert often == pytest.approx(chance, abs=0.006)
