"""The calibration line meets its defining conditions, also where data are scarce."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from finplatform.ml.calibration import anchor, fit_recalibration, log_odds_of, probability


@given(
    st.lists(st.floats(-12, 12), min_size=1, max_size=30),
    st.floats(0.0005, 0.9995),
)
def test_anchored_mean_is_the_rate(log_odds: list[float], rate: float) -> None:
    values = np.array(log_odds)
    assert probability(values + anchor(values, rate)).mean() == pytest.approx(rate, rel=1e-7)


def test_the_line_is_the_most_likely_one() -> None:
    rng = np.random.default_rng(3)
    log_odds = rng.normal(-2, 1.3, 4000)
    outcome = (rng.random(4000) < probability(0.4 + 0.6 * log_odds)).astype(float)
    line = fit_recalibration(outcome, log_odds)
    peer = LogisticRegression(C=np.inf, tol=1e-10, solver="newton-cholesky")
    peer.fit(log_odds[:, None], outcome)
    assert line.slope == pytest.approx(peer.coef_[0, 0], rel=1e-5)
    assert line.intercept == pytest.approx(peer.intercept_[0], rel=1e-5)


def test_few_perfectly_separated_defaults_do_not_send_the_slope_to_infinity() -> None:
    log_odds = np.linspace(-4, 0, 50)
    outcome = (log_odds > -0.3).astype(float)
    assert 0.5 < fit_recalibration(outcome, log_odds, slope_precision=4.0).slope < 4
    assert np.isfinite(fit_recalibration(outcome, log_odds).slope)


def test_probability_and_log_odds_are_inverse() -> None:
    pd = np.array([1e-6, 0.02, 0.5, 1 - 1e-6])
    assert probability(log_odds_of(pd)) == pytest.approx(pd, rel=1e-12)
