"""Gamma-Gamma: recovery of known parameters, and what is expected of little and of much."""

import numpy as np
import pytest

from finplatform.analytics import gamma_gamma

TRUE = np.array([6.0, 2.5, 40.0])


@pytest.fixture(scope="module")
def simulated() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Purchases, their mean, and the customer's own mean."""
    rng = np.random.default_rng(5)
    p, excess, v = TRUE
    purchases = rng.integers(1, 12, 6_000)
    scale = rng.gamma(1 + excess, 1 / v, 6_000)
    mean = rng.gamma(p * purchases, 1 / scale) / purchases
    return purchases, mean, p / scale


def test_known_parameters_are_recovered_within_their_errors(
    simulated: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    found = gamma_gamma.fit(*simulated[:2])
    error = np.sqrt(np.diag(found.covariance))
    assert (np.abs(np.log(found.parameters / TRUE)) < 3.3 * error).all()
    assert (error < 0.3).all()


def test_the_fit_follows_the_currency(
    simulated: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    purchases, mean, _ = simulated
    dollars, cents = gamma_gamma.fit(purchases, mean), gamma_gamma.fit(purchases, 100 * mean)
    assert cents.parameters == pytest.approx(dollars.parameters * [1, 1, 100], rel=1e-4)
    shift = len(purchases) * np.log(100)
    assert cents.log_likelihood == pytest.approx(dollars.log_likelihood - shift, abs=1e-3)


def test_expected_values_are_right_on_average_and_closer_than_the_means_seen(
    simulated: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    purchases, mean, true_mean = simulated
    expected = gamma_gamma.expected_value(
        gamma_gamma.fit(purchases, mean).parameters, purchases, mean
    )
    assert expected.mean() == pytest.approx(true_mean.mean(), rel=0.02)
    few = purchases <= 2
    assert np.abs(expected - true_mean)[few].mean() < np.abs(mean - true_mean)[few].mean()


def test_much_evidence_is_believed_and_none_gives_the_mean_of_all() -> None:
    p, excess, v = TRUE
    result = gamma_gamma.expected_value(TRUE, np.array([0.0, 1e6]), np.array([0.0, 99.0]))
    assert result[0] == pytest.approx(p * v / excess)
    assert result[1] == pytest.approx(99.0, rel=1e-4)


def test_a_value_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="positive value"):
        gamma_gamma.fit(np.array([1, 2]), np.array([3.0, 0.0]))
