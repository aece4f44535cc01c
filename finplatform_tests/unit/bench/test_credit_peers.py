"""Models of scikit-learn as a reference for the families."""

import numpy as np
import polars as pl
import pytest

from finplatform.bench import credit_peers
from finplatform.bench.credit_peers import PEERS, predict
from finplatform.ml.calibration import probability
from finplatform.ml.metrics import auc


def test_peers_take_missing_cells_and_unknown_texts_and_tell_risk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(credit_peers, "DRAWS", 3)
    rng = np.random.default_rng(5)
    x, group = rng.normal(size=700), rng.integers(3, size=700)
    outcome = (rng.random(700) < probability(2 * x + group - 2)).astype(float)
    frame = pl.DataFrame({"x": x, "group": [f"g{code}" for code in group]}).with_columns(
        pl.when(pl.Series(rng.random(700) > 0.1)).then("x").alias("x"),
        pl.when(pl.Series(rng.random(700) > 0.1)).then("group").alias("group"),
    )
    unseen = frame[500:].with_columns(
        pl.when(pl.Series(np.arange(200) < 5)).then(pl.lit("new")).otherwise("group").alias("group")
    )
    found = predict(frame[:500], outcome[:500], unseen, seed=1, rows=400)
    assert set(found.probability) == set(PEERS)
    for values in found.probability.values():
        assert ((values > 0) & (values < 1)).all()
        assert auc(outcome[500:], values) > 0.7
    assert found.search_seconds > 0
