"""Event studies recover a planted effect, and report when they cannot."""

import numpy as np
import pytest
from scipy import stats

from finplatform.ml.causal import pooled
from finplatform.ml.event_study import AFTER, event_study


def _panel(
    seed: int, *, effect: float = 0.0, drift: float = 0.0, units: int = 300
) -> tuple[np.ndarray, np.ndarray]:
    """Units with levels of their own and common months; a third has an event in some month."""
    rng = np.random.default_rng(seed)
    months = 14
    event = np.where(rng.random(units) < 0.35, rng.integers(4, 11, units), -1)
    since = np.arange(months) - event[:, None]
    outcome = rng.normal(0, 1, (units, 1)) + 0.3 * np.arange(months) + rng.normal(0, 1, months)
    # Errors of a unit hang together over time.
    outcome = outcome + np.cumsum(rng.normal(0, 0.4, (units, months)), axis=1)
    had = (event[:, None] >= 0) & (since >= 0)
    return outcome + effect * had + drift * (event[:, None] >= 0) * np.arange(months), event


@pytest.mark.parametrize("effect", [0.0, 0.5])
def test_intervals_cover_the_effect_and_none_is_rejected_as_rarely_as_stated(effect: float) -> None:
    studies = [event_study(*_panel(seed, effect=effect)) for seed in range(200)]
    covered = sum(study is not None and study.effect.covers(effect) for study in studies)
    low, high = stats.binom.interval(0.998, 200, 0.95)
    assert low - 3 <= covered <= high


def test_the_pre_trend_test_has_its_level_and_sees_a_drift() -> None:
    flat = [event_study(*_panel(seed)) for seed in range(200)]
    hits = sum(study is not None and study.pre_trend_p_value < 0.05 for study in flat)
    assert stats.binomtest(hits, 200, 0.05).pvalue > 0.0005
    drifting = event_study(*_panel(1, drift=0.4))
    assert drifting is not None
    assert drifting.pre_trend_p_value < 0.001


def test_one_month_of_events_is_the_plain_difference_in_differences() -> None:
    outcome, event = _panel(2, effect=0.5)
    event = np.where(event >= 0, 6, -1)
    found = event_study(outcome, event)
    change = outcome[:, 6 : 6 + AFTER + 1].mean(axis=1) - outcome[:, 5]
    yes, no = change[event == 6], change[event == -1]
    assert found is not None
    assert found.effect.estimate == pytest.approx(yes.mean() - no.mean())
    error = np.sqrt(yes.var() / yes.size + no.var() / no.size)
    assert found.effect.standard_error == pytest.approx(error)


def test_units_that_are_not_seen_throughout_are_left_out() -> None:
    outcome, event = _panel(3)
    holes = outcome.copy()
    holes[:150] = np.nan
    alone, partly = event_study(outcome[150:], event[150:]), event_study(holes, event)
    assert alone is not None
    assert partly is not None
    assert alone.effect == partly.effect


def test_too_few_events_are_no_study() -> None:
    outcome, event = _panel(4)
    assert event_study(outcome, np.where(np.arange(300) < 5, 6, -1)) is None
    assert event_study(outcome, np.full(300, -1)) is None
    assert event_study(outcome[:, :5], np.full(300, 4)) is None
    assert event is not None


def test_pooling_weighs_by_precision_and_widens_where_studies_disagree() -> None:
    mean, error, between = pooled(np.array([1.0, 1.0]), np.array([0.1, 0.2]))
    assert (mean, between) == pytest.approx((1.0, 0.0))
    assert error == pytest.approx(1 / np.sqrt(100 + 25))
    # Cochran's Q of 0 and 1 with errors of 0.1 is 50: tau squared is (50 - 1) / 100.
    mean, error, between = pooled(np.array([0.0, 1.0]), np.array([0.1, 0.1]))
    assert mean == pytest.approx(0.5)
    assert between**2 == pytest.approx(0.49)
    assert error == pytest.approx(np.sqrt((0.01 + 0.49) / 2))
