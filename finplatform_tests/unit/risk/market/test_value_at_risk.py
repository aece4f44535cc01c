"""Properties of value at risk, expected shortfall and volatility."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.errors import RiskInputError
from finplatform.risk.market.value_at_risk import (
    ewma_volatility,
    expected_shortfall,
    forecast,
    garch_volatility,
    value_at_risk,
)

profits = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300)
levels = st.floats(0.5, 0.999)


@given(profits, levels, levels)
def test_both_rise_with_confidence_and_shortfall_is_the_larger(
    profit: list[float], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert value_at_risk(profit, low) <= value_at_risk(profit, high)
    assert expected_shortfall(profit, low) <= expected_shortfall(profit, high) + 1e-6
    assert value_at_risk(profit, low) <= expected_shortfall(profit, low) + 1e-6


@given(profits, levels, st.floats(0.0, 100.0))
def test_both_grow_with_the_position(profit: list[float], level: float, size: float) -> None:
    scaled = [size * made for made in profit]
    assert value_at_risk(scaled, level) == pytest.approx(size * value_at_risk(profit, level))
    assert expected_shortfall(scaled, level) == pytest.approx(
        size * expected_shortfall(profit, level), abs=1e-6
    )


@given(profits, levels)
def test_at_most_the_promised_share_of_days_is_worse(profit: list[float], level: float) -> None:
    worse = sum(-made > value_at_risk(profit, level) for made in profit)
    assert worse <= (1 - level) * len(profit) + 1e-6


def test_a_float_product_does_not_move_the_position_of_the_quantile() -> None:
    profit = -np.arange(1, 1_001.0)
    assert value_at_risk(profit, 0.975) == 975
    assert expected_shortfall(profit, 0.975) == pytest.approx(988)


def test_a_forecast_uses_the_days_before_alone() -> None:
    rng = np.random.default_rng(1)
    profit = rng.normal(size=400)
    changed = profit.copy()
    changed[320:] = 1e6
    volatility, other = ewma_volatility(profit), ewma_volatility(changed)
    np.testing.assert_array_equal(volatility[:321], other[:321])
    before = forecast(profit, volatility=volatility)
    after = forecast(changed, volatility=other)
    np.testing.assert_array_equal(before[:321], after[:321])
    assert after[330] != before[330]


def test_filtered_forecasts_follow_the_market_and_plain_ones_lag() -> None:
    rng = np.random.default_rng(2)
    calm, wild = rng.normal(0, 1, 500), rng.normal(0, 4, 60)
    profit = np.concatenate([calm, wild])
    filtered = forecast(profit, volatility=ewma_volatility(profit))
    plain = forecast(profit)
    assert filtered[530:].mean() > 1.5 * plain[530:].mean()
    exceptions = [(-profit[500:] > feared[500:]).sum() for feared in (filtered, plain)]
    assert exceptions[0] < exceptions[1]


def test_steady_moves_have_steady_volatility() -> None:
    moves = np.tile([0.01, -0.01], 100)
    np.testing.assert_allclose(ewma_volatility(moves), 0.01)
    np.testing.assert_allclose(garch_volatility(moves), 0.01)


def test_a_short_series_has_no_forecast() -> None:
    assert np.isnan(forecast(np.ones(250))).all()


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (lambda: value_at_risk([]), "profit is empty"),
        (lambda: value_at_risk([1.0, np.nan]), r"profit is missing \(NaN\)"),
        (lambda: value_at_risk([1.0], 99), "confidence is 99"),
        (lambda: expected_shortfall([1.0], 1.0), r"confidence is 1\.0"),
        (lambda: garch_volatility([1.0], reaction=0.5, persistence=0.6), r"add up to 1\.1"),
        (lambda: ewma_volatility([0.0, 0.0]), "do not move"),
        (lambda: forecast([1.0], window=0), "window is 0"),
        (lambda: forecast([1.0], volatility=[0.0]), "volatility is zero"),
        (lambda: forecast([1.0, 2.0], volatility=[1.0]), "differ in length"),
    ],
)
def test_what_cannot_be_taken_is_named(broken: object, message: str) -> None:
    with pytest.raises(RiskInputError, match=message):
        broken()  # type: ignore[operator]
