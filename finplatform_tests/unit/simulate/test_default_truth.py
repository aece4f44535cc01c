"""The true PD at a date, judged by the defaults that were drawn."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from finplatform.simulate import SimulationConfig
from finplatform.simulate.default_truth import default_truth
from finplatform.simulate.world import World, build_world
from finplatform_tests.loan_history import loan_history


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(SimulationConfig(customers=7_000, transactions=700_000, seed=5))


@pytest.fixture(scope="module")
def truth(world: World) -> pl.DataFrame:
    return default_truth(world.calendar, world.loans, world.defaults)


def test_as_many_loans_default_as_the_path_says_at_every_level(truth: pl.DataFrame) -> None:
    """One month end, since a loan's months share one default; ten groups by PD."""
    one = truth.filter(
        pl.col("month_end") == truth["month_end"].max(), ~pl.col("has_stopped_paying")
    )
    pd, happened = one["path_pd_12m"].to_numpy(), one["is_default_12m"].to_numpy()
    group = np.argsort(np.argsort(pd)) * 10 // len(pd)
    expected = np.bincount(group, weights=pd)
    spread = np.sqrt(np.bincount(group, weights=pd * (1 - pd)))
    observed = np.bincount(group, weights=happened)
    assert (np.abs(observed - expected) < 3.5 * spread + 1).all()
    assert abs(observed.sum() - expected.sum()) < 3 * np.sqrt((spread**2).sum())
    assert observed.sum() > 100


def test_who_has_stopped_paying_defaults_within_the_year(truth: pl.DataFrame) -> None:
    stopped = truth.filter("has_stopped_paying")
    assert stopped.height > 50
    assert stopped["is_default_12m"].all()
    assert (stopped.select("state_pd_12m", "visible_pd_12m", "path_pd_12m").to_numpy() == 1).all()


def test_truth_covers_every_loan_that_a_bank_would_observe(
    world: World, truth: pl.DataFrame
) -> None:
    seen = loan_history(world).outcomes.with_columns(
        loan_id=pl.col("exposure_id").str.slice(2), month_end="observation_date"
    )
    both = seen.join(truth, on=["loan_id", "month_end"], how="left")
    assert both["path_pd_12m"].null_count() == 0
    assert (both["is_default_12m"] == both["is_default_12m_right"]).all()
    assert truth.select("loan_id", "month_end").is_duplicated().sum() == 0


def test_without_frailty_the_mean_stays_what_it_was(truth: pl.DataFrame) -> None:
    """Averaging over frailty moves PD between loans; survivors are a little less frail."""
    paying = truth.filter(~pl.col("has_stopped_paying"))
    means = paying.select("visible_pd_12m", "state_pd_12m").mean().row(0)
    assert means[0] == pytest.approx(means[1], rel=0.15)


def test_a_span_of_less_than_a_year_has_columns_and_no_rows() -> None:
    short = build_world(
        SimulationConfig(
            customers=60, transactions=6_000, start=date(2025, 1, 1), end=date(2025, 6, 30)
        )
    )
    frame = default_truth(short.calendar, short.loans, short.defaults)
    assert frame.is_empty()
    assert "path_pd_12m" in frame.columns
