"""PDs of rating grades of ten simulated banks, judged by other borrowers and by a later year.

Two claims, for grades 1 to 8 of ten banks:

1. The defaults of borrowers whom neither model nor scale has seen, at a month end that both have
   learned from, lie in the 95% interval of their grade in at least 95% of the grades.
2. So do those of a year that neither has seen, after one shift of the log-odds for each bank,
   the same for all its grades. The shift takes the economy of the year out: a grade's PD is the
   average of a cycle, and one year is none.

The interval is binomial, and counts as well what the grade's exposures leave unknown of its rate
(Jeffreys' posterior). PDs are those before the margin of conservatism.
"""

from datetime import date
from functools import cache

import numpy as np
import polars as pl
import pytest

from finplatform.ml import dataset, event_model
from finplatform.ml.calibration import anchor
from finplatform.ml.grading import through_the_cycle_pd
from finplatform.ml.rating import GRADES, calibrate_scale, grade_numbers
from finplatform.simulate import SimulationConfig
from finplatform.simulate.world import build_world
from finplatform_tests.loan_history import LoanHistory, loan_history

pytestmark = pytest.mark.graph

SEEDS = range(10)
CUSTOMERS = 9_000
DRAWS = 4_000
KEYS = ["exposure_id", "observation_date"]
QUICK = event_model.TrainingSettings(
    penalties=(100.0,), time_blocks=1, borrower_groups=2, bootstrap_replicates=2
)


@cache
def _history(seed: int) -> LoanHistory:
    world = build_world(
        SimulationConfig(
            customers=CUSTOMERS,
            transactions=150 * CUSTOMERS,
            seed=seed,
            start=date(2023, 1, 1),
            end=date(2025, 12, 31),
        )
    )
    return loan_history(world)


@cache
def _later_year(seed: int) -> pl.DataFrame:
    """Grades of one bank: what the scale rests on, and the year after, one row per grade."""
    history = _history(seed)
    rows = dataset.build(history.features, history.outcomes)
    assert rows.split.kind == "separated"
    model = event_model.train(rows, seed=1, code_version="test", settings=QUICK)
    # One month end, since months of a loan share one default; the last is farthest from training.
    year = rows.test.filter(pl.col("observation_date").max() == pl.col("observation_date"))
    return _counted(calibrate_scale(_labelled(model, rows.train)), _labelled(model, year))


@cache
def _other_borrowers(seed: int) -> pl.DataFrame:
    """Grades of one bank learned from half its borrowers, and the other half, one row per grade.

    Both halves of one month end, so that the economy is the same.
    """
    history = _history(seed)
    is_known = pl.col("customer_id").str.tail(1).is_in(["0", "2", "4", "6", "8"])
    known = history.features.filter(is_known)
    rows = dataset.build(known, history.outcomes.join(known, on=KEYS, how="semi"))
    model = event_model.train(rows, seed=1, code_version="test", settings=QUICK)
    at_last = pl.col("observation_date") == rows.train["observation_date"].max()
    others = history.features.filter(~is_known, at_last).join(history.outcomes, on=KEYS)
    scale = calibrate_scale(_labelled(model, rows.train.filter(at_last)))
    return _counted(scale, _labelled(model, others))


def _counted(scale: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """The scale with the number and the defaults of the judged rows of each grade."""
    counts = (
        judged.with_columns(
            grade=pl.Series(np.array(GRADES)[grade_numbers(judged["pd"].to_numpy())].tolist())
        )
        .group_by("grade")
        .agg(size=pl.len(), defaults=pl.col("is_default_12m").sum())
    )
    return scale.join(counts, on="grade", how="inner").filter(pl.col("exposures") > 0)


def _labelled(model: event_model.EventModel, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("exposure_id", "observation_date", "is_default_12m").with_columns(
        pd=pl.Series(through_the_cycle_pd(model, rows))
    )


def _inside(grades: pl.DataFrame, *, is_shifted: bool) -> np.ndarray:
    """Whether the judged defaults lie in the 95% interval of each grade."""
    rng = np.random.default_rng(0)
    known, size = grades["exposures"].to_numpy(), grades["size"].to_numpy()
    rate = grades["long_run_default_rate"].to_numpy()
    defaults = grades["defaults"].to_numpy()
    drawn = rng.beta(rate * known + 0.5, (1 - rate) * known + 0.5, (DRAWS, len(rate)))
    log_odds = np.log(drawn / (1 - drawn))
    if is_shifted:
        middle = np.repeat(np.median(log_odds, axis=0), size)
        log_odds = log_odds + anchor(middle, defaults.sum() / size.sum())
    happened = rng.binomial(size, 1 / (1 + np.exp(-log_odds)))
    low, high = np.percentile(happened, [2.5, 97.5], axis=0, method="closest_observation")
    return np.asarray((low <= defaults) & (defaults <= high))


def test_defaults_of_other_borrowers_lie_in_the_interval_of_their_grade() -> None:
    inside = np.concatenate([_inside(_other_borrowers(seed), is_shifted=False) for seed in SEEDS])
    assert len(inside) > 60
    assert inside.mean() >= 0.95


def test_defaults_of_a_later_year_lie_in_the_interval_of_their_grade() -> None:
    inside = np.concatenate([_inside(_later_year(seed), is_shifted=True) for seed in SEEDS])
    assert len(inside) > 60
    assert inside.mean() >= 0.95


def test_without_the_shift_the_year_tells_itself_from_the_cycle() -> None:
    """So the claim would fail if it were made of single years."""
    inside = np.concatenate([_inside(_later_year(seed), is_shifted=False) for seed in SEEDS])
    assert 0.5 < inside.mean() < 1


def test_grades_of_shuffled_pds_would_be_found_out() -> None:
    wrong = [
        _inside(
            _later_year(seed).with_columns(pl.col("long_run_default_rate").reverse()),
            is_shifted=True,
        )
        for seed in SEEDS
    ]
    assert np.concatenate(wrong).mean() < 0.7
