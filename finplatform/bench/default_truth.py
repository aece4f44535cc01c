"""Ranking of the default model against the best possible, on a simulated bank.

Belongs here: AUC of the model and of the simulator's own probabilities on the same rows, and their
difference with an interval. Does not belong here: the truth (`finplatform.simulate.default_truth`),
or how a model is judged without it (`finplatform.ml.evaluation`).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from finplatform.errors import FinplatformError
from finplatform.ml.metrics import Ranking

TRUTHS = {
    "visible_pd_12m": "every visible state known exactly, frailty unknown",
    "hazard_pd_12m": "hidden hazard of the coming year",
    "state_pd_12m": "hidden hazard of the date, and who has stopped paying",
    "path_pd_12m": "hidden hazard of the coming year, and who has stopped paying",
}
"""Columns of the truth that a score is compared with, and the information in each."""

REPLICATES = 300
_TAIL = 2.5


def compare_with_truth(
    rows: pl.DataFrame, *, seed: int, replicates: int = REPLICATES
) -> list[dict[str, Any]]:
    """AUC of the model's PD and of each truth on the same rows.

    Args:
        rows: `exposure_id`, `pd`, `is_default_12m` and the columns of `TRUTHS`; one row per
            exposure and date, none of which trained the model.
        seed: Seed of the bootstrap, which draws whole exposures and the same ones for all columns.
        replicates: Resamples.

    Returns:
        A row for the model, then one per truth: `score`, `knows`, `auc`, `lower`, `upper`, `gap`
        (AUC less the model's), `gap_lower`, `gap_upper`; 95% intervals.

    Raises:
        FinplatformError: If there is no default among the rows, or nothing else.
    """
    outcome = rows["is_default_12m"].to_numpy().astype(float)
    if not 0 < outcome.sum() < outcome.size:
        raise FinplatformError(
            "The rows hold no default, or nothing but defaults, so that no ranking can be judged.",
            "Simulate a larger bank or a longer span.",
        )
    columns = ("pd", *TRUTHS)
    rankings = [Ranking.of(outcome, rows[name].to_numpy()) for name in columns]
    exact = np.array([ranking.figures()[0] for ranking in rankings])
    drawn = np.array(
        [
            [ranking.figures(weight)[0] for ranking in rankings]
            for weight in _weights(rows["exposure_id"], outcome, seed, replicates)
        ]
    )
    low, high = np.percentile(drawn, [_TAIL, 100 - _TAIL], axis=0)
    gaps = drawn - drawn[:, :1]
    gap_low, gap_high = np.percentile(gaps, [_TAIL, 100 - _TAIL], axis=0)
    return [
        {
            "score": name,
            "knows": TRUTHS.get(name, "what the bank has"),
            "auc": float(exact[at]),
            "lower": float(low[at]),
            "upper": float(high[at]),
            "gap": float(exact[at] - exact[0]),
            "gap_lower": float(gap_low[at]),
            "gap_upper": float(gap_high[at]),
        }
        for at, name in enumerate(columns)
    ]


def _weights(
    exposure: pl.Series, outcome: np.ndarray, seed: int, replicates: int
) -> Iterator[np.ndarray]:
    """Weights of resampled exposures; resamples without a default are left out."""
    member = exposure.rank("dense").to_numpy().astype(int) - 1
    size = int(member.max()) + 1
    generator = np.random.default_rng(seed)
    for _ in range(replicates):
        drawn = generator.integers(size, size=size)
        weight = np.bincount(drawn, minlength=size).astype(float)[member]
        if 0 < weight @ outcome < weight.sum():
            yield weight
