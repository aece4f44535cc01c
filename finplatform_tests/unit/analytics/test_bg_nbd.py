"""BG/NBD: recovery of known parameters, calibration, stability where naive formulas overflow."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import betaln, gammaln, hyp2f1

from finplatform.analytics import bg_nbd
from finplatform.analytics.bg_nbd import Histories

TRUE = np.array([0.8, 4.0, 0.7, 4.0])


def _simulated(size: int, seed: int) -> tuple[Histories, np.ndarray]:
    """Histories of 52 weeks, and purchases of the 52 weeks after them."""
    rng = np.random.default_rng(seed)
    r, alpha, a, b = TRUE
    rate, stop = rng.gamma(r, 1 / alpha, size), rng.beta(a, b, size)
    most = 400
    times = np.cumsum(rng.exponential(1, (size, most)), axis=1) / rate[:, None]
    # The purchase after which the customer stops still happens.
    stops = rng.random((size, most)) < stop[:, None]
    happens = np.cumsum(stops, axis=1) - stops == 0
    seen, later = happens & (times <= 52), happens & (times > 52) & (times <= 104)
    frequency = seen.sum(axis=1)
    recency = np.where(frequency > 0, np.where(seen, times, 0).max(axis=1), 0.0)
    return Histories.of(frequency, recency, np.full(size, 52.0)), later.sum(axis=1)


@pytest.fixture(scope="module")
def simulated() -> tuple[Histories, np.ndarray]:
    return _simulated(8_000, seed=3)


def test_known_parameters_are_recovered_within_their_errors(
    simulated: tuple[Histories, np.ndarray],
) -> None:
    found = bg_nbd.fit(simulated[0])
    error = np.sqrt(np.diag(found.covariance))
    assert found.is_interior
    assert (np.abs(np.log(found.parameters / TRUE)) < 3.3 * error).all()
    assert (error < 0.5).all()


def test_expected_purchases_of_the_next_year_come_true(
    simulated: tuple[Histories, np.ndarray],
) -> None:
    histories, later = simulated
    expected = bg_nbd.expected_purchases(bg_nbd.fit(histories).parameters, histories, 52.0)
    assert expected.sum() == pytest.approx(later.sum(), rel=0.05)
    for group in (histories.frequency == 0, histories.frequency >= 5):
        error = later[group].std() / np.sqrt(group.sum())
        assert abs(expected[group].mean() - later[group].mean()) < 4 * error


def test_the_chance_of_being_active_is_the_share_that_is(
    simulated: tuple[Histories, np.ndarray],
) -> None:
    histories, later = simulated
    chance = bg_nbd.probability_active(TRUE, histories)
    often = histories.frequency >= 10
    # Of those who buy often, an active one almost surely buys within a year.
    assert chance[often].mean() == pytest.approx((later[often] > 0).mean(), abs=0.04)


def test_equal_customers_in_one_row_give_the_same_likelihood(
    simulated: tuple[Histories, np.ndarray],
) -> None:
    whole = Histories.of(np.array([2, 2, 0]), np.array([7.0, 7, 0]), np.array([9.0, 9, 9]))
    assert len(whole.merged()) == 2
    assert bg_nbd.log_likelihood(TRUE, whole)[0] == pytest.approx(
        bg_nbd.log_likelihood(TRUE, whole.merged())[0]
    )


def test_the_slope_is_that_of_the_likelihood(simulated: tuple[Histories, np.ndarray]) -> None:
    histories = simulated[0]
    value, slope = bg_nbd.log_likelihood(TRUE, histories)
    for at in range(4):
        moved = TRUE * np.exp(1e-6 * (np.arange(4) == at))
        rise = (bg_nbd.log_likelihood(moved, histories)[0] - value) / 1e-6
        assert slope[at] == pytest.approx(rise, rel=1e-3, abs=0.05)


def test_the_stable_expectation_is_the_published_formula() -> None:
    """Equation 10 as printed, where its numbers still fit into floats."""
    r, alpha, a, b = TRUE
    x, last, span, time = 5.0, 20.0, 52.0, 30.0
    z = time / (alpha + span + time)
    printed = (
        (a + b + x - 1)
        / (a - 1)
        * (
            1
            - ((alpha + span) / (alpha + span + time)) ** (r + x)
            * hyp2f1(r + x, b + x, a + b + x - 1, z)
        )
        / (1 + a / (b + x - 1) * ((alpha + span) / (alpha + last)) ** (r + x))
    )
    one = Histories.of(np.array([x]), np.array([last]), np.array([span]))
    assert bg_nbd.expected_purchases(TRUE, one, time)[0] == pytest.approx(printed, rel=1e-10)


def test_the_likelihood_is_the_integral_over_all_customers() -> None:
    """Poisson times and geometric stops, integrated over gamma and beta by quadrature."""
    r, alpha, a, b = TRUE
    x, last, span = 3, 20.0, 52.0

    def over_rates(until: float) -> float:
        log = r * np.log(alpha) - gammaln(r)
        return quad(lambda v: np.exp(log) * v ** (r + x - 1) * np.exp(-v * (alpha + until)), 0, 9)[
            0
        ]

    kept = np.exp(betaln(a, b + x) - betaln(a, b))
    left = np.exp(betaln(a + 1, b + x - 1) - betaln(a, b))
    likelihood = kept * over_rates(span) + left * over_rates(last)
    one = Histories.of(np.array([x]), np.array([last]), np.array([span]))
    assert bg_nbd.log_likelihood(TRUE, one)[0] == pytest.approx(np.log(likelihood), rel=1e-7)


def test_hundreds_of_purchases_stay_within_floats() -> None:
    many = Histories.of(np.array([900, 900]), np.array([103.9, 40.0]), np.array([104.0, 104.0]))
    value, slope = bg_nbd.log_likelihood(TRUE, many)
    assert np.isfinite(value)
    assert np.isfinite(slope).all()
    active = bg_nbd.probability_active(TRUE, many)
    assert active[0] > 0.99
    assert active[1] < 1e-9
    expected = bg_nbd.expected_purchases(TRUE, many, 52.0)
    # Nine a week, less those who stop.
    assert 100 < expected[0] < 900 / 104 * 52
    assert expected[1] < 1e-6


def test_expectations_are_continuous_where_the_formula_is_nought_by_nought() -> None:
    one = Histories.of(np.array([4]), np.array([20.0]), np.array([52.0]))
    around = [
        bg_nbd.expected_purchases(np.array([0.8, 4.0, a, 4.0]), one, 52.0)[0]
        for a in (0.999, 1.0, 1.001)
    ]
    assert around[0] > around[1] > around[2]
    assert around[1] == pytest.approx((around[0] + around[2]) / 2, rel=1e-5)


def test_expectations_are_continuous_where_two_points_take_over() -> None:
    one = Histories.of(np.array([4, 90]), np.array([20.0, 50.0]), np.array([52.0, 52.0]))
    below, above = (
        bg_nbd.expected_purchases(np.array([0.8, 4.0, a, 900.0]), one, 52.0) for a in (50, 50.01)
    )
    assert above == pytest.approx(below, rel=1e-3)
    huge = bg_nbd.expected_purchases(np.array([0.8, 4.0, 1e5, 1e6]), one, 52.0)
    assert np.isfinite(huge).all()


def test_longer_silence_means_less_chance_of_being_active() -> None:
    weeks = np.arange(10.0, 52.0)
    silent = Histories.of(np.full(42, 8), weeks, np.full(42, 52.0))
    assert (np.diff(bg_nbd.probability_active(TRUE, silent)) > 0).all()


def test_impossible_histories_are_refused() -> None:
    with pytest.raises(ValueError, match="before the first"):
        Histories.of(np.array([1]), np.array([9.0]), np.array([8.0]))
    with pytest.raises(ValueError, match="no customer bought twice"):
        bg_nbd.fit(Histories.of(np.array([0]), np.array([0.0]), np.array([8.0])))
