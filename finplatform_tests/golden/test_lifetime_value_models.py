"""BG/NBD and Gamma-Gamma on the CDNOW sample, as published.

`cdnow_sample.csv`: repeat purchases, week of the last one, weeks observed and mean value of 2,357
customers of an online shop, the data of Fader, Hardie and Lee (Marketing Science 24, 2005, table 2;
JMR 42, 2005), as bundled with the MIT-licensed Python package `lifetimes` 0.11.3.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from finplatform.analytics import bg_nbd, gamma_gamma
from finplatform.analytics.bg_nbd import Histories

PUBLISHED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
PUBLISHED_LIKELIHOOD = -9582.4
PUBLISHED_VALUE = {"p": 6.25, "q": 3.74, "v": 15.44}


@pytest.fixture(scope="module")
def sample() -> pl.DataFrame:
    return pl.read_csv(Path(__file__).parent / "cdnow_sample.csv")


@pytest.fixture(scope="module")
def histories(sample: pl.DataFrame) -> Histories:
    return Histories.of(*(sample[name].to_numpy() for name in ("x", "t_x", "T")))


def test_the_published_parameters_are_found(histories: Histories) -> None:
    found = bg_nbd.fit(histories)
    assert dict(zip(found.names, found.parameters.round(3), strict=True)) == PUBLISHED
    assert found.log_likelihood == pytest.approx(PUBLISHED_LIKELIHOOD, abs=0.05)
    assert found.is_interior


def test_the_published_likelihood_is_that_of_the_published_parameters(
    histories: Histories,
) -> None:
    value, slope = bg_nbd.log_likelihood(np.array(list(PUBLISHED.values())), histories)
    assert value == pytest.approx(PUBLISHED_LIKELIHOOD, abs=0.05)
    assert np.abs(slope).max() < 2.0


def test_the_first_customer_is_expected_to_buy_as_often_as_published() -> None:
    """Fader, Hardie and Lee, Implementing the BG/NBD model in Excel (2005): 1.226 in 39 weeks."""
    first = Histories.of(np.array([2]), np.array([30.43]), np.array([38.86]))
    expected = bg_nbd.expected_purchases(np.array(list(PUBLISHED.values())), first, 39.0)
    assert expected[0] == pytest.approx(1.226, abs=0.0005)


def test_the_published_gamma_gamma_parameters_are_found(sample: pl.DataFrame) -> None:
    buyers = sample.filter(pl.col("x") > 0)
    found = gamma_gamma.fit(buyers["x"].to_numpy(), buyers["zbar"].to_numpy())
    p, excess, v = found.parameters
    assert p == pytest.approx(PUBLISHED_VALUE["p"], abs=0.01)
    assert 1 + excess == pytest.approx(PUBLISHED_VALUE["q"], abs=0.01)
    assert v == pytest.approx(PUBLISHED_VALUE["v"], abs=0.02)
