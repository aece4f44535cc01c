"""The families of the credit benchmark, on generated rows."""

import numpy as np
import polars as pl
import pytest

from finplatform.bench.credit_models import CHALLENGER, CHAMPION
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
    assert all(auc(outcome[300:], log_odds) > 0.69 for log_odds in found.values())
