"""The families of the contest, on rows made here."""

import numpy as np
import polars as pl
import pytest

from finplatform.bench.credit_models import CHALLENGER, CHAMPION, Boosting
from finplatform.ml.calibration import probability
from finplatform.ml.families import JudgedFamily
from finplatform.ml.metrics import auc


@pytest.fixture(scope="module")
def rows() -> tuple[pl.DataFrame, np.ndarray]:
    rng = np.random.default_rng(5)
    x, group = rng.normal(size=500), rng.integers(3, size=500)
    outcome = (rng.random(500) < probability(x + group - 2)).astype(float)
    return pl.DataFrame({"x": x, "group": [f"g{code}" for code in group]}), outcome


@pytest.mark.parametrize("family", [CHAMPION, CHALLENGER], ids=lambda family: family.name)
def test_a_family_answers_for_every_setting_and_tells_risk(
    family: JudgedFamily, rows: tuple[pl.DataFrame, np.ndarray]
) -> None:
    frame, outcome = rows
    found = family.fit_and_predict(frame[:300], outcome[:300], frame[300:], family.settings)
    assert set(found) == set(family.settings)
    assert all(auc(outcome[300:], log_odds) > 0.7 for log_odds in found.values())


def test_fewer_trees_are_the_first_of_more_trees(rows: tuple[pl.DataFrame, np.ndarray]) -> None:
    frame, outcome = rows
    both = Boosting(leaves=(4,), trees=(7, 20))
    few = Boosting(leaves=(4,), trees=(7,))
    of_both = both.fit_and_predict(frame, outcome, frame, both.settings)
    of_few = few.fit_and_predict(frame, outcome, frame, few.settings)
    np.testing.assert_allclose(of_both["4 leaves, 7 trees"], of_few["4 leaves, 7 trees"], atol=1e-9)
    assert not np.allclose(of_both["4 leaves, 20 trees"], of_few["4 leaves, 7 trees"])
