"""Trees of a size, learned from frames."""

import numpy as np
import polars as pl
import pytest

from finplatform.ml.boosting import Boosting
from finplatform.ml.calibration import probability
from finplatform.ml.metrics import auc
from finplatform.ml.spec import DEFAULT
from finplatform.ml.tree_lattice import Cell, Lattice, Shape

FAMILY = Boosting(Lattice(Shape(4)), DEFAULT)


@pytest.fixture(scope="module")
def rows() -> tuple[pl.DataFrame, np.ndarray]:
    rng = np.random.default_rng(5)
    x, group = rng.normal(size=500), rng.integers(3, size=500)
    outcome = (rng.random(500) < probability(x + group - 2)).astype(float)
    return pl.DataFrame({"x": x, "group": [f"g{code}" for code in group]}), outcome


def test_fewer_trees_are_the_first_of_more_trees(rows: tuple[pl.DataFrame, np.ndarray]) -> None:
    frame, outcome = rows
    names = [Cell(Shape(4), trees).name for trees in (7, 20)]
    of_both = FAMILY.fit_and_predict(frame, outcome, frame, tuple(names))
    of_few = FAMILY.fit_and_predict(frame, outcome, frame, (names[0],))
    np.testing.assert_allclose(of_both[names[0]], of_few[names[0]], atol=1e-9)
    assert not np.allclose(of_both[names[1]], of_few[names[0]])


def test_what_only_the_largest_half_percent_gives_away_is_found() -> None:
    """Clipped to the quantiles of 0.5%, the events would look like others."""
    rng = np.random.default_rng(7)
    x = np.sort(rng.exponential(size=20_000))
    outcome = (np.arange(x.size) >= x.size - 60).astype(float)
    name = Cell(Shape(4), 20).name
    frame = pl.DataFrame({"x": x})
    log_odds = FAMILY.fit_and_predict(frame, outcome, frame, (name,))[name]
    assert auc(outcome, log_odds) > 0.999
    assert log_odds[outcome == 1].min() > log_odds[:-100].max()


def test_a_missing_number_is_told_from_any_value(rows: tuple[pl.DataFrame, np.ndarray]) -> None:
    rng = np.random.default_rng(6)
    x, is_gone = rng.normal(size=2_000), rng.random(2_000) < 0.3
    outcome = (rng.random(2_000) < np.where(is_gone, 0.5, 0.1)).astype(float)
    frame = pl.DataFrame({"x": pl.Series(x).set(pl.Series(is_gone), None)})
    name = Cell(Shape(4), 20).name
    log_odds = FAMILY.fit_and_predict(frame, outcome, frame, (name,))[name]
    assert log_odds[is_gone].min() > np.quantile(log_odds[~is_gone], 0.95)
