"""The default model against the best possible score, on banks whose truth is known."""

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from finplatform.bench.default_truth import TRUTHS, compare_with_truth
from finplatform.errors import FinplatformError
from finplatform.ml import dataset, event_model
from finplatform.ml.metrics import auc
from finplatform.simulate import SimulationConfig
from finplatform.simulate.default_truth import default_truth
from finplatform.simulate.truth import TRUTH_TABLES
from finplatform.simulate.world import build_world
from finplatform_tests.loan_history import loan_history

SEEDS = (1, 2, 3)
CUSTOMERS = 12_000
QUICK = event_model.TrainingSettings(
    penalties=(30.0, 300.0), time_blocks=1, borrower_groups=3, bootstrap_replicates=2
)
ROOT = Path(__file__).parents[3]


@cache
def _judged(seed: int) -> dict[str, float]:
    """Out-of-time AUC by score of one bank; the model's is that for borrowers it has not seen."""
    world = build_world(
        SimulationConfig(customers=CUSTOMERS, transactions=100 * CUSTOMERS, seed=seed)
    )
    history = loan_history(world)
    rows = dataset.build(history.features, history.outcomes)
    model = event_model.train(rows, seed=1, code_version="test", settings=QUICK)
    truth = default_truth(world.calendar, world.loans, world.defaults).select(
        pl.format("L-{}", "loan_id").alias("exposure_id"),
        pl.col("month_end").alias("observation_date"),
        *TRUTHS,
    )
    test = rows.test.select("exposure_id", "observation_date", "is_default_12m")
    both = test.join(truth, on=["exposure_id", "observation_date"], how="inner")
    assert both.height == test.height
    outcome = both["is_default_12m"].to_numpy()
    found = {name: auc(outcome, both[name].to_numpy()) for name in TRUTHS}
    return found | {"model": model.headline_metrics()["auc"]}


@pytest.mark.parametrize("truth", ["visible_pd_12m", "hazard_pd_12m"])
def test_the_model_ranks_within_two_points_of_auc_of_the_truth(truth: str) -> None:
    gaps = [_judged(seed)[truth] - _judged(seed)["model"] for seed in SEEDS]
    assert np.mean(gaps) < 0.02, gaps
    assert max(gaps) < 0.035, gaps


def test_what_the_model_cannot_reach_is_what_nobody_can_see() -> None:
    """Frailty shows nowhere: with it the truth is ahead, without it hardly."""
    with_frailty = np.mean([_judged(seed)["state_pd_12m"] for seed in SEEDS])
    without = np.mean([_judged(seed)["visible_pd_12m"] for seed in SEEDS])
    model = np.mean([_judged(seed)["model"] for seed in SEEDS])
    assert with_frailty - model > 0.5 * (with_frailty - without)
    assert with_frailty > without


def test_comparing_gives_the_figures_of_its_columns_and_paired_intervals() -> None:
    rng = np.random.default_rng(3)
    pd = rng.uniform(0.01, 0.5, 3_000)
    rows = pl.DataFrame(
        {
            "exposure_id": [f"E{number // 3}" for number in range(3_000)],
            "pd": pd * np.exp(rng.normal(0, 1, 3_000)),
            "is_default_12m": rng.random(3_000) < pd,
            **dict.fromkeys(TRUTHS, pd),
        }
    )
    model, *truths = compare_with_truth(rows, seed=1, replicates=100)
    assert model["gap"] == model["gap_lower"] == model["gap_upper"] == 0
    assert [row["score"] for row in truths] == list(TRUTHS)
    for row in truths:
        assert row["auc"] == pytest.approx(auc(rows["is_default_12m"].to_numpy(), pd))
        assert 0 < row["gap_lower"] < row["gap"] < row["gap_upper"]


def test_rows_without_a_default_are_refused() -> None:
    rows = pl.DataFrame(
        {"exposure_id": ["a"], "pd": [0.1], "is_default_12m": [False]} | dict.fromkeys(TRUTHS, 0.1)
    )
    with pytest.raises(FinplatformError, match="no default"):
        compare_with_truth(rows, seed=1)


def test_nothing_that_models_or_reports_read_names_a_truth() -> None:
    """Only the simulator, its loader and the benchmark against the truth may know these tables."""
    allowed = {"simulate", "bench"}
    # The parameters are public: the command that simulates reads them.
    names = {f"simulate.{table}" for table in TRUTH_TABLES if table != "config"}
    files = [*(ROOT / "dbt_project").rglob("*.sql"), *(ROOT / "dbt_project").rglob("*.yml")]
    files += [ROOT / "sources.yaml", *(ROOT / "examples").rglob("*.yaml")]
    files += [
        path
        for path in (ROOT / "finplatform").rglob("*.py")
        if path.relative_to(ROOT / "finplatform").parts[0] not in allowed
        and path.name != "bench_truth.py"
    ]
    assert len(files) > 300
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not [name for name in names if name in text], path
        assert not [name for name in TRUTHS if name in text], path
